"""
Two processes that judge chunks of a list. Python runs one thread at a time, so what takes a core and more needs them.

The command reads the file, hands chunks out, takes the answers back in order and writes. A worker that loses its pipe,
because the command was killed, ends; if a worker ends, the list fails, and nothing is written.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from ari_app.judging.bulk import Answer
from ari_app.lists.processes import uninterrupted

WORKERS = 2
AHEAD = 4 * WORKERS
"""Chunks that are handed out and not written yet, at most: one may take longer than those after it."""
_LOST = "a process that judges the list ended before its time, perhaps for want of memory; nothing was written"


class WorkerLost(Exception):  # noqa: N818
    """A worker ended before its time; nothing was written."""

    exit_code = 1


def handed_out(chunks: Iterator[Sequence[str]], idle: list[Connection]) -> Iterator[Answer]:
    """
    The answer to each chunk, in the order of the chunks.

    A worker is given its next chunk only once it has answered, so neither side waits for the other to read. What they
    need next is read, and what they said is written, while they work.
    """
    ready: deque[Sequence[str]] = deque()
    busy: dict[Connection, int] = {}
    answers: dict[int, Answer] = {}
    given = told = 0
    more = True
    while True:
        while idle and ready and given - told < AHEAD:
            pipe = idle.pop()
            _send(pipe, ready.popleft())
            busy[pipe] = given
            given += 1
        while told in answers:
            yield answers.pop(told)
            told += 1
        if more and len(ready) < WORKERS:
            chunk = next(chunks, None)
            more = chunk is not None
            ready.extend(() if chunk is None else (chunk,))
        elif busy:
            for pipe in [each for each in wait(list(busy)) if isinstance(each, Connection)]:
                answers[busy.pop(pipe)] = _received(pipe)
                idle.append(pipe)
        elif not ready:  # else those that were answered just now have made room
            return


def _send(pipe: Connection, chunk: Sequence[str]) -> None:
    try:
        pipe.send(chunk)
    except OSError as failure:
        raise WorkerLost(_LOST) from failure


def _received(pipe: Connection) -> Answer:
    try:
        said: Answer | Exception = pipe.recv()
    except (EOFError, OSError) as failure:
        raise WorkerLost(_LOST) from failure
    if isinstance(said, Exception):
        raise said
    return said


@contextmanager
def workers(work: Callable[..., None], given: tuple[object, ...]) -> Iterator[list[Connection]]:
    """Processes that run `work(pipe, *given)`, with a pipe to each; none is left afterwards."""
    # Spawned, not forked: a fork copies locks that a thread of this process may hold.
    context = get_context("spawn")
    pipes: list[Connection] = []
    processes: list[SpawnProcess] = []
    try:
        for _ in range(WORKERS):
            ours, theirs = context.Pipe()
            pipes.append(ours)
            process = context.Process(target=work, args=(theirs, *given), daemon=True)
            with uninterrupted():
                process.start()
            processes.append(process)
            theirs.close()  # so that ours ends when the worker does
        yield list(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.terminate()
            process.join()
