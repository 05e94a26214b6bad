"""Whether a rule has a say in a call at all: its `when`, and the days on which it is in force."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ari_app.policy.numbers import Number, line_of, region_of, zones
from ari_app.policy.pack import Rule, When
from ari_app.policy.request import CallRequest


def applies(when: When, request: CallRequest) -> bool:
    """Whether every condition is met; what is not known about the call meets any condition."""
    campaign, callee = request.campaign, request.callee
    if when.lines and isinstance(callee, Number) and not _meets(when.lines, _known_or_none(line_of(callee))):
        return False
    if when.regions and isinstance(callee, Number) and not _meets(when.regions, region_of(callee) or None):
        return False
    # Nothing says yet whether the callee is a business, or where a contact came from: rules for either always apply.
    return (
        _meets(when.modes, request.mode)
        and _meets(when.purposes, campaign.purpose if campaign else None)
        and _meets(when.sectors, campaign.sector if campaign else None)
    )


def starts_at(rule: Rule, request: CallRequest) -> datetime | None:
    """The first instant of `effective_from` in any zone of the callee; None: it has always been in force."""
    return min(_midnights(rule.effective_from, request)) if rule.effective_from else None


def ends_at(rule: Rule, request: CallRequest) -> datetime | None:
    """The end of the whole day `effective_to` in the last zone of the callee; None: it stays in force."""
    return max(_midnights(rule.effective_to + timedelta(days=1), request)) if rule.effective_to else None


def _meets(wanted: frozenset[str], value: str | None) -> bool:
    return not wanted or value is None or value in wanted


def _known_or_none(line: str) -> str | None:
    return None if line == "unknown" else line


def _midnights(day: date, request: CallRequest) -> list[datetime]:
    places = zones(request.callee) if isinstance(request.callee, Number) else ()
    return [datetime.combine(day, time.min, tzinfo=ZoneInfo(place)).astimezone(UTC) for place in places or ("UTC",)]
