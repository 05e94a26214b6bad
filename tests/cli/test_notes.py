"""What people said and were promised, by hand: flags, permits, callbacks, registrations, dispositions."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from ari_app.cli import dispositions, flags
from ari_app.config import load_settings
from ari_app.main import open_courtroom, open_database
from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.outcome import Outcome
from ari_app.policy.request import Ask, Door
from ari_app.ports.verdicts import Ending
from tests.cli.conftest import CAMPAIGN, Run, Told

NUMBER, E164 = "347 1234501", "+393471234501"
LATER = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")


@pytest.fixture
def adsl(told: Told) -> Told:
    """With a campaign and an operator."""
    told("campaign", "add", "adsl", *CAMPAIGN)
    told("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it", "--campaign", "adsl")
    return told


def a_call(folder: Path, *, operator: str = "anna") -> str:
    """A call of anna's to the number that was answered and is over; its id."""
    settings = load_settings(folder / "garbo.toml", {n: v for n, v in os.environ.items() if n.startswith("GARBO_")})

    async def place() -> str:
        database = open_database(settings)
        try:
            room = open_courtroom(settings, database)
            record = await room.judge.judge(
                Ask(dialled=NUMBER, door=Door.STASIS, campaign="adsl", operator=operator, attended=True)
            )
            assert record.verdict == "permit", record.reasons
            now = datetime.now(UTC)
            ending = Ending(outcome=Outcome.ANSWERED, ended_at=now, dialled_at=now, answered_at=now)
            await room.verdicts.close(record.call_id, ending)
            return record.call_id
        finally:
            database.close()

    return asyncio.run(place())


def codes(told: Told, *options: str, code: int = 4) -> set[str]:
    """Reasons of the next verdict on the number."""
    return {each["code"] for each in told("check", NUMBER, "--campaign", "adsl", *options, code=code)["reasons"]}


def test_the_words_are_those_of_the_core() -> None:
    """Listed by hand, so that help needs no import of the core."""
    assert set(get_args(flags.KindName)) == set(FlagKind)
    assert set(get_args(dispositions.DispositionName)) == set(Disposition)


def test_a_flag_is_set_shown_and_cleared(made: Run, adsl: Told) -> None:
    """It binds the very next verdict, and no other after it was cleared; it stays on record."""
    added = adsl("flag", "add", NUMBER, "--principal", "fastnet", "minor", "--source", "her mother")
    assert (added["number"], added["kind"], added["source"]) == (E164, "minor", "her mother")
    assert codes(adsl) == {"person_protected"}
    assert added["id"] in made("flag", "show", NUMBER).stdout
    assert adsl("flag", "clear", added["id"], "--by", "Rossi")["cleared_by"] == "Rossi"
    assert codes(adsl, code=0) == set()
    assert [each["cleared_by"] for each in adsl("flag", "show", NUMBER)] == ["Rossi"]
    assert made("flag", "clear", "nothing", "--by", "Rossi").exit_code == 2


def test_a_permit_is_granted_and_shown(made: Run, adsl: Told) -> None:
    """With its source and who granted it."""
    added = adsl("permit", "add", NUMBER, "--principal", "fastnet", "--source", "web_form", "--expires", LATER)
    (held,) = adsl("permit", "show", NUMBER)
    assert (held["id"], held["number"], held["source"], held["uses"]) == (added["id"], E164, "web_form", 0)
    assert held["granted_by"] == "cli"
    assert "web_form" in made("permit", "show", NUMBER).stdout


def test_a_registration_is_its_holders(adsl: Told) -> None:
    """The last day holds through; of the same register and number the new entry counts."""
    for day in ("2027-01-31", "2028-01-31"):
        words = ("--register", "san", "--number", "7", "--until", day)
        adsl("registration", "add", "--principal", "fastnet", *words)
    (held,) = adsl("registration", "list")
    assert (held["id"], held["holder"], held["register"], held["number"]) == ("fastnet", "principal", "SAN", "7")
    assert held["valid_until"] >= "2028-01-31T"
    assert adsl("campaign", "show", "adsl")["registrations"][0]["register"] == "SAN"


