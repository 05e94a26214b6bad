"""`garbo campaign routes`, and what a campaign says of languages, customers and offers."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import CAMPAIGN, Run, Told

TV = """\
id = "tv"
version = "7"
title = { it = "TV", en = "TV" }
purposes = ["upsell", "care"]

[[step]]
id = "opening"
kind = "say"
text = { it = "Buongiorno.", en = "Good day." }
"""
TABLE = """\
[[route]]
when = { customer = "current", products = ["fibra"] }
script = "tv"

[[route]]
when = { spoken = "yes" }
script = "courtesy"
variant = "spoken_before"
"""
OTHER = ("--sector", "telecom", "--trunk", "PJSIP/trunk", "--caller-id", "+390844123456", "--region", "IT")


@pytest.fixture
def campaigns(made: Run) -> Run:
    """An upsell campaign and one for care, a script of one's own, and a table in a file."""
    Path("scripts").mkdir(exist_ok=True)
    Path("scripts/tv.toml").write_text(TV)
    Path("routes.toml").write_text(TABLE)
    assert made("db", "upgrade").exit_code == 0
    for purpose in ("upsell", "care"):
        done = made("campaign", "add", purpose, "--principal", "fastnet", "--purpose", purpose, *OTHER, "--pack", "it")
        assert done.exit_code == 0, done.stderr
    return made


def test_a_table_is_taken_shown_and_written_as_it_was(campaigns: Run, told: Told) -> None:
    """What is exported is taken again, and says the same; cleared, there is nothing to write."""
    done = campaigns("campaign", "routes", "set", "upsell", "routes.toml")
    assert (done.exit_code, done.stderr) == (0, "")
    said = [
        "Campaign upsell: the first line that fits says which script is shown.",
        "   1. is a customer and has fibra: tv",
        "   2. was spoken to before: courtesy, variant spoken_before",
        "      anybody else: courtesy",
    ]
    assert done.stdout.splitlines() == campaigns("campaign", "routes", "show", "upsell").stdout.splitlines() == said
    held = told("campaign", "routes", "show", "upsell")
    assert held[0] == {"when": {"customer": ["current"], "products": ["fibra"]}, "script": "tv", "variant": ""}
    assert campaigns("campaign", "routes", "export", "upsell", "-o", "again.toml").exit_code == 0
    assert campaigns("campaign", "routes", "export", "upsell").stdout == Path("again.toml").read_text()
    assert told("campaign", "routes", "export", "upsell")["toml"] == Path("again.toml").read_text()
    assert told("campaign", "routes", "clear", "upsell") == held
    assert campaigns("campaign", "routes", "export", "upsell").exit_code == 2
    assert told("campaign", "routes", "set", "upsell", "again.toml") == held
    assert told("campaign", "show", "upsell")["routes"] == held
    shown = campaigns("campaign", "show", "upsell").stdout
    assert said[1] in shown.splitlines()
    assert "when" not in shown


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"tv"', '"tvv"', "bad.toml:3: route.#1.script: there is no script 'tvv'; did you mean tv?"),
        ('"spoken_before"', '"before"', "bad.toml:8: route.#2.variant"),
        ("spoken =", "talked =", "bad.toml:6: route.#2.when.talked: there is no condition 'talked'"),
        (TABLE, "", "bad.toml:1: route: is missing"),
        (TABLE, "\x00", "bad.toml:1"),
    ],
)
def test_a_wrong_table_changes_nothing(campaigns: Run, told: Told, old: str, new: str, said: str) -> None:
    """Line and key on standard error, exit code 2."""
    told("campaign", "routes", "set", "upsell", "routes.toml")
    before = told("campaign", "show", "upsell")
    Path("bad.toml").write_text(TABLE.replace(old, new))
    for command in ("set", "check"):
        done = campaigns("campaign", "routes", command, "upsell", "bad.toml")
        assert (done.exit_code, done.stdout) == (2, "")
        assert said in done.stderr
    assert told("campaign", "show", "upsell") == before


def test_what_is_no_file_and_no_campaign_is_told(campaigns: Run) -> None:
    """A folder, a file that is not there, bytes that are no text; a campaign that is spelt wrongly."""
    Path("bytes.toml").write_bytes(b"when = \xff")
    for name, said in (("gone.toml", "No such file"), (".", "directory"), ("bytes.toml", "UTF-8")):
        done = campaigns("campaign", "routes", "set", "upsell", name)
        assert done.exit_code == 2
        assert said in done.stderr
    assert "did you mean upsell" in campaigns("campaign", "routes", "show", "upsel").stderr
    assert campaigns("campaign", "routes", "export", "upsell", "-o", "nowhere/x").exit_code == 2


