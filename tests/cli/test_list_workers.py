"""Chunks handed out to those who judge them: every answer comes back, once, in the order of the chunks."""

import threading
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from ari_app.judging.bulk import Answer, Judged
from ari_app.main.workers import AHEAD, WORKERS, WorkerLost, handed_out
from ari_app.ports.verdicts import StoreUnavailable


class Judges:
    """Threads in place of the processes, which answer when they are let."""

    def __init__(self) -> None:
        self.answered = [0] * WORKERS
        self.turn = threading.Condition()

    def wait_for(self, worker: int, answers: int) -> None:
        """Until that one has answered so often."""
        with self.turn:
            assert self.turn.wait_for(lambda: self.answered[worker] >= answers, timeout=30)

    def work(self, place: int, pipe: Connection, waits: int) -> None:
        """Tell back what was given; the first time only once the other has answered so often."""
        other = (place + 1) % WORKERS
        try:
            while True:
                chunk = pipe.recv()
                if waits and self.answered[place] == 0:
                    self.wait_for(other, waits)
                pipe.send(Answer([Judged("permit", script=text) for text in chunk], array("Q")))
                with self.turn:
                    self.answered[place] += 1
                    self.turn.notify_all()
        except EOFError:
            pipe.close()


@contextmanager
def judges(*waits: int) -> Iterator[list[Connection]]:
    """Two of them, ready."""
    all_of_them, ours, threads = Judges(), [], []
    for place in range(WORKERS):
        here, there = Pipe()
        ours.append(here)
        threads.append(threading.Thread(target=all_of_them.work, args=(place, there, waits[place])))
        threads[-1].start()
    yield list(ours)
    for pipe in ours:
        pipe.close()
    for thread in threads:
        thread.join()


def chunks(count: int) -> Iterator[Sequence[str]]:
    """Each with its own text."""
    return ([str(place)] for place in range(count))


@pytest.mark.parametrize("count", [0, 1, 2, 3, AHEAD, AHEAD + 1, 50])
@pytest.mark.parametrize("waits", [(0, 0), (1, 0), (0, AHEAD - 1), (AHEAD - 1, 0)])
def test_every_answer_comes_back_in_order(count: int, waits: tuple[int, int]) -> None:
    """Also where one worker takes as long as the other for all that may be ahead."""
    if count <= AHEAD and max(waits) > count - 1:
        waits = (0, 0)  # there are not so many for the other to answer
    with judges(*waits) as pipes:
        told = [answer.judged[0].script for answer in handed_out(chunks(count), pipes)]
    assert told == [str(place) for place in range(count)]


def test_no_more_is_read_than_is_needed() -> None:
    """However long one takes, what is in memory has its bounds."""
    read: list[str] = []

    def counted() -> Iterator[Sequence[str]]:
        for chunk in chunks(100):
            read.append(chunk[0])
            yield chunk

    with judges(0, 0) as pipes:
        for told, _ in enumerate(handed_out(counted(), pipes)):
            assert len(read) <= told + AHEAD + WORKERS + 1


def test_what_goes_wrong_there_goes_wrong_here() -> None:
    """An error of a worker is raised; a worker that is gone is an error of its own."""
    ours, theirs = Pipe()
    theirs.send(StoreUnavailable("the database did not answer"))
    with pytest.raises(StoreUnavailable, match="did not answer"):
        list(handed_out(chunks(3), [ours]))
    ours.close()
    theirs.close()
    for after in (0, 1):
        ours, theirs = Pipe()
        if after:
            theirs.send(Answer([Judged("permit")], array("Q")))
        theirs.close()
        with pytest.raises(WorkerLost, match="nothing was written"):
            list(handed_out(chunks(3), [ours]))
        ours.close()
