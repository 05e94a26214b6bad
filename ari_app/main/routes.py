"""Routing tables looked at from outside: the scripts that there are, and what will not work as somebody meant it."""

from collections.abc import Mapping
from contextlib import closing
from typing import NamedTuple

from ari_app.config import Settings
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import packs
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.request import Campaign, Purpose, Route
from ari_app.policy.scripts import Script, StepKind, may_be_spoken, may_care, scripts_of
from ari_app.policy.scripts.campaigns import is_fit, purposes_of
from ari_app.policy.scripts.reach import customers_barred_by, unreachable
from ari_app.policy.scripts.routing import DEFAULT_SCRIPT
from ari_app.policy.scripts.situation import OF_PROFILES
from ari_app.sight import StructlogObserver
from ari_app.stores.scripts import Scripts
from ari_app.stores.shelf import ScriptShelf

OFFERING = frozenset({Purpose.CARE, Purpose.SERVICE})
"""Purposes in whose calls an offer may be asked for; others sell already, or may not."""


class Remark(NamedTuple):
    """Something that will not work as it was meant."""

    line: int
    """Of the table; 0: of the campaign."""
    text: str


def scripts_at_hand(settings: Settings) -> Mapping[str, Script]:
    """The scripts that are served now, by id. Raises StoreError."""
    with closing(open_database(settings)) as database:
        shelf = ScriptShelf(
            Scripts(database, SystemClock()), folder=settings.scripts.folder, observer=StructlogObserver()
        )
        shelf.refresh()
        return shelf.at_hand()


def clash_of(settings: Settings, campaign: Campaign) -> str:
    """What in a campaign could never permit a call, lead to an offer or be shown; empty: nothing. Raises StoreError."""
    if campaign.offers and campaign.purpose not in OFFERING:
        return (
            f"campaign {campaign.id} is for {campaign.purpose}: only calls for care and service come to an offer by a "
            "second verdict (--offers)"
        )
    own = scripts_at_hand(settings).get(campaign.script) if campaign.script else None
    if own is not None and not may_be_spoken(own, campaign):
        return f"{_unfit(own, campaign)} (--script): it would never be shown"
    return _clash_of_care(settings, campaign) if campaign.customers == "care" else ""


def _clash_of_care(settings: Settings, campaign: Campaign) -> str:
    if not campaign.care_script:
        return f"campaign {campaign.id} is to care for customers: with which words? Name them by --care-script ID"
    caring = (at_hand := scripts_at_hand(settings)).get(campaign.care_script)
    if caring is None:
        return f"there is no script {campaign.care_script!r} (--care-script); there are {', '.join(sorted(at_hand))}"
    if not may_care(caring, campaign):
        return f"{_unfit(caring, campaign)} (--care-script): it would never be shown, and customers be denied"
    rule = customers_barred_by(_packs_of(settings, campaign), campaign)
    if rule:
        return (
            f"campaign {campaign.id} is for {campaign.purpose}, and {rule} denies every customer to such a campaign: "
            "--customers care would permit nobody. Add a campaign for care, or for what customers are called about"
        )
    return ""


def remarks_on(settings: Settings, campaign: Campaign, routes: tuple[Route, ...]) -> tuple[Remark, ...]:
    """What is odd about a table, line by line. Raises StoreError."""
    at_hand = scripts_at_hand(settings)
    barred = customers_barred_by(_packs_of(settings, campaign), campaign)
    called = not barred and campaign.customers == ""
    found = [
        Remark(line, "nobody comes to this line") for line in unreachable(campaign, routes, customers_called=called)
    ]
    for place, each in enumerate(routes, start=1):
        found += [Remark(place, text) for text in _odd(campaign, each, at_hand)]
    for name in scripts_of(campaign):
        found += [Remark(0, text) for text in _odd_script(campaign, name, at_hand)]
    return tuple(sorted(found))


def _odd(campaign: Campaign, route: Route, at_hand: Mapping[str, Script]) -> list[str]:
    script = at_hand.get(route.script)
    odd = []
    if script is None:
        return [f"there is no script {route.script}: the campaign's own would be shown instead"]
    if not may_be_spoken(script, campaign):
        return [f"{_unfit(script, campaign)}: this line is passed over"]
    if route.variant and not any(route.variant in step.variants for step in script.steps):
        odd.append(f"script {script.id} has no words of its own for variant {route.variant}")
    return odd + [
        f"{name} goes by what somebody said, and fits only who consented to profiling"
        for name in sorted(OF_PROFILES & route.when.keys())
    ]


def _odd_script(campaign: Campaign, name: str, at_hand: Mapping[str, Script]) -> list[str]:
    script = at_hand.get(name)
    if script is None:
        return [f"there is no script {name}"]
    odd = [
        f"script {name} is not written in {language}, in which the campaign calls"
        for language in campaign.languages.split()
        if language not in script.title
    ]
    if not is_fit(script, campaign) and name == campaign.care_script:
        odd.append(f"{_unfit(script, campaign)}: customers are denied")
    elif not is_fit(script, campaign) and name == campaign.script:
        odd.append(f"{_unfit(script, campaign)}: {DEFAULT_SCRIPT} is shown instead")
    offers = any(step.kind is StepKind.OFFER for step in script.steps)
    if offers and campaign.purpose in OFFERING and not campaign.offers:
        odd.append(f"script {name} comes to an offer, and the campaign names no campaign to make it under (--offers)")
    return odd


def _unfit(script: Script, campaign: Campaign) -> str:
    return (
        f"script {script.id} is written for {purposes_of(script)}, and campaign {campaign.id} is for {campaign.purpose}"
    )


def _packs_of(settings: Settings, campaign: Campaign) -> list[Pack]:
    folder = packs(settings)
    found = (folder.get(name) for name in dict.fromkeys((CORE, *campaign.packs)))
    return [pack for pack in found if pack is not None]