def test_a_table_is_checked_without_being_taken(campaigns: Run, told: Told) -> None:
    """What nobody comes to, words that no script has, conditions that need a consent: exit code 1."""
    whole = TABLE + '[[route]]\nwhen = { last_word = "refused" }\nscript = "tv"\nvariant = "customer"\n'
    Path("odd.toml").write_text(whole + '[[route]]\nwhen = { spoken = "yes", party = "business" }\nscript = "tv"\n')
    done = campaigns("campaign", "routes", "check", "upsell", "odd.toml")
    assert done.exit_code == 1
    for said in (
        "line 3: nobody comes to this line",
        "line 3: script tv has no words of its own for variant customer",
        "line 3: last_word goes by what somebody said",
        "line 4: nobody comes to this line",
    ):
        assert said in done.stderr
    document = told("campaign", "routes", "check", "upsell", "odd.toml", code=1)
    assert [each["line"] for each in document["remarks"]] == [3, 3, 3, 4]
    assert told("campaign", "routes", "show", "upsell") == []
    assert told("campaign", "routes", "check", "upsell", "routes.toml")["remarks"] == []
    assert "warning: line 4: nobody" in campaigns("campaign", "routes", "set", "upsell", "odd.toml").stderr
    assert campaigns("campaign", "routes", "check", "upsell").exit_code == 1


def test_a_check_and_a_list_tell_the_routed_script(campaigns: Run, told: Told) -> None:
    """With why, and in the column of a list; nobody has read what nobody must."""
    told("campaign", "set", "care", "--script", "tv")
    campaigns("campaign", "routes", "set", "care", "routes.toml")
    Path("customers.csv").write_text("number,status,products\n3331234567,current,fibra\n3331234568,current,voce\n")
    assert campaigns("import", "customers", "customers.csv", "--principal", "fastnet").exit_code == 0
    at = ("--campaign", "care", "--at", "2026-11-23T10:00:00+01:00")
    script = told("check", "3331234567", *at)["script"]
    assert (script["id"], script["version"], script["why"]) == ("tv", "7", "Riga 1: è cliente e ha fibra.")
    assert "Riga 1" in campaigns("check", "3331234567", *at).stdout
    Path("care.toml").write_text('[[route]]\nwhen = { products = "voce" }\nscript = "courtesy"\n')
    campaigns("campaign", "routes", "set", "care", "care.toml")
    Path("list.csv").write_text("number\n3331234567\n3331234568\n")
    assert campaigns("check", "--list", "list.csv", "-o", "out.csv", *at).exit_code == 0
    assert [line.rsplit(",", 1)[1] for line in Path("out.csv").read_text().splitlines()] == ["script", "tv", "courtesy"]


