"""
`not_before` against a brute force that knows nothing of how it is found.

The oracle steps from minute to minute and asks plain questions: what does the clock on the wall show in each zone, is
that inside a window of that day, and is the last call long enough ago. All instants in here are whole minutes, so the
first free minute is the exact instant.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ari_app.policy.attempts import Attempt
from ari_app.policy.decide import decide
from ari_app.policy.numbers import Number, zones
from ari_app.policy.outcome import Outcome
from ari_app.policy.pack import Pack
from ari_app.policy.verdict import Defer, Permit
from tests.policy.examples import PROPERTY, attempt, call, campaign, facts, pack, rule

ITALIAN_HOLIDAYS = {
    date(2026, month, day)
    for month, day in [
        (1, 1), (1, 6), (4, 5), (4, 6), (4, 25), (5, 1), (6, 2), (8, 15), (10, 4), (11, 1), (12, 8), (12, 25), (12, 26)
    ]
} | {date(2027, 1, 1), date(2027, 1, 6)}  # fmt: skip

MINUTE = timedelta(minutes=1)
LIMIT = timedelta(days=5)

Spans = list[tuple[str, str]]


def house_pack(windows: dict[str, Spans], *, country: str, max_n: int, hours: int) -> Pack:
    """A window, a pause of `hours` after a conversation, and a cap of calls a day."""
    table = ", ".join(f"{day} = {[f'{start}-{end}' for start, end in spans]}" for day, spans in windows.items())
    return pack(
        rule("window", "calling_window", f"windows = {{ {table} }}")
        + rule("pause", "cool_down", f'after_conversation = "PT{hours}H"')
        + rule("cap", "frequency_cap", f'max_n = {max_n}\nperiod = "P1D"'),
        more=f'holidays = "{country}"' if country else "",
    )


def spans_of(windows: dict[str, Spans], day: date, country: str) -> list[Spans]:
    """The lists of spans of which each must be open on that day."""
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    weekday = windows.get(names[day.weekday()], windows.get("mon_sun", []))
    if country and day in ITALIAN_HOLIDAYS:
        return [windows["holiday"]]
    if country and day + timedelta(days=1) in ITALIAN_HOLIDAYS:
        return [weekday, windows["eve_of_holiday"]]
    return [weekday]


def wall_is_open(windows: dict[str, Spans], at: datetime, places: tuple[str, ...], country: str) -> bool:
    """Whether every clock on the wall shows an open minute."""
    for place in places:
        local = at.astimezone(ZoneInfo(place))
        shown = f"{local:%H:%M}"
        for spans in spans_of(windows, local.date(), country):
            if not any(start <= shown < end for start, end in spans):
                return False
    return True


def first_free_minute(
    now: datetime,
    windows: dict[str, Spans],
    places: tuple[str, ...],
    country: str,
    calls: list[Attempt],
    max_n: int,
    hours: int,
) -> datetime | None:
    """The oracle; None: not within the days it looks at."""
    at = now
    while at < now + LIMIT:
        rested = all(at - c.at >= timedelta(hours=hours) for c in calls if c.outcome is Outcome.ANSWERED)
        capped = sum(at - c.at < timedelta(days=1) for c in calls) >= max_n
        if rested and not capped and wall_is_open(windows, at, places, country):
            return at
        at += MINUTE
    return None


WALL_TIMES = [
    "00:00",
    "00:30",
    "01:30",
    "02:00",
    "02:15",
    "02:45",
    "03:00",
    "09:00",
    "13:00",
    "20:00",
    "23:30",
    "24:00",
]
spans_lists = st.lists(st.sampled_from(WALL_TIMES), min_size=2, max_size=4, unique=True).map(
    lambda times: [(a, b) for a, b in zip(sorted(times)[::2], sorted(times)[1::2], strict=False)]
)
starts = st.sampled_from(
    [
        datetime(2026, 3, 27, 22, tzinfo=UTC),  # Europe's clocks go forward on the 29th
        datetime(2026, 3, 7, 12, tzinfo=UTC),  # New York's on the 8th
        datetime(2026, 4, 3, 18, tzinfo=UTC),  # Good Friday
        datetime(2026, 10, 3, 12, tzinfo=UTC),  # the eve of San Francesco; Lord Howe's clocks go half an hour forward
        datetime(2026, 10, 24, 17, tzinfo=UTC),  # Europe's clocks go back on the 25th
        datetime(2026, 10, 31, 12, tzinfo=UTC),  # New York's on 1 November, a holiday in Italy
        datetime(2026, 12, 7, 9, tzinfo=UTC),
        datetime(2026, 12, 24, 12, tzinfo=UTC),
    ]
)


def week(weekday: Spans, saturday: Spans, eve: Spans) -> dict[str, Spans]:
    """Windows of an Italian week: Sundays and holidays closed."""
    days = {day: weekday for day in ("mon", "tue", "wed", "thu", "fri")}
    return {**days, "sat": saturday, "sun": [], "holiday": [], "eve_of_holiday": eve}


def assert_agrees(
    now: datetime, dialled: str, windows: dict[str, Spans], country: str, calls: list[Attempt], max_n: int, hours: int
) -> None:
    """The core and the oracle say the same."""
    request = call(dialled, campaign=campaign(packs=("house",)))
    assert isinstance(request.callee, Number)
    house = house_pack(windows, country=country, max_n=max_n, hours=hours)
    verdict = decide(request, facts(attempts=calls), (house,), now=now)
    expected = first_free_minute(now, windows, zones(request.callee), country, calls, max_n, hours)
    if expected is None:
        assert not isinstance(verdict, Permit)
        assert not isinstance(verdict, Defer) or verdict.not_before >= now + LIMIT
    elif expected == now:
        assert isinstance(verdict, Permit)
    else:
        assert isinstance(verdict, Defer)
        assert verdict.not_before == expected


@settings(PROPERTY, max_examples=100)
@given(
    starts,
    st.integers(0, 36 * 60),
    st.sampled_from(["+393331234567", "+393331234567", "+12125550123", "+34612345678"]),
    spans_lists,
    spans_lists,
    spans_lists,
    st.lists(st.tuples(st.integers(0, 48 * 60), st.sampled_from([Outcome.ANSWERED, Outcome.BUSY])), max_size=3),
    st.integers(1, 3),
    st.sampled_from([4, 30, 72]),
)
def test_the_first_free_instant_is_that_of_the_oracle(
    start: datetime,
    later: int,
    dialled: str,
    weekday: Spans,
    saturday: Spans,
    eve: Spans,
    history: list[tuple[int, Outcome]],
    max_n: int,
    hours: int,
) -> None:
    """Windows of any shape, pauses and caps together, over Easter, holidays and both clock changes."""
    now = start + later * MINUTE
    calls = [attempt(now - ago * MINUTE, outcome) for ago, outcome in sorted(history)]
    assert_agrees(now, dialled, week(weekday, saturday, eve), "IT", calls, max_n, hours)


@settings(PROPERTY, max_examples=40)
@given(starts, st.integers(0, 36 * 60), st.sampled_from(["+393331234567", "+12125550123", "+61412345678"]), spans_lists)
def test_the_first_open_instant_is_that_of_the_oracle_in_every_zone(
    start: datetime, later: int, dialled: str, spans: Spans
) -> None:
    """Also where eight zones must be open at once, one of them with a clock change of half an hour."""
    assert_agrees(start + later * MINUTE, dialled, {"mon_sun": spans}, "", [], 1, 1)
