"""
Random calls, facts and packs for the properties of `decide`.

Packs are drawn from the rules of every shipped pack, so that a new rule takes part without being named here. Instants
lie around one another, or a fact would hardly ever matter to a rule.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ari_app.policy.attempts import Attempt
from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.facts import Facts, Known, Unknown
from ari_app.policy.held import (
    Callback,
    CallerIdEntry,
    Consent,
    ConsentForm,
    Contact,
    Customer,
    CustomerStatus,
    Flag,
    OneOffPermit,
    Screening,
    SilentCalls,
    Suppression,
    SuppressionPurpose,
)
from ari_app.policy.outcome import Outcome
from ari_app.policy.pack import Pack
from ari_app.policy.request import CallMode, CallRequest, Mode, Purpose, Registration
from tests.policy.examples import CORE, OPERATOR, call, campaign, shipped_packs

SHIPPED = shipped_packs()
NUMBERS = ("+393331234567", "+390212345678", "+442079460123", "+12125550123", "+18135550123", "+33199001234")

instants = st.sampled_from(
    [
        datetime(2026, month, day, hour, minute, tzinfo=UTC)
        for month, day, hour, minute in (
            (3, 28, 22, 30),
            (3, 29, 1, 0),
            (4, 3, 14, 0),
            (4, 6, 10, 0),
            (6, 18, 21, 59),
            (8, 10, 21, 30),
            (8, 11, 9, 0),
            (10, 4, 10, 0),
            (10, 24, 23, 30),
            (10, 25, 0, 30),
            (11, 1, 5, 30),
            (11, 23, 9, 0),
            (11, 23, 16, 0),
            (11, 24, 10, 30),
            (12, 7, 17, 45),
            (12, 31, 22, 59),
        )
    ]
)
"""Ordinary hours and odd ones: both changes of the clock, Easter, holidays and eves, days on which rules begin."""
ids = st.text("abc0123", min_size=1, max_size=3)


def near(now: datetime) -> st.SearchStrategy[datetime]:
    """Instants around `now`: to the minute or to the day, mostly before it."""
    minutes = st.integers(-6_000, 600).map(lambda n: now + timedelta(minutes=n))
    return minutes | st.integers(-800, 30).map(lambda n: now + timedelta(days=n))


def some(of: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few; mostly none, or one fact would deny whatever the others say."""
    return st.just(()) | st.just(()) | st.lists(of, min_size=1, max_size=most).map(tuple)


@lru_cache(maxsize=32)  # what is drawn from is laid out once for each present: that costs more than the drawing
def facts_at(now: datetime) -> st.SearchStrategy[Facts]:
    """Facts of every kind, all known, with instants around `now`."""
    at, maybe = near(now), st.none() | near(now)
    values: dict[str, st.SearchStrategy[Any]] = {
        "suppressions": some(
            st.builds(
                Suppression,
                id=ids,
                scope=st.sampled_from(["*", "principal:acme", "principal:other", "campaign:autunno"]),
                purpose=st.sampled_from(SuppressionPurpose),
                reason=ids,
                source=ids,
                created_at=at,
                expires_at=maybe,
            ),
            1,
        ),
        "customer": st.builds(
            Customer,
            status=st.sampled_from([CustomerStatus.NONE, *CustomerStatus]),
            products=some(st.sampled_from(["adsl", "mobile"])),
            until=maybe,
            inquired_at=maybe,
        ),
        "attempts": st.lists(
            st.builds(
                Attempt,
                call_id=ids,
                campaign=st.just("autunno"),
                purpose=st.sampled_from([Purpose.ACQUISITION, Purpose.UPSELL, Purpose.CARE]),
                at=at,
                outcome=st.none() | st.sampled_from(Outcome),
                disposition=st.none() | st.sampled_from(Disposition),
                talked=st.none() | st.integers(0, 90).map(lambda seconds: timedelta(seconds=seconds)),
                subject=st.sampled_from(["telecom", "adsl"]),
                same_number=st.booleans(),
                attended=st.booleans(),
                one_off_permit=st.just("") | ids,
            ),
            max_size=4,
        ).map(lambda found: tuple(sorted(found, key=lambda attempt: attempt.at, reverse=True))),
        "consents": some(
            st.builds(
                Consent,
                id=ids,
                purpose=st.sampled_from(["marketing", "energy", "profiling"]),
                form=st.sampled_from(ConsentForm),
                given_at=at,
                text_version=st.just("") | ids,
                evidence=st.just("") | ids,
                withdrawn_at=maybe,
            )
        ),
        "screenings": some(
            st.builds(
                Screening,
                register=st.sampled_from(["RPO", "TPS", "CTPS", "US-DNC", "Bloctel", "Robinson"]),
                answer=st.sampled_from(["listed", "clear"]),
                answered_at=at,
                valid_until=near(now + timedelta(days=15)),
                per_controller=st.booleans(),
            )
        ),
        "contacts": some(
            st.builds(
                Contact,
                list_id=ids,
                list_source=st.just("") | ids,
                approved_by=st.just("") | ids,
                imported_at=at,
                listed=st.none() | st.booleans(),
                party=st.sampled_from([None, "consumer", "business"]),
                generated=st.booleans(),
            )
        ),
        "one_off_permits": some(
            st.builds(
                OneOffPermit,
                id=ids,
                source=st.sampled_from(["inbound_call", "web_form"]),
                granted_at=at,
                expires_at=maybe,
                uses=st.integers(0, 2),
            )
        ),
        "callbacks": some(
            st.builds(
                Callback,
                id=ids,
                campaign=st.just("autunno"),
                operator=st.sampled_from(["", "anna", "bruno"]),
                promised_at=at,
                due_at=near(now + timedelta(hours=40)),
            ),
            2,
        ),
        "flags": some(
            st.sampled_from(FlagKind).flatmap(
                lambda kind: st.builds(Flag, kind=st.just(kind), value=said(kind), since=at)
            )
        ),
        "caller_ids": some(
            st.builds(
                CallerIdEntry, owner=st.sampled_from(["acme", "other"]), registered_in=st.sampled_from(["", "ROC"])
            )
        ),
        "silent_calls": st.integers(0, 5).flatmap(
            lambda silent: st.just(
                tuple(SilentCalls(window=window, put_through=100, silent=silent) for window in silent_windows())
            )
        ),
        "office_numbers": st.integers(0, 60),
    }
    known = {name: value.map(lambda held: Known(held, now)) for name, value in values.items()}
    return st.fixed_dictionaries(known).map(lambda each: Facts(**each))


