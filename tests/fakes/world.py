"""
A small invented world for tests of `judging/` and `calls/`: one brand, one campaign, two operators, the real packs.

Everything outside is a fake that passes the contract of the real thing; time is the loop's own.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources

from ari_app.calls.call import Ports
from ari_app.calls.reactor import Reactor
from ari_app.calls.variables import Signing
from ari_app.judging.hearing import JudgeSettings
from ari_app.judging.judge import Judge
from ari_app.judging.outside import NoRegisters, OutsideFacts
from ari_app.judging.records import Bench
from ari_app.policy.events import CallAsked, ChannelGone, DialStatus, LegDialled
from ari_app.policy.grammar import parse_pack
from ari_app.policy.keyring import Keyring
from ari_app.policy.pack import Pack
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Campaign, Door, Operator, Purpose
from ari_app.policy.scripts import Script, parse_script
from tests.fakes.live_customers import MemoryCustomers
from tests.fakes.switch import FakeSwitch
from tests.fakes.verdicts import MemoryVerdicts

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""A Monday, eleven in the morning in Rome."""
CALLEE = "+393330000001"


@dataclass
class LoopClock:
    """The loop's time as instants, from `START`."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return START + timedelta(seconds=asyncio.get_running_loop().time())


@dataclass
class CountedIds:
    """Call ids in the order in which they are given."""

    given: int = 0

    def new(self) -> str:
        """The next one; as long as a ULID."""
        self.given += 1
        return f"01TEST{self.given:020d}"


class BuiltIn:
    """The packs and scripts that come with Garbo, and more if a test adds them."""

    def __init__(self) -> None:
        """Parse them."""
        self.packs: dict[str, Pack] = {}
        self.scripts: dict[str, Script] = {}
        for file in (resources.files("ari_app") / "packs").iterdir():
            if file.name.endswith(".toml"):
                pack = parse_pack(file.read_text("utf-8"), name=file.name)
                self.packs[pack.id] = pack
        for file in (resources.files("ari_app") / "scripts").iterdir():
            if file.name.endswith(".toml"):
                script = parse_script(file.read_text("utf-8"), name=file.name)
                self.scripts[script.id] = script

    def get(self, pack_id: str) -> Pack | None:
        """As ports.packs.Packs."""
        return self.packs.get(pack_id)

    def current(self, script_id: str) -> Script | None:
        """As ports.packs.Scripts."""
        return self.scripts.get(script_id)


@dataclass
class Heard:
    """Implements ports.observer.Observer and remembers."""

    events: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def event(self, name: str, **values: object) -> None:
        """As the port."""
        self.events.append((name, values))

    def measure(self, name: str, value: float) -> None:
        """As the port."""
        self.events.append((name, {"value": value}))

    def names(self) -> list[str]:
        """The events' names, in order."""
        return [name for name, _ in self.events]


@dataclass
class Watching:
    """Implements ports.call_watch.CallWatch and remembers; `at_fault` makes every method raise."""

    told: list[tuple[str, ...]] = field(default_factory=list)
    steps: list[tuple[str, datetime]] = field(default_factory=list)
    """The call and the instant of each thing told."""
    records: list[VerdictRecord] = field(default_factory=list)
    on_hearing: Callable[[], None] | None = None
    """Hook: called whenever something is told."""
    at_fault: bool = False

    def judged(self, record: VerdictRecord, *, channel_id: str, phone: str) -> None:
        """As the port."""
        self.records.append(record)
        self._hear("judged", record.verdict, channel_id, phone, call_id=record.call_id, at=record.decided_at)

    def ringing(self, call_id: str, at: datetime) -> None:
        """As the port."""
        self._hear("ringing", call_id=call_id, at=at)

    def answered(self, call_id: str, at: datetime) -> None:
        """As the port."""
        self._hear("answered", call_id=call_id, at=at)

    def ended(self, call_id: str, outcome: str, at: datetime) -> None:
        """As the port."""
        self._hear("ended", outcome, call_id=call_id, at=at)

    def _hear(self, *said: str, call_id: str, at: datetime) -> None:
        self.told.append(said)
        self.steps.append((call_id, at))
        if self.on_hearing is not None:
            self.on_hearing()
        if self.at_fault:
            raise RuntimeError("made so by the test")


