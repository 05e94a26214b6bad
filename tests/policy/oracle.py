"""
A second, naive reading of every rule that defers, to hold against the core: `python -m tests.policy.oracle 5000`.

It shares nothing with the kinds but the words of the specification. It looks at the clock on the wall minute by minute
and asks each rule in turn whether it objects; it never computes when one will stop. All instants of a case are whole
minutes, so the first minute at which nothing objects is the exact instant that `decide` must have found.
"""

import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from tests.policy.oracle_cases import Case, Earlier, Promise, RuleCase, random_case, real_verdict

HORIZON = 60 * 1440
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MARKETING = {"acquisition", "retention", "upsell", "consent_recovery"}
NEVER_REACHED = {"failed", "denied", "not_dialled"}
NOBODY_SPOKE = {"not_now", "holder_absent", "voicemail", "machine", "line_dropped"}
TOOK = {"answered", "abandoned", "unobserved", None}


@lru_cache(maxsize=60_000)
def wall_of_day(place: str, day: int) -> "array[int]":
    """
    What the clock in `place` shows in each minute of a UTC day: minutes since the beginning of year 1.

    An hour whose first and last minute lie 59 apart runs evenly, since no clock was ever changed twice within one.
    """
    zone, first = ZoneInfo(place), EPOCH + timedelta(days=day)
    shown = array("q")
    for hour in range(24):
        begins = _shown(zone, first + timedelta(hours=hour))
        if _shown(zone, first + timedelta(hours=hour, minutes=59)) == begins + 59:
            shown.extend(range(begins, begins + 60))
        else:
            shown.extend(_shown(zone, first + timedelta(hours=hour, minutes=minute)) for minute in range(60))
    return shown


def _shown(zone: ZoneInfo, at: datetime) -> int:
    local = at.astimezone(zone)
    return local.toordinal() * 1440 + local.hour * 60 + local.minute


