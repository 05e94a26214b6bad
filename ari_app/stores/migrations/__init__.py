"""
The schema's history, run from here without an `alembic.ini`: `upgrade`, `downgrade`, `current`, `head`, `check`.

Revisions are the modules of `versions/`; they name their columns themselves and never import `tables`, so that an old
revision still builds what it built when it was written. Their file names begin with `v` and the revision.

Alembic is loaded only to migrate: every other command merely compares two revisions, and should not pay for it.
"""

import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from ari_app.stores.engine import READ_ONLY
from ari_app.stores.errors import SchemaError, mapped
from ari_app.stores.migrations import versions

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

_LOCK = 0x6761_7262_6F  # "garbo": two processes that upgrade at once take turns


def head() -> str:
    """The revision that this program needs."""
    return _revisions()[-1]


def current(engine: Engine) -> str | None:
    """The revision that the database has; None: it has no schema at all. Raises StoreUnavailable."""
    with mapped(), engine.execution_options(**{READ_ONLY: True}).begin() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def check(engine: Engine) -> None:
    """Raise SchemaError if the database is older or newer than this program, with what is to be done."""
    has, needs = current(engine), head()
    if has == needs:
        return
    if has is None:
        raise SchemaError("the database is empty; run `garbo db upgrade`")
    if has in _revisions():
        raise SchemaError(f"the database has schema {has}, this program needs {needs}; run `garbo db upgrade`")
    raise SchemaError(
        f"the database has schema {has}, which is newer than this program ({needs}); install a newer Garbo"
    )


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the database to a revision in one transaction; nothing happens if it is there. Raises StoreUnavailable."""
    scripts = _scripts()

    def steps(revision: Any, _context: "MigrationContext") -> Any:
        return scripts._upgrade_revs(to, revision)  # the call that Alembic's own `command.upgrade` makes

    _migrate(engine, scripts, steps)


def downgrade(engine: Engine, to: str = "base") -> None:
    """Take the database back to a revision, with loss of what later ones hold. Raises StoreUnavailable."""
    scripts = _scripts()

    def steps(revision: Any, _context: "MigrationContext") -> Any:
        return scripts._downgrade_revs(to, revision)  # as in `command.downgrade`

    _migrate(engine, scripts, steps)


def _migrate(engine: Engine, scripts: "ScriptDirectory", steps: Callable[[Any, "MigrationContext"], Any]) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    with mapped(), engine.begin() as connection:
        _alone(connection)
        with EnvironmentContext(Config(), scripts, fn=steps) as environment:
            environment.configure(connection=connection, transactional_ddl=True)
            environment.run_migrations()


def _alone(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return  # BEGIN IMMEDIATE is enough
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _revisions() -> list[str]:
    found = sorted(module.name[1:5] for module in pkgutil.iter_modules(versions.__path__))
    if not found:
        raise SchemaError("the program was packaged without its migrations")
    return found


def _scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory(__path__[0])
