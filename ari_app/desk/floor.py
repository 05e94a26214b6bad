"""
The supervisor's floor: a page's figures put together, and who may see which of them.

Everything is counted once for all who look (`KEEP`), then narrowed to what somebody may see: a supervisor or an auditor
who is named by campaigns sees these alone. Of operators only sums of teams are told, unless `Scopes` permits more.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from ari_app.desk.floor_day import SilentRate, Talks, Verdicts, silent_rates, talks, verdicts
from ari_app.policy.docket import docket
from ari_app.policy.pack import CORE
from ari_app.policy.request import Campaign, Operator, Role
from ari_app.policy.silent_ceilings import SilentCeiling, silent_ceilings
from ari_app.ports.clock import Clock
from ari_app.ports.floor import (
    Asked,
    CallbackCount,
    CallHistory,
    Figures,
    FloorBook,
    Found,
    HourCount,
    Lists,
    ListStanding,
    OperatorNow,
    RouteLine,
    SilentCount,
    Wanted,
    WordCount,
)
from ari_app.ports.packs import Packs

C = TypeVar("C", HourCount, WordCount, SilentCount)

KEEP = timedelta(seconds=2)
"""So long what was counted is shown to whoever asks: twenty supervisors cost as one."""
ON_THE_FLOOR = (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)
MAY_CORRECT = (Role.SUPERVISOR, Role.ADMIN)


class Viewer(Protocol):
    """Who looks; `web.access.Person` is one."""

    @property
    def id(self) -> str:
        """An operator's id."""
        ...

    @property
    def role(self) -> Role:
        """What they are."""
        ...


class Scope(Protocol):
    """Of whom somebody may see figures."""

    @property
    def singly(self) -> bool:
        """Each operator's."""
        ...

    @property
    def teams(self) -> tuple[frozenset[str], ...]:
        """Teams whose sum may be told, by name; those in one set only as one."""
        ...


class Scopes(Protocol):
    """Decides it anew for each look (RULES 6.6)."""

    async def figures_scope(self, person: Viewer) -> Scope:
        """Of whom this person may see figures now. Raises StoreUnavailable."""
        ...


class People(Protocol):
    """Campaigns and operators as they are set up. Raises StoreUnavailable."""

    async def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign, by id."""
        ...

    async def operator(self, operator_id: str) -> Operator | None:
        """The operator of this id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDay:
    """One campaign's day."""

    campaign: Campaign
    verdicts: Verdicts
    talks: Talks
    silent: tuple[SilentRate, ...]
    callbacks: CallbackCount | None
    open_calls: int
    lists: ListStanding | None
    """None: they were not counted yet, or the campaign is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamNow:
    """How many of some teams do what now."""

    teams: tuple[str, ...]
    """By name; empty: who is in no team."""
    states: Mapping[str, int]

    @property
    def people(self) -> int:
        """All of them."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What one person sees of the floor now."""

    figures: Figures
    campaigns: tuple[CampaignDay, ...]
    lists: Lists | None
    teams: tuple[TeamNow, ...]
    operators: tuple[OperatorNow, ...]
    """One by one, where that is permitted."""
    singly: bool
    whole: bool
    """Nothing was left out: they see every campaign."""
    health: Mapping[str, bool]
    """What must work, by name, and whether it does."""
    guards: Mapping[str, bool]
    """What watches beside the gate, and whether it does; calls go out without it."""

    @property
    def at(self) -> datetime:
        """When it was counted."""
        return self.figures.asked.now

    def campaign(self, campaign_id: str) -> CampaignDay | None:
        """The day of one campaign; None: there is none, or it is not theirs."""
        return next((each for each in self.campaigns if each.campaign.id == campaign_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was counted once for everybody."""

    figures: Figures
    campaigns: tuple[CampaignDay, ...]
    lists: Lists | None


class Floor:
    """The floor, as one gate shows it. Raises StoreUnavailable."""

    def __init__(
        self,
        *,
        book: FloorBook,
        people: People,
        packs: Packs,
        lists: Callable[[], Lists | None],
        health: Callable[[], Mapping[str, bool]],
        scopes: Scopes,
        clock: Clock,
        gates: tuple[str, ...],
        guards: Callable[[], Mapping[str, bool]] = dict,
    ) -> None:
        """`gates` are the names of all that the dialplan asks; `packs` is asked on the loop, as the judge asks it."""
        self._book = book
        self._people = people
        self._packs = packs
        self._lists = lists
        self._health = health
        self._guards = guards
        self._scopes = scopes
        self._clock = clock
        self._gates = gates
        self._counting = asyncio.Lock()
        self._seen: _Seen | None = None

    async def day(self, person: Viewer) -> Day:
        """What this person sees now."""
        theirs = await self.campaigns_of(person)
        seen = await self._counted()
        scope = await self._scopes.figures_scope(person)
        if theirs is not None:
            seen = _narrowed(seen, theirs)
        figures = seen.figures
        return Day(
            figures=figures,
            campaigns=seen.campaigns,
            lists=seen.lists,
            teams=_teams(figures.operators, scope),
            operators=figures.operators if scope.singly else (),
            singly=scope.singly,
            whole=theirs is None,
            health=self._health(),
            guards=self._guards(),
        )

    async def campaigns_of(self, person: Viewer) -> frozenset[str] | None:
        """Which campaigns they see; None: all. Who is on record no more sees none."""
        if person.role is Role.ADMIN:
            return None
        held = await self._people.operator(person.id)
        if held is None or held.role not in ON_THE_FLOOR:
            return frozenset()
        return frozenset(held.campaigns) or None

    async def find(self, person: Viewer, wanted: Wanted) -> Found:
        """Past calls, of their campaigns only."""
        theirs = await self.campaigns_of(person)
        if theirs is not None:
            wanted = replace(wanted, campaigns=theirs if wanted.campaigns is None else theirs & wanted.campaigns)
        return await self._book.find(wanted)

    async def call(self, person: Viewer, call_id: str) -> CallHistory | None:
        """One call; None: there is none, or it is not theirs to see. An auditor reads no notes."""
        held, theirs = await self._book.history(call_id), await self.campaigns_of(person)
        if held is None or (theirs is not None and held.record.campaign not in theirs):
            return None
        if person.role is Role.AUDITOR:
            return replace(held, words=tuple(replace(word, note="") for word in held.words))
        return held

    async def routes(self, person: Viewer, campaign_id: str) -> tuple[RouteLine, ...]:
        """A campaign's routing table; empty also where it is not theirs to see."""
        theirs = await self.campaigns_of(person)
        return () if theirs is not None and campaign_id not in theirs else await self._book.routes(campaign_id)

    async def _counted(self) -> _Seen:
        async with self._counting:
            now = self._clock.now()
            if self._seen is None or not timedelta() <= now - self._seen.figures.asked.now < KEEP:
                self._seen = await self._count(now)
            return self._seen

    async def _count(self, now: datetime) -> _Seen:
        campaigns = await self._people.campaigns()
        ceilings = {each.id: self._ceilings(each, now) for each in campaigns}
        began, ends = day_of(now)
        asked = Asked(
            day_began_at=began,
            day_ends_at=ends,
            now=now,
            silent=frozenset((campaign, each.window) for campaign, found in ceilings.items() for each in found),
            gates=self._gates,
        )
        figures, lists = await self._book.figures(asked), self._lists()
        return _Seen(figures=figures, campaigns=tuple(_campaign_days(campaigns, ceilings, figures, lists)), lists=lists)

    def _ceilings(self, campaign: Campaign, now: datetime) -> tuple[SilentCeiling, ...]:
        found = (self._packs.get(name) for name in dict.fromkeys((CORE, *campaign.packs)))
        return silent_ceilings(docket([pack for pack in found if pack is not None], campaign), now)


def day_of(now: datetime) -> tuple[datetime, datetime]:
    """When the day of `now` began and when it ends, by this machine's own clock."""
    local = now.astimezone()
    began = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None).astimezone()
    return began.astimezone(now.tzinfo), _next_midnight(local).astimezone(now.tzinfo)


def _next_midnight(local: datetime) -> datetime:
    """Not a day later: twice a year a day has 23 hours, or 25."""
    tomorrow = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=1)
    return tomorrow.astimezone()


