"""Rules and duties that are in force from or until a day, and what a verdict tells of the way to its instant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ari_app.policy.decide import decide
from ari_app.policy.held import Contact
from ari_app.policy.pack import Pack
from ari_app.policy.request import CallMode, Mode, Purpose
from ari_app.policy.verdict import Defer, Deny, Permit, RuleRun
from tests.policy.examples import CORE, MONDAY_10, call, campaign, facts, pack, rule

NIGHT = MONDAY_10 + timedelta(hours=12)
DAYS = "effective_from = 2026-11-23\neffective_to = 2026-11-24"
BAN = 'sectors = "telecom"'
NOWHERE = "+80012345678"


def said_of_ban(dialled: str, at: datetime) -> tuple[str, str]:
    """What a ban of two days says of a call, and what it tells with it."""
    verdict = decide(call(dialled), facts(), (pack(rule("ban", "sector_ban", BAN, DAYS)),), now=at)
    return next((run.said, run.detail) for run in verdict.trace if run.rule == "house/ban")


@pytest.mark.parametrize("dialled", [NOWHERE, "39"])
def test_where_no_clock_is_known_days_are_those_of_utc(dialled: str) -> None:
    """For a number of no country, and for what is no number."""
    begins, ends = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)
    second = timedelta(seconds=1)
    told = [said_of_ban(dialled, at) for at in (begins - second, begins, ends - second, ends)]
    assert told == [
        ("not_applicable", "in force from 2026-11-23"),
        ("objected", "sector_banned"),
        ("objected", "sector_banned"),
        ("not_applicable", "in force until 2026-11-24"),
    ]


@pytest.mark.parametrize(
    ("at", "owed"),
    [
        ("2026-11-22T22:59:59+00:00", False),
        ("2026-11-22T23:00:00+00:00", True),
        ("2026-11-24T22:59:59+00:00", True),
        ("2026-11-24T23:00:00+00:00", False),
    ],
)
def test_a_duty_is_owed_on_its_days_where_the_callee_is(at: str, owed: bool) -> None:
    """As a rule is in force; the call is permitted in any case."""
    duty = f'[[duty]]\nid = "d"\nkind = "amd_policy"\n{DAYS}\nparams = {{ allowed = false }}\n'
    verdict = decide(call(), facts(), (CORE, pack(rule("r", "valid_number") + duty)), now=datetime.fromisoformat(at))
    assert isinstance(verdict, Permit)
    assert verdict.duties.machine_detection is not owed


def applies(when: str, **contact: object) -> bool:
    """Whether a ban under this condition has a say in a call to a number that is in a list."""
    entry = Contact(list_id="l1", list_source="fair", approved_by="dpo", imported_at=MONDAY_10)
    held = facts(contacts=(replace(entry, **contact),))  # type: ignore[arg-type]  # fields by name
    verdict = decide(call(), held, (CORE, pack(rule("ban", "sector_ban", BAN, when))), now=MONDAY_10)
    return isinstance(verdict, Deny)


@pytest.mark.parametrize(
    ("origin", "generated", "listed", "meets"),
    [
        ("generated", True, True, True),
        ("generated", False, True, False),
        ("generated", False, None, True),
        ("directory_listed", False, True, True),
        ("directory_listed", True, False, False),
        ("not_directory_listed", False, False, True),
    ],
)
def test_a_condition_on_origin_is_met_by_what_the_list_says(
    origin: str, generated: bool, listed: bool | None, meets: bool
) -> None:
    """A number that was made up meets it wherever it is listed; what nobody knows meets any."""
    assert applies(f'when = {{ list_origin = "{origin}" }}', generated=generated, listed=listed) is meets


def test_all_conditions_on_the_campaign_must_be_met() -> None:
    """Each for itself: one that is not met is enough."""
    calling = campaign(purpose=Purpose.CARE, call_mode=CallMode.AI_VOICE)
    parts = ['purpose = "care"', 'sector = "telecom"', 'mode = "ai_voice"']
    others = ['purpose = "retention"', 'sector = "gas"', 'mode = "live"']
    wanted = [parts, *[[*parts[:place], other, *parts[place + 1 :]] for place, other in enumerate(others)]]
    verdicts = [
        decide(
            call(campaign=calling),
            facts(),
            (CORE, pack(rule("ban", "sector_ban", BAN, f"when = {{ {', '.join(each)} }}"))),
            now=MONDAY_10,
        )
        for each in wanted
    ]
    assert [isinstance(verdict, Deny) for verdict in verdicts] == [True, False, False, False]


def always_on(*packs: Pack) -> Pack:
    """The built-in pack, with the rules of others."""
    return replace(CORE, rules=(*CORE.rules, *[each for other in packs for each in other.rules]))


HOURS = pack(rule("hours", "calling_window", 'windows = { mon_sun = ["09:00-20:00"] }'))
BANNED = pack(rule("ban", "sector_ban", BAN))
SHADOW = campaign(packs_mode=Mode.SHADOW)


def test_a_denial_on_the_way_tells_when_and_why_and_keeps_its_notes() -> None:
    """The last line of the trace; a pack in shadow mode is noted with it."""
    later = pack(rule("later", "sector_ban", BAN, "effective_from = 2026-11-24"))
    verdict = decide(call(campaign=SHADOW), facts(), (always_on(HOURS, later), BANNED), now=NIGHT)
    assert isinstance(verdict, Deny)
    assert [objection.code for objection in verdict.objections] == ["outside_calling_window", "sector_banned"]
    assert [(note.rule, note.code) for note in verdict.notes] == [("house/ban", "sector_banned")]
    (run,) = [run for run in verdict.trace if run.rule == "gate/first_open"]
    assert run == verdict.trace[-1]
    assert run.said == "objected"
    assert run.detail == "2026-11-24T08:00:00+00:00: core/later (sector_banned)"


def test_a_deferral_keeps_its_notes_and_every_line_of_the_trace() -> None:
    """A line a rule, in their order, and none on the way where nothing is in it."""
    core = always_on(HOURS)
    verdict = decide(call(campaign=SHADOW), facts(), (core, BANNED), now=NIGHT)
    assert isinstance(verdict, Defer)
    assert [note.rule for note in verdict.notes] == ["house/ban"]
    rules = [*[f"core/{each.id}" for each in core.rules], "house/ban"]
    assert [run.rule for run in verdict.trace] == rules


def test_where_no_instant_suits_the_denial_tells_what_was_in_the_way_now() -> None:
    """Every objection, every note, and in the trace that no instant was found."""
    evenings = pack(rule("evening", "calling_window", 'windows = { mon_sun = ["20:00-21:00"] }'))
    verdict = decide(call(campaign=SHADOW), facts(), (always_on(HOURS, evenings), BANNED), now=NIGHT)
    assert isinstance(verdict, Deny)
    assert [objection.rule for objection in verdict.objections] == ["core/hours", "core/evening"]
    assert [note.rule for note in verdict.notes] == ["house/ban"]
    assert verdict.trace[-1] == RuleRun(
        rule="gate/first_open", said="objected", detail="no instant suits every rule", reads=()
    )
