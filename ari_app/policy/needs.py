"""
What must be looked up, and what must be locked, before a call can be judged: as much as its packs and its script ask
for, no more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple, get_args

from ari_app.policy.docket import Docket, Standing, docket
from ari_app.policy.numbers import Number
from ari_app.policy.pack import CountingKey, Pack, When
from ari_app.policy.pack_file import REGISTER_KEYS
from ari_app.policy.request import CallRequest, Campaign
from ari_app.policy.rules.abandoned_rate_ceiling import SilentRateBelow
from ari_app.policy.scripts import SITUATED, route_reads

_ALWAYS = frozenset({"suppressions", "customer", "attempts"})  # the variant hangs on the last two


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the store looks up for one verdict; facts beyond it are Unknown, since nobody asked."""

    facts: frozenset[str]
    """Names of `Facts`."""
    locks: tuple[str, ...] = ()
    """Lock keys, sorted: what earlier calls are counted by. `attempts:PRINCIPAL:E164`."""
    by_person: bool = False
    """Attempts on other numbers of the same person count: look them up, and lock the person as well."""
    silent_windows: tuple[timedelta | None, ...] = ()
    """For `silent_calls`; None: since the campaign began."""
    registers: frozenset[str] = frozenset()
    """Public registers that a rule or a ground names, to be looked up where they are at hand as a whole."""

    def locks_with(self, principal: str, persons: Iterable[str]) -> tuple[str, ...]:
        """The locks of a callee who is known to the principal by these references; sorted, so that nobody deadlocks."""
        return tuple(sorted({*self.locks, *(f"attempts:{principal}:person:{person}" for person in persons)}))


def needs(packs: Sequence[Pack], request: CallRequest) -> Needs:
    """
    What these packs ask for about this call, and what its script is chosen and filled by.

    Without a campaign, or for what is no number, nothing can be permitted, so nothing is locked. A rule's conditions
    on the callee are not looked at: a lock too many costs a wait, one too few a call too many.
    """
    asked = _asked(docket(packs, request.campaign))
    campaign, callee = request.campaign, request.callee
    if campaign is None or not isinstance(callee, Number):
        return Needs(facts=asked.facts)
    whole = needs_of(packs, campaign)
    locks = []
    if asked.by_number:
        locks.append(f"attempts:{campaign.principal}:{callee.e164}")
    if asked.by_campaign:
        locks.append(f"campaign:{campaign.id}")
    return replace(whole, facts=whole.facts | SITUATED, locks=tuple(sorted(locks)))


def needs_of(packs: Sequence[Pack], campaign: Campaign) -> Needs:
    """What these packs ask for about whomever the campaign calls, and its table of scripts, with nothing locked."""
    asked = _asked(docket(packs, campaign))
    return Needs(
        facts=asked.facts | route_reads(campaign) if campaign.routes else asked.facts,
        by_person=asked.by_person,
        silent_windows=asked.silent_windows,
        registers=asked.registers,
    )


class _Asked(NamedTuple):
    """What the packs ask for, whoever is called."""

    facts: frozenset[str]
    by_number: bool
    by_person: bool
    by_campaign: bool
    silent_windows: tuple[timedelta | None, ...]
    registers: frozenset[str]


@lru_cache(maxsize=256)
def _asked(bound: Docket) -> _Asked:
    rules = [rule for rule in bound.rules if rule.idle is None]
    facts = _ALWAYS.union(*(_read_by(rule) for rule in rules), *(_asked_by(due.duty.when) for due in bound.duties))
    counts = {rule.rule.kind.counts for rule in rules} - {""}
    unheard = counts - {*get_args(CountingKey), "campaign"}
    if unheard:
        raise ValueError(f"no lock is known for what is counted by {', '.join(sorted(unheard))}")
    windows = {rule.rule.kind.window for rule in rules if isinstance(rule.rule.kind, SilentRateBelow)}
    return _Asked(
        facts=facts,
        by_number=bool(counts - {"campaign"}) or "one_off_permits" in facts,
        by_person="person+principal" in counts,
        by_campaign="campaign" in counts,
        silent_windows=tuple(sorted(windows, key=lambda window: (window is None, window or timedelta()))),
        registers=frozenset(name for rule in rules for name in _registers_of(rule)),
    )


def _read_by(standing: Standing) -> frozenset[str]:
    grounds = (name for ground in standing.grounds for name in ground.kind.reads)
    return frozenset({*standing.rule.kind.reads, *grounds, *_asked_by(standing.rule.when)})


def _registers_of(standing: Standing) -> frozenset[str]:
    kinds: tuple[object, ...] = (standing.rule.kind, *(ground.kind for ground in standing.grounds))
    return frozenset(getattr(kind, key, "") for kind in kinds for key in REGISTER_KEYS) - {""}


def _asked_by(when: When) -> frozenset[str]:
    return frozenset({"contacts"}) if when.parties or when.list_origins else frozenset()
