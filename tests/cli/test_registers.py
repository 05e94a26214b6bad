"""Whole registers from the command line to the verdict; loads that are killed."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Told

LISTED, CLEAR, ABROAD = "+442079460001", "+442079460002", "+393330000001"
NOON = "2025-11-18T12:00:00+00:00"  # a Tuesday that is past, since a register is never as of the future


def days_before(days: int) -> str:
    """An instant so many days before the calls of these tests."""
    return (datetime.fromisoformat(NOON) - timedelta(days=days)).isoformat()


@pytest.fixture(scope="module")
def tps_pack(at_rest: Path) -> Path:
    """Written once, to be linked to."""
    file = at_rest / "tps.toml"
    file.write_text(PACK)
    return file


@pytest.fixture
def uk(told: Told, tps_pack: Path, tmp_path: Path) -> Told:
    """A campaign bound by the British rule on the TPS, and no other that asks for more than these tests have."""
    (tmp_path / "packs").mkdir(exist_ok=True)
    (tmp_path / "packs" / "tps.toml").symlink_to(tps_pack)
    told("principal", "add", "brand", "--name", "Brand", "--country", "GB")
    words = ["--principal", "brand", "--purpose", "acquisition", "--sector", "telecom", "--trunk", "PJSIP/trunk"]
    told("campaign", "add", "uk", *words, "--caller-id", "+442079460000", "--region", "GB", "--pack", "tps")
    return told


PACK = """
id = "tps"
jurisdiction = "GB"
version = "1"
status = "draft"

[title]
it = "TPS"
en = "TPS"

[[rule]]
id = "tps"
kind = "registry_screening"
force = "law"
params = { registry = "TPS", max_age = "P28D", per_controller = false }
source = { cite = "a test's own rule, as that of pack uk" }
[rule.text]
it = "TPS: {why}."
en = "TPS: {why}."
"""


def load(told: Told, text: str, *words: str, age: int = 1, code: int = 0) -> None:
    """Load the TPS from a file with this text."""
    Path("tps.txt").write_text(text)
    told("register", "load", "TPS", "tps.txt", "--as-of", days_before(age), *words, code=code)


def codes(told: Told, number: str, *, campaign: str = "uk") -> list[str]:
    """Why a call would not go out; empty: it would."""
    code = {"permit": 0, "deny": 4}
    for verdict, exit_code in code.items():
        try:
            said = told("check", number, "--campaign", campaign, "--at", NOON, code=exit_code)
        except AssertionError:
            continue
        assert said["verdict"] == verdict
        return [reason["code"] for reason in said["reasons"]]
    raise AssertionError(number)


def test_a_whole_register_decides_the_verdict(uk: Told) -> None:
    """Not loaded, nobody is called; then whom it lists is not, and whom it does not list is."""
    assert codes(uk, CLEAR) == ["screening_missing"]
    load(uk, "02079460001\n")
    assert codes(uk, LISTED) == ["register_listed"]
    assert codes(uk, CLEAR) == []
    assert codes(uk, ABROAD) == ["screening_missing"]


@pytest.mark.parametrize(("age", "expected"), [(27, []), (28, ["screening_expired"]), (29, ["screening_expired"])])
def test_a_register_grows_too_old(uk: Told, age: int, expected: list[str]) -> None:
    """After 28 days to the second nobody is clear; who is listed stays so."""
    load(uk, "02079460001\n", age=age)
    assert codes(uk, CLEAR) == expected
    assert codes(uk, LISTED) == ["register_listed"]


def test_a_register_that_is_not_whole_denies(uk: Told, tmp_path: Path) -> None:
    """The version before is used while there is one, with its own date; without one every call is denied."""
    load(uk, "02079460001\n", age=3)
    load(uk, "02079460001\n02079460002\n", age=2)
    newest = tmp_path / "registers" / "TPS" / "000002.register"
    newest.write_bytes(newest.read_bytes()[:-1])
    assert codes(uk, CLEAR) == []
    oldest = tmp_path / "registers" / "TPS" / "000001.register"
    oldest.write_bytes(b"")
    assert codes(uk, CLEAR) == ["facts_unavailable"]
    assert uk("register", "list")[0]["fault"] != ""


def test_the_british_pack_asks_for_tps_and_ctps(told: Told) -> None:
    """The built-in pack itself: a consumer by the TPS, whoever may be a business by both."""
    told("principal", "add", "brand", "--name", "Brand", "--country", "GB")
    words = ["--principal", "brand", "--purpose", "acquisition", "--sector", "telecom", "--trunk", "PJSIP/trunk"]
    told("campaign", "add", "uk", *words, "--caller-id", "+442079460000", "--region", "GB", "--pack", "uk")
    load(told, "02079460001\n")
    assert codes(told, CLEAR) == ["screening_missing"]
    told("register", "load", "CTPS", "tps.txt", "--as-of", days_before(1))
    assert codes(told, LISTED) == ["register_listed", "register_listed"]
    assert codes(told, CLEAR) == []


def test_a_whole_register_is_no_screening_of_the_principals_own(told: Told) -> None:
    """Italy's rule counts only what each principal asked for itself."""
    words = ["--principal", "fastnet", "--purpose", "acquisition", "--sector", "telecom", "--trunk", "PJSIP/trunk"]
    told("campaign", "add", "it", *words, "--caller-id", "+390844123456", "--region", "IT", "--pack", "it")
    Path("rpo.txt").write_text("3330000009\n")
    told("register", "load", "RPO", "rpo.txt", "--as-of", days_before(1))
    assert "screening_missing" in codes(told, "3330000001", campaign="it")