def wall(place: str, at: int) -> tuple[int, int]:
    """Day (as an ordinal) and minute that the clock shows at `at`, minutes since `EPOCH`."""
    return divmod(wall_of_day(place, at // 1440)[at % 1440], 1440)


def minutes(at: datetime) -> int:
    """Since `EPOCH`."""
    passed = at - EPOCH
    assert passed % MINUTE == timedelta(0), at
    return passed // MINUTE


@lru_cache(maxsize=20_000)
def kept(calendar: str, local_days: tuple[str, ...], ordinal: int) -> bool:
    """Whether a day is a holiday there, by the calendar or by the installation's own word."""
    day = date.fromordinal(ordinal)
    country, _, part = calendar.partition("-")
    if day in _library(country, part, day.year):
        return True
    return any(text in (f"{day:%m-%d}", f"{day:%Y-%m-%d}") for text in local_days)


@lru_cache
def _library(country: str, part: str, year: int) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=part or None, years=year)


def clock(text: str) -> int:
    """`HH:MM` in minutes."""
    return int(text[:2]) * 60 + int(text[3:])


def inside(spans: list[str], minute: int) -> bool:
    """Whether a minute of the day lies in one of `HH:MM-HH:MM`."""
    return any(clock(span[:5]) <= minute < clock(span[6:]) for span in spans)


@dataclass
class Oracle:
    """One case, asked minute by minute."""

    case: Case

    def __post_init__(self) -> None:
        """Lay out each rule as a question about a minute."""
        self.start = minutes(self.case.now)
        self.laid: dict[tuple[RuleCase, int], tuple[list[str], ...]] = {}
        self.rules = [(rule, self._question(rule)) for rule in self.case.rules]

    def says(self) -> tuple[str, int | None]:
        """`permit`, `defer` and its minute, `deny`, or `late` when nothing is free within 60 days."""
        if self._denied(self.start):
            return "deny", None
        free = next((at for at in range(self.start, self.start + HORIZON) if not self._deferred(at)), None)
        if free is None:
            return "late", None
        if free == self.start:
            return "permit", None
        return ("deny", None) if self._forbidden_by_then(free) else ("defer", free)

    def _deferred(self, at: int) -> bool:
        return any(
            not self._for_good(rule) and asks(at) and self._in_force(rule, at) and not self._lifted(rule, at)
            for rule, asks in self.rules
        )

    def _denied(self, at: int) -> bool:
        return any(
            self._for_good(rule)
            and (not rule.denies or asks(at))
            and self._in_force(rule, at)
            and not self._lifted(rule, at)
            for rule, asks in self.rules
        )

    def _forbidden_by_then(self, at: int) -> bool:
        """Whether a rule that is not in force yet denies at that minute; what merely runs out may be renewed."""
        return any(
            self._for_good(rule)
            and not self._in_force(rule, self.start)
            and (not rule.denies or asks(at))
            and self._in_force(rule, at)
            and not self._lifted(rule, at)
            for rule, asks in self.rules
        )

    def _for_good(self, rule: RuleCase) -> bool:
        """Whether time alone does not help against what this rule objects to."""
        return rule.denies or (bool(rule.then) and self._operator_is_missing(rule))

    def _in_force(self, rule: RuleCase, at: int) -> bool:
        if rule.effective_from is None and rule.effective_to is None:
            return True
        days = [wall(place, at)[0] for place in self.case.places]
        begun = rule.effective_from is None or any(day >= rule.effective_from.toordinal() for day in days)
        ended = rule.effective_to is not None and all(day > rule.effective_to.toordinal() for day in days)
        return begun and not ended

    def _lifted(self, rule: RuleCase, at: int) -> bool:
        return any(self._holds(name, at) for name in rule.unless)

    def _holds(self, ground: str, at: int) -> bool:
        case = self.case
        match ground:
            case "current":
                return case.status == "current"
            case "just_ended":
                return case.status == "ended" and at - minutes(case.until) <= 10 * 1440
            case "due":
                return any(
                    minutes(promise.promised) <= at and minutes(promise.due) - 30 <= at < minutes(promise.due) + 120
                    for promise in case.promises
                )
            case "asked_for":
                return case.asked is not None and minutes(case.asked[0]) <= at < minutes(case.asked[1])
            case _:
                raise AssertionError(ground)

    def _question(self, rule: RuleCase) -> Callable[[int], bool]:
        match rule.kind:
            case "calling_window":
                return lambda at: any(not self._open(rule, *wall(place, at)) for place in self.case.places)
            case "frequency_cap":
                return self._cap(rule)
            case "cool_down":
                return self._cool_down(rule)
            case "cooldown_after_outcome":
                return self._after_outcome(rule)
            case "wanted_hours":
                return self._wanted
            case "another_hour":
                return self._another_hour(rule)
            case "callback_promised":
                return lambda at: self._promised(rule, at)
            case "existing_customer":
                return lambda _: self.case.status == "current"
            case _:
                raise AssertionError(rule.kind)

    def _spans(self, rule: RuleCase, day: int) -> tuple[list[str], ...]:
        """Lists of which each must be open on that day."""
        if (rule, day) not in self.laid:
            self.laid[rule, day] = self._spans_of(rule, day)
        return self.laid[rule, day]

    def _spans_of(self, rule: RuleCase, day: int) -> tuple[list[str], ...]:
        weekday = rule.windows[DAYS[(day - 1) % 7]]
        if rule.holidays and kept(rule.holidays, rule.local_days, day):
            return (rule.windows["holiday"],)
        if rule.holidays and kept(rule.holidays, rule.local_days, day + 1) and "eve_of_holiday" in rule.windows:
            return (weekday, rule.windows["eve_of_holiday"])
        return (weekday,)

    def _open(self, rule: RuleCase, day: int, minute: int) -> bool:
        return all(inside(spans, minute) for spans in self._spans(rule, day))

    def _counted(self, rule: RuleCase) -> list[Earlier]:
        return [
            call
            for call in self.case.calls
            if call.purpose in MARKETING
            and call.outcome not in NEVER_REACHED
            and (call.same_number or rule.key == "person+principal")
            and (rule.key != "number+principal+subject" or call.subject in ("", self.case.subject))
        ]

    def _cap(self, rule: RuleCase) -> Callable[[int], bool]:
        calls = [
            call
            for call in self._counted(rule)
            if not any(word in (call.outcome, call.disposition) for word in rule.words)
            and (rule.count != "answered" or call.outcome in TOOK)
            and (rule.count != "conversation" or spoke(call, rule.conversation_from))
        ]
        return lambda at: sum(self._still_counts(call, rule, at) for call in calls) >= rule.max_n

    def _still_counts(self, call: Earlier, rule: RuleCase, at: int) -> bool:
        began = minutes(call.at)
        if not rule.calendar:
            return at - began < rule.length
        return any(wall(place, at)[0] - wall(place, began)[0] < rule.length // 1440 for place in self.case.places)

    def _cool_down(self, rule: RuleCase) -> Callable[[int], bool]:
        pauses = [
            (minutes(call.at), rule.length if spoke(call, rule.conversation_from) else rule.shorter)
            for call in self._counted(rule)
        ]
        return lambda at: any(at < began + pause for began, pause in pauses)

    def _after_outcome(self, rule: RuleCase) -> Callable[[int], bool]:
        calls = [call for call in self._counted(rule) if any(ended(call, word, rule) for word in rule.words)]
        if rule.lifted_by and self.case.attended:
            calls = []
        return lambda at: any(self._still_counts(call, rule, at) for call in calls)

    def _operator_is_missing(self, rule: RuleCase) -> bool:
        counted = self._counted(rule)
        return not self.case.attended and any(
            any(ended(call, word, rule) for word in rule.words)
            and not any(later.attended and later.at > call.at for later in counted)
            for call in counted
        )

    def _wanted(self, at: int) -> bool:
        standing = [(since, hours) for since, hours in self.case.wishes if minutes(since) <= at]
        if not standing:
            return False
        hours = max(standing)[1]
        return any(not inside([hours], wall(place, at)[1]) for place in self.case.places)

    def _another_hour(self, rule: RuleCase) -> Callable[[int], bool]:
        vain = [
            minutes(call.at)
            for call in self._counted(rule)
            if call.outcome in ("busy", "no_answer", "cancelled") or call.disposition in ("voicemail", "machine")
        ]
        if not vain:
            return lambda _: False
        last = max(vain)

        def too_near(at: int) -> bool:
            if at - last >= rule.length:
                return False
            apart = [abs(wall(place, at)[1] - wall(place, last)[1]) for place in self.case.places]
            return any(min(each, 1440 - each) < rule.shorter for each in apart)

        return too_near

    def _promised(self, rule: RuleCase, at: int) -> bool:
        made = [promise for promise in self.case.promises if minutes(promise.promised) <= at]

        def opens(promise: Promise) -> int:
            return minutes(promise.due) - rule.shorter

        def closes(promise: Promise) -> int:
            return minutes(promise.due) + rule.length

        if any(opens(p) <= at < closes(p) and p.operator in ("", "anna") for p in made):
            return False
        return any(at < opens(p) or (p.operator and at < closes(p)) for p in made)


def spoke(call: Earlier, from_: int) -> bool:
    """Whether somebody was spoken to; `from_` in minutes, 0: however short."""
    if call.disposition:
        return call.disposition not in NOBODY_SPOKE
    if call.outcome == "answered" and from_ and call.talked is not None:
        return call.talked >= from_
    return call.outcome in TOOK


def ended(call: Earlier, word: str, rule: RuleCase) -> bool:
    """Whether a call ended as `cooldown_after_outcome` names it."""
    if word == "silent":
        if call.outcome == "abandoned":
            return call.disposition not in ("machine", "voicemail")
        return call.outcome in (None, "unobserved") and not call.attended and not call.disposition
    if word == "conversation":
        return spoke(call, rule.conversation_from)
    if word == "answered":
        return call.outcome in TOOK
    return word in (call.outcome, call.disposition)


def disagreement(case: Case) -> str:
    """Empty, or what the core said and what the oracle says."""
    said, at = real_verdict(case)
    found = minutes(at) if at is not None and (at - EPOCH) % MINUTE == timedelta(0) else at
    expected, minute = Oracle(case).says()
    if expected == "late":
        agreed = said == "deny" or (said == "defer" and at is not None and at >= case.now + HORIZON * MINUTE)
    else:
        agreed = (said, found) == (expected, minute)
    due = EPOCH + minute * MINUTE if minute is not None else None
    return "" if agreed else f"decide: {said} {at}; oracle: {expected} {due}"


def main(many: int, first: int = 0) -> int:
    """Judge so many random cases; the number of disagreements."""
    counts: dict[str, int] = {}
    wrong = 0
    for seed in range(first, first + many):
        case = random_case(seed)
        if said := disagreement(case):
            wrong += 1
            print(f"seed {seed}: {said}", flush=True)  # noqa: T201  what it is run for
        word = real_verdict(case)[0]
        counts[word] = counts.get(word, 0) + 1
    print(f"{many - wrong} of {many} cases agreed: {counts}")  # noqa: T201
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(*(int(argument) for argument in sys.argv[1:]))))
