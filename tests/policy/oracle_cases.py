"""Random cases for the oracle: plain data, and the pack, facts and call that the core is given for them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ari_app.policy.attempts import Attempt
from ari_app.policy.calendar import read_kept_day
from ari_app.policy.decide import decide
from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.facts import Facts
from ari_app.policy.grammar import parse_pack
from ari_app.policy.held import Callback, CustomerStatus, Flag, OneOffPermit
from ari_app.policy.numbers import Number, zones
from ari_app.policy.outcome import Outcome
from ari_app.policy.pack import Pack
from ari_app.policy.request import CallRequest, Purpose
from ari_app.policy.verdict import Defer, Permit
from tests.policy.examples import call, campaign, facts, rule

CLUSTERS = [
    datetime(2026, 3, 29, tzinfo=UTC),  # Europe's clocks go forward, and Beirut's over midnight
    datetime(2026, 10, 25, tzinfo=UTC),  # and back; 1 November, a holiday in Italy, is New York's turn
    datetime(2026, 3, 8, 6, tzinfo=UTC),  # New York's forward, and Havana's over midnight
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 3, 12, tzinfo=UTC),  # Good Friday; Lord Howe goes back half an hour on the 5th
    datetime(2027, 3, 26, 12, tzinfo=UTC),  # Easter and Europe's clocks on one Sunday
    datetime(2026, 4, 24, tzinfo=UTC),  # Cairo's clocks jump over midnight
    datetime(2026, 9, 6, tzinfo=UTC),  # Santiago's too
    datetime(2026, 10, 3, 12, tzinfo=UTC),  # the eve of San Francesco
    datetime(2026, 12, 6, 12, tzinfo=UTC),  # Immacolata, and the local day before it
    datetime(2026, 12, 24, 12, tzinfo=UTC),
    datetime(2027, 12, 30, 12, tzinfo=UTC),
    datetime(2028, 2, 28, 12, tzinfo=UTC),  # a leap day
]
CALLEES = [
    "+393331234567", "+12125550123", "+34612345678", "+442071234567", "+5371234567", "+20221234567", "+56221234567",
    "+9613123456", "+61412345678", "+64211234567", "+393331234567", "+12125550123", "+34612345678", "+442071234567",
    "+5371234567", "+20221234567", "+56221234567", "+9613123456", "+18005550123",
]  # fmt: skip
CALENDARS = ["IT", "IT", "ES", "US-AL", "GB", "IT-MI"]
LOCAL_DAYS = ["IT 12-07", "IT 2026-03-30", "ES 2026-10-26", "US 11-02", "US-AL 2026-03-09", "IT 02-29", "GB 2027-12-31"]
WALL_TIMES = [
    "00:00", "00:30", "01:00", "01:30", "02:00", "02:15", "02:45", "03:00", "09:00", "13:00", "20:00", "23:30", "24:00",
]  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ENDS = [
    "silent",
    "refused",
    "no_answer",
    "busy",
    "cancelled",
    "voicemail",
    "machine",
    "answered",
    "conversation",
    "not_now",
]
KEYS = ["number+principal", "number+principal", "person+principal", "number+principal+subject"]
SUBJECTS = ["fibre", "fibre", "energy", ""]

GROUNDS = """
[[ground]]
id = "current"
kind = "relationship_exemption"
params = { status = "current" }
[[ground]]
id = "just_ended"
kind = "relationship_exemption"
params = { ended_within = "P10D" }
[[ground]]
id = "due"
kind = "callback_due"
params = { early = "PT30M", late = "PT2H" }
[[ground]]
id = "asked_for"
kind = "one_off_permit"
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier call; words as they are written, lengths in minutes."""

    at: datetime
    purpose: str
    outcome: str | None
    disposition: str | None
    talked: int | None
    subject: str
    same_number: bool
    attended: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """A call that was promised."""

    promised: datetime
    due: datetime
    operator: str


@dataclass(frozen=True, slots=True, eq=False)
class RuleCase:
    """A rule, whatever its kind; lengths in minutes, what its kind has not stays as it is."""

    kind: str
    length: int = 0
    shorter: int = 0
    windows: dict[str, list[str]] = field(default_factory=dict)
    holidays: str = ""
    local_days: tuple[str, ...] = ()
    max_n: int = 0
    calendar: bool = False
    count: str = "attempt"
    key: str = "number+principal"
    words: tuple[str, ...] = ()
    conversation_from: int = 0
    lifted_by: str = ""
    then: str = ""
    unless: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    denies: bool = False
    """Time alone does not help against it."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One call, everything that is known about it, and the rules that bind it."""

    now: datetime
    callee: str
    places: tuple[str, ...]
    attended: bool
    subject: str
    rules: tuple[RuleCase, ...]
    local_days: tuple[str, ...]
    calls: tuple[Earlier, ...]
    promises: tuple[Promise, ...]
    wishes: tuple[tuple[datetime, str], ...]
    status: str
    until: datetime
    asked: tuple[datetime, datetime] | None


