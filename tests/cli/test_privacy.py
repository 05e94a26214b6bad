"""`garbo disclose`, `erase`, `retention` and `key`, as they are typed."""

import asyncio
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ari_app import main
from ari_app.config import Settings, load_settings
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door
from tests.cli.conftest import CAMPAIGN, HOURS, Run, Told

MARIO, PAOLA = "+393331234567", "+393330000002"
ERASE = ("--reason", "asked by letter", "--by", "dpo", "--yes")
EVIL = "<script>alert('x')</script>"


@pytest.fixture
def filled(told: Told, made: Run, tmp_path: Path) -> Told:
    """An installation that holds something of every kind on Mario."""
    assert made("campaign", "add", "adsl", *CAMPAIGN).exit_code == 0
    told("suppression", "add", PAOLA, "--reason", "opt_out")
    (tmp_path / "people.csv").write_text(f"number,status,products,person\n{MARIO},current,fibra,P1\n")
    told("import", "customers", "people.csv", "--principal", "fastnet")
    (tmp_path / "list.csv").write_text(f'number,list_source,listed\n{MARIO},"the fair {EVIL}",yes\n')
    told("import", "contacts", "list.csv", "--campaign", "adsl", "--approved-by", "Rossi")
    head = "number,purpose,given_at,text_version,evidence\n"
    (tmp_path / "consents.csv").write_text(f"{head}{MARIO},marketing,2026-01-01,v3,letter 12\n")
    told("import", "consents", "consents.csv", "--principal", "fastnet")
    told("flag", "add", MARIO, "--principal", "fastnet", "complaint")
    told("callback", "add", MARIO, "--campaign", "adsl", "--due", "2099-01-01T10:00:00Z")
    told("permit", "add", MARIO, "--principal", "fastnet", "--source", "web_form")
    judged(settings(tmp_path), MARIO)
    return told


def settings(folder: Path) -> Settings:
    """The installation's."""
    return load_settings(folder / "garbo.toml", {})


def judged(of: Settings, number: str) -> VerdictRecord:
    """A verdict, committed."""

    async def judge() -> VerdictRecord:
        database = main.open_database(of)
        try:
            room = main.open_courtroom(of, database)
            return await room.judge.judge(Ask(dialled=number, door=Door.API, campaign="adsl"))
        finally:
            database.close()

    return asyncio.run(judge())


