"""What every keeper of live calls and of operators' states promises: in memory, and on both engines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from ari_app.policy.outcome import Outcome
from ari_app.policy.request import Operator
from ari_app.ports.live_calls import LiveCall, LiveCalls, Phase
from ari_app.ports.operator_states import Standing, State
from ari_app.ports.verdicts import Ending, StoreConflict
from ari_app.stores.book import VerdictBook
from ari_app.stores.live_calls import SqlLiveCalls
from ari_app.stores.operator_states import SqlOperatorStates
from tests.contract.worlds import SqlWorld
from tests.fakes.live_calls import MemoryLiveCalls
from tests.stores.databases import ENGINES, fresh
from tests.stores.samples import AUTUMN, KEYRING, NOW, call, say, wanted

LATER = NOW + timedelta(seconds=5)


class Kept(Protocol):
    """A keeper, and calls that have verdicts."""

    calls: LiveCalls

    def judged(self) -> str: ...
    def closed(self, call_id: str, at: datetime) -> None: ...


class InMemory:
    """The fake."""

    def __init__(self) -> None:
        self.calls: LiveCalls = MemoryLiveCalls(unknown={"nobody's"})
        self._given = 0

    def judged(self) -> str:
        self._given += 1
        return f"call {self._given}"

    def closed(self, call_id: str, at: datetime) -> None:
        assert isinstance(self.calls, MemoryLiveCalls)
        self.calls.closed[call_id] = at


class InTables:
    """A database."""

    def __init__(self, url: str) -> None:
        self.world = SqlWorld(url)
        self.world.campaign(AUTUMN)
        self.calls: LiveCalls = SqlLiveCalls(self.world.database)
        self._book = VerdictBook(self.world.database, KEYRING)

    def judged(self) -> str:
        asked = call()
        return self._book.judge(asked, needs=wanted(asked, locked=False), decide=say(asked)).call_id

    def closed(self, call_id: str, at: datetime) -> None:
        assert self._book.close(call_id, Ending(outcome=Outcome.BUSY, ended_at=at))


@pytest.fixture(params=("memory", *ENGINES))
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """A keeper with nothing in it."""
    if request.param == "memory":
        yield InMemory()
        return
    tables = InTables(fresh(request, tmp_path, request.param))
    yield tables
    tables.world.close()


@pytest.fixture(params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlWorld]:
    """A database with one operator."""
    made = SqlWorld(fresh(request, tmp_path, request.param))
    made.operator(Operator(id="anna", endpoint="PJSIP/101", language="it"))
    yield made
    made.close()


def live(call_id: str, **changes: object) -> LiveCall:
    """A call of anna's that was permitted just now."""
    dialled = LiveCall(
        call_id=call_id,
        gate="garbo-a",
        campaign="adsl",
        operator="anna",
        phone="PJSIP/101",
        phase=Phase.DIALLED,
        decided_at=NOW,
        changed_at=NOW,
    )
    return replace(dialled, **changes)  # type: ignore[arg-type]  # fields by name


def test_a_call_comes_back_as_it_was_kept(kept: Kept) -> None:
    """Every field, with aware instants."""
    times = {name: NOW + timedelta(microseconds=place) for place, name in enumerate(("ringing_at", "answered_at"))}
    whole = live(kept.judged(), phase=Phase.ENDED, **times, ended_at=LATER, done_at=LATER, changed_at=LATER)
    kept.calls.keep((whole,))
    assert kept.calls.since(NOW) == (whole,)
    assert kept.calls.newest_of("anna") == whole
    kept.calls.keep(())


def test_calls_are_read_by_when_they_changed(kept: Kept) -> None:
    """Exactly equal is in; the oldest change first; of open ones only those that are not done with."""
    one, two, three = (kept.judged() for _ in range(3))
    kept.calls.keep((live(one, changed_at=LATER), live(two), live(three, done_at=NOW, changed_at=NOW)))
    assert [call.call_id for call in kept.calls.since(NOW)][-1] == one
    assert {call.call_id for call in kept.calls.since(NOW)} == {one, two, three}
    assert [call.call_id for call in kept.calls.since(LATER)] == [one]
    assert [call.call_id for call in kept.calls.open_since(NOW)] == [two, one]