def test_a_promise_is_made_listed_and_done(made: Run, adsl: Told) -> None:
    """First due first; a promise that was kept is listed with its number only."""
    first = adsl("callback", "add", NUMBER, "--campaign", "adsl", "--due", LATER, "--operator", "anna")
    second = adsl("callback", "add", "347 1234502", "--campaign", "adsl", "--due", LATER.replace("+00:00", "-01:00"))
    assert [each["id"] for each in adsl("callback", "list")] == [first["id"], second["id"]]
    assert first["id"] in made("callback", "list", "--principal", "fastnet").stdout
    assert adsl("callback", "list", "--until", datetime.now(UTC).isoformat()) == []
    assert adsl("callback", "done", first["id"])["done_at"] is not None
    assert [each["id"] for each in adsl("callback", "list")] == [second["id"]]
    assert [each["id"] for each in adsl("callback", "list", "--number", NUMBER)] == [first["id"]]


def test_a_word_on_a_call_binds_the_next(made: Run, adsl: Told, tmp_path: Path) -> None:
    """Never again is a suppression at once; who noted it is who called, unless somebody else is named."""
    call_id = a_call(tmp_path)
    noted = adsl("calls", "disposition", call_id, "never_again", "--note", "angry")
    assert (noted["call_id"], noted["disposition"], noted["operator"]) == (call_id, "never_again", "anna")
    assert adsl("suppression", "show", NUMBER)[0]["id"] == noted["suppression"]
    assert "suppressed_principal" in codes(adsl)
    assert "suppressed" in made("calls", "disposition", call_id, "never_again").stdout


def test_a_supervisor_corrects_a_word_by_its_recording(made: Run, adsl: Told, tmp_path: Path) -> None:
    """Both are kept and what it suppressed stays; nobody else corrects, and no word without a recording does."""
    call_id = a_call(tmp_path)
    adsl("operator", "add", "carla", "--endpoint", "PJSIP/109", "--language", "it", "--role", "supervisor")
    adsl("calls", "disposition", call_id, "never_again")
    word = ("calls", "disposition", call_id, "not_now", "--correct")
    for more, said in (
        (("--recording", "rec-7"), "--by SUPERVISOR"),
        (("--by", "carla"), "--recording REF"),
        (("--recording", "rec-7", "--by", "anna"), "no supervisor"),
        (("--recording", "rec-7", "--by", "carlo"), "did you mean carla"),
        (("--recording", "rec-7", "--by", "carla", "--operator", "anna"), "--by says who"),
    ):
        refused = made(*word, *more, "--json")
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert said in refused.stderr
    assert "--correct" in made("calls", "disposition", call_id, "sold", "--recording", "rec-7").stderr
    noted = adsl(*word, "--recording", "rec-7", "--by", "carla")
    assert (noted["operator"], noted["disposition"], noted["recording"]) == ("carla", "not_now", "rec-7")
    assert "suppressed_principal" in codes(adsl)
    assert "corrected" in made("calls", "disposition", call_id, "sold").stderr


def test_a_wrong_number_at_the_command_line_voids_what_was_said_before(adsl: Told, tmp_path: Path) -> None:
    """A customer who was one is none there any more, until the brand says so again."""
    call_id = a_call(tmp_path)
    (tmp_path / "c.csv").write_text(f"number,status\n{NUMBER},current\n")
    adsl("import", "customers", "c.csv", "--principal", "fastnet")
    assert "already_customer" in codes(adsl)
    adsl("calls", "disposition", call_id, "wrong_number", "--need", "a taxi")
    assert "already_customer" not in codes(adsl)
    assert "wrong_number" in codes(adsl)
    assert [each["text"] for each in adsl("disclose", NUMBER)["held"]["needs"]] == ["a taxi"]


def test_whoever_says_they_are_a_customer_waits_for_the_brand(made: Run, adsl: Told, tmp_path: Path) -> None:
    """Not called to be won meanwhile; confirmed they are a customer, denied they may be called."""
    call_id = a_call(tmp_path)
    whose = ("--principal", "fastnet")
    assert adsl("customer", "claims", *whose) == []
    adsl("calls", "disposition", call_id, "already_customer")
    (claim,) = adsl("customer", "claims", *whose)
    assert (claim["number"], claim["source"]) == (E164, f"call {call_id}")
    assert E164 in made("customer", "claims", *whose).stdout
    assert "already_customer" in codes(adsl)
    adsl("customer", "deny", NUMBER, *whose, "--by", "Rossi")
    assert "already_customer" not in codes(adsl, code=3)
    assert made("customer", "deny", NUMBER, *whose, "--by", "Rossi").exit_code == 2
    adsl("flag", "add", NUMBER, *whose, "already_customer", "--source", "a letter")
    confirmed = adsl(
        "customer", "confirm", NUMBER, *whose, "--by", "Rossi", "--product", "fibra", "--since", "2024-01-01"
    )
    assert (confirmed["number"], confirmed["confirmed"]) == (E164, True)
    assert adsl("customer", "show", NUMBER, *whose)["listed"]["products"] == ["fibra"]
    assert "already_customer" in codes(adsl)
    assert adsl("customer", "claims", *whose) == []


