"""`garbo backup` and `garbo restore`, in installations of their own, with real processes that are killed."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ari_app import main
from ari_app.config import key_text, keyring_of, load_settings, read_keyring
from tests.cli.conftest import CAMPAIGN, Run, Told

MARIO, PAOLA, LUIGI = "+393331234567", "+393330000002", "+393330000003"
NUMBERS = [f"+39333000{number:04}" for number in range(1000, 3000)]
SUPPRESS = ("--reason", "opt_out", "--scope", "global")


@pytest.fixture
def told(told: Told, made: Run) -> Told:
    """An installation with a campaign and one opt-out."""
    assert made("campaign", "add", "adsl", *CAMPAIGN).exit_code == 0
    told("suppression", "add", MARIO, *SUPPRESS)
    return told


def suppressed(told: Told, number: str) -> int:
    """How many entries stand on a number."""
    return len([each for each in told("suppression", "show", number) if each["lifted_at"] is None])


def test_what_was_backed_up_comes_back(told: Told, tmp_path: Path) -> None:
    """All of it, with what must not be undone since."""
    made = told("backup", "a.tar")
    assert (made["schema"], made["bytes"]) == (told("db", "current")["revision"], (tmp_path / "a.tar").stat().st_size)
    assert (tmp_path / "a.tar").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".*"))
    told("principal", "add", "telnet", "--name", "Telnet", "--country", "IT")
    told("suppression", "add", PAOLA, *SUPPRESS)
    restored = told("restore", "a.tar", "--yes")
    assert restored["carried"] == {"suppressions": 1, "withdrawals": 0, "erasures": 0}
    assert [each["id"] for each in told("principal", "list")] == ["fastnet"]
    assert (suppressed(told, MARIO), suppressed(told, PAOLA)) == (1, 1)
    assert told("restore", "a.tar", "--yes")["carried"]["suppressions"] == 1
    assert told("ledger", "verify")["sound"]
    assert not list(tmp_path.glob(".*"))


def test_who_was_erased_stays_so(told: Told, tmp_path: Path) -> None:
    """A backup from before has their data; restored, they are erased again."""
    (tmp_path / "c.csv").write_text(f"number,status\n{MARIO},current\n{PAOLA},current\n")
    told("import", "customers", "c.csv", "--principal", "fastnet")
    told("backup", "a.tar")
    told("erase", PAOLA, "--reason", "asked", "--by", "dpo", "--yes")
    assert told("restore", "a.tar", "--yes")["carried"]["erasures"] == 1
    assert told("disclose", PAOLA)["held"]["customers"] == []
    assert len(told("disclose", MARIO)["held"]["customers"]) == 1
    assert suppressed(told, PAOLA) == 1


def test_a_withdrawn_consent_stays_withdrawn(told: Told, tmp_path: Path) -> None:
    """The backup has the consent alone."""
    head = "number,purpose,given_at,withdrawn_at,text_version,evidence\n"
    (tmp_path / "c.csv").write_text(f"{head}{MARIO},marketing,2025-01-01,,1,letter\n")
    told("import", "consents", "c.csv", "--principal", "fastnet")
    told("backup", "a.tar")
    (tmp_path / "w.csv").write_text(f"{head}{MARIO},marketing,,2025-06-01,,\n")
    told("import", "consents", "w.csv", "--principal", "fastnet")
    assert told("restore", "a.tar", "--yes")["carried"]["withdrawals"] == 1
    assert {each["withdrawn_at"] is None for each in told("disclose", MARIO)["held"]["consents"]} == {True, False}


def test_a_file_that_is_there_is_not_overwritten(told: Told, made: Run, tmp_path: Path) -> None:
    """Without --force; and then it is replaced as a whole."""
    (tmp_path / "a.tar").write_text("precious")
    refused = made("backup", "a.tar")
    assert (refused.exit_code, "--force" in refused.stderr) == (2, True)
    assert (tmp_path / "a.tar").read_text() == "precious"
    told("backup", "a.tar", "--force")
    assert tarfile.is_tarfile(tmp_path / "a.tar")


def test_another_key_needs_its_key_file(told: Told, made: Run, tmp_path: Path) -> None:
    """Refused without --with-key, with both named; with it database and key come together."""
    told("backup", "a.tar")
    other = tmp_path / "other"
    assert made("init", str(other)).exit_code == 0
    config = ("--config", str(other / "garbo.toml"))
    before = (other / "garbo.key").read_text()
    refused = made(*config, "restore", "a.tar", "--yes")
    assert (refused.exit_code, "--with-key" in refused.stderr) == (2, True)
    assert (other / "garbo.key").read_text() == before
    done = made(*config, "restore", "a.tar", "--yes", "--with-key", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["key_restored"]
    assert json.loads(done.stdout)["carried"] is None
    assert (other / "garbo.key").read_text() == (tmp_path / "garbo.key").read_text()
    shown = made(*config, "suppression", "show", MARIO, "--json")
    assert len(json.loads(shown.stdout)) == 1


def test_into_nothing(told: Told, made: Run, tmp_path: Path) -> None:
    """A new machine with a configuration alone."""
    told("backup", "a.tar")
    for file in tmp_path.glob("garbo.db*"):
        file.unlink()
    (tmp_path / "garbo.key").unlink()
    assert "--with-key" in made("restore", "a.tar", "--yes").stderr
    told("restore", "a.tar", "--yes", "--with-key")
    assert suppressed(told, MARIO) == 1
    assert (tmp_path / "garbo.db").stat().st_mode & 0o077 == 0


def test_a_backup_from_before_a_rotation_is_brought_to_the_new_key(told: Told, tmp_path: Path) -> None:
    """Its key is one that the installation's own continues."""
    told("backup", "a.tar")
    told("key", "rotate", "--yes")
    told("key", "rotate", "--yes")
    told("suppression", "add", PAOLA, *SUPPRESS)
    restored = told("restore", "a.tar", "--yes")
    assert (restored["key_restored"], restored["carried"]["suppressions"]) == (False, 1)
    assert (suppressed(told, MARIO), suppressed(told, PAOLA)) == (1, 1)


