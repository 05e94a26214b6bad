"""Calls seen from another gate, after a restart, and when the database was away."""

import asyncio
from datetime import timedelta

import pytest

from ari_app.desk.keeping import KEPT
from ari_app.ports.live_calls import Phase
from ari_app.ports.verdicts import StoreUnavailable
from tests.desk.floor import Gate, Tables

pytestmark = pytest.mark.looptime


@pytest.fixture
def tables() -> Tables:
    """What gates share."""
    return Tables()


async def test_a_desk_at_another_gate_sees_the_call_within_a_second(tables: Tables) -> None:
    """And its end, and that it is done with, wherever that was said."""
    a, b = Gate(tables, alone=False), Gate(tables, name="garbo-b", alone=False)
    running = [asyncio.create_task(work) for each in (a, b) for work in (each.rows.run(), each.keeping.follow())]
    anna = b.desks.changes("anna")
    await anext(anna)
    a.judged("1")
    a.answered("1")
    async with asyncio.timeout(1):
        await anext(anna)
    call = b.desks.of("anna")
    assert call is not None
    assert (call.phase, call.gate, call.phone) == (Phase.ANSWERED, "garbo-a", "PJSIP/anna")
    a.ended("1")
    async with asyncio.timeout(1):
        await anext(anna)
    assert b.desks.done("anna", "1")
    await asyncio.sleep(1)
    assert a.desks.of("anna") is None
    for each in running:
        each.cancel()


async def test_a_dialers_call_is_put_through_at_another_gate(tables: Tables) -> None:
    """What the first gate writes later does not take the operator off it again."""
    a, b = Gate(tables, alone=False), Gate(tables, name="garbo-b", alone=False)
    a.judged("1", "")
    await a.written()
    await b.keeping.look()
    assert b.desks.bind("1", "anna")
    a.answered("1")
    await a.written()
    await b.written()
    await a.written()
    await a.keeping.look()
    for gate in (a, b):
        await gate.keeping.look()
        call = gate.desks.of("anna")
        assert call is not None
        assert (call.operator, call.phase) == ("anna", Phase.ANSWERED)


async def test_a_look_that_brings_nothing_new_wakes_nobody(tables: Tables) -> None:
    """Own rows come back for seconds."""
    gate = Gate(tables, alone=False)
    anna = gate.desks.changes("anna")
    await anext(anna)
    gate.judged("1")
    gate.judged("2", verdict="deny")
    gate.desks.done("anna", "2")
    await anext(anna)
    for _ in range(3):
        await gate.written()
        await gate.keeping.look()
        await gate.keeping.read_anew()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(anna)


async def test_a_restart_shows_what_was_on_the_desks(tables: Tables) -> None:
    """Calls under way, and those whose work is not done; nothing that was put away."""
    before = Gate(tables)
    before.judged("1", "anna")
    before.answered("1")
    before.judged("2", "bruno")
    before.ended("2")
    before.judged("3", "carla", verdict="deny")
    before.judged("4", "dora", verdict="deny")
    before.desks.done("dora", "4")
    await before.written()
    after = Gate(tables)
    await after.keeping.read_anew()
    shown = {operator: after.desks.of(operator) for operator in ("anna", "bruno", "carla", "dora")}
    assert {operator: call.phase if call else None for operator, call in shown.items()} == {
        "anna": Phase.ANSWERED,
        "bruno": Phase.ENDED,
        "carla": Phase.REFUSED,
        "dora": None,
    }
    after.judged("1", "anna")  # taken up: the gate tells what it knows
    call = after.desks.of("anna")
    assert call is not None
    assert call.phase is Phase.ANSWERED


async def test_a_look_goes_back_to_the_last_one_that_was_answered(tables: Tables) -> None:
    """The database was away for a minute."""
    a, b = Gate(tables, alone=False), Gate(tables, name="garbo-b", alone=False)
    await b.keeping.look()
    a.judged("1")
    await a.written()
    tables.threads.down = True
    await asyncio.sleep(60)
    with pytest.raises(StoreUnavailable):
        await b.keeping.look()
    tables.threads.down = False
    await b.keeping.look()
    assert b.desks.of("anna") is not None


async def test_what_was_missed_is_found_when_all_is_read_anew(tables: Tables) -> None:
    """A gate whose clock is an hour behind writes rows that no look finds."""
    a, b = Gate(tables, alone=False), Gate(tables, name="garbo-b", alone=False)
    a.judged("1")
    (call,) = a.desks.live()
    await asyncio.sleep(3600)
    tables.calls.keep((call,))
    await b.keeping.look()
    assert b.desks.of("anna") is None
    running = asyncio.create_task(b.keeping.follow())
    await asyncio.sleep(20)
    assert b.desks.of("anna") is not None
    running.cancel()


async def test_of_two_calls_that_were_left_open_the_newer_is_shown(tables: Tables) -> None:
    """In whichever order they are read; the older one is put away for good."""
    gate = Gate(tables)
    gate.judged("1")
    gate.ended("1")
    (old,) = gate.desks.live()
    await asyncio.sleep(1)
    gate.judged("2")
    after = Gate(Tables())
    after.desks.learn(next(call for call in gate.desks.live() if call.call_id == "2"))
    after.desks.learn(old)
    assert [call.call_id for call in after.desks.live()] == ["2"]
    await after.written()
    assert after.tables.calls.held["1"].done_at is not None


async def test_old_rows_are_removed(tables: Tables) -> None:
    """Of the last days alone; beside that, verdicts and outcomes tell."""
    gate = Gate(tables)
    gate.judged("1")
    await gate.written()
    running = asyncio.create_task(gate.keeping.forget())
    await asyncio.sleep(KEPT.total_seconds() - 120)
    gate.judged("2", "bruno")
    await gate.written()
    await asyncio.sleep(timedelta(minutes=5).total_seconds())
    assert set(tables.calls.held) == {"2"}
    assert [call.call_id for call in gate.desks.live()] == ["2"]
    running.cancel()


async def test_the_only_gate_asks_seldom(tables: Tables) -> None:
    """There is nobody to follow."""
    gate = Gate(tables)
    asked = 0
    reads = tables.calls.open_since

    def counted(changed_at: object) -> object:
        nonlocal asked
        asked += 1
        return reads(changed_at)  # type: ignore[arg-type]

    tables.calls.open_since = counted  # type: ignore[assignment, method-assign]
    running = asyncio.create_task(gate.keeping.follow())
    await asyncio.sleep(61)
    assert asked == 5
    running.cancel()


async def test_a_call_that_another_gate_gave_to_somebody_else_leaves_the_desk(tables: Tables) -> None:
    """Both gates bound it; the later word counts, and the desk that lost it looks again."""
    a, b = Gate(tables, alone=False), Gate(tables, name="garbo-b", alone=False)
    a.judged("1", "")
    await a.written()
    await b.keeping.look()
    assert a.desks.bind("1", "anna")
    await asyncio.sleep(0.1)
    assert b.desks.bind("1", "bruno")
    anna = a.desks.changes("anna")
    await anext(anna)
    await a.written()
    await asyncio.sleep(0.1)
    await b.written()
    await a.keeping.look()
    await anext(anna)
    shown = a.desks.of("bruno")
    assert a.desks.of("anna") is None
    assert shown is not None
    assert shown.call_id == "1"
