"""
Processes that read blocks, and give them back in the order in which they came.

Each has one pipe to its parent and nothing else: when the parent is killed the pipe ends, and so do they. No more than
one block a process is under way, which bounds the memory.
"""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection

from ari_app.lists.processes import uninterrupted
from ari_app.lists.registers.block import BlockRead, read_block
from ari_app.lists.registers.blocks import Block
from ari_app.lists.registers.forms import Form
from ari_app.ports.verdicts import StoreError

_MOST = 8


def read_blocks(blocks: Iterable[Block], form: Form, *, parallel: bool) -> Iterator[tuple[Block, BlockRead]]:
    """
    Each block with what was found in it, in order; `parallel`: on every processor, which pays for large files.

    Raises StoreError: a process was killed.
    """
    if not parallel:
        for block in blocks:
            yield block, read_block(block.text.encode(), form)
        return
    with ExitStack() as stack:
        workers = [_Worker(form) for _ in range(min(len(os.sched_getaffinity(0)), _MOST))]
        for worker in workers:
            stack.callback(worker.close)
        turn = 0
        for block in blocks:
            worker = workers[turn % len(workers)]
            if worker.block is not None:
                yield worker.done()
            worker.begin(block)
            turn += 1
        for waiting in range(len(workers)):
            worker = workers[(turn + waiting) % len(workers)]
            if worker.block is not None:
                yield worker.done()


class _Worker:
    """A process with at most one block in it."""

    def __init__(self, form: Form) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, form), daemon=True)
        with uninterrupted():
            self._process.start()
        theirs.close()
        self.block: Block | None = None

    def begin(self, block: Block) -> None:
        self.block = block
        with _alive():
            self._pipe.send_bytes(block.text.encode())

    def done(self) -> tuple[Block, BlockRead]:
        assert self.block is not None  # noqa: S101  only asked of a worker that has one
        block, self.block = self.block, None
        with _alive():
            found = self._pipe.recv()
        if isinstance(found, BaseException):
            raise found
        return block, found

    def close(self) -> None:
        """Let it end."""
        self._pipe.close()
        self._process.join(1)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


@contextmanager
def _alive() -> Iterator[None]:
    """Raises StoreError: the process at the other end is gone."""
    try:
        yield
    except (EOFError, OSError) as failure:
        raise StoreError("a process that reads the file was killed: is there enough memory?") from failure


def _work(pipe: Connection, form: Form) -> None:
    try:
        while True:
            try:
                found: BlockRead | BaseException = read_block(pipe.recv_bytes(), form)
            except (EOFError, OSError):
                return
            except Exception as failure:  # noqa: BLE001  it is raised where somebody can see it
                found = failure
            pipe.send(found)
    except OSError:
        return