def campaign(**changes: object) -> Campaign:
    """An open acquisition campaign of the invented brand, with only the core pack."""
    fields: dict[str, object] = {
        "id": "autumn",
        "principal": "lumina",
        "purpose": Purpose.ACQUISITION,
        "sector": "telecom",
        "packs": (),
        "trunk": "PJSIP/trunk",
        "caller_id": "+390212345678",
        "region": "IT",
    }
    return Campaign(**{**fields, **changes})  # type: ignore[arg-type]  # a test names the fields that it changes


class World:
    """The fakes, and a judge and a reactor over them."""

    def __init__(self, *, deadline: timedelta = timedelta(milliseconds=300)) -> None:
        """An open world: one campaign, two operators on two phones, nothing known of anybody."""
        self.verdicts = MemoryVerdicts()
        self.verdicts.put_campaign(campaign())
        for name, phone in (("anna", "PJSIP/101"), ("bruno", "PJSIP/102")):
            self.verdicts.put_operator(Operator(id=name, endpoint=phone, language="en", campaigns=("autumn",)))
        self.switch = FakeSwitch()
        self.heard = Heard()
        self.watching = Watching()
        self.clock = LoopClock()
        self.customers = MemoryCustomers(self.clock)
        self.built_in = BuiltIn()
        self.keyring = Keyring.from_secret(b"test secret, not a secret")
        self.judge = Judge(
            JudgeSettings(
                region="IT",
                strip_prefixes=(),
                default_campaign="",
                internal_patterns=("_XXX",),
                exempt_numbers=("+390212340000",),
                emergency_trunk="PJSIP/trunk",
                deadline=deadline,
                bench=Bench(gate="garbo-a", libraries={"garbo": "test"}),
            ),
            verdicts=self.verdicts,
            packs=self.built_in,
            scripts=self.built_in,
            clock=self.clock,
            call_ids=CountedIds(),
            observer=self.heard,
            outside=OutsideFacts(registers=NoRegisters(), customers=self.customers),
        )
        self.reactor = self.new_reactor()

    def new_reactor(self) -> Reactor:
        """The gate's next life: nothing in memory, the same book and the same switch."""
        signing = Signing(
            keyring=self.keyring,
            permit_valid=timedelta(hours=4),
            link_valid=timedelta(hours=4),
            public_url="http://127.0.0.1:8090",
        )
        ports = Ports(
            switch=self.switch,
            judge=self.judge,
            verdicts=self.verdicts,
            observer=self.heard,
            clock=self.clock,
            signing=signing,
            watch=self.watching,
        )
        return Reactor(ports, gate="garbo-a")

    def ask(self, dialled: str = CALLEE, *, channel: str = "chan-1", **fields: object) -> Ask:
        """What the Stasis door is told by operator anna's phone."""
        values: dict[str, object] = {
            "dialled": dialled,
            "door": Door.STASIS,
            "endpoint": "PJSIP/101",
            "channel_id": channel,
            "idempotency_key": f"pbx/{channel}",
        }
        return Ask(**{**values, **fields})  # type: ignore[arg-type]  # a test names the fields that it changes

    def calls_in(self, dialled: str = CALLEE, *, channel: str = "chan-1", entry: str = "1", late: bool = False) -> None:
        """A phone's channel enters the gate."""
        self.switch.add(channel)
        ask = self.ask(dialled, channel=channel)
        self.reactor.handle(CallAsked(channel_id=channel, at=self.clock.now(), ask=ask, entry=entry, late=late))

    def dials(self, leg: str, status: DialStatus = DialStatus.DIALLED, *, channel: str = "chan-1") -> None:
        """A leg is dialled, or goes on to `status`."""
        if leg not in self.switch.live and status is DialStatus.DIALLED:
            self.switch.add(leg, in_gate=False)
        at = self.clock.now()
        self.reactor.handle(LegDialled(channel_id=channel, leg_id=leg, leg_name="PJSIP/trunk", at=at, status=status))

    def ends(self, channel: str, cause: int = 16) -> None:
        """A channel is gone."""
        self.switch.hang_up(channel)
        self.reactor.handle(ChannelGone(channel_id=channel, at=self.clock.now(), cause=cause))

    def outcomes(self) -> list[str | None]:
        """The outcome of each verdict on record, in order."""
        return [held.ending.outcome.value if held.ending else None for held in self.verdicts.held.values()]

    def attempts(self) -> list[str | None]:
        """The state of each verdict's attempt, in order."""
        return [held.state for held in self.verdicts.held.values()]


async def settle() -> None:
    """Let everything that is ready run, without time passing beyond a moment."""
    await asyncio.sleep(0.001)
