"""`garbo doctor` without an Asterisk: what it says of the database, of this machine, and how it says it."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.cli.conftest import CAMPAIGN, Run, Told

NOBODY = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, made: Run) -> None:
    """Nobody answers anywhere, whatever runs on this machine."""
    monkeypatch.setenv("GARBO_ASTERISK__ARI_URL", f"{NOBODY}/ari")
    monkeypatch.setenv("GARBO_WEB__PUBLIC_URL", NOBODY)
    monkeypatch.setenv("GARBO_WEB__PORT", "1")


def found(told: Told, *words: object) -> dict[str, str]:
    """What is found, by id."""
    return {each["id"]: each["what"] for each in told("doctor", *words, code=1)}


def test_a_new_installation_without_asterisk(told: Told) -> None:
    """One document, the gravest first, each with why it matters and what mends it; all is looked at."""
    document: list[dict[str, Any]] = told("doctor", code=1)
    assert [each["id"] for each in document] == [
        *("ari.unreachable", "web.public_url", "ami.off", "canary.off", "dialplan.unseen")
    ]
    assert all(set(each) == {"id", "severity", "what", "why", "remedy"} for each in document)


def test_it_tells_people_what_it_looks_at_and_what_mends_it(made: Run) -> None:
    """Progress goes to standard error, and a count ends the list."""
    done = made("doctor")
    assert done.exit_code == 1
    assert "looking at the database …" in done.stderr
    assert "error: ari.unreachable: " in done.stdout
    assert "\n    mend: " in done.stdout
    assert done.stdout.rstrip().endswith("1 error, 3 warnings, 1 note")


def test_campaigns_are_held_against_their_packs(told: Told, made: Run) -> None:
    """A caller id that is in no register, lists that are not there, a pack that is none; mended, it is gone."""
    assert made("campaign", "add", "autumn", *CAMPAIGN, "--pack", "it").exit_code == 0
    before = found(told)
    assert "caller_id.unregistered" in before
    assert "lists.none" in before
    assert "+390844123456" in before["caller_id.unregistered"]
    Path("ids.csv").write_text("number,owner,registered_in\n+390844123456,fastnet,ROC\n")
    assert made("import", "caller-ids", "ids.csv").exit_code == 0
    assert "caller_id.unregistered" not in found(told)
    assert made("campaign", "set", "autumn", "--closed").exit_code == 0
    assert {"lists.none", "pack.draft"}.isdisjoint(found(told))


def test_contacts_without_an_answer_of_the_register(told: Told, made: Run) -> None:
    """They are counted for each open campaign."""
    made("campaign", "add", "autumn", *CAMPAIGN, "--pack", "it")
    Path("contacts.csv").write_text("number,list_source\n+393330000001,fair\n+393330000002,fair\n")
    done = made("import", "contacts", "contacts.csv", "--campaign", "autumn", "--approved-by", "brand")
    assert done.exit_code == 0, done.stderr
    assert "2 contacts" in found(told)["screening.expired"]


def test_a_default_campaign_that_is_none(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name."""
    monkeypatch.setenv("GARBO_GATE__DEFAULT_CAMPAIGN", "spring")
    assert "spring" in found(told)["campaign.default"]


def test_a_database_that_is_not_there(told: Told) -> None:
    """It is a finding, and the machine is looked at all the same."""
    Path("garbo.db").unlink()
    held = found(told)
    assert "garbo.db" in held["database.unreachable"]
    assert "canary.off" in held


def test_a_database_of_another_schema(told: Told) -> None:
    """It is told, and not read."""
    import sqlite3

    with sqlite3.connect("garbo.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.close()
    assert "0001" in found(told)["database.schema"]


def test_another_installations_key(told: Told) -> None:
    """Nothing would be found with it."""
    Path("garbo.key").write_text("ab" * 32 + "\n")
    assert "database.key" in found(told)


def test_a_key_that_is_gone_and_one_that_lies_open(told: Told) -> None:
    """Each is told; so is a configuration with a password in it that others can read."""
    Path("garbo.key").chmod(0o644)
    config = Path("garbo.toml")
    config.chmod(0o644)
    assert "secret.mode" not in found(told)
    config.write_text(config.read_text().replace('ari_password = ""', 'ari_password = "a test secret"', 1))
    held = found(told)
    assert "key.mode" in held
    assert "garbo.toml" in held["secret.mode"]
    Path("garbo.key").unlink()
    assert "restore it" in found(told)["key.missing"]


@pytest.fixture
def stranger() -> Iterator[int]:
    """A port on which somebody else than a gate answers."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"welcome")

        def log_message(self, format: str, *args: object) -> None:
            """Not to standard error."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    serving = Thread(target=server.serve_forever)
    serving.start()
    yield server.server_port
    server.shutdown()
    serving.join()
    server.server_close()


def test_a_port_that_somebody_else_has(told: Told, stranger: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a public address that leads there."""
    monkeypatch.setenv("GARBO_WEB__PORT", str(stranger))
    monkeypatch.setenv("GARBO_WEB__PUBLIC_URL", f"http://127.0.0.1:{stranger}")
    held = found(told)
    assert str(stranger) in held["web.port"]
    assert str(stranger) in held["web.public_url"]


def test_a_fastagi_door_that_nobody_holds(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where the dialplan asks by it."""
    monkeypatch.setenv("GARBO_FASTAGI__GATES", json.dumps(["127.0.0.1:1"]))
    assert "fastagi.silent" not in found(told)
    monkeypatch.setenv("GARBO_ASTERISK__DOOR", "fastagi")
    assert "127.0.0.1:1" in found(told)["fastagi.silent"]


def test_an_ami_that_is_not_there(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once."""
    monkeypatch.setenv("GARBO_ASTERISK__AMI_USER", "garbo")
    monkeypatch.setenv("GARBO_ASTERISK__AMI_PORT", "1")
    held = found(told)
    assert "ami.unreachable" in held
    assert "ami.off" not in held
