"""Whether a rule has a say in a call at all: its `when`, and the days on which it is in force."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ari_app.policy.facts import Facts, Unknown
from ari_app.policy.held import Contact
from ari_app.policy.numbers import Number, line_of, zones
from ari_app.policy.pack import Duty, Rule, When
from ari_app.policy.regions import lies_in
from ari_app.policy.request import CallRequest

DIRECTORY = "directory_listed"
NO_DIRECTORY = "not_directory_listed"
GENERATED = "generated"

_ALWAYS, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_FARTHEST_OFFSET = timedelta(days=1)  # no clock is farther from UTC


class CampaignKind(NamedTuple):
    """What the conditions of a rule may ask of a campaign."""

    purpose: str
    sector: str
    mode: str


def campaign_meets(when: When, campaign: CampaignKind | None) -> bool:
    """Whether the conditions on the campaign are met; without one they all are."""
    if campaign is None:
        return True
    return (
        (not when.purposes or campaign.purpose in when.purposes)
        and (not when.sectors or campaign.sector in when.sectors)
        and (not when.modes or campaign.mode in when.modes)
    )


def callee_meets(when: When, request: CallRequest, facts: Facts) -> bool:
    """Whether the conditions on the callee are met; what is not known meets any condition."""
    callee = request.callee
    if isinstance(callee, Number):
        if when.lines and (line := line_of(callee)) != "unknown" and line not in when.lines:
            return False
        if when.regions and not lies_in(callee, when.regions):
            return False
    if not when.parties and not when.list_origins:
        return True
    if isinstance(facts.contacts, Unknown) or not facts.contacts.value:
        return True
    contacts = facts.contacts.value
    if when.parties and not any([_party_meets(when.parties, contact) for contact in contacts]):
        return False
    return not when.list_origins or any([_origin_meets(when.list_origins, contact) for contact in contacts])


def starts_at(rule: Rule | Duty, request: CallRequest) -> datetime | None:
    """The first instant of `effective_from` in any zone of the callee; None: it has always been in force."""
    return min(_midnights(rule.effective_from, request)) if rule.effective_from else None


def ends_at(rule: Rule | Duty, request: CallRequest) -> datetime | None:
    """The end of the whole day `effective_to` in the last zone of the callee; None: it stays in force."""
    return max(_midnights(rule.effective_to + timedelta(days=1), request)) if rule.effective_to else None


def surely_in_force(rule: Rule | Duty) -> tuple[datetime, datetime]:
    """From when until when the rule is in force wherever the callee is; a day is not over everywhere at once."""
    begun = _surely_begun(rule.effective_from) if rule.effective_from is not None else _ALWAYS
    over = _surely_begun(rule.effective_to) - _FARTHEST_OFFSET if rule.effective_to is not None else _NEVER
    return begun, over


def why_not_in_force(rule: Rule | Duty, request: CallRequest, now: datetime) -> str:
    """Empty, or that its time has not come or is over."""
    if rule.effective_from is not None and now < _surely_begun(rule.effective_from):
        start = starts_at(rule, request)
        if start is not None and now < start:
            return f"in force from {rule.effective_from}"
    if rule.effective_to is not None and now >= _surely_begun(rule.effective_to) - _FARTHEST_OFFSET:
        end = ends_at(rule, request)
        if end is not None and now >= end:
            return f"in force until {rule.effective_to}"
    return ""


@lru_cache(maxsize=256)
def _surely_begun(day: date) -> datetime:
    # By then the day has begun everywhere: what comes later needs no look at the callee's zones.
    return datetime.combine(day, time.min, tzinfo=UTC) + _FARTHEST_OFFSET


def _party_meets(wanted: frozenset[str], contact: Contact) -> bool:
    return contact.party is None or contact.party in wanted


def _origin_meets(wanted: frozenset[str], contact: Contact) -> bool:
    if contact.generated and GENERATED in wanted:
        return True
    if contact.listed is None:
        return True
    return (DIRECTORY if contact.listed else NO_DIRECTORY) in wanted


def _midnights(day: date, request: CallRequest) -> list[datetime]:
    places = zones(request.callee) if isinstance(request.callee, Number) else ()
    return [datetime.combine(day, time.min, tzinfo=ZoneInfo(place)).astimezone(UTC) for place in places or ("UTC",)]
