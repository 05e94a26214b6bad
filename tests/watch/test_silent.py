"""Answered calls of a dialer in virtual time: cut, or attended, or let be because nobody can tell."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ari_app.policy.events import DialStatus
from ari_app.policy.lines import Line
from ari_app.policy.record import Evidence, VerdictRecord
from ari_app.ports.verdicts import Ending, StoreUnavailable
from ari_app.watch.answers import MOST_CALLS, Answers
from ari_app.watch.silent import MESSAGE_TAKES, SilentCalls
from tests.fakes.lines import FakeLines
from tests.fakes.world import START, Heard, LoopClock, settle

pytestmark = pytest.mark.looptime
CALL = "01TESTCALL"
ITALY = {"operator_within_s": 3, "then": "hang_up", "comfort_noise": True}
TRUNK, ROOM = "PJSIP/trunk-00000001", "Local/8600051@default-00000007;1"


def record(call_id: str = CALL, **changes: Any) -> VerdictRecord:
    """A permit that a dialer got."""
    evidence = Evidence(
        facts={}, trace=(), libraries={}, gate="", asterisk_id="", channel_id="", door="stasis", direction="outbound"
    )
    permit = VerdictRecord(
        call_id=call_id,
        verdict="permit",
        callee="+393330000001",
        campaign="autumn",
        principal="lumina",
        operator="",
        decided_at=START,
        reasons=(),
        not_before=None,
        script=None,
        caller_id=None,
        packs=(),
        mode="enforce",
        degraded=False,
        dialled="3330000001",
        number="+393330000001",
        trunk="PJSIP/trunk",
        language="it",
        purpose="acquisition",
        evidence=evidence,
        duties=ITALY,
    )
    return replace(permit, **changes)


@dataclass
class Told:
    """The gate's calls, and who sits where; both remember what they are told."""

    clock: LoopClock
    said: list[tuple[str, str, float]] = field(default_factory=list)
    bound: list[tuple[str, str, float]] = field(default_factory=list)
    at: dict[str, str] = field(default_factory=dict)
    fails: list[str] = field(default_factory=list)
    """What the database refuses next."""

    followed: bool = True
    """By the gate, as all but those of the FastAGI door are."""
    closed: list[tuple[str, str]] = field(default_factory=list)

    async def close(self, call_id: str, ending: Ending) -> bool:
        """As ports.verdicts."""
        self._need_up("close")
        assert ending.answered_at is not None
        self.closed.append((call_id, ending.outcome.value))
        return True

    def waits(self, call_id: str, at: datetime) -> bool:
        """As the reactor."""
        return self._say("waits", call_id, at)

    def attended(self, call_id: str, at: datetime) -> bool:
        """As the reactor."""
        return self._say("attended", call_id, at)

    def silent(self, call_id: str, at: datetime) -> bool:
        """As the reactor."""
        return self._say("silent", call_id, at)

    async def operator_at(self, phone: str) -> str:
        """As desk.binding."""
        self._need_up("operator_at")
        return self.at.get(phone, "")

    async def bind(self, call_id: str, operator: str) -> bool:
        """As desk.binding."""
        self._need_up("bind")
        self.bound.append((call_id, operator, self._seconds(self.clock.now())))
        return True

    def _need_up(self, what: str) -> None:
        if what in self.fails:
            self.fails.remove(what)
            raise StoreUnavailable("made so by the test")

    def _say(self, what: str, call_id: str, at: datetime) -> bool:
        self.said.append((what, call_id, self._seconds(at)))
        return self.followed

    @staticmethod
    def _seconds(at: datetime) -> float:
        return round((at - START).total_seconds(), 2)


