"""
What a campaign's packs ask of lists about every one of its contacts, as far as lists alone can answer.

Conditions on the callee, and grounds that lift a rule for somebody in particular, are not looked at: a list holds keys,
and no numbers. So a count by these terms is an estimate, and no verdict.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ari_app.policy.docket import Docket, Standing
from ari_app.policy.held import Screening
from ari_app.policy.pack import CORE
from ari_app.policy.request import MARKETING, Campaign
from ari_app.policy.rules.existing_customer import NotACustomer
from ari_app.policy.rules.registry_screening import Screened

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterTerms:
    """How long answers of one register count, by everything that a campaign's packs say of it."""

    register: str
    max_age: timedelta | None = None
    """Never lengthens what the answer itself says of its validity."""
    since: datetime | None = None
    """Older answers do not count (exactly as old does); None: age alone matters."""
    own_only: bool = True
    """Only answers that the principal asked for count; False: a whole register may be at hand and answer as well."""

    def holds_until(self, answer: Screening) -> datetime:
        """The first instant at which the answer holds no longer; one that never counted held until it was given."""
        if self.since is not None and answer.answered_at < self.since:
            return answer.answered_at
        return (
            answer.valid_until if self.max_age is None else min(answer.valid_until, answer.answered_at + self.max_age)
        )

    def with_rule(self, rule: Screened, campaign: Campaign) -> "RegisterTerms":
        """Both these terms and the rule's."""
        ages = [age for age in (self.max_age, rule.max_age) if age is not None]
        since = self.since
        if rule.refresh_before_campaign:
            since = max(campaign.opened_at or _NEVER, since or campaign.opened_at or _NEVER)
        return RegisterTerms(
            register=self.register,
            max_age=min(ages, default=None),
            since=since,
            own_only=self.own_only or rule.per_controller,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTerms:
    """Which lists keep a contact of the campaign from being called."""

    registers: tuple[RegisterTerms, ...]
    """By name, those that a rule in force asks for."""
    marketing: bool
    """Suppressions of marketing bind it, too."""
    not_customers: bool
    """Who is a current customer of the principal is not called."""

    def of(self, register: str) -> RegisterTerms:
        """The terms of one register; if no rule asks for it, what its answers say of themselves."""
        found = (terms for terms in self.registers if terms.register == register)
        return next(found, RegisterTerms(register=register))


def list_terms(bound: Docket, campaign: Campaign, now: datetime) -> ListTerms:
    """What stops calls of this campaign at `now`; in shadow mode that is `core` alone."""
    kinds = [standing.rule.kind for standing in in_force(bound, now)]
    return ListTerms(
        registers=tuple(_registers((kind for kind in kinds if isinstance(kind, Screened)), campaign)),
        marketing=campaign.purpose in MARKETING,
        not_customers=any(isinstance(kind, NotACustomer) and kind.of == "principal" for kind in kinds),
    )


def _registers(rules: Iterable[Screened], campaign: Campaign) -> Iterator[RegisterTerms]:
    found: dict[str, RegisterTerms] = {}
    for rule in rules:
        terms = found.get(rule.registry, RegisterTerms(register=rule.registry, own_only=False))
        found[rule.registry] = terms.with_rule(rule, campaign)
    for _, terms in sorted(found.items()):
        yield terms


def in_force(bound: Docket, now: datetime) -> Iterator[Standing]:
    """Days are taken in UTC: where nobody is called in particular, no clock is anybody's own."""
    day = now.astimezone(UTC).date()
    for standing in bound.rules:
        rule = standing.rule
        begun = rule.effective_from is None or rule.effective_from <= day
        over = rule.effective_to is not None and rule.effective_to < day
        if standing.idle is None and begun and not over and (standing.pack.id == CORE or not bound.shadow):
            yield standing
