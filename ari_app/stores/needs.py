"""What people said they need: written with the word on the call, once each, until it is met or erased."""

from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from ulid import ULID

from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.dispositions import LONGEST_NEED, MOST_NEEDS, Word
from ari_app.ports.needs import Need
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.tables import need

NEEDS_OF = (
    select(need)
    .where(need.c.principal == bindparam("principal"), need.c.number_key == bindparam("number_key"))
    .order_by(need.c.noted_at, need.c.id)
)
"""Those on a number for a principal, oldest first."""


class SqlNeeds:
    """Implements ports.needs.Needs."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """The keyring hides the numbers."""
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def of(self, e164: str, *, principal: str) -> tuple[Need, ...]:
        """As the port."""
        given = {"principal": principal, "number_key": self._keyring.number_key(e164)}
        return self._database.read(lambda connection: tuple(map(need_from, connection.execute(NEEDS_OF, given))))

    def met(self, need_id: str, *, principal: str) -> Need:
        """As the port."""
        this = (need.c.principal == principal, need.c.id == need_id)

        def work(connection: Connection) -> Need:
            connection.execute(update(need).where(*this, need.c.met_at.is_(None)).values(met_at=self._clock.now()))
            row = connection.execute(select(need).where(*this)).one_or_none()
            if row is None:
                raise StoreConflict(f"there is no need {need_id} of principal {principal}")
            return need_from(row)

        return self._database.write(work)


def keep_needs(connection: Connection, call: Any, word: Word) -> None:
    """
    Keep what was said to be needed in this call, unless it is kept already.

    Raises StoreConflict: it is too long, or too much.
    """
    said = [text for text in dict.fromkeys(" ".join(each.split()) for each in word.needs) if text]
    if not said:
        return
    if any(len(text) > LONGEST_NEED for text in said):
        raise StoreConflict(f"a need is a line of at most {LONGEST_NEED} signs; what is longer belongs in the note")
    mine = (need.c.principal == call.principal, need.c.number_key == call.number_key, need.c.call_id == word.call_id)
    held = set(connection.scalars(select(need.c.text).where(*mine)))
    new = [text for text in said if text not in held]
    if len(held) + len(new) > MOST_NEEDS:
        raise StoreConflict(f"of one call at most {MOST_NEEDS} needs are kept")
    same = {
        "principal": call.principal,
        "number_key": call.number_key,
        "call_id": word.call_id,
        "campaign": call.campaign,
        "operator": word.operator,
        "noted_at": word.at,
    }
    if new:
        connection.execute(insert(need), [{**same, "id": str(ULID()), "text": text} for text in new])


def need_from(row: Any) -> Need:
    """A row as a value."""
    names = ("id", "call_id", "campaign", "operator", "text", "noted_at", "met_at")
    return Need(**{name: getattr(row, name) for name in names})
