"""The API over a fresh database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stores.databases import fresh, sqlite_template
from tests.web.api.over import Api, api_over

__all__ = ["sqlite_template"]


@pytest.fixture
async def api(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Api]:
    """A gate's API."""
    async with api_over(fresh(request, tmp_path, "sqlite"), tmp_path) as running:
        yield running
