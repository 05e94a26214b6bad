"""Holidays of the installation's own, on their way into the rules of a pack."""

import pytest

from ari_app.policy.calendar import LocalDay
from ari_app.policy.grammar import PackError, parse_pack
from ari_app.policy.rules.calling_window import CallingWindowKept
from tests.policy.examples import rule

WINDOWS = 'windows = { mon_sun = ["09:00-20:00"], holiday = [] }\n'
NO_HOLIDAYS = 'windows = { mon_sun = ["09:00-20:00"] }\n'
NATIONWIDE, HERE, ELSEWHERE = LocalDay(11, 2), LocalDay(3, 9, 2026), LocalDay(12, 7)
CHOSEN = {"US": [NATIONWIDE], "US-AL": [HERE], "IT": [ELSEWHERE]}


def window(params: str, holidays: str = "") -> CallingWindowKept:
    """The only rule of a pack with these parameters and this calendar."""
    head = f'id = "house"\njurisdiction = "US"\nversion = "1"\nstatus = "draft"\n{holidays}\n'
    text = head + 'title = { it = "Prova", en = "Test" }\n' + rule("hours", "calling_window", params)
    (read,) = parse_pack(text, name="house.toml", local_days=CHOSEN).rules
    assert isinstance(read.kind, CallingWindowKept)
    return read.kind


@pytest.mark.parametrize(
    ("params", "holidays", "expected"),
    [
        (WINDOWS, 'holidays = "US"', (NATIONWIDE,)),
        (WINDOWS, 'holidays = "US-AL"', (NATIONWIDE, HERE)),
        (WINDOWS, 'holidays = "US-FL"', (NATIONWIDE,)),
        (WINDOWS, 'holidays = "FR"', ()),
        (WINDOWS + 'holidays = "US-AL"', 'holidays = "IT"', (NATIONWIDE, HERE)),
        (WINDOWS + 'local_days = ["05-01"]', 'holidays = "IT"', (LocalDay(5, 1), ELSEWHERE)),
        (NO_HOLIDAYS, "", ()),
    ],
)
def test_a_rule_follows_the_local_days_of_its_calendar(
    params: str, holidays: str, expected: tuple[LocalDay, ...]
) -> None:
    """The pack's, or the rule's own; a state's follows its country's too; those of the pack itself stay."""
    assert window(params, holidays).local_days == expected


@pytest.mark.parametrize(
    ("params", "holidays", "key", "said"),
    [
        (
            WINDOWS + 'local_days = ["02-30"]',
            'holidays = "IT"',
            "rule.hours.params.local_days",
            "there is no day 02-30",
        ),
        (WINDOWS + 'local_days = "02-20"', 'holidays = "IT"', "rule.hours.params.local_days", "tuple"),
        (NO_HOLIDAYS + 'local_days = ["02-20"]', "", "rule.hours.params.local_days", 'give the pack holidays = "IT"'),
        (WINDOWS + 'holidays = "ZZ"', "", "rule.hours.params.holidays", "'ZZ' are not known"),
        (WINDOWS, 'holidays = "US-ZZ"', "holidays", "'US-ZZ' are not known"),
    ],
)
def test_a_day_or_calendar_that_is_none_is_told(params: str, holidays: str, key: str, said: str) -> None:
    """With its key; a day without a calendar would close nothing."""
    with pytest.raises(PackError) as caught:
        window(params, holidays)
    told = [mistake for mistake in caught.value.mistakes if mistake.key.startswith(key)]
    assert [mistake for mistake in told if said in mistake.what]