def said(kind: FlagKind) -> st.SearchStrategy[str]:
    """What a flag of this kind may hold."""
    match kind:
        case FlagKind.LANGUAGE:
            return st.sampled_from(["it", "de"])
        case FlagKind.HOURS:
            return st.sampled_from(["09:00-12:00", "17:00-20:00", "00:00-24:00"])
        case _:
            return st.just("")


def silent_windows() -> Iterable[timedelta | None]:
    """Every window that a shipped pack asks for."""
    kinds = (rule.kind for pack in SHIPPED.values() for rule in pack.rules)
    found = {kind.window for kind in kinds if type(kind).__name__ == "SilentRateBelow"}  # type: ignore[attr-defined]
    return sorted(found, key=str)


def blind_to(facts: Facts, name: str) -> Facts:
    """The same facts, one of them Unknown."""
    hole: dict[str, Any] = {name: Unknown("book", "gone")}
    return replace(facts, **hole)


packs = st.permutations(sorted(SHIPPED)).flatmap(
    lambda names: st.integers(1, len(names)).map(lambda count: tuple(SHIPPED[name] for name in names[:count]))
)
"""Some of the shipped packs, in any order."""


@st.composite
def some_rules(draw: st.DrawFn) -> tuple[Pack, ...]:
    """Some rules of some shipped packs, each pack with all its grounds and duties; `core` is always among them."""
    chosen = draw(packs)
    kept = []
    for pack in chosen:
        if pack.id != CORE.id:
            rules = tuple(draw(st.permutations(pack.rules)))[: draw(st.integers(1, len(pack.rules)))]
            kept.append(replace(pack, rules=rules, sha256=f"cut from {pack.id}"))
    return (CORE, *kept)


@st.composite
def requests(draw: st.DrawFn) -> CallRequest:
    """A call of a campaign that names no pack: those that judge are given beside."""
    registered_until = draw(st.none() | instants)
    held = campaign(
        purpose=draw(st.sampled_from([Purpose.ACQUISITION] * 4 + [*Purpose])),
        sector=draw(st.sampled_from(["telecom", "energy", "claims"])),
        packs_mode=draw(st.sampled_from(Mode)),
        call_mode=draw(st.sampled_from([CallMode.LIVE] * 4 + [CallMode.AUTOMATED])),
        product="adsl",
        agency="callcentre",
        opened_at=draw(st.none() | instants),
        registrations=(Registration(register="ROC", holder="agency", number="1", valid_until=registered_until),),
    )
    asked = call(draw(st.sampled_from(NUMBERS)), campaign=held, operator=OPERATOR)
    return replace(asked, ask=replace(asked.ask, attended=draw(st.booleans())))


@st.composite
def cases(draw: st.DrawFn) -> tuple[CallRequest, Facts, tuple[Pack, ...], datetime]:
    """A call, what is known, the packs in force, and the present."""
    now = draw(instants)
    return draw(requests()), draw(facts_at(now)), draw(some_rules()), now
