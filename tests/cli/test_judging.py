"""Suppressions, imports and `check`: what is kept here decides the very next verdict."""

import gzip
from pathlib import Path

import pytest

from tests.cli.conftest import CAMPAIGN, Run, Told

NUMBER, E164 = "347 123 4501", "+393471234501"
TUESDAY = "2026-11-24T11:00:00+01:00"


@pytest.fixture
def campaign(told: Told, hours_pack: Path) -> str:
    """A campaign with hours."""
    told("campaign", "add", "adsl", *CAMPAIGN, "--pack", "hours")
    return "adsl"


def test_a_permit_is_exit_code_0(told: Told, campaign: str) -> None:
    """With caller id, script and the packs that judged."""
    verdict = told("check", NUMBER, "--campaign", campaign, "--at", TUESDAY)
    assert (verdict["verdict"], verdict["callee"], verdict["caller_id"]) == ("permit", E164, "+390844123456")
    assert verdict["decided_at"] == "2026-11-24T10:00:00.000Z"
    assert [pack["id"] for pack in verdict["packs"]] == ["core", "hours"]


def test_a_deferral_is_exit_code_3(told: Told, made: Run, campaign: str) -> None:
    """On Sunday: it says from when on."""
    words = ["check", NUMBER, "--campaign", campaign, "--at", "2026-11-22T11:00:00+01:00"]
    assert told(*words, code=3)["not_before"] == "2026-11-23T08:00:00.000Z"
    shown = made(*words).stdout
    assert shown.startswith("DEFER: not now")
    assert "2026-11-23" in shown
    assert "outside_calling_window" in shown
    assert "draft  (not reviewed by anybody)" in shown


def test_a_suppression_denies_the_next_call(told: Told, campaign: str) -> None:
    """Exit code 4, in whichever spelling the number was typed."""
    added = told("suppression", "add", "0039 347 1234501", "--reason", "opt_out")
    assert (added["number"], added["scope"], added["expires_at"]) == (E164, "global", None)
    verdict = told("check", NUMBER, "--campaign", campaign, "--at", TUESDAY, code=4)
    assert [reason["code"] for reason in verdict["reasons"]] == ["suppressed_global"]
    assert [entry["id"] for entry in told("suppression", "show", NUMBER)] == [added["id"]]


@pytest.mark.parametrize(
    "words",
    [
        ["suppression", "add", "abc", "--reason", "r"],
        ["suppression", "add", NUMBER, "--reason", "r", "--scope", "principal:fastent"],
        ["suppression", "add", NUMBER, "--reason", "r", "--scope", "everybody"],
        ["suppression", "add", NUMBER, "--reason", "r", "--expires", "soon"],
        ["suppression", "add", NUMBER, "--reason", "r", "--expires", "2020-01-01"],
        ["suppression", "add", NUMBER, "--reason", "r", "--expires", "9999-12-31"],
        ["suppression", "add", NUMBER, "--reason", " "],
        ["suppression", "lift", NUMBER, "--consent", "none"],
        ["check", NUMBER, "--campaign", "adsl", "--at", "noon"],
        ["check", NUMBER, "--campaign", "adsl", "--at", "1969-12-31T23:59:59+00:00"],
        ["check", NUMBER, "--campaign", "adsl", "--at", "2201-01-01T00:00:00+00:00"],
        ["check", NUMBER, "--campaign", "adsl", "--at", "9999-12-31T23:00:00+00:00"],
        ["calls", "show", "01KB0000000000000000000001"],
        ["calls", "list", "--since", "yesterday"],
        ["calls", "list", "--number", "abc"],
    ],
)
def test_wrong_input_is_exit_code_2(made: Run, campaign: str, words: list[str]) -> None:
    """One line on standard error, nothing on standard output."""
    done = made(*words, "--json")
    assert done.exit_code == 2
    assert done.stderr.startswith("garbo: ")
    assert done.stdout == ""


def test_an_imported_customer_is_not_called(told: Told, made: Run, campaign: str, tmp_path: Path) -> None:
    """A gzipped file with Italian headers; the same file again changes nothing; a bad row is kept apart."""
    text = f"numero;stato\n{NUMBER};attivo\n3.93331E+11;attivo\n"
    (tmp_path / "customers.csv.gz").write_bytes(gzip.compress(text.encode("utf-16"), mtime=0))
    words = ["import", "customers", "customers.csv.gz", "--principal", "fastnet", "--rejects", "bad.csv"]
    report = told(*words)
    assert (report["read"], report["added"], report["rejected"]) == (2, 1, 1)
    assert "3.93331E+11" in (tmp_path / "bad.csv").read_text()
    again = told(*words)
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 1)
    verdict = told("check", NUMBER, "--campaign", campaign, "--at", TUESDAY, code=4)
    assert verdict["reasons"][0]["code"] == "already_customer"
    assert "unchanged 1" in made(*words).stdout


def test_an_imported_suppression_binds_its_scope(told: Told, campaign: str, tmp_path: Path) -> None:
    """`--campaign` is the scope of rows that name none."""
    (tmp_path / "out.csv").write_text(f"phone\n{E164}\n")
    told("import", "suppressions", "out.csv", "--campaign", campaign)
    verdict = told("check", NUMBER, "--campaign", campaign, "--at", TUESDAY, code=4)
    assert verdict["reasons"][0]["code"] == "suppressed_campaign"


@pytest.mark.parametrize(
    "words",
    [
        ["import", "customers", "list.csv"],
        ["import", "customers", "list.csv", "--principal", "fastent"],
        ["import", "customers", "none.csv", "--principal", "fastnet"],
        ["import", "weather", "list.csv"],
        ["import", "suppressions", "list.csv", "--map", "nonsense"],
        ["import", "suppressions", "list.csv", "--rejects", "list.csv"],
        ["import", "suppressions", "list.csv", "--rejects", "none/bad.csv"],
        ["import", "suppressions", "list.csv", "--rejects", "/proc/x"],
        ["import", "suppressions", "list.csv", "--rejects", "/proc"],
    ],
)
def test_an_import_asked_wrongly_reads_nothing(made: Run, tmp_path: Path, words: list[str]) -> None:
    """Exit code 2."""
    (tmp_path / "list.csv").write_text(f"number,status\n{E164},current\n")
    done = made(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith("garbo: ")


def test_an_import_of_which_nothing_can_be_taken_failed(made: Run, tmp_path: Path) -> None:
    """Exit code 1, and it says that nothing was changed."""
    (tmp_path / "list.csv").write_text("number\nRossi\n")
    done = made("import", "suppressions", "list.csv")
    assert done.exit_code == 1
    assert "nothing was changed" in done.stderr


def test_no_calls_are_an_empty_list(told: Told, made: Run) -> None:
    """`[]` for programs, a word on standard error for people."""
    assert told("calls", "list", "--since", "2026-01-01") == []
    assert made("calls", "list").stderr.strip() == "no calls"
