"""`garbo packs` and what `garbo check` says of the rules."""

import json
from importlib import resources
from pathlib import Path

import pytest

from tests.cli.conftest import CAMPAIGN, HOURS, Run, Told

BASE = {
    "number": "+393331234567",
    "at": "2026-11-23T10:00:00+01:00",
    "campaign": {"purpose": "acquisition", "sector": "telecom", "region": "IT", "caller_id": "+390212345678"},
}
SUNDAY = {
    "says": "Sunday",
    "at": "-P1D",
    "alone": "hours",
    "expect": {"verdict": "defer", "reasons": ["hours/hours outside_calling_window"]},
}
NINE = {"says": "nine", "at": "-PT1H", "boundary": "hours", "expect": {"verdict": "permit"}}


@pytest.fixture
def hours(tmp_path: Path) -> Path:
    """A pack of one's own with its cases beside it."""
    folder = tmp_path / "packs"
    folder.mkdir(exist_ok=True)
    (folder / "hours.toml").write_text(HOURS)
    (folder / "hours.cases.json").write_text(json.dumps({"base": BASE, "cases": [SUNDAY, NINE]}))
    return folder


def test_a_built_in_pack_is_tested_without_an_installation(run: Run) -> None:
    """Its cases are part of the package."""
    done = run("packs", "test", "core", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["pack"], told["passed"], told["gaps"]) == (0, "core", True, [])
    assert told["cases"][0] | {"problems": []} == told["cases"][0]
    assert "core: " in run("packs", "test", "core").stdout


def test_a_pack_of_ones_own_is_tested_by_file_or_by_id(made: Run, hours: Path) -> None:
    """The cases lie beside it."""
    for named in ("packs/hours.toml", "hours"):
        done = made("packs", "test", named)
        assert done.exit_code == 0, done.stdout + done.stderr
        assert "hours alone" in done.stdout
        assert "edge of hours" in done.stdout
        assert done.stdout.endswith("hours: 3 cases, 0 failed, 0 missing\n")


def test_a_case_that_fails_is_exit_code_1(made: Run, hours: Path) -> None:
    """It says what was expected, and what no case shows."""
    wrong = {**SUNDAY, "expect": {"verdict": "deny", "reasons": []}}
    (hours / "hours.cases.json").write_text(json.dumps({"base": BASE, "cases": [wrong]}))
    done = made("packs", "test", "hours")
    assert done.exit_code == 1
    assert "'Sunday': expected deny, got defer" in done.stdout
    assert "rule hours: no case that is permitted at its very edge" in done.stdout


def test_what_cannot_be_tested_is_told_apart(made: Run, hours: Path) -> None:
    """A file with mistakes is exit code 1, one that is not there exit code 2."""
    (hours / "hours.cases.json").write_text('{"base": {}, "case": []}')
    done = made("packs", "test", "hours")
    assert (done.exit_code, "hours.cases.json:1: case: unknown key" in done.stderr) == (1, True)
    (hours / "hours.cases.json").write_bytes(b"\xff")
    assert made("packs", "test", "hours").exit_code == 1
    (hours / "hours.cases.json").unlink()
    assert made("packs", "test", "hours").exit_code == 2
    assert made("packs", "test", "nowhere").exit_code == 2
    assert made("packs", "test", "nowhere.toml").exit_code == 2


def test_a_pack_is_shown_whole(made: Run, told: Told) -> None:
    """Parameters in words, grounds, duties, open points; a draft is called one."""
    shown = made("packs", "show", "it").stdout
    for words in (
        "draft: not reviewed by a lawyer",
        "max age 15 days",
        "OPEN POINT, not switched on",
        "unless  energy_consent, requested_call",
        "from 2026-06-19",
        "Grounds:",
        "Duties:",
        "max wait 3 s; then hang_up; comfort noise",
        "[S-repo]",
    ):
        assert words in shown, words
    document = told("packs", "show", "it")
    assert document["standing"].startswith("draft")
    assert {entry["id"] for entry in document["duties"]} >= {"no_silence", "say_who_and_why"}
    assert "No duties" in made("packs", "show", "es").stdout


def test_a_list_with_drafts_says_what_a_draft_is(made: Run) -> None:
    """On standard error, beside the table."""
    assert "not reviewed by a lawyer" in made("packs", "list").stderr


def test_a_warning_is_no_fault(run: Run, tmp_path: Path) -> None:
    """It is told, and the exit code stays 0."""
    (tmp_path / "other.toml").write_text(HOURS)
    done = run("packs", "lint", "other.toml")
    assert done.exit_code == 0
    assert done.stdout.startswith("warning: other.toml:2: id: campaigns find a pack by its file")
    document = json.loads(run("packs", "lint", "other.toml", "--json").stdout)
    assert (document["valid"], len(document["warnings"])) == (True, 1)