class Page(HTMLParser):
    """What is in a page, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_all_that_is_held_is_told(filled: Told) -> None:
    """Each kind, with where it came from; the key is explained."""
    told = filled("disclose", MARIO)
    held = told["held"]
    empty = {name for name, rows in held.items() if not rows}
    calls_and_desk = {"attempts", "needs", "turns", "leases", "legs", "bypasses", "api_answers"}
    assert empty == {"suppressions", "live_customers", "screenings", "erasures", *calls_and_desk}
    assert held["contacts"][0]["list_source"] == f"the fair {EVIL}"
    assert (held["contacts"][0]["list"]["file"], held["contacts"][0]["current"]) == ("list.csv", True)
    assert (held["consents"][0]["evidence"], held["consents"][0]["text_version"]) == ("letter 12", "v3")
    assert held["customers"][0]["products"] == ["fibra"]
    assert held["calls"][0]["verdict"] == "deny"
    assert "already_customer" in {reason["code"] for reason in held["calls"][0]["reasons"]}
    assert held["calls"][0]["callee"] == MARIO
    assert (len(told["key"]["number_key"]), "HMAC" in told["key"]["made"]) == (32, True)
    assert {name for rows in held.values() for row in rows for name in row} & {"number_key", "key_id"} == set()


@pytest.mark.parametrize(("language", "heading"), [("it", "da dove viene il numero"), ("en", "where the number comes")])
def test_a_page_needs_nothing_beside_it(filled: Told, tmp_path: Path, language: str, heading: str) -> None:
    """No script, no link, every value escaped, for the owner alone."""
    filled("disclose", MARIO, "-o", "held.html", "--language", language)
    page = Page((tmp_path / "held.html").read_text())
    assert "script" not in page.tags
    assert page.links == []
    for word in (EVIL, heading, MARIO, "letter 12", "HMAC-SHA-256", "list.csv"):
        assert word in page.words
    assert (tmp_path / "held.html").stat().st_mode & 0o777 == 0o600


def test_every_word_is_there_in_both_languages() -> None:
    """What one language says the other says as well."""
    from ari_app.web.held_words import HELD

    assert HELD["it"].keys() == HELD["en"].keys()


def test_of_another_principal_nothing_is_told(filled: Told) -> None:
    """Each controller answers for itself; what binds everybody is told by each."""
    filled("principal", "add", "telnet", "--name", "Telnet", "--country", "IT")
    told = filled("disclose", MARIO, "--principal", "telnet")
    assert {name for name, rows in told["held"].items() if rows} == {"numbers"}
    assert filled("disclose", PAOLA, "--principal", "telnet")["held"]["suppressions"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("disclose", "12", "-o", "x.html"), "not a telephone number"),
        (("disclose", MARIO, "-o", "x.pdf"), ".html"),
        (("disclose", MARIO, "-o", "nowhere/x.html"), "no folder"),
        (("disclose", MARIO, "--principal", "nobody"), "no principal"),
        (("erase", MARIO, "--reason", " ", "--by", "dpo", "--yes"), "--reason"),
        (("erase", MARIO, "--reason", "asked", "--by", "dpo", "--principal", "nobody", "--yes"), "no principal"),
        (("erase", MARIO, "--reason", "asked", "--by", "dpo"), "--yes"),
    ],
)
def test_what_cannot_be_meant_is_refused(filled: Told, made: Run, words: tuple[str, ...], said: str) -> None:
    """With what would be right; and nothing is changed."""
    before = filled("disclose", MARIO)["held"]
    refused = made(*words)
    assert (refused.exit_code != 0, said in refused.stderr) == (True, True), refused.stderr
    assert filled("disclose", MARIO)["held"] == before


def test_an_erased_number_is_not_called_again(filled: Told, made: Run) -> None:
    """Nothing is left but the suppression, which denies; the ledger is whole."""
    done = filled("erase", MARIO, *ERASE)
    assert done["removed"]["contact"] == 1
    assert done["kept"] == []
    held = filled("disclose", MARIO)["held"]
    assert {name for name, rows in held.items() if rows} == {"suppressions", "erasures"}
    checked = filled("check", MARIO, "--campaign", "adsl", code=4)
    assert "suppressed_global" in {reason["code"] for reason in checked["reasons"]}
    assert filled("ledger", "verify")["sound"]
    assert MARIO not in json.dumps(filled("calls", "list"))
    assert filled("erase", MARIO, *ERASE)["id"] is None
    assert "stays suppressed for everybody" in made("erase", MARIO, *ERASE).stdout


def test_what_a_law_keeps_is_told(filled: Told, made: Run) -> None:
    """The American pack keeps customers, consents and calls; overriding it is on record."""
    assert made("campaign", "set", "adsl", "--pack", "us").exit_code == 0
    done = filled("erase", MARIO, *ERASE)
    assert {(each["record"], each["said_by"]) for each in done["kept"]} == {
        ("verdict", "us/call_records"),
        ("customer", "us/customer_records"),
        ("consent", "us/consent_records"),
    }
    told = made("erase", MARIO, *ERASE).stdout
    assert "until 20" in told
    rest = filled("erase", MARIO, *ERASE, "--despite-retention")
    assert (rest["kept"], rest["removed"]["consent"]) == ([], 1)
    assert filled("disclose", MARIO)["held"]["erasures"][-1]["report"]["despite_retention"]


def test_a_pack_that_is_missing_stops_an_erasure(filled: Told, made: Run, tmp_path: Path) -> None:
    """Nobody knows what it asks to be kept; the erasure may go on without it if one says so."""
    (tmp_path / "packs").mkdir()
    duty = 'id = "kept"\nkind = "record_retention"\nforce = "law"\nsource = { cite = "a test" }\n'
    duty += 'params = { record = "contact", min = "P900D" }\n'
    (tmp_path / "packs" / "hours.toml").write_text(f"{HOURS}[[duty]]\n{duty}")
    assert made("campaign", "set", "adsl", "--pack", "hours").exit_code == 0
    assert filled("erase", MARIO, *ERASE)["kept"][0]["record"] == "contact"
    (tmp_path / "packs" / "hours.toml").unlink()
    refused = made("erase", MARIO, *ERASE)
    assert (refused.exit_code, "pack hours" in refused.stderr) == (2, True)
    assert filled("erase", MARIO, *ERASE, "--despite-retention")["removed"]["contact"] == 1


def test_retention_counts_and_deletes(filled: Told, made: Run, tmp_path: Path) -> None:
    """A list imported anew leaves its old rows; a dry run says so and changes nothing."""
    assert filled("retention", "run") == {"dry_run": False, "rows": {}}
    (tmp_path / "list.csv").write_text(f"number,list_source\n{MARIO},a shop\n")
    filled("import", "contacts", "list.csv", "--campaign", "adsl", "--approved-by", "Rossi")
    assert filled("retention", "run", "--dry-run")["rows"] == {"old contact rows": 1}
    assert len(filled("disclose", MARIO)["held"]["contacts"]) == 2
    assert "old contact rows: 1" in made("retention", "run").stdout
    assert [row["list_source"] for row in filled("disclose", MARIO)["held"]["contacts"]] == ["a shop"]
    assert "nothing is over its time" in made("retention", "run").stdout


def test_a_gate_that_missed_a_rotation_denies(filled: Told, tmp_path: Path) -> None:
    """A judge that was opened before finds nobody any more; it says so and permits nothing."""
    of = settings(tmp_path)

    async def judge() -> list[VerdictRecord]:
        database = main.open_database(of)
        try:
            room = main.open_courtroom(of, database)
            ask = Ask(dialled=PAOLA, door=Door.API, campaign="adsl")
            before = await room.judge.judge(ask)
            await asyncio.to_thread(main.rotate_key, of)
            return [before, await room.judge.judge(ask)]
        finally:
            database.close()

    before, after = asyncio.run(judge())
    assert "suppressed_global" in {reason.code for reason in before.reasons}
    assert [reason.code for reason in after.reasons] == ["facts_unavailable"]
    assert (after.verdict, after.degraded) == ("deny", True)
    assert "suppressed_global" in {reason.code for reason in judged(of, PAOLA).reasons}


def test_a_rotation_is_told(filled: Told, made: Run, tmp_path: Path) -> None:
    """From which key to which, and what is to be done then; without --yes it asks."""
    asked = made("key", "rotate")
    assert (asked.exit_code, "every call is denied" in asked.stderr, "--yes" in asked.stderr) == (2, True, True)
    before = (tmp_path / "garbo.key").read_text()
    done = filled("key", "rotate", "--yes")
    assert (done["rows"] > 5, done["finished"]) == (True, False)
    assert (tmp_path / "garbo.key").read_text().startswith(before.strip())
    assert filled("disclose", MARIO)["key"]["id"] == done["key_id"]
