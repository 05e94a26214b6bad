"""`garbo init --admin`, `operator password|set|sit|leave`, `sessions`, `agreement`, and tokens for the desk."""

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ari_app.cli.app import app
from ari_app.config import load_settings
from ari_app.main import first_admin, open_logins, open_web_sessions
from ari_app.ports.sign_in import Proof
from ari_app.ports.verdicts import StoreConflict
from tests.cli.conftest import CAMPAIGN, Run, Told

PASSWORD = "un gatto sul tetto (test)"


def test_init_makes_the_first_admin(run: Run, tmp_path: Path) -> None:
    """Whose password is shown this once, nowhere kept, and must be changed."""
    done = run("init", "--admin", "capo", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.keys() == {"config", "key", "database_revision", "admin", "admin_password"}
    assert told["admin"] == "capo"
    assert len(told["admin_password"]) >= 20
    listed = json.loads(run("operator", "list", "--json").stdout)
    assert [(each["id"], each["role"], each["endpoint"], each["language"]) for each in listed] == [
        ("capo", "admin", "", "it")
    ]
    for file in tmp_path.iterdir():
        assert told["admin_password"].encode() not in file.read_bytes()
    tried = open_logins(load_settings(None, {})).take_try("capo")
    assert tried is not None
    assert told["admin_password"] not in repr(tried)


def test_init_tells_it_beside_what_it_answers(run: Run) -> None:
    """On standard error, once; a name that is none makes nothing."""
    assert run("init", "--admin", "not one").exit_code == 2
    done = run("init")
    assert "first admin    admin" in done.stdout
    assert "Password of admin, shown this once" in done.stderr
    assert len(done.stdout) < 2000


def test_a_password_is_made_and_shown_once(told: Told, made: Run) -> None:
    """Another each time."""
    made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    first, second = (told("operator", "password", "anna", "--generate") for _ in range(2))
    assert first["password"] != second["password"]
    assert first["must_change"]
    done = made("operator", "password", "anna", "--generate")
    assert len(done.stdout.strip()) >= 20
    assert "shown this once" in done.stderr


def test_a_password_comes_from_standard_input(made: Run) -> None:
    """Its first line; it is never shown; --keep leaves it in force."""
    made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    for words, must_change in (([], True), (["--keep"], False)):
        done = CliRunner().invoke(
            app, ["operator", "password", "anna", "--stdin", *words, "--json"], input=f"{PASSWORD}\nmore\n"
        )
        assert done.exit_code == 0, done.stderr
        assert json.loads(done.stdout) == {"id": "anna", "must_change": must_change}
        assert PASSWORD not in done.output


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (["anna"], "", "--stdin"),
        (["anna", "--stdin"], "", "empty"),
        (["anna", "--stdin"], "\n", "empty"),
        (["anna", "--stdin"], "corta\n", "too short"),
        (["anna", "--stdin"], "password1234\n", "everybody"),
        (["anna", "--stdin"], "anna12345678\n", "name"),
        (["anna", "--stdin", "--generate"], "x", "one of them"),
        (["anna", "--generate", "--keep"], "x", "--keep"),
        (["nobody", "--generate"], "", "no operator nobody"),
        (["nobody", "--stdin"], PASSWORD, "no operator nobody"),
    ],
)
def test_a_bad_password_is_exit_code_2(made: Run, words: list[str], given: str, said: str) -> None:
    """With what would be right, without what was typed, and nothing is changed."""
    made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    done = CliRunner().invoke(app, ["operator", "password", *words], input=given)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert not given.strip() or given.strip() == "x" or given.strip() not in done.stderr
    assert open_logins(load_settings(None, {})).take_try("anna") is None


def test_people_are_added_with_what_is_known(told: Told, made: Run) -> None:
    """Name, team and languages; an operator has a phone, others may have none."""
    add = ("operator", "add", "anna", "--language", "it")
    done = made(*add)
    assert done.exit_code == 2
    assert "PJSIP/101" in done.stderr
    said = told(
        *add, "--endpoint", "PJSIP/101", "--name", " Anna ", "--team", "nord", "--speaks", "de", "--speaks", "fr"
    )
    assert (said["name"], said["team"], said["speaks"]) == ("Anna", "nord", ["de", "fr"])
    assert told("operator", "add", "sara", "--language", "it", "--role", "supervisor")["endpoint"] == ""
    assert made("operator", "add", "x", "--language", "it", "--role", "admin", "--speaks", "deutsch").exit_code == 2


def test_people_are_changed(told: Told, made: Run) -> None:
    """What is named and nothing else; empty takes away; what would leave an operator without a phone is refused."""
    made("campaign", "add", "adsl", *CAMPAIGN, "--pack", "it")
    made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it", "--name", "Anna", "--team", "nord")
    said = told("operator", "set", "anna", "--team", "sud", "--speaks", "de", "--campaign", "adsl", "--language", "en")
    assert (said["name"], said["team"], said["speaks"], said["campaigns"]) == ("Anna", "sud", ["de"], ["adsl"])
    said = told("operator", "set", "anna", "--team", "", "--speaks", "", "--name", "")
    assert (said["name"], said["team"], said["speaks"], said["campaigns"]) == ("", "", [], ["adsl"])
    assert told("operator", "set", "anna", "--role", "supervisor", "--endpoint", "")["endpoint"] == ""
    for words in (
        ["anna"],
        ["nobody", "--team", "x"],
        ["anna", "--role", "operator"],
        ["anna", "--endpoint", "101"],
        ["anna", "--campaign", "nowhere"],
        ["anna", "--role", "boss"],
    ):
        assert made("operator", "set", *words).exit_code == 2
    assert told("operator", "set", "anna", "--role", "operator", "--endpoint", "PJSIP/7")["endpoint"] == "PJSIP/7"


