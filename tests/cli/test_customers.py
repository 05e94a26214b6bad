"""`garbo customer` and `garbo token`: what is known of a customer, what a CRM says now, who may send."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from ari_app.cli import tokens
from ari_app.ports.tokens import TokenScope
from tests.cli.conftest import CAMPAIGN, Run, Told
from tests.crm.invented import InventedCrm, Mood, listening, says

NUMBER, E164 = "333 0001234", "+393330001234"


class Beside:
    """A CRM in a thread of its own: the command line has its own loop."""

    def __init__(self) -> None:
        self.crm: InventedCrm
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._up.wait(20)

    def be(self, mood: Mood) -> None:
        """From now on."""
        self._loop.call_soon_threadsafe(setattr, self.crm, "mood", mood)

    def close(self) -> None:
        """Nobody listens any more."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._listen())

    async def _listen(self) -> None:
        async with listening() as self.crm:
            self._up.set()
            await self._over.wait()


@pytest.fixture
def crm(made: Run) -> Iterator[Beside]:
    """An installation whose brand has a CRM."""
    beside = Beside()
    with Path("garbo.toml").open("a") as file:
        file.write(f'\n[crm.fastnet]\nurl = "{beside.crm.url}"\ntimeout_ms = 2000\ncurrent = ["active"]\n')
    with_time = Path("garbo.toml").read_text().replace("deadline_ms = 300", "deadline_ms = 5000")
    Path("garbo.toml").write_text(with_time)
    yield beside
    beside.close()


def test_a_look_up_by_hand_shows_what_a_verdict_would_read(crm: Beside, told: Told, made: Run) -> None:
    """The answer as it came, and as it is read; changing nothing."""
    crm.be(says('{"status": "ACTIVE", "products": ["fibra"], "name": "Mario"}'))
    asked = told("customer", "ask", NUMBER, "--principal", "fastnet")
    assert asked["took_ms"] > 0
    assert asked == {
        "number": E164,
        "principal": "fastnet",
        "took_ms": asked["took_ms"],
        "timeout_ms": 2000,
        "status": 200,
        "answer": {"status": "ACTIVE", "products": ["fibra"], "name": "Mario"},
        "read": {"status": "current", "products": ["fibra"], "since": None, "until": None, "person": None},
        "fault": None,
    }
    shown = made("customer", "ask", NUMBER, "--principal", "fastnet")
    assert shown.exit_code == 0
    for part in (f"asked about {E164}: HTTP 200", '"name": "Mario"', "products  fibra"):
        assert part in shown.stdout
    assert told("customer", "show", NUMBER, "--principal", "fastnet")["live"] is None


@pytest.mark.parametrize(
    ("mood", "fault"),
    [
        (says('{"status": "perhaps"}'), "status: 'perhaps' is in none of current, ended and none"),
        (says("<html>"), "its answer is no JSON"),
        (says("", status=503), "it answered 503"),
    ],
)
def test_what_a_verdict_could_not_go_by_is_explained(
    crm: Beside, told: Told, made: Run, mood: Mood, fault: str
) -> None:
    """Exit code 1, and why."""
    crm.be(mood)
    assert told("customer", "ask", NUMBER, "--principal", "fastnet", code=1)["fault"] == fault
    shown = made("customer", "ask", NUMBER, "--principal", "fastnet")
    assert (shown.exit_code, fault in shown.stderr) == (1, True)


def test_nobody_is_an_answer_too(crm: Beside, told: Told) -> None:
    """404."""
    crm.be(says("", status=404))
    asked = told("customer", "ask", NUMBER, "--principal", "fastnet")
    assert (asked["status"], asked["read"]["status"], asked["answer"]) == (404, "none", None)


def test_check_asks_as_well(crm: Beside, told: Told, made: Run) -> None:
    """The same verdict that a call would get; a certificate file that is none is named."""
    told("campaign", "add", "adsl", *CAMPAIGN)
    told("check", NUMBER, "--campaign", "adsl")
    crm.be(says('{"status": "active"}'))
    assert told("check", NUMBER, "--campaign", "adsl", code=4)["reasons"][0]["code"] == "already_customer"
    crm.be(says("", status=500))
    assert told("check", NUMBER, "--campaign", "adsl", code=4)["reasons"][0]["code"] == "facts_unavailable"
    with Path("garbo.toml").open("a") as file:
        file.write('ca_file = "garbo.toml"\n')
    refused = made("check", NUMBER, "--campaign", "adsl")
    assert (refused.exit_code, "[crm.fastnet] ca_file" in refused.stderr) == (2, True)
    assert made("customer", "ask", NUMBER, "--principal", "fastnet").exit_code == 2


def test_what_is_on_record_is_shown(made: Run, told: Told) -> None:
    """The newest word of lists, with its instant and where it is from; nothing, where there is nothing."""
    assert told("customer", "show", NUMBER, "--principal", "fastnet") == {
        "number": E164,
        "principal": "fastnet",
        "listed": None,
        "live": None,
    }
    assert f"nothing is on record about {E164}" in made("customer", "show", NUMBER, "--principal", "fastnet").stderr
    Path("customers.csv").write_text(f"number,status,products\n{NUMBER},current,fibra|tv\n")
    told("import", "customers", "customers.csv", "--principal", "fastnet")
    listed = told("customer", "show", NUMBER, "--principal", "fastnet")["listed"]
    assert (listed["status"], listed["products"], listed["source"]) == ("current", ["fibra", "tv"], "customers.csv")
    assert datetime.fromisoformat(listed["as_of"]) <= datetime.now(UTC)
    assert "customers.csv" in made("customer", "show", NUMBER, "--principal", "fastnet").stdout


def test_wrong_questions_say_what_would_be_right(made: Run) -> None:
    """Exit code 2."""
    for words, said in (
        (("ask", NUMBER, "--principal", "fastnet"), "[crm.fastnet]"),
        (("ask", NUMBER, "--principal", "fastent"), "did you mean fastnet?"),
        (("show", "12", "--principal", "fastnet"), "not a telephone number in IT"),
        (("show", NUMBER, "--principal", "nobody"), "there is no principal"),
    ):
        done = made("customer", *words)
        assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_the_scopes_are_those_of_the_port() -> None:
    """Listed by hand, so that help needs no import."""
    assert set(get_args(tokens.ScopeName)) == set(TokenScope)


def test_a_token_is_made_listed_and_revoked(made: Run, told: Told) -> None:
    """Standard output holds it alone, so that a script can take it; afterwards it is nowhere."""
    created = told("token", "create", "--scope", "customers", "--principal", "fastnet")
    assert created["token"].startswith("garbo_")
    shown = made("token", "create", "--scope", "verdicts")
    assert shown.stdout.strip().startswith("garbo_")
    assert len(shown.stdout.split()) == 1
    listed = told("token", "list")
    assert [(each["scope"], each["principal"]) for each in listed] == [("customers", "fastnet"), ("verdicts", None)]
    assert created["token"] not in json.dumps(listed)
    assert told("token", "revoke", created["id"])["revoked_at"]
    assert "customers" in made("token", "list").stdout
    for words in (
        ("create", "--scope", "customers"),
        ("create", "--scope", "everything"),
        ("create", "--scope", "customers", "--principal", "nobody"),
        ("revoke", "nothing"),
    ):
        assert made("token", *words).exit_code == 2
