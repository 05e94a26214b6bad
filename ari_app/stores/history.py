"""The facts of a callee, read inside the transaction that judges: what suppressions, customer and attempts say."""

from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, select

from ari_app.policy.attempts import LOOK_BACK, MOST_ATTEMPTS, Attempt
from ari_app.policy.facts import Fact, Facts, Known, Unknown
from ari_app.policy.held import Customer, CustomerStatus, Suppression, SuppressionPurpose
from ari_app.policy.keyring import Keyring
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.request import CallRequest, Purpose
from ari_app.stores.instants import Instant
from ari_app.stores.tables import attempt, customer, list_version, suppression

SUPPRESSIONS = (
    select(suppression)
    .join(list_version, list_version.c.id == suppression.c.list_version)
    .where(
        suppression.c.number_key == bindparam("number_key"),
        suppression.c.scope.in_([bindparam("everywhere"), bindparam("by_principal"), bindparam("by_campaign")]),
        suppression.c.lifted_at.is_(None),
        list_version.c.published_at.is_not(None),
    )
    .order_by(suppression.c.created_at, suppression.c.id)
)
CUSTOMER = (
    select(customer)
    .join(list_version, list_version.c.id == customer.c.list_version)
    .where(
        customer.c.principal == bindparam("principal"),
        customer.c.number_key == bindparam("number_key"),
        list_version.c.published_at.is_not(None),
    )
    .order_by(customer.c.as_of.desc(), customer.c.list_version.desc())
    .limit(1)
)
ATTEMPTS = (
    select(attempt)
    .join(list_version, list_version.c.id == attempt.c.list_version)
    .where(
        attempt.c.principal == bindparam("principal"),
        attempt.c.number_key == bindparam("number_key"),
        attempt.c.at >= bindparam("since", type_=Instant),
        attempt.c.state != "released",
        attempt.c.id.not_in([bindparam("call_id"), bindparam("besides")]),
        list_version.c.published_at.is_not(None),
    )
    .order_by(attempt.c.at.desc(), attempt.c.id.desc())
    .limit(MOST_ATTEMPTS + 1)
)


def facts_of(connection: Connection, keyring: Keyring, request: CallRequest, *, besides: str = "") -> Facts:
    """
    Everything on record about the callee, for the principal that calls, but for this call and the call `besides`.

    Without a campaign there is no principal: then only suppressions are looked up, and there is no history to hold.
    """
    if not isinstance(request.callee, Number):
        return Facts.nothing_held(request.asked_at)
    key = keyring.number_key(request.callee.e164)
    principal = request.campaign.principal if request.campaign else ""
    suppressions = _suppressions(connection, key, principal, request.campaign_id, request.asked_at)
    nothing = Facts.nothing_held(request.asked_at)
    if not principal:
        return replace(nothing, suppressions=suppressions)
    return replace(
        nothing,
        suppressions=suppressions,
        customer=_customer(connection, key, principal, request.asked_at),
        attempts=_attempts(connection, key, principal, request, besides),
    )


def _suppressions(
    connection: Connection, key: bytes, principal: str, campaign: str, now: datetime
) -> Fact[tuple[Suppression, ...]]:
    rows = connection.execute(
        SUPPRESSIONS,
        {
            "number_key": key,
            "everywhere": "*",
            "by_principal": f"principal:{principal}",
            "by_campaign": f"campaign:{campaign}",
        },
    )
    found = tuple(
        Suppression(
            id=row.id,
            scope=row.scope,
            purpose=SuppressionPurpose(row.purpose),
            reason=row.reason,
            source=row.source,
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        for row in rows
    )
    return Known(found, now)


def _customer(connection: Connection, key: bytes, principal: str, now: datetime) -> Fact[Customer]:
    row = connection.execute(CUSTOMER, {"principal": principal, "number_key": key}).one_or_none()
    if row is None:
        return Known(Customer(status=CustomerStatus.NONE), now)
    found = Customer(
        status=CustomerStatus(row.status),
        products=tuple(msgspec.json.decode(row.products, type=list[str])),
        since=row.since,
        until=row.until,
        person=row.person,
    )
    return Known(found, row.as_of)


def _attempts(
    connection: Connection, key: bytes, principal: str, request: CallRequest, besides: str
) -> Fact[tuple[Attempt, ...]]:
    since = request.asked_at - LOOK_BACK
    this = {"call_id": request.call_id, "besides": besides}
    rows = connection.execute(ATTEMPTS, {"principal": principal, "number_key": key, "since": since, **this})
    found = tuple(
        Attempt(
            call_id=row.call_id or row.id,
            campaign=row.campaign,
            purpose=Purpose(row.purpose),
            at=row.at,
            operator=row.operator,
            outcome=Outcome(row.outcome) if row.outcome else None,
        )
        for row in rows
    )
    if len(found) > MOST_ATTEMPTS:
        return Unknown("attempts", f"there are more than {MOST_ATTEMPTS} on this number")
    return Known(found, request.asked_at)
