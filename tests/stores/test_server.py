"""The database itself: which it is, and what time it has."""

from datetime import UTC, datetime, timedelta

from ari_app.stores.database import Database
from ari_app.stores.server import time_of, version_of


def test_which_database_it_is(database: Database) -> None:
    """Its name and version."""
    engine, version = version_of(database)
    assert engine == database.engine.dialect.name
    assert version > {"sqlite": (3, 34), "postgresql": (12, 0)}[engine]


def test_what_time_it_has(database: Database) -> None:
    """A server's own; a file has none but this machine's."""
    held = time_of(database)
    if database.engine.dialect.name == "sqlite":
        assert held is None
    else:
        assert held is not None
        assert abs(held - datetime.now(UTC)) < timedelta(minutes=1)
