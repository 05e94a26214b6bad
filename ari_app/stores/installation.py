"""
Whose database this is: the id of the one key that its numbers are hidden with.

Another key, valid in itself, would find no suppression and let every call out. So the first `garbo db upgrade` claims
the database for the key at hand, and whoever opens it with a keyring checks first.
"""

from sqlalchemy import Connection, insert, select

from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.tables import installation

_LOCK = 0x6B65_795F_6964  # "key_id": of two processes that claim at once the second sees the first's key


def claim(database: Database, key_id: str) -> None:
    """Make the database this key's, unless it is already. Raises StoreConflict: it is another key's."""

    def work(connection: Connection) -> None:
        database.lock(connection, [_LOCK])
        held = _held(connection)
        if held is None:
            connection.execute(insert(installation), {"key_id": key_id})
        else:
            _need_same(held, key_id)

    database.write(work)


def check(database: Database, key_id: str) -> None:
    """
    Return if the database is this key's, and keep this process to it.

    Raises StoreConflict: it is another key's, or nobody's yet.
    """
    need_key(database.read(_held), key_id)
    database.keep_to_key(key_id)


def need_key(held: str | None, key_id: str) -> None:
    """Return if the key that the database holds is this one. Raises StoreConflict: another, or none yet."""
    if held is None:
        raise StoreConflict("the database is not bound to a key file yet; run `garbo db upgrade`")
    _need_same(held, key_id)


def held_by(database: Database) -> str | None:
    """The id of the database's key; None: nobody has claimed it. Raises StoreUnavailable."""
    return database.read(_held)


def _held(connection: Connection) -> str | None:
    return connection.scalar(select(installation.c.key_id))


def _need_same(held: str, key_id: str) -> None:
    if held != key_id:
        raise StoreConflict(
            f"the key file holds key {key_id}, but the database was made with key {held}, and no suppression in it "
            "would be found; restore the right key file from the backup"
        )
