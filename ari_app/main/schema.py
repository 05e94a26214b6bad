"""The database brought to this program's schema, and the scripts into it."""

from ari_app.config import Settings
from ari_app.main.books import COMMAND_WAIT
from ari_app.main.clocks import SystemClock
from ari_app.sight import StructlogObserver
from ari_app.stores import migrations
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from ari_app.stores.scripts import Scripts
from ari_app.stores.shelf import ScriptShelf


def upgrade_database(settings: Settings) -> str:
    """Migrate to this program's schema, import the scripts; the revision it is at then. Raises StoreError."""
    database = Database(StoreSettings(url=settings.database.url, wait=COMMAND_WAIT))
    try:
        migrations.upgrade(database.engine)
        shelf = ScriptShelf(
            Scripts(database, SystemClock()), folder=settings.scripts.folder, observer=StructlogObserver()
        )
        shelf.import_files()
        return migrations.head()
    finally:
        database.close()


def current_revision(settings: Settings) -> str | None:
    """The revision the database is at; None: it is empty. Raises StoreError."""
    database = Database(StoreSettings(url=settings.database.url, wait=COMMAND_WAIT))
    try:
        return migrations.current(database.engine)
    finally:
        database.close()
