"""The schema's history, on both engines."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text

from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings, open_engine
from ari_app.stores.errors import SchemaError
from ari_app.stores.migrations import current, downgrade, head, upgrade
from ari_app.stores.tables import attempt, campaign, disposition, list_version, metadata


def test_up_and_down(empty_url: str) -> None:
    """Upgrading builds exactly the tables that the program knows, twice is once, and downgrading leaves none."""
    engine = open_engine(StoreSettings(url=empty_url, create=True))
    assert current(engine) is None
    upgrade(engine)
    upgrade(engine)
    assert current(engine) == head()
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        manual = connection.execute(select(list_version)).one()
    assert (manual.id, manual.kind) == (1, "manual")
    assert manual.published_at.tzinfo is not None
    downgrade(engine)
    assert current(engine) is None
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_a_database_in_use_keeps_its_records(empty_url: str) -> None:
    """What the first schema holds is there after the second, plainly read, and is there again after going back."""
    engine = open_engine(StoreSettings(url=empty_url, create=True))
    upgrade(engine, "0001")
    with engine.begin() as connection:
        for statement in _IN_USE:
            connection.execute(text(statement))
    upgrade(engine)
    with engine.begin() as connection:
        assert connection.execute(select(campaign.c.call_mode, campaign.c.own_similar_products)).all() == [
            ("live", False)
        ]
        assert connection.execute(select(attempt.c.outcome, attempt.c.attended)).all() == [("busy", False)]
        assert connection.execute(select(disposition.c.seq, disposition.c.disposition)).all() == [(1, "not_now")]
        corrected = "INSERT INTO disposition (call_id, seq, disposition, operator, noted_at) VALUES"
        connection.execute(text(f"{corrected} ('c1', 2, 'refused', 'anna', '2026-01-01 00:00:00')"))
    downgrade(engine, "0001")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT disposition FROM disposition")).all() == [("refused",)]
        assert connection.execute(text("SELECT outcome FROM attempt")).all() == [("busy",)]
    upgrade(engine)
    assert current(engine) == head()
    engine.dispose()


_IN_USE = (
    "INSERT INTO principal (id, name, country) VALUES ('fastnet', 'Fastnet', 'IT')",
    "INSERT INTO campaign (id, principal, purpose, sector, trunk, caller_id, region, number_format, packs_mode, closed)"
    " VALUES ('a', 'fastnet', 'care', 'telecom', 't', '+390200000001', 'IT', 'e164', 'enforce', false)",
    "INSERT INTO verdict (call_id, campaign, operator, verdict, mode, direction, decided_at, gate, public, digest)"
    " VALUES ('c1', 'a', 'anna', 'permit', 'enforce', 'outbound', '2026-01-01 00:00:00', 'g', '{}', 'd')",
    "INSERT INTO attempt (principal, id, call_id, number_key, campaign, purpose, operator, at, state, outcome)"
    " VALUES ('fastnet', 'c1', 'c1', 'k', 'a', 'care', 'anna', '2026-01-01 00:00:00', 'confirmed', 'busy')",
    "INSERT INTO disposition (call_id, disposition, operator, noted_at)"
    " VALUES ('c1', 'not_now', 'anna', '2026-01-01 00:00:00')",
)


def test_an_empty_database_is_not_opened(empty_url: str) -> None:
    """A database without a schema is refused, with the command that makes it."""
    with pytest.raises(SchemaError, match="garbo db upgrade"):
        Database.open(StoreSettings(url=empty_url, create=True))


@pytest.mark.parametrize(("revision", "advice"), [("9999", "newer")])
def test_another_schema_is_not_opened(database: Database, database_url: str, revision: str, advice: str) -> None:
    """A database that a newer program has migrated is refused."""
    database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision}))
    with pytest.raises(SchemaError, match=advice):
        Database.open(StoreSettings(url=database_url))
