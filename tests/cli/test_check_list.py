"""`garbo check --list`: a whole list judged as its calls would be, by real processes that may be killed."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, select

from ari_app.config import create_key_file, load_settings
from ari_app.lists.checking import CHUNK_ROWS
from ari_app.main import check, check_file, upgrade_database
from ari_app.main.books import open_keyed
from ari_app.main.clocks import SystemClock
from ari_app.policy.held import SuppressionPurpose
from ari_app.stores.directory import Directory
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tables import attempt, verdict
from tests.cli.conftest import CAMPAIGN, Run, Told
from tests.fakes.world import campaign as sample

TUESDAY, SUNDAY = "2026-11-24T11:00:00+01:00", "2026-11-22T11:00:00+01:00"
LIST = (
    "name,telefono\n"
    "Anna,347 123 4501\nBruno,+393471234502\nCarla,0039 347 1234503\nDino,abc\nElena,112\nFabio,+39 347 1234501\n"
)
LONG = CHUNK_ROWS * 40
_PATIENCE_S = 60.0


@pytest.fixture
def campaign(told: Told, hours_pack: Path, tmp_path: Path) -> str:
    """A campaign with hours, somebody who has opted out, and a list."""
    told("campaign", "add", "adsl", *CAMPAIGN, "--pack", "hours")
    told("suppression", "add", "+393471234502", "--reason", "opt_out")
    (tmp_path / "list.csv").write_text(LIST)
    return "adsl"


def judged(path: Path) -> list[dict[str, str]]:
    """What came out."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(campaign: str, *more: str, at: str = TUESDAY, path: str = "list.csv") -> list[str]:
    """The command for the list."""
    return ["check", "--list", path, "--campaign", campaign, "--at", at, "-o", "out.csv", *more]


def test_every_row_says_what_a_check_says(told: Told, made: Run, campaign: str, tmp_path: Path) -> None:
    """The list's own columns and four more, on a working day and on Sunday; exit code 0."""
    for at in (TUESDAY, SUNDAY):
        told(*words(campaign, at=at))
        rows = judged(tmp_path / "out.csv")
        assert list(rows[0]) == ["name", "telefono", "verdict", "reasons", "not_before", "script"]
        assert [row["name"] for row in rows] == ["Anna", "Bruno", "Carla", "Dino", "Elena", "Fabio"]
        for row in rows:
            alone = json.loads(made("check", row["telefono"], "--campaign", campaign, "--at", at, "--json").stdout)
            assert row["verdict"] == alone["verdict"]
            assert row["reasons"].split(",") == [each["code"] for each in alone["reasons"]] or not row["reasons"]
            assert (row["not_before"] or None) == alone["not_before"]
            assert (row["script"] or None) == (alone["script"]["id"] if alone["script"] else None)


def test_it_says_how_many_would_be_skipped_and_why(made: Run, campaign: str) -> None:
    """In words, with the first instant for those who are only put off; drafts and repeats are told."""
    done = made(*words(campaign, at=SUNDAY))
    assert done.exit_code == 0
    assert done.stdout.startswith("5 of 6 would be skipped\n  3 not now, but later, the first from 2026-11-23")
    assert "\n  2 never, as things stand\n" in done.stdout
    for reason in ("4  outside_calling_window", "1  suppressed_global", "1  number_invalid"):
        assert f"  {reason}\n" in done.stdout
    assert "Never gated, as emergency, internal or exempt numbers: 1\n" in done.stdout
    assert "Repeats of a number that stands before in the list: 1\n" in done.stdout
    assert "draft, not reviewed by anybody: core, hours" in done.stderr


