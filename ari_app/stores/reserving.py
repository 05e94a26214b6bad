"""What a verdict leaves in the database: its record, the number it was about and, for a permit, a reserved attempt."""

import secrets

from sqlalchemy import Connection, insert
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.facts import Facts, Known
from ari_app.policy.keyring import Keyring
from ari_app.policy.numbers import Number
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import CallRequest
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.prepared import Prepared
from ari_app.stores.records import canonical, digest, personal, public
from ari_app.stores.tables import attempt, number, verdict, verdict_personal

_SALT_BYTES = 32

_VERDICT = Prepared(
    insert(verdict),
    *("call_id", "principal", "campaign", "operator", "number_key", "verdict", "mode", "direction", "decided_at"),
    *("gate", "idempotency_key", "public", "digest"),
)
_PERSONAL = Prepared(insert(verdict_personal), *verdict_personal.c.keys())
_NUMBER = Prepared(
    lambda dialect: (sqlite if dialect == "sqlite" else postgresql).insert(number).on_conflict_do_nothing(),
    *number.c.keys(),
)
_ATTEMPT = Prepared(
    insert(attempt),
    *("principal", "id", "call_id", "number_key", "person", "campaign", "purpose", "operator", "at", "state", "gate"),
    *("attended", "one_off_permit"),
)


def write_verdict(
    connection: Connection,
    keyring: Keyring,
    request: CallRequest,
    record: VerdictRecord,
    facts: Facts,
    idempotency_key: bytes | None,
) -> None:
    """Record a verdict. Raises StoreConflict: it permits a call that no campaign asked for."""
    callee = request.callee.e164 if isinstance(request.callee, Number) else None
    number_key = keyring.number_key(callee) if callee else None
    _record(connection, record, number_key, idempotency_key)
    if number_key is None:
        return
    _NUMBER.run(connection, {"number_key": number_key, "key_id": keyring.key_id, "e164": callee})
    if record.verdict == "permit":
        _reserve(connection, request, record, number_key, person=_person(facts))


def _record(connection: Connection, record: VerdictRecord, number_key: bytes | None, key: bytes | None) -> None:
    salt = secrets.token_bytes(_SALT_BYTES)
    document = public(record, salt)
    _VERDICT.run(
        connection,
        {
            "call_id": record.call_id,
            "principal": record.principal,
            "campaign": record.campaign,
            "operator": record.operator,
            "number_key": number_key,
            "verdict": record.verdict,
            "mode": record.mode,
            "direction": record.evidence.direction,
            "decided_at": record.decided_at,
            "gate": record.evidence.gate,
            "idempotency_key": key,
            "public": document,
            "digest": digest(document),
        },
    )
    fields = personal(record)
    fields["facts"] = canonical(fields["facts"]).decode()
    _PERSONAL.run(connection, {"call_id": record.call_id, "salt": salt, **fields})


def _reserve(
    connection: Connection, request: CallRequest, record: VerdictRecord, number_key: bytes, *, person: str | None
) -> None:
    if request.campaign is None:
        raise StoreConflict("a permit without a campaign cannot be counted")
    _ATTEMPT.run(
        connection,
        {
            "principal": request.campaign.principal,
            "id": record.call_id,
            "call_id": record.call_id,
            "number_key": number_key,
            "person": person,
            "campaign": request.campaign.id,
            "purpose": request.campaign.purpose.value,
            "operator": record.operator,
            "at": record.decided_at,
            "state": "reserved",
            "gate": record.evidence.gate,
            "attended": request.attended,
            "one_off_permit": record.redeems or None,
        },
    )


def _person(facts: Facts) -> str | None:
    """Whom the principal takes the callee for: by its customer list, else by the campaign's contact list."""
    if isinstance(facts.customer, Known) and facts.customer.value.person:
        return facts.customer.value.person
    contacts = facts.contacts.value if isinstance(facts.contacts, Known) else ()
    return next((each.person for each in contacts if each.person), None)