def test_what_two_gates_write_is_joined(kept: Kept) -> None:
    """In either order: nothing that happened is undone, and who was named is not forgotten."""
    for order in (1, -1):
        call_id = kept.judged()
        first = live(call_id, operator="", phase=Phase.ANSWERED, answered_at=NOW, changed_at=LATER)
        second = live(call_id, gate="garbo-b", phone="", phase=Phase.RINGING, ringing_at=NOW)
        for each in (first, second)[::order]:
            kept.calls.keep((each,))
        found = next(each for each in kept.calls.since(NOW) if each.call_id == call_id)
        assert found == first.joined(second) == second.joined(first)
        assert (found.phase, found.operator, found.phone, found.gate) == (
            Phase.ANSWERED,
            "anna",
            "PJSIP/101",
            "garbo-a",
        )


def test_the_later_word_on_who_is_on_a_call_counts(kept: Kept) -> None:
    """Unless it says nothing."""
    call_id = kept.judged()
    kept.calls.keep((live(call_id, operator="bruno", changed_at=LATER),))
    kept.calls.keep((live(call_id),))
    assert kept.calls.newest_of("anna") is None
    kept.calls.keep((live(call_id, changed_at=LATER + timedelta(seconds=1)),))
    assert kept.calls.newest_of("anna") is not None


def test_a_refusal_stays_one(kept: Kept) -> None:
    """Also when it is done with."""
    call_id = kept.judged()
    kept.calls.keep((live(call_id, phase=Phase.REFUSED),))
    kept.calls.keep((live(call_id, phase=Phase.REFUSED, done_at=LATER, changed_at=LATER),))
    (found,) = kept.calls.since(LATER)
    assert (found.phase, found.done_at) == (Phase.REFUSED, LATER)


def test_a_call_with_an_outcome_has_ended_whatever_was_written_last(kept: Kept) -> None:
    """Its gate was killed between the two."""
    call_id = kept.judged()
    kept.calls.keep((live(call_id, phase=Phase.ANSWERED, answered_at=NOW),))
    kept.closed(call_id, LATER)
    (found,) = kept.calls.open_since(NOW)
    assert (found.phase, found.ended_at) == (Phase.ENDED, LATER)


def test_the_newest_call_of_an_operator_is_the_last_decided(kept: Kept) -> None:
    """Whatever changed last; nobody else's."""
    one, two = kept.judged(), kept.judged()
    kept.calls.keep((live(one, changed_at=LATER), live(two, decided_at=LATER)))
    found = kept.calls.newest_of("anna")
    assert found is not None
    assert found.call_id == two
    assert kept.calls.newest_of("bruno") is None


def test_old_calls_are_forgotten(kept: Kept) -> None:
    """Those that changed before the instant; exactly equal stays."""
    one, two = kept.judged(), kept.judged()
    kept.calls.keep((live(one), live(two, changed_at=LATER)))
    assert kept.calls.forget(LATER) == 1
    assert [call.call_id for call in kept.calls.since(NOW)] == [two]
    assert kept.calls.forget(LATER) == 0


def test_a_call_without_a_verdict_is_refused(kept: Kept) -> None:
    """There is nothing that a desk could show."""
    with pytest.raises(StoreConflict):
        kept.calls.keep((live("nobody's"),))


def test_what_operators_do_is_kept_by_operator(world: SqlWorld) -> None:
    """The last word of each; only of operators there are."""
    states = SqlOperatorStates(world.database)
    states.keep([Standing(operator="anna", state=State.AVAILABLE, since=NOW)])
    states.keep([Standing(operator="anna", state=State.BREAK, since=LATER)])
    states.keep([])
    assert states.all() == (Standing(operator="anna", state=State.BREAK, since=LATER),)
    with pytest.raises(StoreConflict):
        states.keep([Standing(operator="ghost", state=State.BREAK, since=NOW)])
