"""`garbo init`, `garbo db` and the command line as a whole."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from ari_app.cli import campaigns, people
from ari_app.config import read_keyring
from ari_app.policy.request import Mode, NumberFormat, Purpose, Role
from tests.cli.conftest import Run, Told

HEAVY = ("sqlalchemy", "aiohttp", "phonenumbers", "structlog", "rich.progress", "jinja2")


def test_help_imports_nothing_heavy() -> None:
    """`garbo --help`, and that of a command, load neither database nor HTTP nor telephone numbers."""
    program = (
        "import sys\nfrom ari_app.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    for words in (["--help"], ["campaign", "add", "--help"]):
        done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
        assert done.stderr.strip() == "[]"
        assert "Usage: garbo" in done.stdout


def test_the_words_of_options_are_those_of_the_core() -> None:
    """Options list the enums' values by hand, so that help needs no import of the core."""
    assert set(get_args(campaigns.PurposeName)) == set(Purpose)
    assert set(get_args(campaigns.ModeName)) == set(Mode)
    assert set(get_args(campaigns.FormatName)) == set(NumberFormat)
    assert set(get_args(people.RoleName)) == set(Role)


def test_init_makes_a_whole_installation(run: Run, tmp_path: Path) -> None:
    """Configuration, private key, database at the current revision."""
    done = run("init", "new/place", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["config"] == str(tmp_path / "new/place/garbo.toml")
    assert sorted(path.name for path in (tmp_path / "new/place").iterdir()) == ["garbo.db", "garbo.key", "garbo.toml"]
    assert run("--config", "new/place/garbo.toml", "db", "current", "--json").exit_code == 0


@pytest.mark.parametrize("name", ["garbo.toml", "garbo.key", "garbo.db"])
def test_init_overwrites_nothing_and_leaves_nothing_half_done(run: Run, tmp_path: Path, name: str) -> None:
    """Whichever file is there already, it stays as it is, and no other appears."""
    (tmp_path / name).write_text("mine")
    assert run("init").exit_code == 2
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: "mine"}


def test_init_that_cannot_reach_its_database_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second try begins anew, with nothing to clean up by hand."""
    monkeypatch.setenv("GARBO_DATABASE__URL", "sqlite:////nowhere/at/all/garbo.db")
    assert run("init", "new").exit_code == 1
    assert not list(tmp_path.iterdir())


def test_db_upgrade_twice_is_harmless(told: Told) -> None:
    """The revision is the same afterwards."""
    assert told("db", "upgrade") == told("db", "current")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check"], "--campaign"),
        (["suppression", "add"], "Missing argument"),
        (["nonsense"], "No such command"),
        (["campaign", "add", "x", "--purpose", "fun"], "purpose"),
        (["calls", "list", "--limit", "99999999999999999999"], "--limit"),
        (["calls", "list", "--limit", "0"], "--limit"),
        (["--config", "none.toml", "campaign", "list"], "none.toml"),
        (["packs", "list"], "garbo init"),
    ],
)
def test_wrong_usage_is_exit_code_2(run: Run, words: list[str], said: str) -> None:
    """With what is wrong on standard error, and nothing on standard output."""
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_a_mistyped_variable_is_exit_code_2(made: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would otherwise be a setting that is silently not in force."""
    monkeypatch.setenv("GARBO_GATE__DEADLINE", "1")
    done = made("campaign", "list")
    assert done.exit_code == 2
    assert "GARBO_GATE__DEADLINE_MS" in done.stderr


@pytest.mark.parametrize("words", [["campaign", "list"], ["principal", "list"], ["db", "current"], ["calls", "list"]])
def test_a_database_that_is_not_there_is_exit_code_1(made: Run, tmp_path: Path, words: list[str]) -> None:
    """It failed; nothing was asked wrongly, no traceback is shown, and no empty database is made."""
    (tmp_path / "garbo.db").unlink()
    done = made(*words)
    assert done.exit_code == 1
    assert done.stderr.startswith("garbo: there is no database ")
    assert "garbo db upgrade" in done.stderr
    assert not (tmp_path / "garbo.db").exists()
    assert made("db", "upgrade").exit_code == 0
    assert made(*words).exit_code == 0


KEYED = [
    ["check", "3471234501", "--campaign", "adsl"],
    ["suppression", "show", "3471234501"],
    ["import", "suppressions", "list.csv"],
    ["calls", "list"],
    ["calls", "show", "01KB0000000000000000000001"],
    ["serve"],
]