class Floor:
    """A PBX on which a dialer calls, and the watch over it."""

    def __init__(self, *, cuts: bool = True) -> None:
        """Nothing happens yet."""
        clock = LoopClock()
        self.lines = FakeLines(now=clock.now)
        self.told = Told(clock, at={"PJSIP/101": "anna", "PJSIP/102": "bruno"})
        self.heard = Heard()
        self.watch = SilentCalls(
            calls=self.told,
            book=self.told,
            lines=self.lines,
            binding=self.told,
            trunks=("PJSIP/trunk",),
            cuts=cuts,
            clock=clock,
            observer=self.heard,
        )

    async def run(self) -> None:
        """As `guard_ami` runs it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lines.run(self.watch.see, self.watch.resync, self.watch.lost))
            tasks.create_task(self.watch.run())

    def dials(self, permit: VerdictRecord | None = None, *, answers: bool = True) -> tuple[Line, Line]:
        """A dialer's call, up to the answer: the callee's line, and the half that plays to it."""
        permit = permit or record()
        one = self.lines.begin("Local/1@garbo-outbound-00000003;1")
        other = self.lines.begin("Local/1@garbo-outbound-00000003;2", id=f"asks-{permit.call_id}")
        self.lines.pair(one, other)
        self.watch.judged(permit, channel_id=other.id, phone="Local/1@garbo-outbound")
        leg = self.lines.begin(TRUNK)
        self.lines.dial(leg, "1@trunk", by=other)
        if answers:
            self.answers(leg, other)
        return leg, one

    def answers(self, leg: Line, by: Line) -> None:
        """The callee picks up."""
        self.lines.dialled(leg, DialStatus.ANSWER, by=by)
        self.lines.enter("callee", by)
        self.lines.enter("callee", leg)

    def joins(self, one: Line, name: str = "PJSIP/101-00000009", *, bridge: str = "agent") -> Line:
        """A line comes to where the callee waits."""
        operator = self.lines.begin(name, state="Up")
        self.lines.enter(bridge, one)
        self.lines.enter(bridge, operator)
        return operator

    @property
    def words(self) -> list[str]:
        """What the calls were told."""
        return [what for what, _, _ in self.told.said]


async def opened(floor: Floor) -> AsyncIterator[Floor]:
    """The floor while it runs."""
    running = asyncio.create_task(floor.run())
    await settle()
    yield floor
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def floor() -> AsyncIterator[Floor]:
    """One that cuts."""
    async for each in opened(Floor()):
        yield each


async def test_nobody_comes_and_the_line_is_cut(floor: Floor) -> None:
    """At three seconds, told as silent before it is hung up, with cause 16."""
    floor.dials()
    await asyncio.sleep(2.9)
    assert floor.words == ["waits"]
    assert floor.lines.hung_up == []
    await asyncio.sleep(0.2)
    assert floor.told.said == [("waits", CALL, 0.0), ("silent", CALL, 3.0)]
    assert floor.lines.hung_up == [(TRUNK, 16)]
    assert ("call.silent", {"call_id": CALL, "campaign": "autumn", "waited_ms": 3000}) in floor.heard.events


async def test_an_operator_in_time_is_nothing_silent_and_has_the_call(floor: Floor) -> None:
    """At two and a half seconds; and when they leave again, whoever waits is on hold and is not cut."""
    _, one = floor.dials()
    await asyncio.sleep(2.5)
    operator = floor.joins(one)
    await settle()
    assert floor.told.said[1:] == [("attended", CALL, 2.5)]
    assert floor.told.bound == [(CALL, "anna", 2.5)]
    floor.lines.leave("agent", operator)
    floor.lines.end(operator)
    await asyncio.sleep(20)
    assert floor.lines.hung_up == []


async def test_of_two_operators_the_first_has_the_call(floor: Floor) -> None:
    """Also where both come in one moment."""
    _, one = floor.dials()
    floor.joins(one)
    floor.joins(one, "PJSIP/102-0000000a")
    await asyncio.sleep(1)
    assert [who for _, who, _ in floor.told.bound] == ["anna"]


async def test_what_plays_to_the_callee_is_no_operator(floor: Floor) -> None:
    """An announcement, a recorder, an AI's media channel, another callee of the trunk: all in the same room."""
    _, one = floor.dials()
    for name in ("CBAnn/room-00000001;2", "Recorder/ARI-2;2", "UnicastRTP/127.0.0.1-3", "PJSIP/trunk-00000044"):
        floor.joins(one, name)
    await asyncio.sleep(3.1)
    assert floor.lines.hung_up == [(TRUNK, 16)]
    assert floor.told.bound == []


async def test_a_phone_that_is_nobodys_is_an_operator_all_the_same(floor: Floor) -> None:
    """Somebody speaks: not silent, and the call stays nobody's until somebody is known."""
    _, one = floor.dials()
    floor.joins(one, "PJSIP/199-00000009")
    await asyncio.sleep(4)
    assert (floor.words, floor.told.bound) == (["waits", "attended"], [])
    floor.joins(one, "PJSIP/102-0000000a")
    await settle()
    assert [who for _, who, _ in floor.told.bound] == ["bruno"]


async def test_a_room_at_which_somebody_sits_is_an_operator(floor: Floor) -> None:
    """A dialer's operators are known by a Local channel; any other Local channel is nobody."""
    floor.told.at["Local/8600051@default"] = "anna"
    _, one = floor.dials()
    floor.joins(one, ROOM)
    await asyncio.sleep(4)
    assert (floor.words, floor.lines.hung_up) == (["waits", "attended"], [])
    assert [who for _, who, _ in floor.told.bound] == ["anna"]


