"""What is held on a person told, erased, and deleted in time."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from ari_app.config import Settings
from ari_app.main.books import open_keyed
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import packs
from ari_app.policy.keyring import Keyring
from ari_app.policy.retention import Keeping, keeping
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.erasing import Erased, Erasures
from ari_app.stores.holdings import Holdings
from ari_app.stores.lists import SqlLists
from ari_app.stores.retention import Retention, Swept


def held_on(settings: Settings, e164: str, *, principal: str | None = None) -> dict[str, Any]:
    """All that is held on a number, as one document. Raises StoreError, ConfigError."""
    database, keyring = open_keyed(settings)
    try:
        held = Holdings(database, keyring).of(e164, principal_id=principal)
    finally:
        database.close()
    key = {"id": keyring.key_id, "number_key": keyring.number_key(e164).hex()}
    key["made"] = "16 bytes of HMAC-SHA-256 of the number, keyed with the installation's secret; lists hold only this"
    return {
        "number": e164,
        "principal": principal,
        "made_at": SystemClock().now(),
        "key": key,
        "held": held,
        "recipients": "not known to this system; the controller knows",
    }


def held_as_page(told: dict[str, Any], language: str) -> str:
    """The document of `held_on` as an HTML page, in `it` or `en`."""
    from ari_app.web.held_page import held_page

    return held_page(told, language)


def erase(
    settings: Settings,
    e164: str,
    *,
    principal: str | None,
    reason: str,
    by: str,
    despite_retention: bool = False,
) -> Erased:
    """
    Erase what is held on a number, and suppress it. Raises StoreError, ConfigError.

    Raises StoreConflict: a campaign names a pack that is not at hand, so that nobody knows what it asks to be kept.
    """
    database, keyring = open_keyed(settings)
    try:
        keepings = keepings_of(settings, database)
        if not despite_retention:
            _need_all_packs(database, keepings, principal)
        return Erasures(database, keyring, SystemClock()).erase(
            e164,
            principal_id=principal,
            keepings=keepings,
            reason=reason,
            by=by,
            despite_retention=despite_retention,
        )
    finally:
        database.close()


def sweep(settings: Settings, *, dry: bool = False) -> Swept:
    """Delete what's time is over, once and now; `dry`: only count. Raises StoreError, ConfigError."""
    database, keyring = open_keyed(settings)
    try:
        return sweep_in(settings, database, keyring, dry=dry)
    finally:
        database.close()


def sweep_in(
    settings: Settings,
    database: Database,
    keyring: Keyring,
    *,
    dry: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> Swept:
    """The same in a database that is open; `stopped` is asked between transactions. Raises StoreError."""
    days = settings.retention.calls_days
    clock = SystemClock()
    return Retention(database, SqlLists(database, keyring, clock), clock).run(
        keepings_of(settings, database),
        calls_at_most=timedelta(days=days) if days else None,
        dry=dry,
        stopped=stopped,
    )


def keepings_of(settings: Settings, database: Database) -> Callable[[str], Keeping]:
    """What the packs at hand say of each principal's records, as of now. Raises StoreError."""
    campaigns = Directory(database).campaigns()
    folder = packs(settings)
    now = SystemClock().now()

    @cache
    def of(principal: str) -> Keeping:
        return keeping((each for each in campaigns if each.principal == principal), folder.get, now)

    return of


def _need_all_packs(database: Database, keepings: Callable[[str], Keeping], principal: str | None) -> None:
    owners = [principal] if principal else [each.id for each in Directory(database).principals()]
    for owner in owners:
        if missing := keepings(owner).missing:
            raise StoreConflict(
                f"a campaign of {owner} names pack {missing[0]}, which is not at hand, so that nobody knows which "
                "records it asks to be kept; put it back, or say --despite-retention"
            )
