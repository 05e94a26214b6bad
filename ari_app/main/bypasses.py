"""The watch for calls that go round the gate, wired: for the gate, and what it kept, for a command."""

from ari_app.config import Settings
from ari_app.main.books import open_keyed
from ari_app.main.guards import Stand
from ari_app.ports.lines import Lines
from ari_app.stores.bypasses import SqlBypasses
from ari_app.watch.bypass import BypassWatch
from ari_app.watch.leg_permits import BypassSettings


def bypass_watch(stand: Stand, lines: Lines) -> BypassWatch | None:
    """The watch over the guarded trunks, as a part of the gate; None: there are none."""
    if not stand.settings.asterisk.guarded_trunks:
        return None
    keyring = stand.signing.keyring
    return BypassWatch(
        bypass_settings(stand.settings, name=stand.settings.asterisk.app),
        lines=lines,
        book=SqlBypasses(stand.room.database, keyring),
        keyring=keyring,
        clock=stand.clock,
        observer=stand.room.observer,
    )


def bypass_settings(settings: Settings, *, name: str, records_at_once: bool = True) -> BypassSettings:
    """What the watch called `name` needs of the configuration."""
    return BypassSettings(
        gate=name,
        trunks=settings.asterisk.guarded_trunks,
        hangs_up=settings.asterisk.bypass == "hangup",
        region=settings.gate.region,
        strip_prefixes=settings.gate.strip_prefixes,
        trunk_prefixes=settings.asterisk.trunk_prefixes,
        internal_patterns=settings.gate.internal_patterns,
        exempt_numbers=settings.asterisk.exempt_numbers,
        exempt_endpoints=settings.asterisk.exempt_endpoints,
        records_at_once=records_at_once,
    )


def open_bypasses(settings: Settings) -> SqlBypasses:
    """What the watch kept. Raises StoreError, ConfigError."""
    return SqlBypasses(*open_keyed(settings))