async def test_who_dials_by_hand_is_left_alone(floor: Floor) -> None:
    """However long their own audio takes to be bridged; so is a call of which no pack says how long it may wait."""
    by = floor.lines.begin("PJSIP/101-00000009", state="Ring")
    floor.watch.judged(record(operator="anna"), channel_id=by.id, phone="PJSIP/101")
    leg = floor.lines.begin(TRUNK)
    floor.lines.dialled(leg, DialStatus.ANSWER, by=by)
    await asyncio.sleep(10)
    floor.dials(record("02", duties={"operator_within_s": None, "then": None}))
    await asyncio.sleep(10)
    assert (floor.words, floor.lines.hung_up, floor.told.bound) == ([], [], [])


async def test_an_answer_that_is_told_before_the_verdict_counts_from_the_answer(floor: Floor) -> None:
    """Two connections tell of one call; which of them is first is chance."""
    other = floor.lines.begin("Local/1@garbo-outbound-00000003;2", id="asks")
    leg = floor.lines.begin(TRUNK)
    floor.lines.dial(leg, "1@trunk", by=other)
    floor.answers(leg, other)
    await asyncio.sleep(1)
    floor.watch.judged(record(), channel_id="asks", phone="Local/1@garbo-outbound")
    await asyncio.sleep(2.1)
    assert floor.told.said == [("waits", CALL, 0.0), ("silent", CALL, 3.0)]


@pytest.mark.parametrize("first", [True, False])
async def test_a_leg_that_another_channel_dials_is_known_by_its_permit(floor: Floor, first: bool) -> None:
    """Local channels between gate and trunk hand the permit on; told before the verdict or after it."""
    between = floor.lines.begin("Local/1@trunks-00000005;2", permit=f"{CALL}.1764000000.signed")
    leg = floor.lines.begin(TRUNK)
    if first:
        floor.watch.judged(record(), channel_id="asks", phone="Local/1@garbo-outbound")
    floor.lines.dial(leg, "1@trunk", by=between)
    floor.answers(leg, between)
    if not first:
        floor.watch.judged(record(), channel_id="asks", phone="Local/1@garbo-outbound")
    await asyncio.sleep(3.1)
    assert (floor.words, floor.lines.hung_up) == (["waits", "silent"], [(TRUNK, 16)])


async def test_with_ami_lost_nothing_is_cut_and_it_is_said(floor: Floor) -> None:
    """Neither who waited then, nor who answers meanwhile; who answers after that is watched again."""
    floor.dials()
    await asyncio.sleep(1)
    floor.lines.disconnect()
    assert floor.words == ["waits", "attended"]
    assert ("silent.not_watched", {"calls": 1, "cause": "ami_lost"}) in floor.heard.events
    await asyncio.sleep(10)
    floor.lines.reconnect()
    await asyncio.sleep(10)
    assert floor.lines.hung_up == []
    floor.watch.ended(CALL, "answered", START)
    floor.dials(record("02"))
    await asyncio.sleep(3.1)
    assert floor.words[2:] == ["waits", "silent"]


async def test_operators_who_sat_in_their_rooms_before_a_gap_are_still_there(floor: Floor) -> None:
    """After the connection is back, a callee who comes into their bridge is not cut."""
    operator = floor.lines.begin("PJSIP/101-00000009", state="Up")
    floor.lines.enter("room", operator)
    floor.lines.disconnect()
    floor.lines.reconnect()
    _, one = floor.dials()
    floor.lines.enter("room", one)
    await asyncio.sleep(4)
    assert (floor.words, floor.lines.hung_up) == (["waits", "attended"], [])


@pytest.mark.parametrize("slow", [timedelta(0), timedelta(seconds=1)])
async def test_a_pbx_that_does_not_answer_when_the_time_is_over_is_no_proof(floor: Floor, slow: timedelta) -> None:
    """Nobody can tell: not cut, and reported; an operator who joins meanwhile is seen."""
    floor.dials()
    await asyncio.sleep(2.9)
    floor.lines.unavailable, floor.lines.slow = True, slow
    await asyncio.sleep(3)
    assert (floor.words, floor.lines.hung_up) == (["waits", "attended"], [])
    assert "silent.not_watched" in floor.heard.names()


async def test_who_joins_while_the_pbx_is_asked_once_more_is_there(floor: Floor) -> None:
    """The answer comes after all that was told before it."""
    _, one = floor.dials()
    floor.lines.slow = timedelta(milliseconds=200)
    await asyncio.sleep(3.1)
    floor.joins(one)
    await asyncio.sleep(1)
    assert (floor.words, floor.lines.hung_up) == (["waits", "attended"], [])


