"""An invented CRM, and databases on both engines."""

from collections.abc import AsyncIterator

import pytest

from tests.crm.invented import InventedCrm, listening
from tests.stores.databases import database, database_url

__all__ = ["database", "database_url"]


@pytest.fixture
async def crm() -> AsyncIterator[InventedCrm]:
    """A CRM that listens on loopback and knows nobody."""
    async with listening() as started:
        yield started
