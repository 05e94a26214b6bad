"""
Do-not-call entries, one number at a time: added for ever, shown with their history, lifted only by a later consent.

Lifting (law 7) keeps both: the entry stays, with the consent that lifted it. The numbers themselves are not kept, only
their keys.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Text,
    and_,
    exists,
    insert,
    literal,
    or_,
    select,
    update,
)
from ulid import ULID

from ari_app.policy.held import Suppression, SuppressionPurpose
from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.tables import campaign, consent, list_version, principal, suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionEntry:
    """A suppression with what became of it."""

    suppression: Suppression
    lifted_at: datetime | None
    lifted_by_consent: str | None
    lifted_by: str | None


class Suppressions:
    """Each method is one transaction; numbers are E.164. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def add(
        self,
        e164: str,
        *,
        scope: str,
        purpose: SuppressionPurpose = SuppressionPurpose.MARKETING,
        reason: str,
        source: str,
        expires_at: datetime | None = None,
    ) -> Suppression:
        """
        Suppress a number in a scope (`*`, `principal:ID` or `campaign:ID`).

        An equal entry that is not lifted is returned as it is, and none is added.
        """
        key = self._keyring.number_key(e164)
        new = Suppression(
            id=str(ULID()),
            scope=scope,
            purpose=purpose,
            reason=reason,
            source=source,
            created_at=self._clock.now(),
            expires_at=expires_at,
        )

        def work(connection: Connection) -> Suppression:
            _need_scope(connection, scope)
            return suppress(connection, self._database, self._keyring, key, new)

        return self._database.write(work)

    def show(self, e164: str) -> list[SuppressionEntry]:
        """Every entry on a number, oldest first, with expired and lifted ones."""
        query = _visible(self._keyring.number_key(e164))
        return self._database.read(lambda c: [_entry(row) for row in c.execute(query).mappings()])

    def lift(self, e164: str, *, consent_id: str, by: str) -> list[SuppressionEntry]:
        """
        Lift what the consent's principal holds against this number, and return it.

        The consent must be of this number, given later than the entry (equal is too early) and not withdrawn. It lifts
        entries of its principal and of that principal's campaigns, never a global one: that binds other principals too.
        """
        key = self._keyring.number_key(e164)

        def work(connection: Connection) -> list[SuppressionEntry]:
            given = _need_consent(connection, consent_id, key)
            lifted = _liftable(connection, key, given)
            connection.execute(
                update(suppression)
                .where(suppression.c.id.in_([each.suppression.id for each in lifted]))
                .values(lifted_at=self._clock.now(), lifted_by_consent=consent_id, lifted_by=by)
            )
            ids = {each.suppression.id for each in lifted}
            after = (_entry(row) for row in connection.execute(_visible(key)).mappings())
            return [each for each in after if each.suppression.id in ids]

        return self._database.write(work)


def suppress(connection: Connection, database: Database, keyring: Keyring, key: bytes, new: Suppression) -> Suppression:
    """Add an entry to a number, by its key; or return an equal one that is not lifted, as it is."""
    database.lock(connection, [keyring.lock_number(f"suppression:{key.hex()}")])
    for held in (_entry(row) for row in connection.execute(_visible(key)).mappings()):
        if held.lifted_at is None and _same(held.suppression, new):
            return held.suppression
    connection.execute(insert(suppression), suppression_columns(new, key, keyring.key_id))
    return new


def suppression_columns(new: Suppression, key: bytes, key_id: str) -> dict[str, object]:
    """A new row of `suppression`, by hand or from a list."""
    return {
        "id": new.id,
        "number_key": key,
        "key_id": key_id,
        "scope": new.scope,
        "purpose": new.purpose.value,
        "reason": new.reason,
        "source": new.source,
        "created_at": new.created_at,
        "expires_at": new.expires_at,
    }


