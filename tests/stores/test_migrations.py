"""The schema's history, on both engines."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text

from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings, open_engine
from ari_app.stores.errors import SchemaError
from ari_app.stores.migrations import current, downgrade, head, upgrade
from ari_app.stores.tables import list_version, metadata


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
