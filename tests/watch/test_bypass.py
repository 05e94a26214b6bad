"""Which legs go round the gate, and what becomes of them: on lines in memory, with permits as gates sign them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from ari_app.policy.keyring import Keyring
from ari_app.policy.lines import Line
from ari_app.ports.bypasses import Bypass, Claim, Done, Way, Why
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.watch.bypass import BypassWatch
from ari_app.watch.leg_permits import BypassSettings
from tests.fakes.lines import FakeLines

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEYRING = Keyring.from_secret(b"a test's secret, 32 bytes long..")
MARIO, PAOLA, JEANNE = "+393330000001", "+393330000002", "+33612345678"
TRUNK, LEG = "PJSIP/trunk", "PJSIP/trunk-0000000a"


@dataclass
class Book:
    """Implements ports.bypasses.Bypasses in memory."""

    kept: dict[str, Bypass] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    down: bool = False

    async def record(self, found: Bypass) -> bool:
        if self.down:
            raise StoreUnavailable("down")
        first = found.id not in self.kept
        self.kept.setdefault(found.id, found)
        return first

    async def claim(self, call_id: str) -> Claim | None:
        return self.claims.get(call_id)


@dataclass
class Heard:
    """What was reported."""

    events: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    def event(self, name: str, **values: object) -> None:
        self.events.append((name, values))

    def measure(self, name: str, value: float) -> None:
        pass

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def now(self) -> datetime:
        return NOW


@dataclass
class Room:
    """A watch at work."""

    lines: FakeLines
    book: Book
    heard: Heard

    def call(self, dialled: str, *, permit: str = "", leg: str = LEG, phone: str = "PJSIP/101-00000001") -> Line:
        """A phone dials a leg."""
        caller = self.lines.begin(phone, state="Ring", exten="3330000001")
        line = self.lines.begin(leg, permit=permit, linked_id=caller.id, context="from-trunk")
        self.lines.dial(line, dialled, by=caller)
        return line

    async def settled(self) -> None:
        """All that is to be done now is done."""
        await asyncio.sleep(0.01)

    async def ended(self) -> Bypass:
        """The one bypass, whose leg was hung up."""
        await self.settled()
        assert self.lines.hung_up == [(LEG, 21)]
        [bypass] = self.book.kept.values()
        assert bypass.done is Done.HUNG_UP
        return bypass

    async def untouched(self) -> None:
        """Nothing was hung up or kept."""
        await asyncio.sleep(2)
        assert self.lines.hung_up == []
        assert self.book.kept == {}


def permit(e164: str, *, call: str = "01CALL", until: datetime = NOW + HOUR, keyring: Keyring = KEYRING) -> str:
    """As a gate signs it."""
    return keyring.permit(call, e164, until)


@asynccontextmanager
async def watching(**settings: object) -> AsyncIterator[Room]:
    """A watch on the trunk."""
    room = Room(FakeLines(now=lambda: NOW), Book(), Heard())
    given: dict[str, object] = {"gate": "garbo-a", "trunks": (TRUNK,), "hangs_up": True, "region": "IT"}
    watch = BypassWatch(
        BypassSettings(**{**given, "internal_patterns": ("_XXX",), **settings}),  # type: ignore[arg-type]
        lines=room.lines,
        book=room.book,
        keyring=KEYRING,
        clock=room.heard,
        observer=room.heard,
    )
    tasks = [asyncio.create_task(room.lines.run(watch.see, watch.resync, watch.lost)), asyncio.create_task(watch.run())]
    await asyncio.sleep(0)
    try:
        yield room
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.mark.parametrize(
    "dialled",
    [
        f"{MARIO}@trunk",
        "3330000001@trunk",
        "00393330000001@trunk",
        "393330000001@trunk",
        f"trunk/sip:{MARIO}@127.0.0.2:5060;transport=tcp",
        "93330000001@trunk",
        "883330000001@trunk",
        f"88{MARIO[1:]}@trunk",
        "8800393330000001@trunk",
    ],
)
async def test_a_permit_for_the_number_is_right_in_every_spelling(dialled: str) -> None:
    """E.164 with and without its plus, national, behind an outside-line prefix or the carrier's own."""
    async with watching(strip_prefixes=("9",), trunk_prefixes=("88",)) as room:
        room.call(dialled, permit=permit(MARIO))
        await room.untouched()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", Why.NO_PERMIT),
        ("nonsense", Why.FORGED),
        ("01X.9999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Why.FORGED),
        (permit(MARIO, keyring=Keyring.from_secret(b"another installation's secret...")), Why.FORGED),
        (permit(MARIO, until=NOW), Why.EXPIRED),
        (permit(PAOLA), Why.OTHER_NUMBER),
        ("01DENIED.9999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Why.REFUSED),
    ],
)
async def test_a_permit_that_is_not_right_ends_the_leg(given: str, why: Why) -> None:
    """And it is said what was wrong with it."""
    async with watching() as room:
        room.book.claims["01DENIED"] = Claim(permitted=False, region="IT")
        if why is Why.OTHER_NUMBER:
            room.book.claims["01CALL"] = Claim(permitted=True, region="IT")
        room.call(f"{MARIO}@trunk", permit=given)
        bypass = await room.ended()
    assert (bypass.why, bypass.way, bypass.caller, bypass.trunk) == (why, Way.DIALLED, "PJSIP/101", TRUNK)
    assert bypass.callee is not None
    assert bypass.callee.e164 == MARIO
    assert "3330000001" not in str(bypass)
    assert room.heard.names == ["bypass.hung_up"]
    assert "3330000001" not in str(room.heard.events)