def test_the_document_counts(told: Told, campaign: str) -> None:
    """By verdict, by reason and by day, with the files and the packs."""
    said = told(*words(campaign, at=SUNDAY))
    assert (said["rows"], said["skipped"], said["duplicates"], said["faulty_lines"]) == (6, 5, 1, 0)
    assert said["verdicts"] == {"permit": 0, "defer": 3, "deny": 2, "exempt": 1}
    assert said["reasons"] == {"outside_calling_window": 4, "suppressed_global": 1, "number_invalid": 1}
    assert (said["not_before"], said["not_before_days"]) == ("2026-11-23T08:00:00.000Z", {"2026-11-23": 3})
    assert (said["list"], said["out"], said["summary"]) == ("list.csv", "out.csv", None)
    assert [pack["id"] for pack in said["packs"]] == ["core", "hours"]
    assert len(said["sha256"]) == 64
    assert said["judged_for"] == "2026-11-22T10:00:00.000Z"


def test_shadow_is_told(told: Told, made: Run, campaign: str) -> None:
    """What a pack in shadow mode objects to stops nobody, and is noted."""
    told("campaign", "add", "ombra", *CAMPAIGN, "--pack", "hours", "--packs-mode", "shadow")
    assert told(*words("ombra", at=SUNDAY))["notes"] == {"outside_calling_window": 3}
    assert "SHADOW: noted and not stopped" in made(*words("ombra", at=SUNDAY)).stderr


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["check", "--campaign", "adsl"], "what is to be checked?"),
        (["check", "3471234501", "--list", "list.csv", "--campaign", "adsl", "-o", "out.csv"], "not both"),
        (["check", "3471234501", "--campaign", "adsl", "-o", "out.csv"], "-o goes with --list FILE"),
        (["check", "3471234501", "--campaign", "adsl", "--summary", "s.html"], "--summary goes with --list FILE"),
        (["check", "--list", "list.csv", "--campaign", "adsl"], "--list needs -o OUT"),
        (words("adls"), "there is no campaign 'adls'; did you mean adsl?"),
        (words("adsl", path="none.csv"), "none.csv"),
        (["check", "--list", "list.csv", "--campaign", "adsl", "-o", "list.csv"], "-o list.csv is the file of --list"),
        (["check", "--list", "list.csv", "--campaign", "adsl", "-o", "no/out.csv"], "there is no folder"),
        (words("adsl", "--summary", "s.pdf"), "ends in .html"),
        (words("adsl", "--summary", "out.csv"), "ends in .html"),
        (words("adsl", "--language", "it"), "--language is that of the --summary"),
        (words("adsl", "--summary", "s.html", "--language", "italiano"), "two letters"),
        (words("adsl", "--map", "telefono"), "write COLUMN=FIELD"),
        (words("adsl", "--map", "nome=number"), "there is no such column"),
        (words("adsl", at="noon"), "--at noon"),
    ],
)
def test_wrong_input_is_exit_code_2(made: Run, campaign: str, tmp_path: Path, given: list[str], message: str) -> None:
    """One line that says what would be right; nothing is written."""
    done = made(*given, "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("garbo: ")
    assert message in done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_a_summary_is_written_on_demand(told: Told, campaign: str, tmp_path: Path) -> None:
    """As a page or as its chart, in the language of the campaign's country or another."""
    assert told(*words(campaign, "--summary", "s.html"))["summary"] == "s.html"
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    assert "2 di 6 contatti verrebbero saltati" in page
    told(*words(campaign, "--summary", "s.svg", "--language", "en"))
    assert "2 of 6 contacts would be skipped" in (tmp_path / "s.svg").read_text(encoding="utf-8")


def long_list(path: Path) -> None:
    """A list that takes workers, and a while."""
    path.write_text("number,place\n" + "".join(f"347{place:07},{place}\n" for place in range(LONG)))


def started(folder: Path, campaign: str) -> "subprocess.Popen[str]":
    """The command on its way, with its workers at work and a part of the list written."""
    process = subprocess.Popen(
        # A shell that starts the tests in the background has them ignore Ctrl-C, and what they start inherits that.
        ["env", "--default-signal=INT", sys.executable, "-m", "ari_app", *words(campaign)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    part = folder / "out.csv.part"
    until(lambda: process.poll() is not None or (part.exists() and part.stat().st_size > 0))
    assert process.poll() is None, process.communicate()
    return process


def until(true: Callable[[], Any]) -> None:
    """Return once it is true."""
    give_up = time.monotonic() + _PATIENCE_S
    while not true():
        assert time.monotonic() < give_up, "it did not come about"
        time.sleep(0.01)


def workers_of(pid: int) -> list[int]:
    """The processes that judge for it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]


def gone(pid: int) -> bool:
    """Whether a process has ended, whoever is to bury it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_killed_at_once_the_old_file_stays(campaign: str, tmp_path: Path) -> None:
    """SIGKILL: what was judged before is still there, no worker goes on, and the next run makes it whole."""
    long_list(tmp_path / "list.csv")
    (tmp_path / "out.csv").write_text("as it was")
    process = started(tmp_path, campaign)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    until(lambda: all(gone(pid) for pid in workers))
    assert (tmp_path / "out.csv").read_text() == "as it was"
    done = subprocess.run(
        [sys.executable, "-m", "ari_app", *words(campaign, "--json")], cwd=tmp_path, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["rows"] == LONG
    assert [row["place"] for row in judged(tmp_path / "out.csv")] == [str(place) for place in range(LONG)]
    assert not (tmp_path / "out.csv.part").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ended_in_order_it_leaves_nothing_behind(campaign: str, tmp_path: Path, how: signal.Signals) -> None:
    """Ctrl-C to all of them, or an end for the command alone: no part of the list, no worker, and no traceback."""
    long_list(tmp_path / "list.csv")
    process = started(tmp_path, campaign)
    workers = workers_of(process.pid)
    if how is signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        os.kill(process.pid, how)
    _, told = process.communicate()
    assert process.returncode != 0
    assert "Traceback" not in told
    until(lambda: all(gone(pid) for pid in workers))
    assert {each.name for each in tmp_path.iterdir() if each.name.startswith("out")} == set()


def test_a_worker_that_dies_fails_the_list(campaign: str, tmp_path: Path) -> None:
    """Exit code 1, a line that says so, nothing written: a list with holes would be taken for a whole one."""
    long_list(tmp_path / "list.csv")
    process = started(tmp_path, campaign)
    first, second = workers_of(process.pid)
    os.kill(first, signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode == 1
    assert told == (
        "garbo: a process that judges the list ended before its time, perhaps for want of memory; nothing was written\n"
    )
    until(lambda: gone(second))
    assert {each.name for each in tmp_path.iterdir() if each.name.startswith("out")} == set()


def test_long_lists_are_judged_alike_on_both_engines(database_url: str, tmp_path: Path) -> None:
    """By workers as by a check; and nothing is on record afterwards."""
    create_key_file(tmp_path / "garbo.key")
    (tmp_path / "garbo.toml").write_text("")
    settings = load_settings(tmp_path / "garbo.toml", {"GARBO_DATABASE__URL": database_url})
    upgrade_database(settings)
    database, keyring = open_keyed(settings)
    directory, suppressions = Directory(database), Suppressions(database, keyring, SystemClock())
    directory.add_principal("lumina", name="Lumina (invented)", country="IT")
    directory.add_campaign(sample(id="autumn", packs=()))
    for place in range(0, CHUNK_ROWS * 3, 500):
        suppressions.add(f"+39347{place:07}", scope="*", purpose=SuppressionPurpose.ALL, reason="asked", source="test")
    path, out = tmp_path / "list.csv", tmp_path / "out.csv"
    path.write_text("number\n" + "".join(f"347{place:07}\n" for place in range(CHUNK_ROWS * 3)))
    done = check_file(settings, path=path, out=out, campaign="autumn", mapping={})
    assert done.report.tally.verdicts == {"permit": CHUNK_ROWS * 3 - 12, "deny": 12}
    rows = judged(out)
    for row in (rows[0], rows[1], rows[500], rows[CHUNK_ROWS], rows[-1]):
        record = check(settings, number=row["number"], campaign="autumn", at=done.sitting.now)
        assert row["verdict"] == record.verdict
        assert row["reasons"] == ",".join(reason.code for reason in record.reasons)
    for table in (verdict, attempt):
        assert database.read(partial(rows_of, table=table)) == 0
    database.close()


def rows_of(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
