"""Placeholders filled in words that an operator understands."""

from datetime import UTC, datetime, timedelta

import pytest

from ari_app.policy.durations import read_duration
from ari_app.policy.pack import TextValue
from ari_app.policy.phrases import fill, scope_words, why_no_number
from tests.policy.examples import MONDAY_10, call

LANGUAGES = ("it", "en", "fr")


def told(value: TextValue, dialled: str = "3331234567") -> list[str]:
    """The value in each language."""
    text = dict.fromkeys(LANGUAGES, "{it}")
    return list(fill(text, (("it", value),), call(dialled), None).values())


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("as it is", ["as it is"] * 3),
        (3, ["3"] * 3),
        (timedelta(days=30), ["30 giorni", "30 days", "30 days"]),
        (timedelta(days=1), ["1 giorno", "1 day", "1 day"]),
        (timedelta(hours=36), ["36 ore", "36 hours", "36 hours"]),
        (timedelta(minutes=90), ["90 minuti", "90 minutes", "90 minutes"]),
        (timedelta(seconds=61), ["61 secondi", "61 seconds", "61 seconds"]),
        ({"it": "uno", "en": "one"}, ["uno", "one", "one"]),
        (MONDAY_10, ["23/11/2026, ore 10:00", "23 Nov 2026, 10:00", "2026-11-23 10:00"]),
        (MONDAY_10 - timedelta(seconds=59), ["23/11/2026, ore 10:00", "23 Nov 2026, 10:00", "2026-11-23 10:00"]),
        (MONDAY_10 + timedelta(microseconds=1), ["23/11/2026, ore 10:01", "23 Nov 2026, 10:01", "2026-11-23 10:01"]),
    ],
)
def test_a_value_is_worded_in_each_language(value: TextValue, words: list[str]) -> None:
    """Instants never too early; a language without words of its own gets English ones."""
    assert told(value) == words


def test_an_instant_abroad_names_the_place() -> None:
    """Whose clock it is must be clear where it is not the operator's."""
    assert told(MONDAY_10, "+12125550123")[1] == "23 Nov 2026, 04:00 (New York)"
    assert told(MONDAY_10, "39")[1] == "23 Nov 2026, 09:00 (UTC)"


def test_common_placeholders_are_always_filled() -> None:
    """Principal, campaign, and when it is free again: never, if never."""
    text = {"it": "{principal} {campaign} {not_before} {else}", "en": "{not_before}"}
    assert fill(text, (), call(), None) == {"it": "acme autunno mai {else}", "en": "never"}
    until = datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert fill(text, (), call(), until)["en"] == "1 Dec 2026, 10:00"


def test_a_value_is_not_read_again_for_placeholders() -> None:
    """What somebody typed as a reason stays what they typed."""
    assert told("{principal}")[0] == "{principal}"


@pytest.mark.parametrize("why", ["not_dialable", "too_long", "too_short", "unassigned", "unknown_country"])
def test_every_way_to_be_no_number_has_its_words(why: str) -> None:
    """In both languages."""
    assert set(why_no_number(why)) == {"it", "en"}


def test_every_scope_has_its_words() -> None:
    """By anybody, by this principal, for this campaign."""
    assert [scope_words(scope)["en"] for scope in ("global", "principal", "campaign")] == [
        "by anybody",
        "by this principal",
        "for this campaign",
    ]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P30D", timedelta(days=30)),
        ("P2W", timedelta(days=14)),
        ("PT4H", timedelta(hours=4)),
        ("PT90M", timedelta(minutes=90)),
        ("PT5S", timedelta(seconds=5)),
        ("P1DT12H", timedelta(hours=36)),
        (timedelta(days=1), timedelta(days=1)),
    ],
)
def test_a_duration_is_read(text: object, length: timedelta) -> None:
    """Weeks, days, hours, minutes, seconds."""
    assert read_duration(text) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "P1Y", "P1M", "30", "PT-4H", "p1d", "P0D", 30, None, timedelta(0)])
def test_what_is_no_duration_is_refused(text: object) -> None:
    """Years and months have no fixed length; nothing is no length."""
    with pytest.raises(ValueError, match="is no"):
        read_duration(text)
