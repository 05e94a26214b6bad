"""What every module of faults needs: the storm's eyes on the database, and where recoveries are told."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from ari_app.stores.engine import StoreSettings, open_engine
from tests.e2e.conftest import Lab
from tests.e2e.faults.matrix import Recoveries

ROUNDS = "GARBO_FAULTS_ROUNDS"
"""How many times each row is run; once by default."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each row as often as `ROUNDS` says."""
    rounds = int(os.environ.get(ROUNDS, "1"))
    if rounds > 1 and "recoveries" in metafunc.fixturenames:
        metafunc.fixturenames.append("_round")
        metafunc.parametrize("_round", range(1, rounds + 1))


@pytest.fixture
def recoveries(figures: list[str], request: pytest.FixtureRequest) -> Recoveries:
    """Where a row says how long it took."""
    return Recoveries(figures, request.module.ROWS)


@pytest.fixture(scope="module")
def engine(lab: Lab) -> Iterator[Engine]:
    """The lab's database, as somebody beside the gate reads it."""
    url = lab.installation.environment.get("GARBO_DATABASE__URL") or f"sqlite:///{lab.installation.folder}/garbo.db"
    opened = open_engine(StoreSettings(url=url))
    yield opened
    opened.dispose()