def is_own(principal_id: str) -> ColumnElement[bool]:
    """Whether an entry is a principal's own, or one of its campaigns'; a global one binds others as well."""
    campaigns = select(literal("campaign:", Text).concat(campaign.c.id)).where(campaign.c.principal == principal_id)
    return or_(suppression.c.scope == f"principal:{principal_id}", suppression.c.scope.in_(campaigns))


_PUBLISHED = and_(list_version.c.id == suppression.c.list_version, list_version.c.published_at.is_not(None))


def _visible(key: bytes) -> Select[Any]:
    return (
        select(suppression)
        .join(list_version, _PUBLISHED)
        .where(suppression.c.number_key == key)
        .order_by(suppression.c.created_at, suppression.c.id)
    )


def _entry(row: RowMapping) -> SuppressionEntry:
    return SuppressionEntry(
        suppression=Suppression(
            id=row["id"],
            scope=row["scope"],
            purpose=SuppressionPurpose(row["purpose"]),
            reason=row["reason"],
            source=row["source"],
            created_at=row["created_at"],
            expires_at=row["expires_at"],
        ),
        lifted_at=row["lifted_at"],
        lifted_by_consent=row["lifted_by_consent"],
        lifted_by=row["lifted_by"],
    )


def _same(held: Suppression, new: Suppression) -> bool:
    return (held.scope, held.purpose, held.reason, held.source, held.expires_at) == (
        new.scope,
        new.purpose,
        new.reason,
        new.source,
        new.expires_at,
    )


def _need_scope(connection: Connection, scope: str) -> None:
    kind, _, name = scope.partition(":")
    if scope == "*":
        return
    table = {"principal": principal, "campaign": campaign}.get(kind)
    if table is None or not name:
        raise StoreConflict(f"scope {scope} is none; write global, principal:ID or campaign:ID")
    if not connection.scalar(select(exists().where(table.c.id == name))):
        raise StoreConflict(f"there is no {kind} {name}; `garbo {kind} list` names those there are")


def _need_consent(connection: Connection, consent_id: str, key: bytes) -> RowMapping:
    found = connection.execute(
        select(consent)
        .join(list_version, list_version.c.id == consent.c.list_version)
        .where(consent.c.id == consent_id, list_version.c.published_at.is_not(None))
    ).mappings()
    given = found.one_or_none()
    if given is None:
        raise StoreConflict(f"there is no consent {consent_id}; import it first, with its evidence")
    if given["number_key"] != key:
        raise StoreConflict(f"consent {consent_id} was given for another number")
    if connection.scalar(_withdrawn(given)):
        raise StoreConflict(f"consent {consent_id} was withdrawn")
    return given


def _withdrawn(given: RowMapping) -> Select[tuple[bool]]:
    """Whether any record tells of a withdrawal from its purpose since it was given (`policy.held.as_withdrawn`)."""
    return select(
        exists().where(
            list_version.c.id == consent.c.list_version,
            list_version.c.published_at.is_not(None),
            consent.c.principal == given["principal"],
            consent.c.number_key == given["number_key"],
            consent.c.purpose == given["purpose"],
            consent.c.withdrawn_at >= given["given_at"],
        )
    )


def _liftable(connection: Connection, key: bytes, given: RowMapping) -> list[SuppressionEntry]:
    own = {f"principal:{given['principal']}"}
    campaigns = connection.scalars(select(campaign.c.id).where(campaign.c.principal == given["principal"]))
    own |= {f"campaign:{each}" for each in campaigns}
    held = [_entry(row) for row in connection.execute(_visible(key)).mappings()]
    live = [each for each in held if each.lifted_at is None]
    mine = [each for each in live if each.suppression.scope in own]
    lifted = [each for each in mine if each.suppression.created_at < given["given_at"]]
    if lifted:
        return lifted
    if mine:
        raise StoreConflict(f"consent {given['id']} was given before the suppression; only a later one lifts it")
    if any(each.suppression.scope == "*" for each in live):
        raise StoreConflict(
            "the suppression is global and binds every principal; consent to one of them cannot lift it"
        )
    raise StoreConflict(f"there is no suppression of principal {given['principal']} on this number to lift")
