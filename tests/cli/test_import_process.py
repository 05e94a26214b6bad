"""`garbo import` as a process of its own: killed at any moment the old list serves, and the next import works."""

import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Told

ROWS = 60_000
OLD = "+393339990001"


def rows_of(path: Path) -> tuple[int, int]:
    """How many versions were begun, and how many rows there are of the newest; nothing is locked."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        (newest,) = database.execute("SELECT max(id) FROM list_version").fetchone()
        (rows,) = database.execute("SELECT count(*) FROM suppression WHERE list_version = ?", (newest,)).fetchone()
    return newest, rows


def importing(folder: Path) -> "subprocess.Popen[bytes]":
    """The import of the long list, begun."""
    return subprocess.Popen(
        [sys.executable, "-m", "ari_app", "import", "suppressions", "new.csv"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def folder(made: Run, tmp_path: Path) -> Path:
    """An installation with a short list that is published, and a long one beside it."""
    (tmp_path / "old.csv").write_text(f"number\n{OLD}\n")
    assert made("import", "suppressions", "old.csv").exit_code == 0
    rows = "".join(f"333 {place * 7919 % 10_000_000:07d};opt_out\n" for place in range(ROWS))
    (tmp_path / "new.csv").write_text(f"number;reason\n{rows}")
    return tmp_path


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(lambda versions, _rows: versions > 2, id="begun"),
        pytest.param(lambda _versions, rows: 0 < rows < ROWS, id="first rows"),
        pytest.param(lambda _versions, rows: 20_000 < rows < ROWS, id="half way"),
        pytest.param(lambda _versions, rows: ROWS - 15_000 < rows < ROWS, id="nearly all"),
    ],
)
def test_a_killed_import_leaves_the_old_list_serving(
    told: Told, folder: Path, moment: Callable[[int, int], bool]
) -> None:
    """Nothing of the new list is seen, the old one is, and the same file is taken whole the next time."""
    running = importing(folder)
    while not moment(*rows_of(folder / "garbo.db")):
        assert running.poll() is None, "it was over before it could be killed"
        time.sleep(0.001)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert len(told("suppression", "show", OLD)) == 1
    assert not told("suppression", "show", "+393330000000")
    again = told("import", "suppressions", "new.csv")
    assert (again["published"], again["read"], again["added"]) == (True, ROWS, ROWS)
    assert len(told("suppression", "show", "+393330000000")) == 1
    once_more = told("import", "suppressions", "new.csv")
    assert (once_more["added"], once_more["unchanged"]) == (0, ROWS)


def test_rows_their_rate_and_the_time_left_are_shown_on_a_terminal_alone(folder: Path) -> None:
    """A pipe gets the report and nothing else."""
    command = [sys.executable, "-m", "ari_app", "import", "suppressions", "new.csv"]
    piped = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert piped.stdout.startswith(f"read {ROWS}")
    assert piped.stderr == ""
    ours, theirs = pty.openpty()
    settings = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
    running = subprocess.Popen(command, cwd=folder, env=settings, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65_536):
            seen += chunk
    except OSError:
        pass  # on Linux the end of a terminal is an error
    os.close(ours)
    assert running.wait() == 0
    assert f"{ROWS:,} rows".encode() in seen
    assert b"rows/s" in seen
    assert b"0:00:0" in seen
