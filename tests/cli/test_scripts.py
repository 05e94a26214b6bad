"""`garbo scripts`: served, shown, linted, rendered and drawn."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import CAMPAIGN, Run, Told

SHIPPED = Path(__file__).parents[2] / "ari_app" / "scripts"
BARE = """\
id = "bare"
version = "1"
title = { it = "Nudo", en = "Bare" }
[[step]]
id = "a"
kind = "say"
text = { it = "Da {{ list.source }}.", en = "From {{ list.source }}." }
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A script with faults."""
    file = tmp_path / "bare.toml"
    file.write_text(BARE, "utf-8")
    return file


def test_the_shipped_scripts_are_served_from_the_start(told: Told) -> None:
    """With version, languages and what they are for."""
    rows = {row["id"]: row for row in told("scripts", "list")}
    assert set(rows) == {path.stem for path in SHIPPED.glob("*.toml")}
    assert rows["courtesy"]["version"] == "2"
    assert rows["care"]["purposes"] == ["care", "service"]
    assert rows["acquisition"]["languages"] == ["it", "en"]


def test_a_script_is_shown_step_by_step(made: Run, told: Told) -> None:
    """With what each answer leads to."""
    shown = made("scripts", "show", "care", "--language", "en")
    assert shown.exit_code == 0
    assert "Yes, speaking  → well, and it is known who is on the line" in shown.stdout
    steps = {step["id"]: step for step in told("scripts", "show", "care")["steps"]}
    assert steps["offer"]["otherwise"] == "no_offer"
    assert steps["never_again"]["disposition"] == "never_again"


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_the_shipped_scripts_are_clean(run: Run, name: str) -> None:
    """Under the packs that they are written for; no installation is needed."""
    done = run("scripts", "lint", SHIPPED / f"{name}.toml", "--pack", "it", "--pack", "house", "--json")
    assert done.exit_code == 0, done.stdout
    assert json.loads(done.stdout)["findings"] == []


def test_lint_tells_every_finding_with_its_line(run: Run, bare: Path) -> None:
    """And exits with 1."""
    done = run("scripts", "lint", bare, "--pack", "it")
    assert done.exit_code == 1
    assert f"{bare}:7: step a: text.it: list.source may be empty here" in done.stdout
    assert f"{bare}:1: nothing discloses caller" in done.stdout
    found = json.loads(run("scripts", "lint", bare, "--json").stdout)
    assert (found["valid"], [each["fault"] for each in found["findings"]]) == (False, ["may_be_empty"] * 2)


def test_lint_without_a_pack_says_what_it_did_not_ask(run: Run, bare: Path) -> None:
    """On standard error."""
    assert "no disclosure was asked for" in run("scripts", "lint", bare).stderr


def test_a_fault_of_the_file_is_a_finding_as_well(run: Run, bare: Path) -> None:
    """With its key."""
    bare.write_text(BARE.replace("list.source", "list.colour"), "utf-8")
    done = run("scripts", "lint", bare)
    assert done.exit_code == 1
    assert f"{bare}:7: step.a.text.it: there is no field list.colour" in done.stdout


@pytest.mark.parametrize("text", [b"a = ", b"\xff\xfe", None])
def test_what_cannot_be_read_is_wrong_input(run: Run, tmp_path: Path, text: bytes | None) -> None:
    """No TOML, no UTF-8, no file: exit code 2, and nothing on standard output."""
    file = tmp_path / "x.toml"
    if text is not None:
        file.write_bytes(text)
    done = run("scripts", "lint", file)
    assert (done.exit_code, done.stdout) == (2, "")
    assert str(file) in done.stderr


def test_an_unknown_pack_is_wrong_input(made: Run, bare: Path) -> None:
    """With where to look."""
    done = made("scripts", "lint", bare, "--pack", "atlantis")
    assert done.exit_code == 2
    assert "garbo packs list" in done.stderr


@pytest.fixture
def called(made: Run) -> Run:
    """An installation with a campaign, an operator, and one customer."""
    assert made("campaign", "add", "autunno", *CAMPAIGN, "--purpose", "care", "--script", "care").exit_code == 0
    assert made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it").exit_code == 0
    Path("customers.csv").write_text("number,status,products,since\n+393330001001,current,Fibra,2021-03-01\n", "utf-8")
    assert made("import", "customers", "customers.csv", "--principal", "fastnet").exit_code == 0
    return made


def test_render_shows_what_the_operator_would_see(called: Run) -> None:
    """The first step, its words filled, why these, and nothing on record."""
    done = called(
        *("scripts", "render", "acquisition", "--customer", "333 0001002", "--campaign", "autunno"),
        *("--operator", "anna", "--at", "2026-11-24T10:00:00+01:00", "--json"),
    )
    assert done.exit_code == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["callee"], seen["verdict"], seen["variant"]) == ("+393330001002", "permit", "prospect")
    assert seen["text"].startswith("Buongiorno, sono anna e chiamo per conto di Fastnet.")
    assert seen["chosen"]["id"] == "care"
    assert json.loads(called("calls", "list", "--json").stdout) == []


def test_render_shows_a_call_that_would_not_go_out_as_well(called: Run) -> None:
    """Whoever writes for customers looks at it whatever the verdict says; the reasons stand above it."""
    assert called("campaign", "add", "inverno", *CAMPAIGN).exit_code == 0
    done = called("scripts", "render", "courtesy", "--customer", "3330001001", "--campaign", "inverno")
    assert done.exit_code == 0, done.stderr
    assert "would not go out (deny)" in done.stdout
    assert "già nostro cliente" in done.stdout


def test_render_without_a_campaign_knows_nothing(called: Run, bare: Path) -> None:
    """And says so; what cannot be filled is a sentence."""
    done = called("scripts", "render", bare, "--customer", "3330001001", "--language", "en")
    assert "nothing is known" in done.stderr
    assert "where the number is from" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("render", "nothing", "--customer", "3330001001"), "there is no script 'nothing'"),
        (("render", "care", "--customer", "3330001001", "--campaign", "x"), "there is no campaign 'x'"),
        (("render", "care", "--customer", "3330001001", "--language", "fr"), "is written in it, en"),
        (("show", "nothing.toml"), "nothing.toml: No such file"),
        (("flow", "care", "-o", "no/such/folder/x.svg"), "No such file"),
    ],
)
def test_what_is_asked_wrongly_is_told(called: Run, words: tuple[str, ...], told: str) -> None:
    """Exit code 2, and what there is."""
    done = called("scripts", *words)
    assert done.exit_code == 2
    assert told in done.stderr


def test_flow_draws_a_picture(made: Run, tmp_path: Path) -> None:
    """Of what is served, or of a file."""
    for target in ("care", SHIPPED / "care.toml"):
        out = tmp_path / "care.svg"
        assert made("scripts", "flow", target, "-o", out, "--language", "it").exit_code == 0
        assert out.read_text("utf-8").startswith("<svg")
        out.unlink()