def test_a_rule_that_says_nothing_new_is_a_fault(run: Run, tmp_path: Path) -> None:
    """Both rules are named, with the line."""
    text = HOURS + HOURS.partition("[[rule]]")[1] + HOURS.partition("[[rule]]")[2].replace('"hours"', '"again"', 1)
    (tmp_path / "hours.toml").write_text(text)
    done = run("packs", "lint", "hours.toml")
    assert done.exit_code == 1
    assert "rule.again: again says what hours says already" in done.stdout


def test_the_page_of_rules_is_printed(run: Run) -> None:
    """The core first, the house last."""
    page = run("packs", "page").stdout
    assert page.startswith("# Rules\n")
    assert page.index("## `core`") < page.index("## `it`") < page.index("## `house`")


def test_a_check_explains_every_rule(told: Told, hours: Path) -> None:
    """What each saw and said; a permit carries its duties."""
    told("campaign", "add", "adsl", *CAMPAIGN, "--pack", "hours")
    permit = told("check", "347 123 4501", "--campaign", "adsl", "--at", "2026-11-24T11:00:00+01:00")
    by_rule = {line["rule"]: line for line in permit["explained"]}
    assert by_rule["core/already_customer"] == {
        "rule": "core/already_customer",
        "kind": "existing_customer",
        "said": "passed",
        "detail": "",
        "saw": {"customer": by_rule["core/already_customer"]["saw"]["customer"]},
    }
    assert by_rule["core/already_customer"]["saw"]["customer"]["status"] == "none"
    assert (by_rule["core/office_use"]["said"], by_rule["core/office_use"]["saw"]) == ("not_applicable", {})
    assert by_rule["hours/hours"]["kind"] == "calling_window"
    assert permit["duties"]["retention"][0]["record"] == "verdict"
    told("suppression", "add", "347 123 4501", "--reason", "r")
    denied = told("check", "347 123 4501", "--campaign", "adsl", "--at", "2026-11-24T11:00:00+01:00", code=4)
    (line,) = [line for line in denied["explained"] if line["said"] == "objected"]
    assert (line["rule"], line["detail"]) == ("core/not_suppressed", "suppressed_global")
    assert line["saw"]["suppressions"][0]["scope"] == "*"
    assert denied["duties"] is None


def test_the_cases_are_part_of_the_package() -> None:
    """Every built-in pack has its cases beside it."""
    names = {file.name for file in resources.files("ari_app.packs").iterdir()}
    packs = {name.removesuffix(".toml") for name in names if name.endswith(".toml")}
    assert packs == {name.removesuffix(".cases.json") for name in names if name.endswith(".cases.json")}


def test_what_cannot_be_judged_is_one_document(made: Run, hours: Path) -> None:
    """With the faults, and the file that is at fault; exit code 1."""
    cases = hours / "hours.cases.json"
    for content, said in (
        (b"{", "hours.cases.json:1: "),
        (b"\xff", "hours.cases.json: not UTF-8 text"),
        (json.dumps({"base": {**BASE, "number": "\ud800"}, "cases": []}).encode(), "base: number: holds half"),
    ):
        cases.write_bytes(content)
        for named in ("packs/hours.toml", "hours"):
            done = made("packs", "test", named, "--json")
            told = json.loads(done.stdout)
            assert (done.exit_code, told["passed"], said in told["faults"][0]) == (1, False, True)
        assert said in made("packs", "test", "hours").stderr
    (hours / "hours.toml").write_bytes(b"\xff")
    assert "packs/hours.toml: not UTF-8 text" in made("packs", "test", "packs/hours.toml").stderr


def test_the_name_of_a_built_in_pack_is_refused(run: Run, tmp_path: Path) -> None:
    """In the file as in its name; `house` may be one's own, and the built-in files are what they are."""
    said = "the name of a built-in pack cannot be used again"
    for name, pack_id, code in (("it", "it", 1), ("mine", "it", 1), ("it", "mine", 1), ("house", "house", 0)):
        file = tmp_path / f"{name}.toml"
        file.write_text(HOURS.replace('id = "hours"', f'id = "{pack_id}"', 1))
        done = run("packs", "lint", file.name)
        assert (done.exit_code, said in done.stdout) == (code, bool(code))
    assert run("packs", "lint", resources.files("ari_app.packs").joinpath("it.toml")).exit_code == 0


def test_a_register_that_nobody_knows_is_warned_of(run: Run, tmp_path: Path) -> None:
    """It may be another one; a known one in other capitals is a mistake."""
    asked = HOURS.replace('"calling_window"', '"registry_screening"').partition("[rule.params.windows]")
    text = "[rule.text]" + asked[2].partition("[rule.text]")[2]
    for register, code, said in (("RPPO", 0, "warning: hours.toml:"), ("rpo", 1, "'rpo' is written RPO")):
        params = f'params = {{ registry = "{register}", max_age = "P15D" }}\n'
        text_it_fills = text.replace("{not_before}", "{register}")
        (tmp_path / "hours.toml").write_text(asked[0] + params + text_it_fills)
        done = run("packs", "lint", "hours.toml")
        assert (done.exit_code, said in done.stdout, "US-DNC" in done.stdout) == (code, True, True), done.stdout