def random_case(seed: int) -> Case:
    """The case of this number; the same one each time."""
    draw = Random(seed)  # noqa: S311  no secret
    now = draw.choice(CLUSTERS) + timedelta(minutes=draw.randrange(-3 * 1440, 3 * 1440 // 2))
    callee = draw.choice(CALLEES)
    number = call(callee).callee
    assert isinstance(number, Number)
    local_days = tuple(sorted(set(draw.choices(LOCAL_DAYS, k=draw.randrange(4)))))
    rules = tuple(_random_rule(draw, now, local_days) for _ in range(draw.choice([1, 2, 3, 4, 6])))
    return Case(
        now=now,
        callee=callee,
        places=zones(number),
        attended=draw.random() < 0.5,
        subject=draw.choice(["fibre", "energy"]),
        rules=rules,
        local_days=local_days,
        calls=tuple(_random_call(draw, now) for _ in range(draw.choice([0, 1, 2, 3, 5, 8]))),
        promises=tuple(_random_promise(draw, now) for _ in range(draw.choice([0, 0, 1, 2]))),
        wishes=_random_wishes(draw, now, zones(number)),
        status=draw.choice(["none", "none", "none", "current", "ended", "ended"]),
        until=now - timedelta(minutes=draw.randrange(20 * 1440)),
        asked=_random_span(draw, now) if draw.random() < 0.4 else None,
    )


def _random_rule(draw: Random, now: datetime, local_days: tuple[str, ...]) -> RuleCase:
    kind = draw.choice(list(_RANDOM))
    common: dict[str, Any] = {"kind": kind}
    if draw.random() < 0.3:
        common["unless"] = tuple(draw.sample(["current", "just_ended", "due", "asked_for"], k=draw.choice([1, 2])))
    if draw.random() < 0.2:
        common["effective_from"] = (now + timedelta(days=draw.randrange(-3, 6))).date()
    if draw.random() < 0.2:
        common["effective_to"] = max(
            (now + timedelta(days=draw.randrange(-2, 8))).date(), common.get("effective_from", date.min)
        )
    return RuleCase(**common, **_RANDOM[kind](draw, local_days))


def _random_window(draw: Random, local_days: tuple[str, ...]) -> dict[str, Any]:
    if draw.random() < 0.03:
        return {"windows": {day: [] for day in DAYS}, "denies": True}
    usual = _random_spans(draw)
    windows = {day: usual if draw.random() < 0.7 else _random_spans(draw) for day in DAYS}
    for day in ("tue", "wed"):
        windows[day] = ["00:00-24:00"]  # so that it opens some day, in however many zones
    calendar = draw.choice(["", *CALENDARS])
    if not calendar:
        return {"windows": windows}
    windows["holiday"] = draw.choice([[], [], _random_spans(draw)])
    if draw.random() < 0.7:
        windows["eve_of_holiday"] = _random_spans(draw)
    country = calendar.partition("-")[0]
    here = tuple(day.partition(" ")[2] for day in local_days if day.partition(" ")[0] in (calendar, country))
    return {"windows": windows, "holidays": calendar, "local_days": here}


def _random_spans(draw: Random) -> list[str]:
    times = sorted(draw.sample(WALL_TIMES, k=draw.choice([2, 2, 4])))
    return [f"{start}-{end}" for start, end in zip(times[::2], times[1::2], strict=True)]


def _random_cap(draw: Random, _: tuple[str, ...]) -> dict[str, Any]:
    calendar, count = draw.random() < 0.5, draw.choice(["attempt", "answered", "conversation"])
    return {
        "max_n": draw.randrange(1, 4),
        "length": draw.choice([1, 1, 2, 7, 30]) * 1440
        if calendar
        else draw.choice([60, 480, 1440, 3 * 1440, 30 * 1440]),
        "calendar": calendar,
        "count": count,
        "key": draw.choice(KEYS),
        "words": tuple(draw.sample(["busy", "no_answer", "cancelled", "voicemail"], k=draw.choice([0, 0, 1, 2]))),
        "conversation_from": draw.choice([0, 1, 5]) if count == "conversation" else 0,
    }


def _random_cool_down(draw: Random, _: tuple[str, ...]) -> dict[str, Any]:
    return {
        "length": draw.choice([240, 1440, 30 * 1440]),
        "shorter": draw.choice([0, 15, 240]),
        "key": draw.choice(KEYS),
        "conversation_from": draw.choice([0, 1, 5]),
    }


def _random_after_outcome(draw: Random, _: tuple[str, ...]) -> dict[str, Any]:
    words = tuple(draw.sample(ENDS, k=draw.choice([1, 1, 2, 3])))
    return {
        "length": draw.choice([1, 2, 5, 20]) * 1440,
        "calendar": draw.random() < 0.5,
        "words": words,
        "lifted_by": draw.choice(["", "", "operator_guaranteed"]),
        "then": draw.choice(["", "", "", "operator_guaranteed"]),
        "key": draw.choice(KEYS),
        "conversation_from": draw.choice([0, 5]) if "conversation" in words else 0,
    }


def _random_another_hour(draw: Random, _: tuple[str, ...]) -> dict[str, Any]:
    return {"length": draw.choice([720, 1440, 4 * 1440]), "shorter": draw.choice([30, 150, 719])}


def _random_promised(draw: Random, _: tuple[str, ...]) -> dict[str, Any]:
    return {"length": draw.choice([60, 1440]), "shorter": draw.choice([0, 15])}


def _of_wishes(_draw: Random, _: tuple[str, ...]) -> dict[str, Any]:
    return {}


def _of_customers(_draw: Random, _: tuple[str, ...]) -> dict[str, Any]:
    return {"denies": True}


_RANDOM = {
    "calling_window": _random_window,
    "frequency_cap": _random_cap,
    "cool_down": _random_cool_down,
    "cooldown_after_outcome": _random_after_outcome,
    "wanted_hours": _of_wishes,
    "another_hour": _random_another_hour,
    "callback_promised": _random_promised,
    "existing_customer": _of_customers,
}


def _random_call(draw: Random, now: datetime) -> Earlier:
    far = draw.choice([120, 1440, 5 * 1440, 40 * 1440])
    ahead = timedelta(minutes=draw.choice([0, 0, 0, 0, 0, 0, 0, 5]))  # another gate's clock
    disposition = draw.choice([*Disposition]) if draw.random() < 0.5 else None
    return Earlier(
        at=now - timedelta(minutes=draw.randrange(far)) + ahead,
        purpose=draw.choice(["acquisition", "upsell", "acquisition", "care"]),
        outcome=draw.choice([None, *Outcome]),
        disposition=disposition,
        talked=draw.choice([None, 0, 1, 4, 5, 9]),
        subject=draw.choice(SUBJECTS),
        same_number=draw.random() < 0.7,
        attended=draw.random() < 0.6,
    )


def _random_promise(draw: Random, now: datetime) -> Promise:
    promised = now + timedelta(minutes=draw.randrange(-3 * 1440, 120))
    due = promised + timedelta(minutes=draw.randrange(4 * 1440))
    return Promise(promised, due, draw.choice(["", "anna", "bruno"]))


def _random_wishes(draw: Random, now: datetime, places: tuple[str, ...]) -> tuple[tuple[datetime, str], ...]:
    """Hours that all places share on any day; else time alone would not help, which is another test's matter."""
    offsets = [now.astimezone(ZoneInfo(place)).utcoffset() or timedelta(0) for place in places]
    spread = (max(offsets) - min(offsets)) // timedelta(minutes=1)
    lengths = {"09:00-13:00": 240, "17:00-20:00": 180, "02:15-02:45": 30, "00:00-01:00": 60, "00:00-24:00": 2880}
    hours = [text for text, length in lengths.items() if not spread or length >= spread + 60]
    instants = draw.sample(range(-3 * 1440, 600), k=draw.choice([0, 1, 1, 2]))
    return tuple((now + timedelta(minutes=at), draw.choice(hours)) for at in instants)


def _random_span(draw: Random, now: datetime) -> tuple[datetime, datetime]:
    begins = now + timedelta(minutes=draw.randrange(-1440, 2 * 1440))
    return begins, begins + timedelta(minutes=draw.randrange(1, 2 * 1440))


def real_verdict(case: Case) -> tuple[str, datetime | None]:
    """What the core says: `permit`, `defer` with its instant, or `deny`."""
    verdict = decide(_request(case), _facts(case), (_pack(case),), now=case.now)
    assert not any(
        objection.code in ("rule_error", "facts_unavailable") for objection in getattr(verdict, "objections", ())
    )
    match verdict:
        case Permit():
            return "permit", None
        case Defer():
            return "defer", verdict.not_before
        case _:
            return "deny", None


def _request(case: Case) -> CallRequest:
    request = call(case.callee, campaign=campaign(packs=("house",), product=case.subject))
    return replace(request, ask=replace(request.ask, attended=case.attended))


def _facts(case: Case) -> Facts:
    calls = [
        Attempt(
            call_id=f"call{place}",
            campaign="autunno",
            purpose=Purpose(each.purpose),
            at=each.at,
            outcome=Outcome(each.outcome) if each.outcome else None,
            disposition=Disposition(each.disposition) if each.disposition else None,
            talked=timedelta(minutes=each.talked) if each.talked is not None else None,
            subject=each.subject,
            same_number=each.same_number,
            attended=each.attended,
        )
        for place, each in enumerate(sorted(case.calls, key=lambda each: each.at, reverse=True))
    ]
    asked = case.asked
    return facts(
        attempts=calls,
        status=CustomerStatus(case.status),
        until=case.until if case.status == "ended" else None,
        callbacks=tuple(
            Callback(id=str(place), campaign="autunno", operator=p.operator, promised_at=p.promised, due_at=p.due)
            for place, p in enumerate(case.promises)
        ),
        flags=tuple(Flag(kind=FlagKind.HOURS, value=hours, since=since) for since, hours in case.wishes),
        one_off_permits=(OneOffPermit(id="p", source="web_form", granted_at=asked[0], expires_at=asked[1]),)
        if asked
        else (),
    )


def _pack(case: Case) -> Pack:
    head = (
        'id = "house"\njurisdiction = "any"\nversion = "1"\nstatus = "draft"\ntitle = { it = "Prova", en = "Test" }\n'
    )
    tables = "".join(rule(f"r{place}", each.kind, _params(each), _more(each)) for place, each in enumerate(case.rules))
    days: dict[str, list[Any]] = {}
    for text in case.local_days:
        calendar, day = read_kept_day(text)
        days.setdefault(calendar, []).append(day)
    return parse_pack(f"{head}{GROUNDS}{tables}", name="house.toml", local_days=days)


def _more(each: RuleCase) -> str:
    lines = [f"unless = {list(each.unless)}"] if each.unless else []
    lines += [f"effective_from = {each.effective_from}"] if each.effective_from else []
    lines += [f"effective_to = {each.effective_to}"] if each.effective_to else []
    return "\n".join(lines)


def _params(each: RuleCase) -> str:
    """The parameters of a rule as TOML."""
    values: dict[str, object] = {}
    match each.kind:
        case "calling_window":
            table = ", ".join(f"{day} = {spans}" for day, spans in each.windows.items())
            holidays = f'holidays = "{each.holidays}"' if each.holidays else ""
            return f"windows = {{ {table} }}\n{holidays}"
        case "frequency_cap":
            values = {"max_n": each.max_n, "period": each.length, "count": each.count, "not_counted": each.words}
        case "cool_down":
            values = {"after_conversation": each.length, "after_no_answer": each.shorter}
        case "cooldown_after_outcome":
            values = {"min_duration": each.length, "outcome": each.words}
            values |= {"lifted_by": each.lifted_by, "then": each.then}
        case "another_hour":
            values = {"within": each.length, "apart": each.shorter}
        case "callback_promised":
            values = {"same_operator_for": each.length, "early": each.shorter}
    if each.kind in ("frequency_cap", "cool_down", "cooldown_after_outcome"):
        values |= {"counting_key": each.key, "conversation_from": each.conversation_from}
    if each.kind in ("frequency_cap", "cooldown_after_outcome"):
        values["calendar"] = each.calendar
    return "\n".join(f"{key} = {_toml(key, value)}" for key, value in values.items() if value)


def _toml(key: str, value: object) -> str:
    if key == "max_n":
        return str(value)
    match value:
        case bool():
            return str(value).lower()
        case int():
            return f'"PT{value}M"'
        case tuple():
            return str(list(value))
        case _:
            return f'"{value}"'
