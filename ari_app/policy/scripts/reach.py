"""
Which lines of a routing table anybody comes to: people of every kind that the table tells apart are sent through it.

Of words that may be anything (products, languages) the kinds are those that the table names, and one that it does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from math import prod
from typing import Any

from ari_app.policy.docket import docket
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.request import Campaign, Mode, Route
from ari_app.policy.rules.existing_customer import NotACustomer
from ari_app.policy.scripts.conditions import VOCABULARY
from ari_app.policy.scripts.situation import OF_PROFILES, Situation, fits

_OTHER = "\x00other"
_MOST_KINDS = 50_000
_MOST_PRODUCTS = 12


def customers_barred_by(packs: Sequence[Pack], campaign: Campaign) -> str:
    """The rule (`pack/rule`) that denies every current customer to this campaign; empty: none does."""
    bound = docket(packs, campaign)
    return next(
        (
            rule.name
            for _, rule in bound.asked
            if isinstance(rule.rule.kind, NotACustomer)
            and rule.rule.kind.of == "principal"
            and not (rule.dated or rule.by_callee or rule.grounds)
            and (campaign.packs_mode is Mode.ENFORCE or rule.pack.id == CORE)
        ),
        "",
    )


def unreachable(campaign: Campaign, routes: Sequence[Route], *, customers_called: bool) -> tuple[int, ...]:
    """
    The lines, counted from 1, that nobody comes to: earlier ones take whomever they fit, or they fit nobody.

    `customers_called` False: no verdict lets a current customer through to the table. A table that tells too many kinds
    of people apart is only looked at for lines that one earlier line covers.
    """
    names = sorted({name for each in routes for name in each.when})
    choices = [_kinds(name, routes, campaign, customers_called=customers_called) for name in names]
    if len(_named("products", routes)) > _MOST_PRODUCTS or prod(map(len, choices)) > _MOST_KINDS:
        return tuple(
            place
            for place, each in enumerate(routes, start=1)
            if any(_covers(earlier, each) for earlier in routes[: place - 1])
        )
    left = set(range(len(routes)))
    for values in product(*choices):
        known = dict(zip(names, values, strict=True))
        if not _can_be(known):
            continue
        for profiling in (True, False) if OF_PROFILES & known.keys() else (True,):
            situation = replace(Situation(profiling=profiling), **known)
            left.discard(next((place for place, each in enumerate(routes) if fits(each.when, situation)), -1))
    return tuple(place + 1 for place in sorted(left))


def _kinds(name: str, routes: Iterable[Route], campaign: Campaign, *, customers_called: bool) -> list[Any]:
    match name:
        case "purpose" | "sector" | "product":
            return [str(getattr(campaign, name))]
        case "customer":
            words = VOCABULARY[name]
            return [word for word in words if customers_called or word != "current"]
        case "party":
            return [*VOCABULARY[name], ""]
        case "spoken" | "callback":
            return list(VOCABULARY[name])
    named = _named(name, routes)
    if name == "products":
        few = named[:_MOST_PRODUCTS]
        return [some for count in range(len(few) + 1) for some in combinations(few, count)]
    return [*named, _OTHER]


def _can_be(known: Mapping[str, Any]) -> bool:
    """Whether there are such people: a last word was said to somebody, products are of whom the principal knows."""
    if known.get("last_word", _OTHER) != _OTHER and known.get("spoken", "yes") != "yes":
        return False
    return not (known.get("products") and known.get("customer") == "unknown")


def _named(name: str, routes: Iterable[Route]) -> list[str]:
    """The words that the table has for this condition."""
    return sorted({word.casefold() for each in routes for word in each.when.get(name, ())})


def _covers(earlier: Route, later: Route) -> bool:
    """Whether whoever the later line fits, the earlier one fits too."""
    return all(
        name in later.when
        and {word.casefold() for word in later.when[name]} <= {word.casefold() for word in earlier.when[name]}
        for name in earlier.when
    )