def _narrowed(seen: _Seen, theirs: frozenset[str]) -> _Seen:
    """What is about these campaigns and nothing else; operators are told by team, of the whole room."""
    whole, own = seen.figures, tuple(each for each in seen.campaigns if each.campaign.id in theirs)
    principals = {each.campaign.principal for each in own}
    scopes = {f"campaign:{campaign}" for campaign in theirs} | {f"principal:{each}" for each in principals}
    figures = replace(
        whole,
        hours=tuple(each for each in whole.hours if each.campaign in theirs),
        words=tuple(each for each in whole.words if each.campaign in theirs),
        silent=tuple(each for each in whole.silent if each.campaign in theirs),
        callbacks=tuple(each for each in whole.callbacks if each.campaign in theirs),
        open_calls=tuple(each for each in whole.open_calls if each.campaign in theirs),
        open_by_campaign=tuple(each for each in whole.open_by_campaign if each[0] in theirs),
        opt_outs=tuple(each for each in whole.opt_outs if each[0] in scopes),
        bypasses=(),  # of no campaign: for those who see all
        bypassed=0,
    )
    lists = seen.lists
    if lists is not None:
        lists = replace(
            lists,
            campaigns=tuple(each for each in lists.campaigns if each.campaign in theirs),
            published=tuple(each for each in lists.published if each[1] in {"", *principals}),
        )
    return _Seen(figures=figures, campaigns=own, lists=lists)


def _campaign_days(
    campaigns: Iterable[Campaign],
    ceilings: Mapping[str, tuple[SilentCeiling, ...]],
    figures: Figures,
    lists: Lists | None,
) -> Iterator[CampaignDay]:
    hours, words = _by_campaign(figures.hours), _by_campaign(figures.words)
    silent, open_calls = _by_campaign(figures.silent), dict(figures.open_by_campaign)
    callbacks = {each.campaign: each for each in figures.callbacks}
    listed = {each.campaign: each for each in lists.campaigns} if lists is not None else {}
    for campaign in campaigns:
        here = campaign.id
        yield CampaignDay(
            campaign=campaign,
            verdicts=verdicts(hours[here]),
            talks=talks(hours[here], words[here]),
            silent=silent_rates(here, ceilings[here], silent[here]),
            callbacks=callbacks.get(here),
            open_calls=open_calls.get(here, 0),
            lists=listed.get(here),
        )


def _by_campaign(counts: Iterable[C]) -> defaultdict[str, list[C]]:
    found: defaultdict[str, list[C]] = defaultdict(list)
    for each in counts:
        found[each.campaign].append(each)
    return found


def _teams(operators: tuple[OperatorNow, ...], scope: Scope) -> tuple[TeamNow, ...]:
    """Sums of the teams that may be told; who is in none of them is in no sum."""
    teams = [frozenset({team}) for team in sorted({each.team for each in operators})]
    told = []
    for together in teams if scope.singly else scope.teams:
        states = Counter(each.state for each in operators if each.team in together)
        if states:
            told.append(TeamNow(teams=tuple(sorted(together)), states=states))
    return tuple(told)
