"""An installation of its own for each test, and the command line in it."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner, Result

from ari_app.cli.app import app
from tests.stores.databases import database_url

__all__ = ["database_url"]

Run: TypeAlias = Callable[..., Result]
Told: TypeAlias = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `garbo` in an empty folder; standard output and standard error are apart."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GARBO_")]:
        monkeypatch.delenv(name)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="session")
def new_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `garbo init` leaves it, with one principal: made once, to be copied."""
    folder = tmp_path_factory.mktemp("installation")
    nothing: dict[str, str | None] = {name: None for name in os.environ if name.startswith("GARBO_")}
    add = ("principal", "add", "fastnet", "--name", "Fastnet", "--country", "IT")
    for words in (("init", str(folder)), ("--config", str(folder / "garbo.toml"), *add)):
        done = CliRunner().invoke(app, words, env=nothing)
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def made(run: Run, new_installation: Path, tmp_path: Path) -> Run:
    """The same in a new installation with one principal."""
    shutil.copytree(new_installation, tmp_path, dirs_exist_ok=True)
    return run


@pytest.fixture(scope="session")
def at_rest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packs to be linked to: a file that was written just now is looked at for a second before it counts."""
    folder = tmp_path_factory.mktemp("packs")
    (folder / "hours.toml").write_text(HOURS)
    return folder


@pytest.fixture
def hours_pack(tmp_path: Path, at_rest: Path) -> Path:
    """The pack of hours, in the installation."""
    (tmp_path / "packs").mkdir(exist_ok=True)
    linked = tmp_path / "packs" / "hours.toml"
    linked.symlink_to(at_rest / "hours.toml")
    return linked


@pytest.fixture
def told(made: Run) -> Told:
    """The JSON that a command prints."""

    def tell(*words: object, code: int = 0) -> Any:
        done = made(*words, "--json")
        assert done.exit_code == code, done.stderr
        return json.loads(done.stdout)

    return tell


CAMPAIGN = [
    *("--principal", "fastnet", "--purpose", "acquisition", "--sector", "telecom", "--trunk", "PJSIP/trunk"),
    *("--caller-id", "+390844123456", "--region", "IT"),
]

HOURS = """
id = "hours"
jurisdiction = "IT"
version = "1"
status = "draft"

[title]
it = "Orari"
en = "Hours"

[[rule]]
id = "hours"
kind = "calling_window"
force = "house"
source = { cite = "a test's own rule" }
[rule.params.windows]
mon_fri = ["09:00-20:00"]
sat = ["10:00-19:00"]
sun = []
[rule.text]
it = "A quest'ora non si chiama. Si può chiamare dal {not_before}."
en = "No calls at this hour. Calls may go out from {not_before}."
"""
"""A pack of hours and nothing else, for whoever asks about hours: packs/hours.toml."""
