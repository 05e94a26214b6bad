"""Reconciliation and canary, wired: for the gate, and for commands."""

from collections.abc import Callable
from datetime import UTC, date, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from ari_app.config import ConfigError, Settings
from ari_app.judging.exempt import is_exempt
from ari_app.lists.cdr_file import CdrFile
from ari_app.main.books import open_keyed
from ari_app.main.clocks import SystemClock
from ari_app.main.desk_words import zones_of
from ari_app.main.guards import Stand
from ari_app.policy.keyring import Keyring
from ari_app.policy.legs import Reconciliation
from ari_app.policy.reading_legs import LegReader
from ari_app.policy.request import Ask, Door
from ari_app.ports.lines import Lines
from ari_app.ports.trunk_legs import LegSource
from ari_app.stores.canaries import SqlCanaries
from ari_app.stores.cdr_table import CdrTable
from ari_app.stores.trunk_legs import SqlTrunkLegs
from ari_app.watch.canary import CanarySettings, CanaryWatch
from ari_app.watch.reconciliation import LegWatch, reconcile


def leg_watch(stand: Stand, lines: Lines) -> LegWatch | None:  # noqa: ARG001  as every watcher is opened
    """Keeps legs as AMI tells of them; None: the configuration has another source, or none."""
    if stand.settings.reconciliation.source != "ami":
        return None
    database = stand.room.database

    async def on_writer(work: Callable[[], None]) -> None:
        await database.on_writer(work)

    return LegWatch(
        _reader(stand.settings, stand.signing.keyring),
        SqlTrunkLegs(database),
        gate=stand.settings.asterisk.app,
        on_writer=on_writer,
        observer=stand.room.observer,
    )


def canary_watch(stand: Stand, lines: Lines) -> CanaryWatch | None:
    """The canary; None: it has no number."""
    settings, room = stand.settings, stand.room
    canary = settings.canary
    if not canary.number:
        return None

    async def would_pass() -> bool:
        ask = Ask(dialled=canary.number, door=Door.CHECK, campaign=canary.campaign)
        return (await room.judge.preview(ask)).verdict == "permit"

    return CanaryWatch(
        CanarySettings(
            gate=settings.asterisk.app,
            number=canary.number,
            contexts=canary.contexts,
            campaign=canary.campaign,
            every=timedelta(seconds=canary.every_s),
            trunks=settings.asterisk.guarded_trunks,
            region=settings.gate.region,
        ),
        lines=lines,
        book=SqlCanaries(room.database, stand.signing.keyring),
        would_pass=would_pass,
        clock=stand.clock,
        observer=room.observer,
    )


def reconcile_day(settings: Settings, *, day: date | None, cdr: Path | None) -> Reconciliation:
    """
    One day now; none named: yesterday. `cdr` is a file to be read instead of what is configured.

    Raises ConfigError: no records are named; LegSourceError, StoreError.
    """
    database, keyring = open_keyed(settings)
    book = SqlTrunkLegs(database)
    zone, now = zone_of(settings), SystemClock().now()
    source = (
        CdrFile(cdr, reader=_reader(settings, keyring), zone=_pbx_zone(settings))
        if cdr is not None
        else source_of(settings, keyring, book)
    )
    return reconcile(
        day or now.astimezone(zone).date() - timedelta(days=1), zone=zone, source=source, book=book, at=now
    )


def open_canaries(settings: Settings) -> SqlCanaries:
    """What became of canary calls. Raises StoreError, ConfigError."""
    return SqlCanaries(*open_keyed(settings))


def source_of(settings: Settings, keyring: Keyring, book: SqlTrunkLegs) -> LegSource:
    """The PBX's records, as configured. Raises ConfigError: none are named."""
    told = settings.reconciliation
    reader = _reader(settings, keyring)
    match told.source:
        case "file":
            return CdrFile(told.cdr_file, reader=reader, zone=_pbx_zone(settings))
        case "database" if told.cdr_url:
            return CdrTable(told.cdr_url, told.cdr_table, reader=reader, zone=_pbx_zone(settings))
        case "ami":
            return book
        case "database":
            raise ConfigError('reconciliation.cdr_url is empty: write where the PBX keeps its CDRs, as "mysql+…://…"')
        case _:
            raise ConfigError(
                'reconciliation.source is empty: write "file", "database" or "ami", or give a file with --cdr'
            )


def _reader(settings: Settings, keyring: Keyring) -> LegReader:
    gate, asterisk = settings.gate, settings.asterisk

    def exempt(dialled: str) -> bool:
        return is_exempt(
            dialled,
            region=gate.region,
            strip_prefixes=gate.strip_prefixes,
            internal_patterns=gate.internal_patterns,
            exempt_numbers=asterisk.exempt_numbers,
        )

    return LegReader(
        trunks=asterisk.guarded_trunks,
        region=gate.region,
        strip_prefixes=gate.strip_prefixes,
        trunk_prefixes=asterisk.trunk_prefixes,
        keyring=keyring,
        is_exempt=exempt,
    )


def zone_of(settings: Settings) -> tzinfo:
    """Where the PBX's days begin."""
    return ZoneInfo(zones_of(settings.gate.region)[0])


def _pbx_zone(settings: Settings) -> tzinfo | None:
    """Whose clock CDRs are written by, where they do not say; None: this machine's."""
    return UTC if settings.reconciliation.cdr_times == "utc" else None
