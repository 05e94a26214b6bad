"""Consents on record, for people who look for one: what a withdrawal ended is shown as it stands."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from ari_app.policy.held import Consent, ConsentForm, as_withdrawn
from ari_app.policy.keyring import Keyring
from ari_app.stores.database import Database
from ari_app.stores.tables import consent, list_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEntry:
    """A consent, and to whom it was given."""

    principal: str
    consent: Consent
    channel: str = ""
    """How it was given; empty: not on record."""


class Consents:
    """Each method is one transaction; numbers are E.164. Raises StoreUnavailable."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring

    def show(self, e164: str) -> tuple[ConsentEntry, ...]:
        """Every consent on a number, by principal, oldest first."""
        query = (
            select(consent)
            .join(list_version, list_version.c.id == consent.c.list_version)
            .where(consent.c.number_key == self._keyring.number_key(e164), list_version.c.published_at.is_not(None))
            .order_by(consent.c.principal, consent.c.given_at, consent.c.id)
        )

        def work(connection: Connection) -> tuple[ConsentEntry, ...]:
            held: dict[str, list[Consent]] = {}
            channels: dict[str, str] = {}
            for row in connection.execute(query):
                found = Consent(
                    id=row.id,
                    purpose=row.purpose,
                    form=ConsentForm(row.form),
                    given_at=row.given_at,
                    text_version=row.text_version,
                    evidence=row.evidence,
                    withdrawn_at=row.withdrawn_at,
                )
                held.setdefault(row.principal, []).append(found)
                channels[found.id] = row.channel
            return tuple(
                ConsentEntry(principal=principal, consent=each, channel=channels[each.id])
                for principal, given in held.items()
                for each in as_withdrawn(tuple(given))
            )

        return self._database.read(work)
