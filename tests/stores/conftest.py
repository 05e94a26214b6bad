"""Databases for the tests of this folder."""

import asyncio

from tests.stores.databases import database, database_url, empty_url

__all__ = ["database", "database_url", "empty_url"]

# Said once, asyncio makes no loop of its own for plugins that only ask for one (pytest-asyncio, looptime); nobody
# would close it.
asyncio.set_event_loop(None)
