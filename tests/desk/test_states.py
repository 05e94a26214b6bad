"""What operators do, as calls, open desks and they themselves say it."""

import asyncio
from contextlib import ExitStack
from datetime import timedelta

import pytest

from ari_app.desk.state_rows import StateRows
from ari_app.desk.states import OFFLINE_AFTER, NotToBeSetError
from ari_app.ports.operator_states import Span, Standing, State
from tests.desk.floor import Gate, Tables

pytestmark = pytest.mark.looptime


@pytest.fixture
def gate() -> Gate:
    """The only gate; after-call work ends when the operator says so."""
    return Gate(Tables())


def at_desk(gate: Gate, *operators: str) -> ExitStack:
    """They have a desk open, until it is closed."""
    desks = ExitStack()
    for operator in operators:
        desks.enter_context(gate.states.at_desk(operator))
    return desks


async def test_in_call_and_after_call_come_and_go_by_themselves(gate: Gate) -> None:
    """From the permit to the end of the call; then until what came of it is noted."""
    assert gate.states.of("anna") is State.OFFLINE
    with at_desk(gate, "anna"):
        assert gate.states.of("anna") is State.AVAILABLE
        gate.judged("1")
        assert gate.states.of("anna") is State.IN_CALL
        gate.answered("1")
        gate.ended("1")
        assert gate.states.of("anna") is State.AFTER_CALL
        gate.desks.done("anna", "1")
        assert gate.states.of("anna") is State.AVAILABLE


async def test_a_refusal_is_no_call(gate: Gate) -> None:
    """Nobody was dialled."""
    with at_desk(gate, "anna"):
        gate.judged("1", verdict="deny")
        assert gate.states.of("anna") is State.AVAILABLE
        await asyncio.sleep(1)
        gate.judged("2")
        gate.judged("3", verdict="deny")
        assert gate.states.of("anna") is State.IN_CALL


async def test_a_break_taken_during_a_call_begins_after_it(gate: Gate) -> None:
    """And after the work on it."""
    with at_desk(gate, "anna"):
        gate.judged("1")
        gate.states.set("anna", State.BREAK)
        assert gate.states.of("anna") is State.IN_CALL
        gate.ended("1")
        assert gate.states.of("anna") is State.AFTER_CALL
        gate.desks.done("anna", "1")
        assert gate.states.of("anna") is State.BREAK
        gate.states.set("anna", State.AVAILABLE)
        assert gate.states.of("anna") is State.AVAILABLE


@pytest.mark.parametrize("said", [State.AVAILABLE, State.BREAK])
async def test_who_says_what_they_do_next_is_done_with_the_call(gate: Gate, said: State) -> None:
    """The call leaves the desk with it."""
    with at_desk(gate, "anna"):
        gate.judged("1")
        gate.ended("1")
        gate.states.set("anna", said)
        assert gate.states.of("anna") is said
        assert gate.desks.of("anna") is None


@pytest.mark.parametrize("said", [State.IN_CALL, State.AFTER_CALL, State.OFFLINE])
async def test_nobody_says_that_they_are_in_a_call(gate: Gate, said: State) -> None:
    """It follows from calls and open desks."""
    with pytest.raises(NotToBeSetError, match=said.value):
        gate.states.set("anna", said)


async def test_after_call_work_ends_after_the_configured_time() -> None:
    """By itself, and the call leaves the desk."""
    gate = Gate(Tables(), after_call=timedelta(seconds=30))
    running = asyncio.create_task(gate.states.run())
    with at_desk(gate, "anna"):
        gate.judged("1")
        gate.ended("1")
        await asyncio.sleep(25)
        assert gate.states.of("anna") is State.AFTER_CALL
        await asyncio.sleep(7)
        assert gate.states.of("anna") is State.AVAILABLE
        assert gate.desks.of("anna") is None
    running.cancel()


async def test_without_a_desk_for_a_while_they_are_offline(gate: Gate) -> None:
    """Loading the page anew is nothing; of several desks the last one counts; a break outlasts it."""
    running = asyncio.create_task(gate.states.run())
    one, other = at_desk(gate, "anna"), at_desk(gate, "anna")
    gate.states.set("anna", State.BREAK)
    one.close()
    await asyncio.sleep(2 * OFFLINE_AFTER.total_seconds())
    assert gate.states.of("anna") is State.BREAK
    other.close()
    await asyncio.sleep(OFFLINE_AFTER.total_seconds() - 2)
    assert gate.states.of("anna") is State.BREAK
    with at_desk(gate, "anna"):
        assert gate.states.of("anna") is State.BREAK
    await asyncio.sleep(OFFLINE_AFTER.total_seconds() + 2)
    assert gate.states.of("anna") is State.OFFLINE
    assert gate.states.all() == ()
    running.cancel()


async def test_a_call_without_a_desk_is_a_call_and_leaves_no_trace(gate: Gate) -> None:
    """A softphone alone, or a name that the dialplan made up: seen while it lasts, written nowhere."""
    gate.judged("1", "ghost")
    assert gate.states.of("ghost") is State.IN_CALL
    gate.ended("1")
    assert gate.states.of("ghost") is State.OFFLINE
    gate.states.pass_time()
    assert gate.states.all() == ()
    await gate.written()
    assert gate.tables.states.held == {}