def _without_manifest(tar: Path) -> None:
    tar.write_bytes(tar.read_bytes()[:-11_000])


def _with_a_byte_changed(tar: Path) -> None:
    raw = bytearray(tar.read_bytes())
    raw[5_000] ^= 1
    tar.write_bytes(raw)


def _empty(tar: Path) -> None:
    tar.write_bytes(b"")


def _text(tar: Path) -> None:
    tar.write_text("this is no tar" * 1000)


def _rewritten(change: Callable[[dict[str, Any], Path], None]) -> Callable[[Path], None]:
    def rewrite(tar: Path) -> None:
        folder = tar.parent / "unpacked"
        with tarfile.open(tar) as opened:
            opened.extractall(folder, filter="data")
        manifest = json.loads((folder / "manifest.json").read_text())
        change(manifest, folder)
        (folder / "manifest.json").write_text(json.dumps(manifest))
        with tarfile.open(tar, "w") as again:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    again.add(file, file.relative_to(folder).as_posix())

    return rewrite


def _newer(manifest: dict[str, Any], _: Path) -> None:
    manifest["schema"] = "9999"


def _of_another_form(manifest: dict[str, Any], _: Path) -> None:
    manifest["format"] = 2


def _climbing(manifest: dict[str, Any], folder: Path) -> None:
    manifest["files"]["registers/../../evil"] = {"size": 0, "sha256": ""}


