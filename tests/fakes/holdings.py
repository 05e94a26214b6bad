"""What is held about callees, in memory, and the facts that follow from it: the same as the SQL store's."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ari_app.policy.attempts import LOOK_BACK, MOST_ATTEMPTS, Attempt, was_conversation
from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import FACT_NAMES, Fact, Facts, Known, Unknown
from ari_app.policy.held import (
    Callback,
    CallerIdEntry,
    Consent,
    Contact,
    Customer,
    CustomerStatus,
    Flag,
    OneOffPermit,
    Screening,
    SilentCalls,
    Suppression,
    as_withdrawn,
    void_before_wrong_number,
)
from ari_app.policy.needs import Needs
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.request import CallRequest, Campaign

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A call that was made, and to whom."""

    principal: str
    e164: str
    attempt: Attempt


@dataclass(slots=True)
class Holdings:
    """Facts by principal (or campaign) and E.164; set them directly, or by `put_…`."""

    suppressions: dict[str, list[Suppression]] = field(default_factory=dict)
    """By E.164."""
    customers: dict[tuple[str, str], Known[Customer]] = field(default_factory=dict)
    """By principal and E.164."""
    attempts: dict[tuple[str, str], list[Attempt]] = field(default_factory=dict)
    """Earlier ones, by principal and E.164; those of judged calls are kept by themselves."""
    consents: dict[tuple[str, str], tuple[Consent, ...]] = field(default_factory=dict)
    screenings: dict[tuple[str, str], tuple[Screening, ...]] = field(default_factory=dict)
    contacts: dict[tuple[str, str, str], tuple[Contact, ...]] = field(default_factory=dict)
    """By principal, campaign and E.164."""
    one_off_permits: dict[tuple[str, str], tuple[OneOffPermit, ...]] = field(default_factory=dict)
    callbacks: dict[tuple[str, str], tuple[Callback, ...]] = field(default_factory=dict)
    flags: dict[tuple[str, str], tuple[Flag, ...]] = field(default_factory=dict)
    caller_ids: dict[str, tuple[CallerIdEntry, ...]] = field(default_factory=dict)
    """By caller id."""
    hours: dict[tuple[str, datetime], tuple[int, int]] = field(default_factory=dict)
    """Calls put through and silent ones, by campaign and hour."""

    def put_suppression(self, e164: str, suppression: Suppression) -> None:
        """Suppress a number."""
        self.suppressions.setdefault(e164, []).append(suppression)

    def put_customer(self, principal: str, e164: str, customer: Customer, as_of: datetime) -> None:
        """Say what the principal holds on a number."""
        self.customers[principal, e164] = Known(customer, as_of)

    def put_attempt(self, principal: str, e164: str, attempt: Attempt) -> None:
        """Add an earlier attempt on a number."""
        self.attempts.setdefault((principal, e164), []).append(attempt)

    def count(self, campaign: str, outcome: Outcome, at: datetime) -> None:
        """Count an answered call to its hour."""
        hour = campaign, at.replace(minute=0, second=0, microsecond=0)
        put_through, silent = self.hours.get(hour, (0, 0))
        put_through += outcome is Outcome.ANSWERED
        self.hours[hour] = put_through, silent + (outcome is Outcome.ABANDONED)

    def persons_at(self, request: CallRequest, needs: Needs) -> tuple[str, ...]:
        """As `ari_app.stores.history.persons_at`."""
        if not needs.by_person or request.campaign is None or not isinstance(request.callee, Number):
            return ()
        return tuple(sorted(self._persons(request.campaign.principal, request.callee.e164)))

    def facts(self, request: CallRequest, needs: Needs, made: Sequence[Made]) -> Facts:
        """As `ari_app.stores.history.facts_of`; `made` are the calls that count."""
        now = request.asked_at
        nothing = Facts.nothing_held(now)
        if not isinstance(request.callee, Number):
            return nothing
        owner = request.campaign.principal if request.campaign else ""
        scopes = ("*", f"principal:{owner}", f"campaign:{request.campaign_id}")
        here = tuple(each for each in self.suppressions.get(request.callee.e164, ()) if each.scope in scopes)
        if request.campaign is None:
            return replace(nothing, suppressions=Known(here, now))
        told = self._told(request, request.campaign, request.callee.e164, needs, made)
        told["suppressions"] = Known(here, now)
        asked = Unknown("store", "not asked for")
        return Facts(**{name: told[name] if name in needs.facts else asked for name in FACT_NAMES})

    def _told(
        self, request: CallRequest, campaign: Campaign, e164: str, needs: Needs, made: Sequence[Made]
    ) -> dict[str, Any]:
        now, at = request.asked_at, (campaign.principal, e164)
        flags = self.flags.get(at, ())
        wrong = [each for each in flags if each.kind is FlagKind.WRONG_NUMBER and each.since <= now]
        since = max((each.since for each in wrong), default=None)
        said = self.customers.get(at, Known(Customer(status=CustomerStatus.NONE), now))
        customer, consents = void_before_wrong_number(
            since, said.value, said.as_of, as_withdrawn(self.consents.get(at, ()))
        )
        never = {each.value for each in wrong} - {""}
        contacts = self.contacts.get((campaign.principal, campaign.id, e164), ())
        if since is not None:
            contacts = tuple(each for each in contacts if each.imported_at > since and each.person not in never)
        called = [each for each in made if each.attempt.campaign == campaign.id and each.e164 != e164]
        lately = {each.e164 for each in called if now - timedelta(days=1) < each.attempt.at <= now}
        rest: dict[str, Any] = {
            "consents": consents,
            "screenings": self.screenings.get(at, ()),
            "contacts": contacts,
            "one_off_permits": tuple(_used(each, made) for each in self.one_off_permits.get(at, ())),
            "callbacks": self.callbacks.get(at, ()),
            "flags": flags,
            "caller_ids": self.caller_ids.get(campaign.caller_id, ()),
            "silent_calls": tuple(self._silent(campaign.id, window, now) for window in needs.silent_windows),
            "office_numbers": len(lately),
        }
        told: dict[str, Any] = {name: Known(value, now) for name, value in rest.items()}
        told["customer"] = Known(customer, said.as_of)
        told["attempts"] = self._attempts(request, at, self.persons_at(request, needs), made)
        return told

    def _attempts(
        self, request: CallRequest, at: tuple[str, str], persons: Sequence[str], made: Sequence[Made]
    ) -> Fact[tuple[Attempt, ...]]:
        principal, e164 = at
        earlier = [
            Made(principal=owner, e164=number, attempt=each)
            for (owner, number), attempts in self.attempts.items()
            for each in attempts
        ]
        found = [
            replace(each.attempt, same_number=each.e164 == e164)
            for each in (*earlier, *made)
            if each.principal == principal
            and (each.e164 == e164 or self._persons(principal, each.e164) & set(persons))
            and each.attempt.at >= request.asked_at - LOOK_BACK
        ]
        found.sort(key=lambda each: (each.at, each.call_id), reverse=True)
        if len(found) > MOST_ATTEMPTS:
            return Unknown("attempts", f"there are more than {MOST_ATTEMPTS} on this number")
        return Known(tuple(found), request.asked_at)

    def _persons(self, principal: str, e164: str) -> set[str]:
        said = self.customers.get((principal, e164))
        listed = {
            each.person
            for (owner, _campaign, number), contacts in self.contacts.items()
            for each in contacts
            if (owner, number) == (principal, e164)
        }
        return (listed | {said.value.person or "" if said else ""}) - {""}

    def _silent(self, campaign: str, window: timedelta | None, now: datetime) -> SilentCalls:
        found = [
            counts
            for (name, hour), counts in self.hours.items()
            if name == campaign and hour <= now and (window is None or hour > now - window - _HOUR)
        ]
        return SilentCalls(
            window=window, put_through=sum(each[0] for each in found), silent=sum(each[1] for each in found)
        )


def _used(permit: OneOffPermit, made: Sequence[Made]) -> OneOffPermit:
    uses = [each for each in made if each.attempt.one_off_permit == permit.id and was_conversation(each.attempt)]
    return replace(permit, uses=len(uses))