async def test_changes_of_state_wake_the_floor_and_the_desk(gate: Gate) -> None:
    """Both look again."""
    with at_desk(gate, "anna"):
        floor, anna = gate.desks.floor_changes(), gate.desks.changes("anna")
        await anext(floor)
        await anext(anna)
        gate.states.set("anna", State.BREAK)
        await anext(floor)
        await anext(anna)


async def test_what_somebody_does_now_is_kept_and_what_they_did_is_not(gate: Gate) -> None:
    """Without an agreement there are no times of single operators."""
    with at_desk(gate, "anna"):
        await asyncio.sleep(10)
        gate.states.set("anna", State.BREAK)
        await gate.written()
    assert gate.tables.states.held["anna"].state is State.BREAK
    assert gate.tables.times.spans == []


async def test_under_an_agreement_what_they_did_is_kept_once(gate: Gate) -> None:
    """From change to change, never while they were away, and not twice where the database was away in between."""
    gate.tables.times.agreed, gate.tables.times.failing = True, 3
    begun_at = gate.clock.now()
    running = asyncio.create_task(gate.state_rows.run())
    with at_desk(gate, "anna"):
        await asyncio.sleep(60)
        gate.states.set("anna", State.BREAK)
        await asyncio.sleep(0.1)
        gate.states.set("anna", State.AVAILABLE)
        await asyncio.sleep(60)
    first, second = gate.tables.times.spans
    assert (first.state, first.until - first.since) == (State.AVAILABLE, timedelta(seconds=60))
    assert (second.state, second.since) == (State.BREAK, first.until)
    assert first.since == begun_at
    assert "desk.unwritten" in gate.heard.names()
    running.cancel()


async def test_where_times_go_nowhere_none_are_gathered(gate: Gate) -> None:
    """There is no place for them."""
    rows = StateRows(gate.tables.states, None, threads=gate.tables.threads, observer=gate.heard)
    now = gate.clock.now()
    rows.changed(
        Standing(operator="anna", state=State.BREAK, since=now),
        Span(operator="anna", state=State.AVAILABLE, since=now, until=now),
    )
    await rows.flush()
    assert gate.tables.states.held["anna"].state is State.BREAK


async def test_a_restart_takes_a_break_for_what_it_was(gate: Gate) -> None:
    """The desk has a while to come back; if it does not, its operator is offline."""
    with at_desk(gate, "anna", "bruno"):
        gate.states.set("anna", State.BREAK)
        await gate.written()
    await asyncio.sleep(5)
    again = Gate(gate.tables)
    await again.keeping.read_anew()
    assert (again.states.of("anna"), again.states.of("bruno")) == (State.BREAK, State.AVAILABLE)
    running = asyncio.create_task(again.states.run())
    with at_desk(again, "anna"):
        await asyncio.sleep(2 * OFFLINE_AFTER.total_seconds())
        await again.keeping.read_anew()
        assert (again.states.of("anna"), again.states.of("bruno")) == (State.BREAK, State.OFFLINE)
    running.cancel()


async def test_a_desk_at_another_gate_is_seen_here() -> None:
    """What is said there counts here, and one gate's loss of a desk does not put an operator offline at the other."""
    tables = Tables()
    a, b = Gate(tables, alone=False), Gate(tables, name="garbo-b", alone=False)
    running = [asyncio.create_task(each.states.run()) for each in (a, b)]

    async def exchanged() -> None:
        for each in (a, b, a):
            await each.written()
            await each.keeping.look()

    first = at_desk(a, "anna")
    await exchanged()
    assert b.states.of("anna") is State.AVAILABLE
    await asyncio.sleep(1)
    a.states.set("anna", State.BREAK)
    await exchanged()
    assert b.states.of("anna") is State.BREAK
    with at_desk(b, "anna"):  # the desk moves over
        first.close()
        await exchanged()
        await asyncio.sleep(OFFLINE_AFTER.total_seconds() + 3)
        await exchanged()
        await exchanged()
        assert (a.states.of("anna"), b.states.of("anna")) == (State.BREAK, State.BREAK)
        b.states.set("anna", State.AVAILABLE)
        await asyncio.sleep(1)
        await exchanged()
        assert a.states.of("anna") is State.AVAILABLE
    await asyncio.sleep(OFFLINE_AFTER.total_seconds() + 3)
    await exchanged()
    assert (a.states.of("anna"), b.states.of("anna")) == (State.OFFLINE, State.OFFLINE)
    for each in running:
        each.cancel()


async def test_with_a_desk_at_two_gates_the_last_word_counts_at_both() -> None:
    """A break said at one is a break at the other."""
    tables = Tables()
    a, b = Gate(tables, alone=False), Gate(tables, name="garbo-b", alone=False)
    with at_desk(a, "anna"), at_desk(b, "anna"):
        await asyncio.sleep(1)
        a.states.set("anna", State.BREAK)
        await a.written()
        await b.keeping.look()
        assert b.states.of("anna") is State.BREAK


async def test_what_another_gate_said_is_believed_for_a_shift() -> None:
    """It may be no more; nobody works that long."""
    tables = Tables()
    a = Gate(tables, alone=False)
    tables.states.keep([Standing(operator="anna", state=State.AVAILABLE, since=a.clock.now())])
    await a.keeping.look()
    assert a.states.of("anna") is State.AVAILABLE
    await asyncio.sleep(timedelta(hours=17).total_seconds())
    a.states.pass_time()
    assert a.states.of("anna") is State.OFFLINE