def test_versions_are_listed_and_rolled_back(uk: Told, made: Run) -> None:
    """Effective for the very next verdict, and told with its date."""
    load(uk, "02079460001\n02079460003\n", age=3)
    load(uk, "02079460002\n", age=2)
    assert codes(uk, LISTED) == []
    assert [row["in_force"] for row in uk("register", "list")] == [False, True]
    assert uk("register", "rollback", "tps")["version"] == 1
    assert codes(uk, LISTED) == ["register_listed"]
    said = uk("register", "lookup", "TPS", "020 7946 0001")
    assert (said["answer"], said["version"], said["number"]) == ("listed", 1, LISTED)
    assert uk("register", "lookup", "TPS", ABROAD)["answer"] == "not_covered"
    assert uk("register", "verify", "TPS") == {"register": "TPS", "versions": [1, 2], "faults": {}}
    assert "covers +44" in made("register", "show", "TPS").stdout
    assert "TPS" in made("register", "list").stdout


def test_verify_names_what_is_not_whole(uk: Told, made: Run, tmp_path: Path) -> None:
    """Exit code 1."""
    load(uk, "02079460001\n")
    path = tmp_path / "registers" / "TPS" / "000001.register"
    path.write_bytes(path.read_bytes()[:-3])
    done = made("register", "verify", "TPS")
    assert done.exit_code == 1
    assert "000001.register: damaged or cut off" in done.stderr
    (path.parent / "current").write_text("{")
    done = made("register", "list")
    assert "garbo register rollback TPS --to" in done.stderr
    assert made("register", "lookup", "TPS", "02079460001").exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["load", "t p s", "tps.txt"],
        ["load", "../TPS", "tps.txt"],
        ["load", "TPS", "none.txt"],
        ["load", "OWN", "tps.txt"],
        ["load", "TPS", "tps.txt", "--part", "--changes"],
        ["load", "TPS", "tps.txt", "--format", "pdf"],
        ["load", "TPS", "tps.txt", "--keep", "1"],
        ["load", "TPS", "tps.txt", "--valid-days", "0"],
        ["load", "TPS", "tps.txt", "--as-of", "soon"],
        ["load", "TPS", "tps.txt", "--as-of", "2999-01-01"],
        ["load", "TPS", "tps.txt", "--region", "XX"],
        ["load", "TPS", "tps.txt", "--covers", "0207"],
        ["load", "TPS", "tps.txt", "--rejects", "tps.txt"],
        ["load", "TPS", "."],
        ["show", "TPS"],
        ["lookup", "TPS", LISTED],
        ["rollback", "TPS"],
        ["verify", "TPS"],
    ],
)
def test_wrong_input_is_exit_code_2(made: Run, tmp_path: Path, words: list[str]) -> None:
    """One line on standard error, nothing on standard output, nothing kept."""
    (tmp_path / "tps.txt").write_text("02079460001\n")
    done = made("register", *words, "--json")
    assert done.exit_code == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("garbo: ")
    assert not (tmp_path / "registers" / "TPS" / "current").exists()


def test_a_load_says_what_it_did(uk: Told, made: Run, tmp_path: Path) -> None:
    """Its date and who says it, its files, what was left out; and warns of what is too old."""
    (tmp_path / "tps.txt").write_text("02079460001\n" * 200 + "x\n+393330000001\n")
    said = uk("register", "load", "TPS", "tps.txt", "--format", "tps", "--rejects", "bad.csv")
    assert (said["rows"], said["rejected"], said["duplicates"], said["outside"]) == (202, 1, 199, 1)
    assert said["version"]["dated_by"] == "file"
    assert said["version"]["sources"][0]["name"] == "tps.txt"
    done = made("register", "load", "TPS", "tps.txt", "--as-of", "2020-01-01", "--force")
    assert "WARNING: too old already" in done.stderr
    assert "version 2: 1 numbers, 1 before" in done.stdout


def wait_until_alone(folder: Path) -> None:
    """Until no process is at work in a folder any more but this one."""
    until = time.monotonic() + 20
    while True:
        found = set()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink() == folder:
                    found.add(int(process.name))
        if found <= {os.getpid()}:
            return
        assert time.monotonic() < until, found
        time.sleep(0.01)


def test_a_load_that_is_killed_leaves_the_old_version(uk: Told, tmp_path: Path) -> None:
    """At whatever moment, with SIGKILL; the next load works, and no process or half file is left."""
    load(uk, "02079460001\n")
    many = tmp_path / "many.txt"
    # Blanks behind each make it large enough for several processes.
    many.write_text("02079460001\n" + "".join(f"0{2000000000 + at * 11}{' ' * 40}\n" for at in range(200_000)))
    command = [sys.executable, "-m", "ari_app", "register", "load", "TPS", "many.txt", "--as-of", days_before(0)]
    started = time.monotonic()
    subprocess.run([*command, "--json"], cwd=tmp_path, check=True, capture_output=True)
    took = time.monotonic() - started
    folder = tmp_path / "registers" / "TPS"
    for part in range(6):
        before = json.loads((folder / "current").read_text())
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(took * (part + 1) / 6)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        killed = process.wait() != 0
        wait_until_alone(tmp_path)
        after = json.loads((folder / "current").read_text())
        assert after == before or not killed or after["version"] == before["version"] + 1
        assert uk("register", "lookup", "TPS", LISTED)["answer"] == "listed"
        assert uk("register", "verify", "TPS")["faults"] == {}
    load(uk, "02079460002\n", "--force", age=0)
    assert uk("register", "lookup", "TPS", LISTED)["answer"] == "clear"
    assert not list(folder.glob("*.part"))
    assert datetime.now(UTC) > datetime.fromisoformat(uk("register", "list")[-1]["built_at"])
