"""Databases for the tests of this folder."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ari_app.ports.verdicts import Verdicts
from tests.contract.worlds import RIVAL, WINTER, MemoryWorld, SqlWorld, World
from tests.stores.databases import ENGINES, database, database_url, empty_url, fresh
from tests.stores.samples import AUTUMN

__all__ = ["database", "database_url", "empty_url"]

# Said once, asyncio makes no loop of its own for plugins that only ask for one (pytest-asyncio, looptime); nobody
# would close it.
asyncio.set_event_loop(None)


@pytest.fixture(params=("memory", *ENGINES))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world with two campaigns of one principal, and one of its rival."""
    if request.param == "memory":
        made: World = MemoryWorld()
    else:
        made = SqlWorld(fresh(request, tmp_path, request.param))
    for campaign in (AUTUMN, WINTER, RIVAL):
        made.campaign(campaign)
    yield made
    if isinstance(made, SqlWorld):
        made.close()


@pytest.fixture
def book(world: World) -> Verdicts:
    """The book of one gate."""
    return world.gate()