def _with_a_false_key(manifest: dict[str, Any], _: Path) -> None:
    manifest["key_id"] = "00000000"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_without_manifest, "no whole backup|not a whole backup"),
        (_with_a_byte_changed, "damaged"),
        (_empty, "not a backup"),
        (_text, "not a backup"),
        (_rewritten(_newer), "newer Garbo"),
        (_rewritten(_of_another_form), "form 2"),
        (_rewritten(_climbing), "nothing that a backup holds"),
        (_rewritten(_with_a_false_key), "00000000"),
    ],
)
def test_what_is_no_sound_backup_changes_nothing(
    told: Told, made: Run, tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    """Each is refused with its reason, and the database goes on as it was."""
    told("backup", "a.tar")
    harm(tmp_path / "a.tar")
    before = _contents(tmp_path / "garbo.db")
    refused = made("restore", "a.tar", "--yes")
    assert refused.exit_code == 2, refused.stderr
    assert re.search(said, refused.stderr)
    assert _contents(tmp_path / "garbo.db") == before
    assert not list(tmp_path.glob(".*"))


def test_a_damaged_database_is_not_backed_up(told: Told, made: Run, tmp_path: Path) -> None:
    """And the file that a backup would have had is not there."""
    with closing(sqlite3.connect(tmp_path / "garbo.db")) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = bytearray((tmp_path / "garbo.db").read_bytes())
    for page in range(8, len(raw) // 4096):
        raw[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    (tmp_path / "garbo.db").write_bytes(raw)
    assert made("backup", "a.tar").exit_code in (1, 2)
    assert not (tmp_path / "a.tar").exists()


def test_registers_come_along_if_asked(told: Told, tmp_path: Path) -> None:
    """Put back as a whole folder; the one that was there is kept beside."""
    folder = tmp_path / "registers"
    (folder / "RPO").mkdir(parents=True)
    (folder / "RPO" / "1.snapshot").write_bytes(b"numbers")
    assert told("backup", "a.tar", "--registers")["registers"] == 1
    (folder / "RPO" / "1.snapshot").write_bytes(b"other numbers")
    assert told("restore", "a.tar", "--yes", "--registers")["registers"] == 1
    assert (folder / "RPO" / "1.snapshot").read_bytes() == b"numbers"
    assert [each.name.startswith("registers.before-") for each in tmp_path.glob("registers.*")] == [True]


def test_postgresql_has_its_own_tools(made: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both commands name them."""
    monkeypatch.setenv("GARBO_DATABASE__URL", "postgresql://garbo@127.0.0.1/garbo")
    for words, tool in ((("backup", "a.tar"), "pg_dump"), (("restore", "a.tar", "--yes"), "pg_restore")):
        refused = made(*words)
        assert (refused.exit_code, tool in refused.stderr) == (2, True)


def test_opt_outs_during_a_restore_are_not_lost(told: Told, tmp_path: Path) -> None:
    """Each one that was acknowledged, before, during or after, is there in the end."""
    told("backup", "a.tar")
    acknowledged: list[str] = []
    over = threading.Event()

    def opt_out() -> None:
        entries = main.open_suppressions(load_settings(tmp_path / "garbo.toml", {}))
        for number in NUMBERS:
            entries.add(number, scope="*", reason="opt_out", source="cli")
            acknowledged.append(number)
            if over.is_set():
                return

    writing = threading.Thread(target=opt_out)
    writing.start()
    try:
        for _ in range(3):
            told("restore", "a.tar", "--yes")
    finally:
        over.set()
        writing.join()
    assert len(acknowledged) > 10
    assert set(acknowledged) <= _suppressed_in(tmp_path)


KILLS = 10
MARKS = {"backup": ".a.tar.part.db", "restore": ".garbo.db.restore.db", "key": "garbo.key.new"}
"""What each command makes first: from then on it can be killed in something."""


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_killed_at_any_instant(told: Told, tmp_path: Path, command: str) -> None:
    """Old or new, whole: never a half file under its name, never a half database."""
    _grow(tmp_path / "garbo.db")
    told("backup", "old.tar")
    old = _contents(tmp_path / "garbo.db")
    words = ["backup", "a.tar", "--force"] if command == "backup" else ["restore", "old.tar", "--yes"]
    span = _span(words, tmp_path)
    now = _contents(tmp_path / "garbo.db")
    for kill in range(KILLS):
        if now == old:
            told("flag", "add", PAOLA, "--principal", "fastnet", "minor")
            now = _contents(tmp_path / "garbo.db")
        new = now
        _killed(words, tmp_path, span * kill / (KILLS - 1))
        with closing(sqlite3.connect(tmp_path / "garbo.db")) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        now = _contents(tmp_path / "garbo.db")
        assert now in (old, new)
        if command == "backup" and (tmp_path / "a.tar").exists():
            with tarfile.open(tmp_path / "a.tar") as tar:
                assert "manifest.json" in tar.getnames()
    told(*words)
    assert told("ledger", "verify")["sound"]
    assert not list(tmp_path.glob(".*"))


def test_a_killed_rotation_is_finished(told: Told, tmp_path: Path) -> None:
    """After each kill the installation works, or says which command finishes the job; and no opt-out is lost."""
    _grow(tmp_path / "garbo.db")
    words = ["key", "rotate", "--yes"]
    span = _span(words, tmp_path)
    for kill in range(KILLS):
        _killed(words, tmp_path, span * kill / (KILLS - 1))
        shown = _run(["suppression", "show", MARIO, "--json"], tmp_path)
        if shown.returncode != 0:
            assert "garbo key rotate" in shown.stderr
            told(*words)
        assert suppressed(told, MARIO) == 1
    assert told("ledger", "verify")["sound"]


@pytest.mark.parametrize("committed", [False, True])
def test_the_two_key_files_of_an_interrupted_rotation(told: Told, made: Run, tmp_path: Path, committed: bool) -> None:
    """Before the commit the old one serves and the new one is taken up again; after it the command only renames."""
    key, new = tmp_path / "garbo.key", tmp_path / "garbo.key.new"
    before = key.read_text()
    told("key", "rotate", "--yes")
    after = key.read_text()
    if committed:
        key.write_text(before)
        new.write_text(after)
        refused = made("suppression", "show", MARIO)
        assert (refused.exit_code, "garbo key rotate" in refused.stderr) == (2, True)
        for command in (["check", MARIO, "--campaign", "adsl"], ["db", "upgrade"], ["serve"]):
            assert "garbo key rotate" in made(*command).stderr
        finished = told("key", "rotate", "--yes")
        assert (finished["finished"], finished["rows"], key.read_text()) == (True, 0, after)
    else:
        waiting = keyring_of(after, "key").followed_by(b"\1" * 32, datetime(2026, 1, 1, tzinfo=UTC))
        new.write_text(key_text(waiting))
        assert suppressed(told, MARIO) == 1
        finished = told("key", "rotate", "--yes")
        assert (finished["finished"], finished["key_id"]) == (True, waiting.key_id)
    assert not new.exists()
    assert suppressed(told, MARIO) == 1


def test_a_key_that_continues_nothing_is_not_taken(told: Told, made: Run, tmp_path: Path) -> None:
    """Whatever lies under the successor's name."""
    (tmp_path / "garbo.key.new").write_text("ab" * 32 + "\n")
    refused = made("key", "rotate", "--yes")
    assert (refused.exit_code, "does not continue" in refused.stderr) == (2, True)
    assert suppressed(told, MARIO) == 1


def _suppressed_in(folder: Path) -> set[str]:
    """Those of the numbers that were tried which are suppressed."""
    keyring = read_keyring(folder / "garbo.key")
    keys = {keyring.number_key(number): number for number in NUMBERS}
    with closing(sqlite3.connect(folder / "garbo.db")) as opened:
        return {keys[key] for (key,) in opened.execute("SELECT number_key FROM suppression") if key in keys}


def _grow(database: Path) -> None:
    """Some megabytes, so that there is something to be killed in."""
    rows = [(os.urandom(16), f"id{number}", "x" * 60) for number in range(30_000)]
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.executemany(
            "INSERT INTO suppression (number_key, id, source, key_id, scope, purpose, reason, created_at) SELECT ?, ?, "
            "?, key_id, '*', 'marketing', 'opt_out', '2026-01-01 00:00:00.000000' FROM installation",
            rows,
        )


def _contents(database: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(database)) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: sorted(map(repr, opened.execute(f"SELECT * FROM {name}"))) for name in names}  # noqa: S608


def _command(words: list[str]) -> list[str]:
    return [sys.executable, "-m", "ari_app", *words]


def _run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(words), cwd=folder, env=_environ(), capture_output=True, text=True, check=False)


def _span(words: list[str], folder: Path) -> float:
    """How long it takes from its mark on, undisturbed."""
    with _begun(words, folder) as running:
        began = time.monotonic()
        assert running.wait() == 0
        return time.monotonic() - began


def _killed(words: list[str], folder: Path, after_s: float) -> None:
    """Start it, and kill it so long after its mark, or let it be ready before."""
    with _begun(words, folder) as running:
        try:
            running.wait(after_s)
        except subprocess.TimeoutExpired:
            running.kill()


@contextmanager
def _begun(words: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    mark = folder / MARKS[words[0]]
    mark.unlink(missing_ok=True) if words[0] != "key" else None
    silent = subprocess.DEVNULL
    with subprocess.Popen(_command(words), cwd=folder, env=_environ(), stdout=silent, stderr=silent) as running:
        while not mark.exists() and running.poll() is None:
            time.sleep(0.001)
        yield running


def _environ() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return {**{k: v for k, v in os.environ.items() if not k.startswith("GARBO_")}, "PYTHONPATH": root}
