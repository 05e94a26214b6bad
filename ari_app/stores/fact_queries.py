"""
One query a fact: what each of them finds about a number, for `history` to read all that are asked for at once.

The number is the parameter `number_key`, or a column of the numbers of a whole list (`bulk`).

Bind parameters: `number_key`, `principal`, `campaign`, `caller_id`, `everywhere`, `by_principal`, `by_campaign`, `now`,
`since`, `day_ago`, `call_id` and `besides` (calls that do not count), `persons`, `window_0` ….
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from ari_app.policy.attempts import MOST_ATTEMPTS
from ari_app.policy.disposition import NO_CONVERSATION
from ari_app.policy.outcome import CONVERSATIONS
from ari_app.stores.instants import Instant
from ari_app.stores.json_form import json_text
from ari_app.stores.person_queries import (
    NUMBER,
    PRINCIPAL,
    Key,
    Persons,
    listed_now,
    numbers_of_persons,
    published,
)
from ari_app.stores.tables import (
    MANUAL,
    attempt,
    callback,
    caller_id,
    campaign,
    campaign_hour,
    consent,
    contact,
    customer,
    flag,
    one_off_permit,
    screening,
    suppression,
)

Condition = ColumnElement[bool]

_CAMPAIGN = bindparam("campaign", type_=Text)
_NOW = bindparam("now", type_=Instant)


def suppressions(number: Key = NUMBER) -> Select[Any]:
    """Entries in the scopes of this call that nobody lifted, oldest first."""
    own = [bindparam(scope, type_=Text) for scope in ("everywhere", "by_principal", "by_campaign")]
    names = ("id", "scope", "purpose", "reason", "source", "created_at", "expires_at")
    return (
        select(*(suppression.c[name] for name in names))
        .where(
            suppression.c.number_key == number,
            suppression.c.scope.in_(own),
            suppression.c.lifted_at.is_(None),
            published(suppression.c.list_version),
        )
        .order_by(suppression.c.created_at, suppression.c.id)
    )


def customers(number: Key = NUMBER) -> Select[Any]:
    """The principal's newest word on the number."""
    names = ("status", "since", "until", "person", "inquired_at", "as_of")
    stood_since = func.coalesce(customer.c.stood_since, customer.c.as_of).label("stood_since")
    return (
        select(*(customer.c[name] for name in names), json_text(customer.c.products).label("products"), stood_since)
        .where(
            customer.c.principal == PRINCIPAL,
            customer.c.number_key == number,
            published(customer.c.list_version),
        )
        .order_by(customer.c.as_of.desc(), customer.c.list_version.desc())
        .limit(1)
    )


def attempts(dialect: str, number: Key = NUMBER, *, persons: Persons | None = None) -> Select[Any]:
    """Calls to the number, or to any number of these persons, newest first; one more than may be."""
    same = attempt.c.number_key == number
    where = same if persons is None else attempt.c.number_key.in_(numbers_of_persons(dialect, number, persons))
    recent = (
        select(
            func.coalesce(attempt.c.call_id, attempt.c.id).label("call_id"),
            attempt.c.campaign,
            attempt.c.purpose,
            attempt.c.at,
            attempt.c.operator,
            attempt.c.outcome,
            attempt.c.disposition,
            attempt.c.talked_s.label("talked"),
            func.coalesce(func.nullif(campaign.c.product, ""), campaign.c.sector).label("subject"),
            attempt.c.attended,
            func.coalesce(attempt.c.one_off_permit, "").label("one_off_permit"),
        )
        .join(campaign, campaign.c.id == attempt.c.campaign)
        .where(
            attempt.c.principal == PRINCIPAL,
            where,
            attempt.c.at >= bindparam("since", type_=Instant),
            attempt.c.state != "released",
            attempt.c.id.not_in([bindparam("call_id"), bindparam("besides")]),
            _counts(),
        )
        .order_by(attempt.c.at.desc(), attempt.c.id.desc())
        .limit(literal_column(str(MOST_ATTEMPTS + 1)))
    )
    return recent if persons is None else recent.add_columns(same.label("same_number"))


def consents(number: Key = NUMBER) -> Select[Any]:
    """Everything the principal was ever allowed, or was not any more."""
    names = ("id", "purpose", "form", "given_at", "text_version", "evidence", "withdrawn_at")
    return select(*(consent.c[name] for name in names)).where(
        consent.c.principal == PRINCIPAL, consent.c.number_key == number, published(consent.c.list_version)
    )


def screenings(number: Key = NUMBER) -> Select[Any]:
    """Every answer about the number."""
    names = ("register", "answer", "answered_at", "valid_until", "per_controller")
    return select(*(screening.c[name] for name in names)).where(
        screening.c.principal == PRINCIPAL, screening.c.number_key == number, published(screening.c.list_version)
    )


def contacts(number: Key = NUMBER) -> Select[Any]:
    """Entries in the campaign's lists, as each was published last."""
    names = ("list_id", "list_source", "approved_by", "imported_at", "agency", "listed", "party", "language", "person")
    return select(*(contact.c[name] for name in names), contact.c.generated).where(
        contact.c.principal == PRINCIPAL,
        contact.c.number_key == number,
        contact.c.campaign == _CAMPAIGN,
        listed_now(),
    )


