"""The stores, opened for one command."""

from datetime import datetime, timedelta

from ari_app.config import ConfigError, Settings, beside, read_keyring
from ari_app.main.clocks import SystemClock
from ari_app.policy.keyring import Keyring
from ari_app.policy.numbers import Number, read_number
from ari_app.policy.record import VerdictRecord
from ari_app.ports.lists import ListStore
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores import installation
from ari_app.stores.consents import Consents
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings
from ari_app.stores.lists import SqlLists
from ari_app.stores.past_imports import PastImports
from ari_app.stores.profiles import Profiles
from ari_app.stores.seals import Seals
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.verdicts import SqlVerdicts

COMMAND_WAIT = timedelta(seconds=10)
"""A command may wait longer for the database than a call may."""


def open_database(settings: Settings, *, wait: timedelta = COMMAND_WAIT, checkpoints: bool = True) -> Database:
    """The database, its schema checked; see `StoreSettings`. Raises StoreError."""
    return Database.open(StoreSettings(url=settings.database.url, wait=wait, checkpoints=checkpoints))


def open_directory(settings: Settings) -> Directory:
    """Principals, agencies, campaigns and operators."""
    return Directory(open_database(settings))


def open_suppressions(settings: Settings) -> Suppressions:
    """The do-not-call entries. Raises StoreError, ConfigError."""
    return Suppressions(*open_keyed(settings), SystemClock())


def open_consents(settings: Settings) -> Consents:
    """What people agreed to. Raises StoreError, ConfigError."""
    database, keyring = open_keyed(settings)
    return Consents(database, keyring)


def open_lists(settings: Settings) -> ListStore:
    """Where imports go. Raises StoreError, ConfigError."""
    return SqlLists(*open_keyed(settings, checkpoints=False), SystemClock())


def open_past_imports(settings: Settings) -> PastImports:
    """What was imported. Raises StoreError."""
    return PastImports(open_database(settings))


def open_profiles(settings: Settings) -> Profiles:
    """Which columns of whose files hold what. Raises StoreError."""
    return Profiles(open_database(settings), SystemClock())


def open_keyed(settings: Settings, *, checkpoints: bool = True) -> tuple[Database, Keyring]:
    """The database with the key it was made with. Raises StoreConflict: the key file is another installation's."""
    keyring = read_keyring(settings.privacy.hash_key_file)
    database = open_database(settings, checkpoints=checkpoints)
    try:
        check_key(settings, database, keyring)
    except BaseException:
        database.close()
        raise
    return database, keyring


def check_key(settings: Settings, database: Database, keyring: Keyring) -> None:
    """
    As `installation.check`, and if the key that waits beside the file is the database's, with the command that helps.

    Raises StoreConflict, StoreUnavailable.
    """
    try:
        installation.check(database, keyring.key_id)
    except StoreConflict as failure:
        waiting = beside(settings.privacy.hash_key_file)
        try:
            fits = waiting.exists() and read_keyring(waiting).key_id == installation.held_by(database)
        except ConfigError:
            fits = False
        if not fits:
            raise
        raise StoreConflict(
            f"the database has its new key already, and {waiting} holds it: a rotation or a restore was interrupted; "
            "run `garbo key rotate` to finish it"
        ) from failure


def calls(
    settings: Settings,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    number: str = "",
    campaign: str = "",
    limit: int = 100,
) -> list[VerdictRecord]:
    """
    Past verdicts, newest first. `number` in any spelling of the configured region.

    Raises StoreError, ConfigError; StoreConflict: `number` is none.
    """
    e164 = None
    if number:
        callee = read_number(number, region=settings.gate.region, strip_prefixes=settings.gate.strip_prefixes)
        if not isinstance(callee, Number):
            raise StoreConflict(f"{number}: not a telephone number in {settings.gate.region}")
        e164 = callee.e164
    database, keyring = open_keyed(settings)
    try:
        book = SqlVerdicts(database, keyring).book
        return book.calls(since=since, until=until, number=e164, campaign=campaign or None, limit=limit)
    finally:
        database.close()


def call(settings: Settings, call_id: str) -> VerdictRecord | None:
    """One past verdict with its outcome. Raises StoreError, ConfigError."""
    database, keyring = open_keyed(settings)
    try:
        return SqlVerdicts(database, keyring).book.show(call_id)
    finally:
        database.close()


def verify_ledger(settings: Settings) -> list[str]:
    """Faults in the chained records; empty: all is whole. Raises StoreError."""
    database = open_database(settings)
    try:
        return Seals(database, SystemClock()).verify()
    finally:
        database.close()
