"""What cards and charts show of a day: values only, no HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ari_app.desk.floor import CampaignDay, Day
from ari_app.desk.floor_day import Hour, Nearness, SilentRate, Talks, Verdicts, by_hour, reasons, talks, verdicts
from ari_app.policy.request import Mode
from ari_app.ports.floor import HourCount
from ari_app.web.floor.shown import Shown

_MOST_REASONS = 12
_WORKDAY = (8, 20)
"""Hours that are always in the chart; others once there is something in them."""
_WORST = (Nearness.WITHIN, Nearness.NEAR, Nearness.OVER)
CHARTS_EVERY = timedelta(seconds=30)
"""So long a chart stays as it is on a page that is open: numbers are quicker than pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """A reason, and how many calls it stopped."""

    code: str
    label: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the cards tell."""

    verdicts: Verdicts
    this_hour: int
    talks: Talks
    open_calls: int
    answered: int
    """Of those that are shown."""
    overdue: int
    due_today: int
    worst: SilentRate | None
    """The campaign nearest to a ceiling, or farthest over it; None: none has one."""
    contacts: int
    callable: int
    counted: bool
    """Contacts were counted at all."""
    screening_ends: datetime | None
    opt_outs: int
    """Beside those that were said in a call."""
    shadow: tuple[str, ...]
    """Open campaigns in shadow mode."""


def totals(day: Day) -> Totals:
    """Of all that is seen."""
    figures, open_campaigns = day.figures, [each for each in day.campaigns if not each.campaign.closed]
    hours = by_hour(figures.hours, since=figures.asked.day_began_at, until=figures.asked.day_ends_at)
    listed = [each.lists for each in open_campaigns if each.lists is not None]
    ends = [register.runs_out_at for each in listed for register in each.registers if register.runs_out_at]
    return Totals(
        verdicts=verdicts(figures.hours),
        this_hour=next((each.verdicts.given for each in hours if _is_now(each, day.at)), 0),
        talks=talks(figures.hours, figures.words),
        open_calls=sum(number for _, number in figures.open_by_campaign),
        answered=sum(each.phase == "answered" for each in figures.open_calls),
        overdue=sum(each.overdue for each in figures.callbacks),
        due_today=sum(each.due_today for each in figures.callbacks),
        worst=worst([rate for each in open_campaigns for rate in each.silent]),
        contacts=sum(each.contacts for each in listed),
        callable=sum(each.callable for each in listed),
        counted=day.lists is not None,
        screening_ends=min(ends, default=None),
        opt_outs=sum(number for _, source, number in figures.opt_outs if source != "disposition"),
        shadow=tuple(each.campaign.id for each in open_campaigns if each.campaign.packs_mode is Mode.SHADOW),
    )


def worst(rates: Sequence[SilentRate]) -> SilentRate | None:
    """The rate nearest to its ceiling, or farthest over it."""
    return max(rates, key=lambda each: (_WORST.index(each.nearness), _part(each)), default=None)


def reason_lines(hours: Sequence[HourCount], shown: Shown, *, shadow: bool = False) -> tuple[ReasonLine, ...]:
    """Every reason in words, the most frequent first."""
    found = reasons(hours, shadow=shadow)
    return tuple(ReasonLine(code=code, label=shown.reason(code), number=number) for code, number in found)


def drawn_reasons(lines: Sequence[ReasonLine]) -> tuple[tuple[str, int], ...]:
    """As many as a chart can hold; the table has them all."""
    return tuple((each.label, each.number) for each in lines[:_MOST_REASONS])


def drawn_hours(day: Day, hours: Sequence[HourCount]) -> tuple[Hour, ...]:
    """The hours of the chart: the usual working day, and whatever else has something in it."""
    asked = day.figures.asked
    every = by_hour(hours, since=asked.day_began_at, until=asked.day_ends_at)
    first, last = _WORKDAY
    filled = [place for place, each in enumerate(every) if each.verdicts.given]
    return every[min([first, *filled]) : max([last, *filled]) + 1]


def of_campaign(day: Day, campaign: CampaignDay | None) -> tuple[HourCount, ...]:
    """The counts of one campaign; None: of all that are seen."""
    if campaign is None:
        return day.figures.hours
    return tuple(each for each in day.figures.hours if each.campaign == campaign.campaign.id)


def chart_stamp(day: Day) -> int:
    """Changes with the pictures: it is in their address, so that a browser asks for new ones now and then."""
    return int(day.at.timestamp() // CHARTS_EVERY.total_seconds())


def _is_now(hour: Hour, now: datetime) -> bool:
    return hour.began_at <= now < hour.began_at + timedelta(hours=1)


def _part(rate: SilentRate) -> float:
    return (rate.rate or 0.0) / rate.ceiling.max_ratio