def one_off_permits(number: Key = NUMBER) -> Select[Any]:
    """Calls that the number's holder asked for, with how often each was used."""
    uses = (
        select(func.count())
        .where(
            attempt.c.one_off_permit == one_off_permit.c.id,
            attempt.c.id.not_in([bindparam("call_id"), bindparam("besides")]),
            uses_a_permit(),
        )
        .scalar_subquery()
        .label("uses")
    )
    names = ("id", "source", "granted_at", "expires_at")
    return select(*(one_off_permit.c[name] for name in names), uses).where(
        one_off_permit.c.principal == PRINCIPAL, one_off_permit.c.number_key == number
    )


def uses_a_permit() -> Condition:
    """Whether an attempt has used up the permit of its principal that it relied on, as `attempts.was_conversation`."""
    said = attempt.c.disposition.not_in(_words(NO_CONVERSATION))
    ended = or_(attempt.c.outcome.is_(None), attempt.c.outcome.in_(_words(CONVERSATIONS)))
    return and_(
        attempt.c.principal == one_off_permit.c.principal,
        attempt.c.state != "released",
        case((attempt.c.disposition.is_not(None), said), else_=ended),
    )


def callbacks(number: Key = NUMBER) -> Select[Any]:
    """Promises that are not kept, or were not at `now`."""
    return select(
        callback.c.id,
        callback.c.campaign,
        callback.c.operator,
        callback.c.created_at.label("promised_at"),
        callback.c.due_at,
    ).where(
        callback.c.principal == PRINCIPAL,
        callback.c.number_key == number,
        or_(callback.c.done_at.is_(None), callback.c.done_at > _NOW),
    )


def flags(number: Key = NUMBER) -> Select[Any]:
    """What is noted about the number, and was not cleared by `now`."""
    return select(flag.c.kind, flag.c.value, flag.c.since).where(
        flag.c.principal == PRINCIPAL,
        flag.c.number_key == number,
        or_(flag.c.cleared_at.is_(None), flag.c.cleared_at > _NOW),
    )


def caller_ids() -> Select[Any]:
    """
    The narrowest range that the caller id lies in, as it was declared last.

    A number inside somebody's range can belong to somebody else; of ranges as narrow as each other the newest counts.
    """
    given = bindparam("caller_id", type_=Text)
    start, end = (cast(func.substr(each, 2), BigInteger) for each in (caller_id.c.range_start, caller_id.c.range_end))
    return (
        select(caller_id.c.owner, func.coalesce(caller_id.c.registered_in, "").label("registered_in"))
        .where(
            caller_id.c.range_start <= given,
            caller_id.c.range_end >= given,
            func.length(caller_id.c.range_start) == func.length(given),
            published(caller_id.c.list_version),
        )
        .order_by(end - start, caller_id.c.list_version.desc(), caller_id.c.range_start.desc())
        .limit(1)
    )


def silent_calls(windows: int) -> Select[Any]:
    """For each window what its hours add up to; `window_0` … are the instants after which an hour must begin."""
    sums = [
        select(
            literal_column(str(place), Integer).label("place"),
            func.coalesce(func.sum(campaign_hour.c.put_through), 0).label("put_through"),
            func.coalesce(func.sum(campaign_hour.c.silent), 0).label("silent"),
        ).where(
            campaign_hour.c.campaign == _CAMPAIGN,
            campaign_hour.c.hour > bindparam(f"window_{place}", type_=Instant),
            campaign_hour.c.hour <= _NOW,
        )
        for place in range(windows)
    ]
    found = union_all(*sums).subquery()
    return select(found.c.place, found.c.put_through, found.c.silent)


def office_numbers(number: Key = NUMBER) -> Select[Any]:
    """How many other numbers the campaign called within a day; exactly a day ago does not count."""
    return select(func.count(attempt.c.number_key.distinct())).where(
        attempt.c.campaign == _CAMPAIGN,
        attempt.c.at > bindparam("day_ago", type_=Instant),
        attempt.c.at <= _NOW,
        attempt.c.number_key != number,
        attempt.c.state != "released",
        published(attempt.c.list_version),
    )


def _counts() -> Condition:
    """
    Whether an attempt counts: it is our own, or from a published list, and none later says otherwise of the same call.

    The version is hidden in a sum: to PostgreSQL an index on it looks as selective as the one on the number.
    """
    other = attempt.alias("later")
    corrected = exists().where(
        other.c.principal == attempt.c.principal,
        other.c.number_key == attempt.c.number_key,
        other.c.at == attempt.c.at,
        other.c.campaign == attempt.c.campaign,
        other.c.list_version + literal_column("0", Integer) > attempt.c.list_version,
        published(other.c.list_version),
    )
    own = attempt.c.list_version == literal_column(str(MANUAL))
    return or_(own, and_(published(attempt.c.list_version), ~corrected))


def _words(of: frozenset[Any]) -> list[ColumnElement[Any]]:
    """Fixed words, written into the statement."""
    return [literal_column(f"'{word.value}'", Text) for word in sorted(of)]
