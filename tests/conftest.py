"""What every test shares."""

import asyncio

import pytest
from xdist.workermanage import WorkerController

from tests.sharing import LastAlone, turn
from tests.stores.databases import postgresql_server, sqlite_template

__all__ = ["postgresql_server", "sqlite_template"]
# Named here alone: a `conftest.py` that imports them too would have a server of its own.

# pytest-asyncio asks the policy for "the current loop" and leaves behind the one that it makes for that; with none set,
# on 3.11, it makes none. Left open it would be a ResourceWarning, which is an error here.
asyncio.set_event_loop(None)

_FIGURES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which Asterisk the calls are made on."""
    parser.addoption("--asterisk", choices=("22", "16"), default="22", help="the Asterisk that tests/e2e runs on")


def pytest_configure(config: pytest.Config) -> None:
    """Room for what tests measure."""
    config.stash[_FIGURES] = []


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LastAlone:
    """Who runs what, where several processes share the tests (`make test`)."""
    return LastAlone(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """There, in the order in which they are handed out."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: turn(item.nodeid))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that shared in the tests hands over what was measured there."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = session.config.stash[_FIGURES]


def pytest_testnodedown(node: WorkerController) -> None:
    """Take it over."""
    node.config.stash[_FIGURES].extend(getattr(node, "workeroutput", {}).get("figures", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured, before the summary."""
    measured = terminalreporter.config.stash[_FIGURES]
    if measured:
        terminalreporter.section("measured")
        for line in measured:
            terminalreporter.write_line(line)


@pytest.fixture
def figures(pytestconfig: pytest.Config) -> list[str]:
    """Lines appended here are printed at the end of the run."""
    return pytestconfig.stash[_FIGURES]
