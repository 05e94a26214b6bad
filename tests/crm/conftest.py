"""An invented CRM, and databases on both engines."""

from collections.abc import AsyncIterator

import pytest

from tests.crm.invented import InventedCrm, listening
from tests.stores.databases import database, database_url, postgresql_server, sqlite_template

__all__ = ["database", "database_url", "postgresql_server", "sqlite_template"]


@pytest.fixture
async def crm() -> AsyncIterator[InventedCrm]:
    """A CRM that listens on loopback and knows nobody."""
    async with listening() as started:
        yield started
