"""Calls, verdicts and a clock to fill a store with."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from ari_app.policy.facts import FACT_NAMES, Facts, known
from ari_app.policy.keyring import Keyring
from ari_app.policy.needs import Needs
from ari_app.policy.numbers import Callee, Number
from ari_app.policy.record import Evidence, PackRef, Reason, VerdictRecord
from ari_app.policy.request import Ask, CallRequest, Campaign, Door, Operator, Purpose
from ari_app.policy.scripts import ScriptChoice
from ari_app.ports.verdicts import Decide

NOW = datetime(2026, 11, 22, 10, 15, 2, 113_401, tzinfo=UTC)
MARIO = "+393331234567"
KEYRING = Keyring.from_secret(b"a secret of the tests")
AUTUMN = Campaign(
    id="adsl-autunno",
    principal="fastnet",
    purpose=Purpose.ACQUISITION,
    sector="telecom",
    packs=("it", "house"),
    trunk="trunk",
    caller_id="+390200000001",
    region="IT",
)
ANNA = Operator(id="anna", endpoint="PJSIP/101", language="it")
_numbers = count(1)


@dataclass(slots=True)
class SetClock:
    """A clock that stands until it is set."""

    at: datetime = NOW

    def now(self) -> datetime:
        """Where it was set."""
        return self.at

    def pass_by(self, time: timedelta) -> None:
        """Set it forward."""
        self.at += time


def call(
    *, callee: Callee | None = None, campaign: Campaign | None = AUTUMN, key: str = "", at: datetime = NOW
) -> CallRequest:
    """A new call."""
    return CallRequest(
        call_id=f"01JCALL{next(_numbers):019}",
        ask=Ask(dialled="333 1234567", door=Door.STASIS, channel_id="PJSIP/101-00000001"),
        idempotency_key=key,
        callee=Number(MARIO) if callee is None else callee,
        campaign_id=campaign.id if campaign else "nowhere",
        campaign=campaign,
        operator_id="anna",
        operator=ANNA,
        asked_at=at,
    )


def record(request: CallRequest, verdict: str = "permit", *, gate: str = "garbo-a") -> VerdictRecord:
    """A verdict with every field set that its kind has."""
    permit = verdict == "permit"
    callee = request.callee.e164 if isinstance(request.callee, Number) else None
    objection = Reason(
        code="already_customer", rule="core/already_customer", force="house", text="È già cliente", source="patto"
    )
    return VerdictRecord(
        call_id=request.call_id,
        verdict=verdict,
        callee=callee,
        campaign=request.campaign_id,
        principal=request.campaign.principal if request.campaign else None,
        operator=request.operator_id,
        decided_at=request.asked_at,
        reasons=() if permit else (replace(objection, not_before=NOW + timedelta(days=1)),),
        not_before=NOW + timedelta(days=1) if verdict == "defer" else None,
        script=ScriptChoice(id="adsl", version="3", variant="prospect", language="it", why="nuovo") if permit else None,
        caller_id="+390200000001" if permit else None,
        packs=(PackRef(id="core", version="1", sha256="ab" * 32, status="reviewed"),),
        mode="enforce",
        degraded=False,
        dialled=request.ask.dialled,
        number=callee if permit else None,
        trunk="trunk",
        language="it",
        purpose="acquisition",
        evidence=Evidence(
            facts={"attempts": {"known": [{"at": "2026-11-01T00:00:00Z"}]}},
            trace=({"rule": "core/valid_number", "said": "passed"},),
            libraries={"phonenumbers": "9.0.43"},
            gate=gate,
            asterisk_id="aa:bb",
            channel_id=request.ask.channel_id,
            door="stasis",
            direction="outbound",
        ),
    )


def say(request: CallRequest, verdict: str = "permit", *, gate: str = "garbo-a") -> Decide:
    """Decide so, whatever the facts."""
    return lambda _facts: record(request, verdict, gate=gate)


def once(request: CallRequest, *, gate: str = "garbo-a") -> Decide:
    """Permit if nobody has been called before: a cap of one."""

    def decide(facts: Facts) -> VerdictRecord:
        return record(request, "deny" if known(facts.attempts) else "permit", gate=gate)

    return decide


def wanted(request: CallRequest, *, locked: bool = True) -> Needs:
    """Every fact, and the lock of a cap by person, if there is somebody to count."""
    locks: tuple[str, ...] = ()
    if locked and request.campaign is not None and isinstance(request.callee, Number):
        locks = (f"attempts:{request.campaign.principal}:{request.callee.e164}",)
    return Needs(facts=frozenset(FACT_NAMES), locks=locks, by_person=True)