@pytest.mark.parametrize(
    "dialled",
    [
        f"{PAOLA}@trunk/sip:{MARIO}@127.0.0.2",
        f"trunk/sip:{PAOLA}@127.0.0.2;user={MARIO}",
        f"trunk/sip:%2B393330000001@{MARIO}",
        f"trunk/sip:{MARIO}x@127.0.0.2",
        f"{MARIO}&{PAOLA}@trunk",
    ],
)
async def test_the_permitted_number_elsewhere_in_the_dial_string_does_not_help(dialled: str) -> None:
    """Only what stands in the number's own place is dialled."""
    async with watching() as room:
        room.call(dialled, permit=permit(MARIO))
        await room.ended()


async def test_a_leg_that_nobody_dials_is_ended() -> None:
    """AMI, ARI and call files originate it: its caller is nobody."""
    async with watching() as room:
        leg = room.lines.begin(LEG)
        room.lines.dial(leg, f"trunk/sip:{MARIO}@127.0.0.2")
        bypass = await room.ended()
    assert (bypass.way, bypass.caller) == (Way.ORIGINATED, "")


async def test_a_permit_that_events_do_not_tell_is_asked_for() -> None:
    """`channelvars` may lack in manager.conf."""
    async with watching() as room:
        caller = room.lines.begin("PJSIP/101-00000001", state="Ring")
        leg = room.lines.begin(LEG, linked_id=caller.id)
        room.lines.variables[LEG, "GARBO_PERMIT"] = permit(MARIO)
        room.lines.dial(leg, f"{MARIO}@trunk", by=caller)
        await room.untouched()


async def test_a_campaign_of_another_country_dials_as_there() -> None:
    """The permit names its call, and the call its campaign's region."""
    async with watching() as room:
        room.book.claims["01CALL"] = Claim(permitted=True, region="FR")
        room.call("0612345678@trunk", permit=permit(JEANNE))
        await room.untouched()


@pytest.mark.parametrize("dialled", ["112@trunk", "9112@trunk", "200@trunk", f"{PAOLA}@trunk", "88112@trunk"])
async def test_what_is_never_gated_is_left_alone(dialled: str) -> None:
    """Emergency numbers, extensions and exempt numbers, behind prefixes too."""
    async with watching(strip_prefixes=("9",), trunk_prefixes=("88",), exempt_numbers=(PAOLA,)) as room:
        room.call(dialled)
        await room.untouched()


async def test_an_exempt_phone_is_left_alone_also_behind_a_local_channel() -> None:
    """The lift calls whom it wants."""
    async with watching(exempt_endpoints=("PJSIP/lift",)) as room:
        lift = room.lines.begin("PJSIP/lift-00000001", state="Ring")
        half = room.lines.begin(f"Local/{MARIO}@out-00000001;2", state="Ring", linked_id=lift.id)
        leg = room.lines.begin(LEG, linked_id=lift.id)
        room.lines.dial(leg, f"{MARIO}@trunk", by=half)
        await room.untouched()


async def test_inbound_calls_and_other_trunks_are_left_alone() -> None:
    """An inbound channel begins with Ring, and nobody dials it."""
    async with watching() as room:
        inbound = room.lines.begin("PJSIP/trunk-00000001", state="Ring")
        room.lines.change(inbound, state="Up")
        room.call(f"{MARIO}@trunk2", leg="PJSIP/trunk2-00000002")
        room.call("200", leg="PJSIP/200-00000003")
        await room.untouched()


