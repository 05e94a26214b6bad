"""
What is looked for on the floor, read from a form, and kept for its pages without a number in any address.

A number that stood in an address would stay in the browser's history and in every log between. So a search by number is
kept here, in memory, under a name that says nothing, for the one person who made it and for half an hour.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ari_app.desk.floor import day_of
from ari_app.policy.numbers import Number, read_number
from ari_app.ports.clock import Clock
from ari_app.ports.floor import Wanted

_CALL_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_VERDICTS = ("permit", "defer", "deny", "exempt")
_KEPT = timedelta(minutes=30)
_MOST_KEPT = 1000
_ALL_OF_IT = timedelta(days=3 * 366)
"""How far back calls to one number are looked for, where nothing else was said."""
_LONGEST = timedelta(days=31)
"""Of calls to whomever."""


class NotReadError(Exception):
    """What was written cannot be read; the message is a key of the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was written into the form, as it is shown again."""

    who: str = ""
    """A number or a call id, as it was written."""
    campaign: str = ""
    verdict: str = ""
    since: str = ""
    until: str = ""
    e164: str = ""
    """The number that was meant; empty: none."""

    @property
    def call_id(self) -> str:
        """The call that was meant; empty: none."""
        written = self.who.strip().upper()
        return written if _CALL_ID.fullmatch(written) else ""

    def query(self) -> dict[str, str]:
        """What may stand in an address: everything but whom it was about."""
        named = {"campaign": self.campaign, "verdict": self.verdict, "since": self.since, "until": self.until}
        return {name: value for name, value in named.items() if value}


def read_search(form: Mapping[str, str], *, region: str) -> Search:
    """What a form, or an address, asks for. Raises NotReadError: `bad_number`."""
    fields = {name: form.get(name, "").strip()[:200] for name in ("who", "campaign", "verdict", "since", "until")}
    fields["verdict"] = fields["verdict"] if fields["verdict"] in _VERDICTS else ""
    search = Search(**fields)
    if not search.who or search.call_id:
        return search
    number = read_number(search.who, region=region)
    if not isinstance(number, Number):
        raise NotReadError("bad_number")
    return Search(**fields, e164=number.e164)


def wanted(search: Search, *, now: datetime, before: tuple[datetime, str] | None) -> Wanted:
    """The search as the book takes it; without dates today, or for a number all its past. Raises NotReadError."""
    began, ends = day_of(now)
    since, until = _day(search.since), _day(search.until)
    last = ends if until is None else _midnight(until + timedelta(days=1))
    if since is not None:
        first = _midnight(since)
    elif search.e164:
        first = last - _ALL_OF_IT
    else:
        first = began if until is None else _midnight(until)
    if first >= last or (not search.e164 and last - first > _LONGEST + timedelta(hours=2)):
        raise NotReadError("bad_days")
    return Wanted(
        since=first,
        until=last,
        e164=search.e164,
        campaigns=frozenset({search.campaign}) if search.campaign else None,
        verdict=search.verdict,
        before=before,
    )


def written_place(place: tuple[datetime, str]) -> str:
    """Where the next page begins, for an address."""
    at, call_id = place
    return f"{at.astimezone(UTC).strftime('%Y%m%dT%H%M%S%fZ')}-{call_id}"


def read_place(text: str) -> tuple[datetime, str] | None:
    """The same, read again; None: it is none."""
    at, _, call_id = text.partition("-")
    try:
        return datetime.strptime(at, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC), call_id
    except ValueError:
        return None


class Searches:
    """Searches by number, each for the person who made it."""

    def __init__(self, clock: Clock) -> None:
        """Nothing was looked for yet."""
        self._clock = clock
        self._kept: OrderedDict[str, tuple[str, datetime, Search]] = OrderedDict()

    def keep(self, person: str, search: Search) -> str:
        """The name under which it is found again."""
        name = secrets.token_urlsafe(12)
        self._kept[name] = person, self._clock.now() + _KEPT, search
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return name

    def find(self, person: str, name: str) -> Search | None:
        """None: it has run out, or is somebody else's."""
        held = self._kept.get(name)
        if held is None or held[0] != person:
            return None
        if held[1] <= self._clock.now():
            del self._kept[name]
            return None
        return held[2]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        read = date.fromisoformat(text)
    except ValueError as failure:
        raise NotReadError("bad_days") from failure
    if not date(2000, 1, 1) <= read <= date(2200, 1, 1):
        raise NotReadError("bad_days")
    return read


def _midnight(day: date) -> datetime:
    """By this machine's own clock."""
    return datetime.combine(day, time()).astimezone(UTC)