async def test_a_callee_who_hangs_up_first_is_not_hung_up_on(floor: Floor) -> None:
    """Nothing is told beyond that they waited, whatever came first: the line's end or the call's."""
    leg, _ = floor.dials()
    await asyncio.sleep(1)
    floor.lines.end(leg)
    await asyncio.sleep(5)
    assert (floor.words, floor.lines.hung_up) == (["waits"], [])
    floor.watch.ended(CALL, "abandoned", START)
    assert floor.watch.followed == 0


async def test_where_a_message_is_owed_the_line_is_left_to_it(floor: Floor) -> None:
    """Silent at the limit; cut when the message has had its time, unless an operator came after all."""
    told = {"operator_within_s": 2, "then": "message", "message_fields": ["principal"]}
    floor.dials(record(duties=told))
    await asyncio.sleep(2.1)
    assert floor.told.said[-1] == ("silent", CALL, 2.0)
    assert floor.lines.hung_up == []
    await asyncio.sleep(MESSAGE_TAKES.total_seconds())
    assert floor.lines.hung_up == [(TRUNK, 16)]
    assert floor.words == ["waits", "silent"]


@pytest.mark.parametrize("fails", [[], ["close"]])
async def test_a_call_whose_end_only_the_dialplan_tells_is_closed_before_it_is_cut(
    floor: Floor, fails: list[str]
) -> None:
    """As over FastAGI; a database that is down keeps no line open."""
    floor.told.followed, floor.told.fails = False, list(fails)
    floor.dials()
    await asyncio.sleep(3.1)
    assert floor.told.closed == ([] if fails else [(CALL, "abandoned")])
    assert floor.lines.hung_up == [(TRUNK, 16)]
    assert ("silent.not_recorded" in floor.heard.names()) is bool(fails)


async def test_a_watch_that_only_reports_cuts_and_counts_nothing() -> None:
    """It says what it would have done."""
    async for floor in opened(Floor(cuts=False)):
        floor.dials()
        await asyncio.sleep(4)
        assert (floor.words, floor.lines.hung_up) == ([], [])
        assert "call.silent_reported" in floor.heard.names()


async def test_a_database_that_is_down_for_a_moment_costs_no_binding(floor: Floor) -> None:
    """Whose the call is is put on record once it is back."""
    floor.told.fails = ["bind", "bind"]
    _, one = floor.dials()
    floor.joins(one)
    await asyncio.sleep(5)
    assert [who for _, who, _ in floor.told.bound] == ["anna"]
    assert floor.heard.names().count("call.not_bound") == 2


async def test_who_cannot_be_looked_up_is_looked_up_with_the_next_who_joins(floor: Floor) -> None:
    """The call is attended meanwhile."""
    floor.told.fails = ["operator_at"]
    _, one = floor.dials()
    floor.joins(one)
    await settle()
    assert (floor.words, floor.told.bound) == (["waits", "attended"], [])
    floor.joins(one, "PJSIP/199-0000000a")
    await settle()
    assert [who for _, who, _ in floor.told.bound] == ["anna"]


async def test_a_watch_that_broke_and_is_started_again_forgets_nobody_who_waits() -> None:
    """As whoever runs it does after a fault of ours."""
    floor = Floor()
    lines = asyncio.create_task(floor.lines.run(floor.watch.see, floor.watch.resync, floor.watch.lost))
    await settle()
    broken = asyncio.create_task(floor.watch.run())
    floor.lines.slow = timedelta(seconds=1)
    floor.dials()
    await asyncio.sleep(3.1)
    broken.cancel()
    again = asyncio.create_task(floor.watch.run())
    await asyncio.sleep(3)
    assert floor.lines.hung_up == [(TRUNK, 16)]
    lines.cancel()
    again.cancel()
    await asyncio.gather(broken, lines, again, return_exceptions=True)


def test_calls_that_are_never_told_to_end_are_let_go_of() -> None:
    """No more are in mind than there may be, and nothing is left of those that are over."""
    answers = Answers(("PJSIP/trunk",), most=3)
    for number in range(10):
        tuple(answers.follow(record(str(number)), channel_id=f"chan-{number}", phone="Local/1@o"))
    assert len(answers) == 3
    for number in range(10):
        answers.forget(str(number))
    assert (len(answers), vars(answers)["_by_channel"], vars(answers)["_by_leg"]) == (0, {}, {})
    assert MOST_CALLS > 1000