async def test_a_leg_of_which_nobody_says_that_it_is_dialled_is_looked_at() -> None:
    """At once when it rings, else after half a second; by the URI that it was sent to."""
    for state in ("Ringing", ""):
        async with watching() as room:
            leg = room.lines.begin(LEG)
            room.lines.variables[LEG, "CHANNEL(pjsip,remote_uri)"] = f"<sip:{MARIO}@127.0.0.2>"
            if state:
                room.lines.change(leg, state=state)
                await room.settled()
            else:
                await asyncio.sleep(0.6)
            bypass = await room.ended()
            assert (bypass.way, bypass.why) == (Way.FOUND, Why.NO_PERMIT)
            assert bypass.callee is not None


async def test_legs_that_were_there_before_are_judged_once() -> None:
    """By what held when they began; inbound ones are left alone, and a second connect judges nothing again."""
    async with watching() as room:
        room.lines.disconnect()
        for name, number, given in (
            (LEG, MARIO, ""),
            ("PJSIP/trunk-0000000b", PAOLA, permit(PAOLA, until=NOW + HOUR)),
            ("PJSIP/trunk-0000000c", PAOLA, permit(PAOLA, until=NOW + timedelta(seconds=1))),
        ):
            line = room.lines.begin(name, permit=given)
            room.lines.change(line, state="Up")
            room.lines.variables[name, "CHANNEL(pjsip,remote_uri)"] = f"<sip:{number}@127.0.0.2>"
        inbound = room.lines.begin("PJSIP/trunk-0000000d", state="Ring")
        room.lines.change(inbound, state="Up")
        room.lines.variables[inbound.name, "CHANNEL(pjsip,request_uri)"] = "sip:0212345678@pbx"
        room.lines.reconnect()
        await room.ended()
        room.lines.disconnect()
        room.lines.reconnect()
        await asyncio.sleep(2)
        assert len(room.lines.hung_up) == 1
        assert len(room.book.kept) == 1


async def test_a_pbx_that_does_not_answer_is_asked_again_after_the_next_connect() -> None:
    """Kept as failed, and ended as soon as it can be."""
    async with watching() as room:
        leg = room.call(f"{MARIO}@trunk")
        room.lines.disconnect()
        await room.settled()
        [bypass] = room.book.kept.values()
        assert bypass.done is Done.FAILED
        room.lines.change(leg, state="Up")
        room.lines.variables[LEG, "CHANNEL(pjsip,remote_uri)"] = f"<sip:{MARIO}@127.0.0.2>"
        room.lines.reconnect()
        await room.settled()
        assert room.lines.hung_up == [(LEG, 21)]


async def test_what_the_database_does_not_take_is_offered_again() -> None:
    """The leg is ended all the same."""
    async with watching() as room:
        room.book.down = True
        room.call(f"{MARIO}@trunk")
        await room.settled()
        assert room.lines.hung_up == [(LEG, 21)]
        assert room.heard.names == ["bypass.unrecorded"]
        room.book.down = False
        await asyncio.sleep(1.1)
        assert len(room.book.kept) == 1


async def test_a_fault_in_one_is_told_and_ends_no_other() -> None:
    """A leg whose name no PBX could be asked for, say."""
    async with watching() as room:
        room.lines.faulty.add("PJSIP/trunk-0000000b")
        room.call(f"{MARIO}@trunk", leg="PJSIP/trunk-0000000b", phone="PJSIP/101-00000009")
        room.call(f"{MARIO}@trunk")
        await room.settled()
        assert room.lines.hung_up == [(LEG, 21)]
        assert sorted(room.heard.names) == ["bypass.broken", "bypass.hung_up"]


async def test_where_it_is_only_reported_nothing_is_hung_up() -> None:
    """By configuration."""
    async with watching(hangs_up=False) as room:
        room.call(f"{MARIO}@trunk")
        await room.settled()
        [bypass] = room.book.kept.values()
        assert bypass.done is Done.REPORTED
        assert room.lines.hung_up == []


async def test_a_watch_beside_gates_lets_them_record_first() -> None:
    """It ends the leg at once; a moment later it is on record, whoever did it."""
    async with watching(records_at_once=False) as room:
        room.call(f"{MARIO}@trunk")
        await room.settled()
        assert room.lines.hung_up == [(LEG, 21)]
        assert room.book.kept == {}
        await asyncio.sleep(2)
        [bypass] = room.book.kept.values()
        assert bypass.done is Done.HUNG_UP


async def test_one_slow_answer_holds_up_no_other() -> None:
    """A hundred at once end as soon as one."""
    async with watching() as room:
        room.lines.slow = timedelta(milliseconds=50)
        began = asyncio.get_running_loop().time()
        for number in range(100):
            room.call(f"{MARIO}@trunk", leg=f"PJSIP/trunk-{number:08x}", phone=f"PJSIP/101-{number:08x}")
        while len(room.lines.hung_up) < 100:  # noqa: ASYNC110  what was hung up is a plain list
            await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - began < 0.2