@pytest.mark.parametrize(
    ("campaign", "options", "said"),
    [
        ("upsell", ("--customers", "care"), "with which words? Name them by --care-script"),
        ("upsell", ("--customers", "care", "--care-script", "gone"), "there is no script 'gone'"),
        ("upsell", ("--offers", "care"), "only calls for care and service"),
        ("care", ("--offers", "gone"), "no campaign gone"),
        ("care", ("--offers", "care"), "needs a campaign for upsell"),
        ("care", ("--language", "german"), "--language 'german': two letters"),
        ("care", ("--purpose", "acquisition", "--customers", "care", "--care-script", "tv"), "core/already_customer"),
    ],
)
def test_what_could_never_come_to_anything_is_refused(
    campaigns: Run, told: Told, campaign: str, options: tuple[str, ...], said: str
) -> None:
    """Exit code 2, and the campaign stays as it was."""
    before = told("campaign", "show", campaign)
    done = campaigns("campaign", "set", campaign, *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert told("campaign", "show", campaign) == before


def test_customers_languages_and_offers_are_set_and_taken_back(campaigns: Run, told: Told) -> None:
    """Each is shown; an acquisition campaign cannot care, whichever is said first."""
    given = ("--customers", "care", "--care-script", "tv", "--language", "it", "--language", "de", "--offers", "upsell")
    held = told("campaign", "set", "care", *given)
    assert (held["customers"], held["care_script"], held["languages"], held["offers"]) == (
        "care",
        "tv",
        "it de",
        "upsell",
    )
    assert "is a customer: tv, before any line" in campaigns("campaign", "routes", "show", "care").stdout
    remarks = told("campaign", "routes", "check", "care", code=1)["remarks"]
    assert {each["what"] for each in remarks} == {
        "script courtesy is not written in de, in which the campaign calls",
        "script tv is not written in de, in which the campaign calls",
    }
    assert campaigns("campaign", "set", "care", "--purpose", "acquisition").exit_code == 2
    held = told("campaign", "set", "care", "--customers", "packs", "--language", "", "--offers", "")
    assert (held["customers"], held["languages"], held["offers"]) == ("", "", None)
    denied = told("campaign", "set", "care", "--customers", "deny")
    assert denied["customers"] == "deny"
    assert "not called at all" in campaigns("campaign", "routes", "show", "care").stdout
    refused = campaigns("campaign", "add", "won", *CAMPAIGN, "--customers", "care", "--care-script", "tv")
    assert refused.exit_code == 2
    assert "won" not in [each["id"] for each in told("campaign", "list")]


def test_an_operator_speaks_more_than_one_language(campaigns: Run, told: Told) -> None:
    """And a campaign in another one is denied for them, in a check that names them."""
    told("campaign", "set", "care", "--language", "de")
    told("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    told("operator", "add", "bruno", "--endpoint", "PJSIP/102", "--language", "it", "--speaks", "en", "--speaks", "de")
    at = ("--campaign", "care", "--at", "2026-11-23T10:00:00+01:00")
    denied = told("check", "3331234567", *at, "--operator", "anna", code=4)
    assert [each["rule"] for each in denied["reasons"]] == ["gate/campaign_language"]
    assert denied["reasons"][0]["text"] == "La campagna care chiama in de, e questo operatore non parla questa lingua."
    assert told("check", "3331234567", *at, "--operator", "bruno")["verdict"] == "permit"
    assert told("check", "3331234567", *at)["verdict"] == "permit"
    speaks = {each["id"]: each["speaks"] for each in told("operator", "list")}
    assert speaks == {"admin": [], "anna": [], "bruno": ["en", "de"]}
    assert campaigns("operator", "add", "x", "--endpoint", "a/1", "--language", "it", "--speaks", "x").exit_code == 2


def test_json_is_one_document(campaigns: Run) -> None:
    """Whatever else there is to say goes to standard error."""
    Path("odd.toml").write_text(TABLE + TABLE)
    done = campaigns("campaign", "routes", "set", "upsell", "odd.toml", "--json")
    assert len(json.loads(done.stdout)) == 4
    assert "nobody comes" in done.stderr


def test_a_script_for_other_purposes_is_told(campaigns: Run, told: Told) -> None:
    """By the table's check, by the script's, and by the campaign, which does not take it as its own."""
    Path("scripts/sale.toml").write_text(TV.replace('"tv"', '"sale"').replace('purposes = ["upsell", "care"]\n', ""))
    assert campaigns("db", "upgrade").exit_code == 0
    Path("routes.toml").write_text('[[route]]\nwhen = { spoken = "yes" }\nscript = "sale"\n')
    checked = told("campaign", "routes", "check", "care", "routes.toml", code=1)
    marketing = "marketing (acquisition, consent_recovery, retention, upsell)"
    said = f"script sale is written for {marketing}, and campaign care is for"
    assert {"line": 1, "what": f"{said} care: this line is passed over"} in checked["remarks"]
    assert campaigns("campaign", "routes", "check", "upsell", "routes.toml").exit_code == 0
    refused = campaigns("campaign", "set", "care", "--script", "sale")
    assert (refused.exit_code, f"{said} care (--script): it would never be shown" in refused.stderr) == (2, True)
    assert campaigns("campaign", "set", "upsell", "--script", "sale").exit_code == 0
    Path("scripts/study.toml").write_text(TV.replace('"tv"', '"study"').replace('"upsell", "care"', '"research"'))
    assert campaigns("db", "upgrade").exit_code == 0
    refused = campaigns("campaign", "set", "upsell", "--customers", "care", "--care-script", "study")
    assert (refused.exit_code, "customers be denied" in refused.stderr) == (2, True)
    linted = told("scripts", "lint", "scripts/study.toml", "--campaign", "upsell", code=1)
    assert [each["what"] for each in linted["findings"] if each["fault"] == "not_for_campaign"] == [
        "is written for research, and campaign upsell is for upsell: there it is never shown; write its purpose into "
        "purposes, or give the campaign another script"
    ]
    assert campaigns("scripts", "lint", "scripts/study.toml", "--campaign", "nowhere").exit_code == 2
