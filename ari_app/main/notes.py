"""What people said, what was promised to them, and who may use the API: the stores of it, opened for one command."""

from ari_app.config import Settings
from ari_app.main.books import open_database, open_keyed
from ari_app.main.clocks import SystemClock
from ari_app.stores.callbacks import Callbacks
from ari_app.stores.claims import Claims
from ari_app.stores.flags import Flags
from ari_app.stores.one_off_permits import OneOffPermits
from ari_app.stores.registrations import Registrations
from ari_app.stores.tokens import SqlTokens


def open_callbacks(settings: Settings) -> Callbacks:
    """Calls that were promised. Raises StoreError, ConfigError."""
    return Callbacks(*open_keyed(settings), SystemClock())


def open_claims(settings: Settings) -> Claims:
    """Who says that they are a customer. Raises StoreError, ConfigError."""
    return Claims(*open_keyed(settings), SystemClock())


def open_flags(settings: Settings) -> Flags:
    """What was noted of people. Raises StoreError, ConfigError."""
    return Flags(*open_keyed(settings), SystemClock())


def open_permits(settings: Settings) -> OneOffPermits:
    """Calls that were asked for. Raises StoreError, ConfigError."""
    return OneOffPermits(*open_keyed(settings), SystemClock())


def open_registrations(settings: Settings) -> Registrations:
    """Registers of those who call. Raises StoreError."""
    return Registrations(open_database(settings))


def open_tokens(settings: Settings) -> SqlTokens:
    """Who may use the HTTP API. Raises StoreError."""
    return SqlTokens(open_database(settings), SystemClock())
