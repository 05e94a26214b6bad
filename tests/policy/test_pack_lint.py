"""What `packs lint` says of a file beyond its form, and how a pack is worded."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ari_app.policy.durations import iso_duration
from ari_app.policy.pack_lint import lint_pack
from ari_app.policy.pack_page import rules_page
from ari_app.policy.pack_words import (
    duration_in_words,
    pack_document,
    params_in_words,
    standing,
    when_in_words,
)
from tests.policy.examples import CORE, pack, rule

HEAD = 'id = "house"\njurisdiction = "any"\nversion = "1"\nstatus = "draft"\ntitle = { it = "Prova", en = "Test" }\n'
CAP = 'max_n = 1\nperiod = "P1D"'
GROUND = '[[ground]]\nid = "ours"\nkind = "relationship_exemption"\nparams = { status = "current" }\n'


def linted(rules: str, stem: str = "house") -> list[str]:
    """Every mistake in a file, and every warning."""
    found = lint_pack(HEAD + rules, name=f"{stem}.toml", stem=stem)
    return [*(str(mistake) for mistake in found.mistakes), *(f"warning: {warning}" for warning in found.warnings)]


def test_a_file_that_cannot_be_read_is_told_as_by_the_grammar() -> None:
    """Line, key, and what would be right."""
    (mistake,) = linted(rule("cap", "frequency_cap", 'max_n = 0\nperiod = "P1D"'))
    assert mistake.startswith("house.toml:14: rule.cap.params.max_n: Input should be greater")


def test_a_window_that_never_opens_is_refused() -> None:
    """One that opens on holidays alone does open."""
    never = rule("hours", "calling_window", "windows = { mon_sun = [] }")
    (mistake,) = linted(never)
    assert mistake.startswith("house.toml:14: rule.hours.params.windows: never opens")
    festive = 'holidays = "IT"\nwindows = { mon_sun = [], holiday = ["10:00-12:00"] }'
    assert linted(rule("hours", "calling_window", festive)) == []


def test_two_rules_that_say_the_same_at_the_same_time_are_refused() -> None:
    """Both are named; other parameters, conditions or days make another rule of it."""
    (mistake,) = linted(rule("one", "frequency_cap", CAP) + rule("two", "frequency_cap", CAP))
    assert "rule.two: two says what one says already" in mistake
    for other, more in ((CAP + "\ncalendar = true", ""), (CAP, 'when = { line = "mobile" }')):
        assert linted(rule("one", "frequency_cap", CAP) + rule("two", "frequency_cap", other, more)) == []


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("effective_to = 2026-01-31", "effective_from = 2026-02-01", False),
        ("effective_to = 2026-02-01", "effective_from = 2026-02-01", True),
        ("effective_from = 2026-02-01", "", True),
    ],
)
def test_rules_that_take_turns_are_not_the_same(first: str, second: str, same: bool) -> None:
    """Both whole days are in force."""
    rules = rule("one", "frequency_cap", CAP, first) + rule("two", "frequency_cap", CAP, second)
    assert bool(linted(rules)) is same


def test_a_ground_that_nobody_names_is_refused() -> None:
    """It would lift nothing, and somebody meant it to."""
    (mistake,) = linted(rule("cap", "frequency_cap", CAP) + GROUND)
    assert mistake.startswith("house.toml:16: ground.ours: no rule names 'ours'")
    assert linted(rule("cap", "frequency_cap", CAP, 'unless = ["ours"]') + GROUND) == []


def test_a_pack_that_is_not_called_like_its_file_is_warned_of() -> None:
    """No campaign would find it."""
    (warning,) = linted(rule("cap", "frequency_cap", CAP), stem="home")
    assert warning.startswith("warning: home.toml:1: id: campaigns find a pack by its file")


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("frequency_cap", CAP, "at most 1; period 1 day; count attempt; counting key number+principal"),
        ("registry_screening", 'registry = "RPO"\nmax_age = "P15D"\nper_controller = false', "max age 15 days"),
        (
            "number_provenance",
            "require_approval = false",
            "forbid generated; not require approval",
        ),
        (
            "calling_window",
            'windows = { mon_fri = ["09:00-13:00", "14:00-24:00"], sat_sun = [], holiday = [] }\nholidays = "IT"\n'
            'local_days = ["12-07", "2026-12-09"]',
            "mon–fri 09:00-13:00, 14:00-24:00; sat–sun, holiday never; holidays IT; local days 12-07, 2026-12-09",
        ),
        ("language_spoken", "", "-"),
    ],
)
def test_parameters_are_told_in_words(kind: str, params: str, words: str) -> None:
    """What stands by default too; what says nothing is left out."""
    assert words in params_in_words(pack(rule("a", kind, params)).rules[0].kind)


def test_conditions_are_told_in_words() -> None:
    """The four purposes of marketing are one word."""
    more = (
        'when = { purpose = ["marketing", "research"], line = "mobile", list_origin = "generated", region = "US-FL" }'
    )
    told = when_in_words(pack(rule("a", "language_spoken", more=more)).rules[0].when)
    assert told == "marketing, research; line mobile; region US-FL; number generated"
    assert when_in_words(pack(rule("a", "language_spoken")).rules[0].when) == "every call"


@pytest.mark.parametrize(
    ("length", "iso", "words"),
    [
        (timedelta(days=30), "P30D", "30 days"),
        (timedelta(days=1), "P1D", "1 day"),
        (timedelta(hours=36), "P1DT12H", "36 hours"),
        (timedelta(minutes=90), "PT1H30M", "90 minutes"),
        (timedelta(seconds=61), "PT1M1S", "61 seconds"),
    ],
)
def test_lengths_of_time_are_told_exactly(length: timedelta, iso: str, words: str) -> None:
    """In the largest unit that leaves nothing over, and as packs write them."""
    assert (iso_duration(length), duration_in_words(length)) == (iso, words)
    assert iso_duration(None) is None


def test_a_draft_says_so_and_a_reviewed_pack_by_whom() -> None:
    """Wherever a pack is shown."""
    assert standing(CORE) == "draft: not reviewed by a lawyer, and no legal advice"
    reviewed = replace(CORE, status="reviewed", reviewed_by="avv. Rossi", reviewed_on=date(2026, 11, 30))
    assert standing(reviewed) == "reviewed by avv. Rossi on 2026-11-30"
    assert pack_document(reviewed)["reviewed_on"] == "2026-11-30"


def test_a_pack_is_shown_whole_as_json() -> None:
    """Kind, parameters as packs write them, conditions, grounds, duties, sources, codes."""
    shown = pack_document(
        pack(
            rule("cap", "frequency_cap", CAP, 'unless = ["ours"]\nwhen = { purpose = "care" }\noptional = true')
            + rule("hours", "calling_window", 'windows = { mon_sun = ["09:00-20:00"] }', "effective_to = 2026-12-31")
            + GROUND
            + '[[duty]]\nid = "say"\nkind = "script_disclosure"\n'
            + 'params = { items = [{ id = "who", it = "Chi", en = "Who" }] }\n'
        )
    )
    cap, hours = shown["rules"]
    assert (cap["kind"], cap["params"]["period"], cap["codes"]) == ("frequency_cap", "P1D", ["attempts_exhausted"])
    assert (cap["when"], cap["unless"], cap["optional"], cap["switched_on"]) == (
        {"purpose": ["care"]},
        ["ours"],
        True,
        False,
    )
    assert (hours["params"]["windows"]["mon"], hours["effective_to"]) == (["09:00-20:00"], "2026-12-31")
    assert shown["grounds"][0]["params"]["status"] == "current"
    assert shown["duties"][0]["params"]["items"] == [{"id": "who", "it": "Chi", "en": "Who"}]


def test_local_days_are_shown_as_they_are_written() -> None:
    """Each year, or once."""
    days = 'windows = { mon_sun = [], holiday = [] }\nholidays = "IT"\nlocal_days = ["12-07", "2026-12-09"]'
    shown = pack_document(pack(rule("hours", "calling_window", days)))
    assert shown["rules"][0]["params"]["local_days"] == ["12-07", "2026-12-09"]


def test_the_page_has_a_row_for_everything() -> None:
    """Days in force, open points, a source with its link and tag; a bar in a text breaks no table."""
    page = rules_page(
        [
            pack(
                rule("a", "frequency_cap", CAP, 'optional = true\neffective_from = 2026-01-02\nunless = ["ours"]')
                + rule("b", "language_spoken", more="effective_to = 2026-12-31")
                + GROUND
                + 'optional = true\nsource = { cite = "a | b", url = "https://example.org", evidence = "S" }\n'
            )
        ]
    )
    assert "| `a` | `frequency_cap` | at most 1; period 1 day; count attempt" in page
    assert "*open point*, from 2026-01-02 |" in page
    assert "| until 2026-12-31 |" in page
    assert "[a \\| b](https://example.org) (S) | *open point* |" in page
    assert "**Draft: not reviewed by a lawyer, and no legal advice.**" in page