def test_who_sits_where_is_said_by_hand(told: Told, made: Run) -> None:
    """Whose phone it was is told; leaving twice is no error."""
    made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    made("operator", "add", "bruno", "--endpoint", "PJSIP/102", "--language", "it")
    said = told("operator", "sit", "bruno", "pjsip/101")
    assert (said["operator"], said["phone"], said["instead_of"]) == ("bruno", "PJSIP/101", "anna")
    assert "the phone of bruno" in made("operator", "sit", "anna", "PJSIP/101").stderr
    assert told("operator", "leave", "anna") == {"operator": "anna", "left": "PJSIP/101"}
    assert told("operator", "leave", "anna") == {"operator": "anna", "left": None}
    for words in (["sit", "nobody", "PJSIP/1"], ["sit", "anna", "101"], ["leave", "nobody"]):
        assert made("operator", *words).exit_code == 2


def test_sessions_are_listed_and_ended(told: Told, made: Run) -> None:
    """By one, by operator, all; what would end everything has to be said."""
    settings = load_settings(None, {})
    made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    entry = open_logins(settings).set_password("anna", PASSWORD, must_change=False)
    book = open_web_sessions(settings)

    def begin() -> str:
        new = book.begin(Proof(operator="anna", changed_at=entry.changed_at))
        assert new is not None
        return new.secret

    secrets = [begin() for _ in range(3)]
    listed = told("sessions", "list")
    assert [each["operator"] for each in listed] == ["anna"] * 3
    assert not [secret for secret in secrets if secret in json.dumps(listed)]
    assert told("sessions", "end", listed[0]["id"]) == {"ended": [listed[0]["id"]]}
    assert made("sessions", "end", listed[0]["id"]).exit_code == 2
    for words in ([], ["x", "--all"], ["--all", "--operator", "anna"]):
        assert made("sessions", "end", *words).exit_code == 2
    assert len(told("sessions", "end", "--operator", "anna")["ended"]) == 2
    assert told("sessions", "end", "--all") == {"ended": []}
    assert [book.find(secret) for secret in secrets] == [None] * 3


def test_an_agreement_is_made_shown_and_ended(told: Told, made: Run) -> None:
    """Its reference and who said so; its end is asked about first, because times are removed."""
    assert "no agreement" in made("agreement", "show").stderr
    new = told("agreement", "make", "--reference", "accordo 12/2026", "--by", "rsu")
    assert (new["reference"], new["made_by"], new["ended_at"]) == ("accordo 12/2026", "rsu", None)
    for words in (
        ["make", "--reference", "x", "--by", "y"],
        ["make", "--reference", " ", "--by", "y"],
        ["end", "--by", "x"],
    ):
        assert made("agreement", *words).exit_code == 2
    assert told("agreement", "show") == [new]
    ended = told("agreement", "end", "--by", "direzione", "--yes")
    assert ended["ended_by"] == "direzione"
    assert told("agreement", "show") == [ended]
    assert made("agreement", "end", "--by", "x", "--yes").exit_code == 2


def test_a_backup_signs_nobody_in(told: Told, made: Run) -> None:
    """Who signed out since it was made is not signed in by putting it back."""
    settings = load_settings(None, {})
    made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    entry = open_logins(settings).set_password("anna", PASSWORD, must_change=False)
    new = open_web_sessions(settings).begin(Proof(operator="anna", changed_at=entry.changed_at))
    assert new is not None
    told("backup", "a.tar")
    assert open_web_sessions(settings).end(new.secret) == "anna"
    told("restore", "a.tar", "--yes")
    assert open_web_sessions(settings).find(new.secret) is None
    assert told("sessions", "list") == []
    tried = open_logins(settings).take_try("anna")
    assert tried is not None
    assert tried.looked_at


def test_an_admin_that_is_there_is_enough(told: Told, made: Run) -> None:
    """A database that has an admin gets no other; a name that is somebody else's is refused."""
    settings = load_settings(None, {})
    assert first_admin(settings, "other", language="it") is None
    told("operator", "remove", "admin")
    made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    with pytest.raises(StoreConflict, match="anna is operator, not an admin"):
        first_admin(settings, "anna", language="it")
    made("operator", "add", "capo", "--language", "it", "--role", "admin")
    assert first_admin(settings, "capo", language="it")


def test_a_token_for_the_desk(told: Told, made: Run) -> None:
    """For no principal."""
    assert told("token", "create", "--scope", "desk")["scope"] == "desk"
    assert made("token", "create", "--scope", "desk", "--principal", "fastnet").exit_code == 2


def test_removing_somebody_ends_their_sessions(told: Told, made: Run, tmp_path: Path) -> None:
    """Login, sessions and seat go with them."""
    settings = load_settings(None, {})
    made("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    entry = open_logins(settings).set_password("anna", PASSWORD, must_change=False)
    open_web_sessions(settings).begin(Proof(operator="anna", changed_at=entry.changed_at))
    made("operator", "sit", "anna", "PJSIP/205")
    told("operator", "remove", "anna")
    with sqlite3.connect(tmp_path / "garbo.db") as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {table} WHERE operator = 'anna'").fetchone()[0]  # noqa: S608
            for table in ("login", "web_session", "phone")
        ]
    connection.close()
    assert counts == [0, 0, 0]
