"""Sessions in virtual time."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """An open world; whatever call is left at the end is let go of."""
    world = World()
    yield world
    await world.reactor.close()
    await world.judge.close()
