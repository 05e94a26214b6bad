"""The database brought to this program's schema, and the scripts into it."""

from ari_app.config import Settings, read_keyring
from ari_app.main.books import COMMAND_WAIT, check_key
from ari_app.main.clocks import SystemClock
from ari_app.ports.verdicts import StoreConflict
from ari_app.sight import StructlogObserver
from ari_app.stores import installation, migrations
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from ari_app.stores.scripts import Scripts
from ari_app.stores.shelf import ScriptShelf


def upgrade_database(settings: Settings) -> str:
    """
    Make or migrate the database, bind it to the key file, import the scripts; the revision it is at then.

    Raises StoreError, StoreConflict: it was made with another key; ConfigError: there is no key file.
    """
    keyring = read_keyring(settings.privacy.hash_key_file)
    database = Database(StoreSettings(url=settings.database.url, wait=COMMAND_WAIT, create=True))
    try:
        migrations.upgrade(database.engine)
        try:
            installation.claim(database, keyring.key_id)
        except StoreConflict:
            check_key(settings, database, keyring)
            raise
        shelf = ScriptShelf(
            Scripts(database, SystemClock()),
            folder=settings.scripts.folder,
            observer=StructlogObserver(),
            must_read=settings.scripts.must_read,
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