@pytest.mark.parametrize("words", [*KEYED, ["db", "upgrade"]])
def test_another_key_file_is_exit_code_2(made: Run, tmp_path: Path, words: list[str]) -> None:
    """A valid key that is not the database's would find no suppression: both are named, and the backup."""
    (tmp_path / "list.csv").write_text("number\n+393471234501\n")
    key = tmp_path / "garbo.key"
    right = read_keyring(key).key_id
    key.write_text("cd" * 32)
    done = made(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith("garbo: the key file holds key ")
    assert all(said in done.stderr for said in (right, read_keyring(key).key_id, "backup"))


@pytest.mark.parametrize("words", KEYED)
def test_a_database_without_a_key_is_exit_code_2(made: Run, tmp_path: Path, words: list[str]) -> None:
    """`garbo db upgrade` binds it to the key at hand."""
    (tmp_path / "list.csv").write_text("number\n+393471234501\n")
    with sqlite3.connect(tmp_path / "garbo.db") as connection:
        connection.execute("DELETE FROM installation")
    connection.close()
    done = made(*words)
    assert done.exit_code == 2
    assert "garbo db upgrade" in done.stderr
    assert made("db", "upgrade").exit_code == 0
    assert made("calls", "list").exit_code == 0


def test_the_dialplan_is_rendered_into_a_folder(made: Run, tmp_path: Path) -> None:
    """One file to be included, the same as is printed."""
    assert made("dialplan", "render", "--flavor", "asterisk", "-o", "etc").exit_code == 0
    assert [path.name for path in (tmp_path / "etc").iterdir()] == ["extensions_garbo.conf"]
    printed = made("dialplan", "render", "--flavor", "asterisk").stdout
    assert printed == (tmp_path / "etc" / "extensions_garbo.conf").read_text()
    assert "Stasis(garbo-a" in printed


def test_an_asterisk_that_does_not_answer_cannot_say_its_door(made: Run) -> None:
    """The door that suits the flavour is taken, and that is told; one that is named is asked of nobody."""
    unsure = made("dialplan", "render", "--flavor", "asterisk", "--door", "auto")
    assert "Stasis(garbo-a" in unsure.stdout
    assert "Asterisk does not answer" in unsure.stderr
    assert made("dialplan", "render", "--flavor", "asterisk", "--door", "fastagi").stderr == ""


def test_each_flavour_has_its_files(told: Told, tmp_path: Path) -> None:
    """The subroutine and what brings calls to it; FreePBX 17 if no version is named; FastAGI on old Asterisks."""
    subroutine = "extensions_garbo.conf"
    wanted = {
        ("freepbx",): ([subroutine, "extensions_garbo_freepbx.conf"], "Stasis("),
        ("freepbx", "--version", "16"): ([subroutine, "extensions_garbo_freepbx.conf"], "AGI(agi://"),
        ("issabel",): ([subroutine, "extensions_garbo_issabel.conf"], "AGI(agi://"),
        ("vicidial",): (
            [subroutine, "extensions_garbo_vicidial.conf", "vicidial_carrier_entry.txt"],
            "AGI(agi://",
        ),
        ("vicidial", "--door", "stasis"): (
            [subroutine, "extensions_garbo_vicidial.conf", "vicidial_carrier_entry.txt"],
            "Stasis(",
        ),
    }
    for flavor, (names, door) in wanted.items():
        files = told("dialplan", "render", "--flavor", *flavor)["files"]
        assert list(files) == names
        assert door in files[subroutine]
        assert told("dialplan", "render", "--flavor", *flavor, "-o", "out") == {"files": names, "folder": "out"}
        assert {path.name for path in (tmp_path / "out").iterdir()} >= set(names)
    assert "Macro(" not in told("dialplan", "render", "--flavor", "freepbx")["files"]["extensions_garbo_freepbx.conf"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--flavor", "avaya"), "there are asterisk, freepbx, issabel, vicidial"),
        (("--flavor", "freepbx", "--version", "15"), "there are 17 and 16"),
        (("--flavor", "asterisk", "--version", "22"), "leave the version out"),
    ],
)
def test_a_flavour_or_version_that_there_is_not_is_told(
    made: Run, words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """Exit code 2, what there is, and no file."""
    done = made("dialplan", "render", *words, "-o", "nothing")
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (tmp_path / "nothing").exists()


def test_a_pack_file_is_linted(made: Run, tmp_path: Path) -> None:
    """What is wrong is told with its line; exit code 1."""
    (tmp_path / "bad.toml").write_text('id = "bad"\nversoin = "1"\n')
    done = made("packs", "lint", "bad.toml")
    assert done.exit_code == 1
    assert "bad.toml:2" in done.stdout
    assert made("packs", "lint", "none.toml").exit_code == 2


def test_packs_are_listed_and_shown(told: Told) -> None:
    """The built-in ones, with status and digest; `core` is always there."""
    by_id = {pack["id"]: pack for pack in told("packs", "list")}
    assert {"core", "it"} <= by_id.keys()
    assert len(by_id["core"]["sha256"]) == 64
    assert told("packs", "show", "core")["id"] == "core"


def test_an_untouched_ledger_is_sound(told: Told) -> None:
    """Nothing recorded, nothing changed."""
    assert told("ledger", "verify") == {"sound": True, "faults": []}


def test_comfort_noise_is_written_with_what_plays_it(made: Run, tmp_path: Path) -> None:
    """Where Asterisk finds the noise is where it was written, unless another folder is named."""
    assert made("dialplan", "wait", "-o", "etc").exit_code == 0
    assert f"directory = {tmp_path}/etc/garbo-wait\n" in (tmp_path / "etc" / "musiconhold_garbo.conf").read_text()
    assert (tmp_path / "etc" / "garbo-wait" / "noise.wav").read_bytes()[:4] == b"RIFF"
    told = made("dialplan", "wait", "-o", "etc", "--sounds", "/srv/noise", "--limit", "2", "--json")
    assert json.loads(told.stdout)["files"][0] == "extensions_garbo_wait.conf"
    assert "MusicOnHold(garbo-wait,2)" in (tmp_path / "etc" / "extensions_garbo_wait.conf").read_text()
    assert "directory = /srv/noise\n" in (tmp_path / "etc" / "musiconhold_garbo.conf").read_text()
    assert not list((tmp_path / "etc").rglob("*.part"))


def test_comfort_noise_that_cannot_be_written_is_wrong_input(made: Run, tmp_path: Path) -> None:
    """A file in the way, or a folder that would be two lines."""
    (tmp_path / "taken").write_text("")
    refused = made("dialplan", "wait", "-o", "taken")
    assert (refused.exit_code, "taken" in refused.stderr) == (2, True)
    assert made("dialplan", "wait", "-o", "etc", "--sounds", "/a\nexten => s").exit_code == 2
