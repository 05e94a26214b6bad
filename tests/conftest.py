"""What every test shares."""

import asyncio

import pytest

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
