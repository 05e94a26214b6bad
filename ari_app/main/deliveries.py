"""Brands' deliveries of customers, wired to the database that verdicts read."""

import asyncio
from collections.abc import Mapping

from ari_app.lists.deliveries import Delivery, take
from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.tokens import Grant
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.lists import SqlLists
from ari_app.stores.tokens import SqlTokens


class BrandDeliveries:
    """Implements web.deliveries.Deliveries."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """Share the gate's database."""
        self._clock = clock
        self._tokens = SqlTokens(database, clock)
        self._directory = Directory(database)
        self._lists = SqlLists(database, keyring, clock)
        self._turn = asyncio.Lock()

    async def granted(self, secret: str) -> Grant | None:
        """As the protocol."""
        return await self._tokens.granted(secret)

    async def take(self, principal: str, body: bytes, *, key: str) -> Mapping[str, object]:
        """As the protocol; one after another, and not on the threads on which verdicts wait."""
        async with self._turn:
            return await asyncio.to_thread(self._take, principal, body, key)

    def _take(self, principal: str, body: bytes, key: str) -> Mapping[str, object]:
        country = next((held.country for held in self._directory.principals() if held.id == principal), None)
        if country is None:
            raise StoreConflict(f"there is no principal {principal}")
        delivery = Delivery(principal=principal, region=country, body=body, key=key)
        return take(self._lists, delivery, self._clock.now())
