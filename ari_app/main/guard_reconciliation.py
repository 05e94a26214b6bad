"""The nightly reconciliation, as a part of the gate."""

from ari_app.main.guards import Guard, Stand
from ari_app.main.reconciling import source_of, zone_of
from ari_app.stores.trunk_legs import SqlTrunkLegs
from ari_app.watch.reconciliation import Nightly


def guard_reconciliation(stand: Stand) -> Guard | None:
    """Yesterday, each night; None: the configuration names no records of the PBX."""
    settings = stand.settings
    if not settings.reconciliation.source:
        return None
    book = SqlTrunkLegs(stand.room.database)
    nightly = Nightly(
        source=source_of(settings, stand.signing.keyring, book),
        book=book,
        zone=zone_of(settings),
        at_hour=settings.reconciliation.at_hour,
        clock=stand.clock,
        observer=stand.room.observer,
    )
    stand.metrics.unchecked = lambda: nightly.unchecked
    return Guard(services={"reconciliation": nightly.run})