def test_a_callback_and_a_language_say_what_they_mean(made: Run, adsl: Told, tmp_path: Path) -> None:
    """When, and which; the promise is listed, the language is on the person."""
    call_id = a_call(tmp_path)
    assert "--callback-at" in made("calls", "disposition", call_id, "callback").stderr
    noted = adsl("calls", "disposition", call_id, "callback", "--callback-at", LATER)
    assert [each["id"] for each in adsl("callback", "list")] == [noted["callback"]]
    assert "--value" in made("calls", "disposition", call_id, "language").stderr
    adsl("calls", "disposition", call_id, "language", "--value", "de")
    assert [(each["kind"], each["value"]) for each in adsl("flag", "show", NUMBER)] == [("language", "de")]
    assert adsl("callback", "list") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("flag", "add", NUMBER, "language", "--principal", "fastnet"), "two letters"),
        (("flag", "add", NUMBER, "hours", "evening", "--principal", "fastnet"), "17:00-20:00"),
        (("flag", "add", NUMBER, "minor", "12", "--principal", "fastnet"), "takes no value"),
        (("flag", "add", NUMBER, "minor", "--principal", "fastnt"), "did you mean fastnet"),
        (("permit", "add", NUMBER, "--principal", "fastnt", "--source", "web_form"), "did you mean fastnet"),
        (
            ("permit", "add", NUMBER, "--principal", "fastnet", "--source", "web_form", "--expires", "2020-01-01"),
            "that is past",
        ),
        (("registration", "add", "--register", "SAN", "--number", "7"), "--agency A or --principal P"),
        (("registration", "add", "--register", "SAN", "--number", "7", "--agency", "none"), "no agency"),
        (("callback", "add", NUMBER, "--campaign", "adls", "--due", LATER), "did you mean adsl"),
        (("callback", "add", NUMBER, "--campaign", "adsl", "--due", "2099-12-31"), "name the hour too"),
        (("callback", "add", NUMBER, "--campaign", "adsl", "--due", "2020-12-31T10:00"), "that is past"),
        (("callback", "add", NUMBER, "--campaign", "adsl", "--due", LATER, "--operator", "ana"), "did you mean anna"),
        (("callback", "done", "nothing"), "no callback"),
        (("calls", "disposition", "nothing", "refused"), "no call nothing"),
    ],
)
def test_what_cannot_be_is_refused(made: Run, adsl: Told, words: tuple[str, ...], said: str) -> None:
    """Exit code 2, one line that says what would be right, nothing on standard output."""
    done = made(*words, "--json")
    assert done.exit_code == 2, done.stdout
    assert said in done.stderr
    assert done.stdout == ""


def test_a_campaign_says_what_it_offers_and_who_speaks(made: Run, adsl: Told) -> None:
    """Shown, changed, and taken back; a sector that no pack knows is warned of."""
    adsl("campaign", "set", "adsl", "--product", "fibra", "--call-mode", "ai_voice", "--trunk-country", "ch")
    adsl("campaign", "set", "adsl", "--own-similar-products")
    shown = adsl("campaign", "show", "adsl")
    assert (shown["product"], shown["call_mode"], shown["trunk_country"]) == ("fibra", "ai_voice", "CH")
    assert shown["own_similar_products"] is True
    assert shown["opened_at"] is not None
    assert "trunk_country" in made("campaign", "show", "adsl").stdout
    changed = adsl("campaign", "set", "adsl", "--no-own-similar-products", "--trunk-country", "")
    assert (changed["own_similar_products"], changed["trunk_country"]) == (False, "")
    assert "no pack knows the sector shoes" in made("campaign", "set", "adsl", "--sector", "shoes").stderr
