"""The book of answers, notices and feedback from the command line."""

import json
import os
from pathlib import Path

import pytest

from ari_app import main
from ari_app.config import load_settings
from ari_app.desk.refusals import AtTheServer
from ari_app.policy.request import Role
from tests.cli.conftest import CAMPAIGN, Run, Told

ANSWER = [
    *("--topic", "billing", "--question-it", "Perché?", "--question-en", "Why?"),
    *("--text-it", "Per l'inflazione.", "--text-en", "Inflation."),
]
FILE = """
[[answer]]
id = "roaming"
topic = "mobile"
question = { it = "All'estero?", en = "Abroad?" }
text = { it = "Sì.", en = "Yes." }
"""


def test_an_answer_is_written_approved_and_withdrawn(made: Run, told: Told) -> None:
    """By two people; every version stays on record."""
    added = told("answers", "add", "price", *ANSWER, "--by", "sara")
    assert (added["version"], added["author"], added["approved_at"]) == (1, "sara", None)
    assert told("answers", "list") == []
    assert [each["id"] for each in told("answers", "list", "--waiting")] == ["price"]
    refused = made("answers", "approve", "price", "--by", "sara")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "somebody else has to approve it" in refused.stderr
    assert told("answers", "approve", "price", "--by", "Rossi")["approved_by"] == "Rossi"
    assert [each["id"] for each in told("answers", "list", "PERCHE inflation")] == ["price"]
    assert "price" in made("answers", "list").stdout
    assert "Inflation." in made("answers", "show", "price").stdout
    assert "says so already" in made("answers", "add", "price", *ANSWER, "--by", "sara").stderr
    assert told("answers", "withdraw", "price")["withdrawn_at"]
    assert told("answers", "list") == []
    assert len(told("answers", "show", "price")) == 1
    assert made("answers", "show", "nothing").exit_code == 2
    assert made("answers", "approve", "price", "--version", "7", "--by", "Rossi").exit_code == 2


def test_a_file_of_answers_is_imported(made: Run, told: Told, tmp_path: Path) -> None:
    """Whole, or refused with its line; again it changes nothing."""
    file = tmp_path / "book.toml"
    file.write_text(FILE)
    counted = {"read": 1, "added": 1, "unchanged": 0}
    assert told("answers", "import", file, "--approved-by", "Rossi, Fastnet") == counted
    assert made("answers", "import", file, "--approved-by", "Rossi, Fastnet").stdout == "read 1, added 0, unchanged 1\n"
    file.write_text(FILE.replace('topic = "mobile"', "topic = 1"))
    wrong = made("answers", "import", file)
    assert wrong.exit_code == 2
    assert "book.toml:4: answer.roaming.topic" in wrong.stderr
    file.write_bytes(b"\xff")
    assert "UTF-8" in made("answers", "import", file).stderr
    assert made("answers", "import", tmp_path / "nothing.toml").exit_code == 2


def test_a_notice_is_told(made: Run, told: Told) -> None:
    """For all or for a campaign, with who has read it, until it is ended."""
    told("campaign", "add", "adsl", *CAMPAIGN)
    new = told("notices", "add", "Router", "--text", "Out of stock.", "--campaign", "adsl", "--by", "sara")
    assert (new["audience"], new["author"]) == ("campaign:adsl", "sara")
    (held,) = told("notices", "list")
    assert (held["id"], held["read_by"]) == (new["id"], [])
    assert "Router" in made("notices", "list").stdout
    assert told("notices", "end", new["id"]) == {"id": new["id"], "ended": True}
    for words in (("end", new["id"]), ("add", "x", "--text", " "), ("add", "x", "--text", "y", "--campaign", "no")):
        assert made("notices", *words).exit_code == 2
    assert made("notices", "add", "x", "--text", "y", "--expires", "2020-01-01").exit_code == 2


@pytest.fixture
def said(told: Told, tmp_path: Path) -> str:
    """Feedback of anna's; its id."""
    told("campaign", "add", "adsl", *CAMPAIGN)
    told("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it", "--campaign", "adsl")
    settings = load_settings(tmp_path / "garbo.toml", {n: v for n, v in os.environ.items() if n.startswith("GARBO_")})
    who = AtTheServer("anna", Role.OPERATOR)
    new = main.open_feedback(settings).add(
        who, campaign="adsl", topic="letter", text="Angry, 333 000 1234", call_id="c1"
    )
    return new.id


def test_feedback_is_listed_exported_and_passed_on(made: Run, told: Told, said: str, tmp_path: Path) -> None:
    """Without personal data unless that is asked for; a file that is there is not written over."""
    (held,) = told("feedback", "list", "--principal", "fastnet")
    assert (held["id"], held["operator"]) == (said, "anna")
    assert "letter" in made("feedback", "list").stdout
    plain, whole = tmp_path / "plain.csv", tmp_path / "whole.json"
    assert told("feedback", "export", "-o", plain) == {"out": str(plain), "rows": 1}
    text = plain.read_text("utf-8-sig")
    assert "Angry" in text
    assert not [word for word in ("anna", "c1", "333") if word in text]
    done = made("feedback", "export", "-o", whole, "--format", "json", "--personal")
    assert "personal data" in done.stderr
    assert json.loads(whole.read_text())[0]["operator"] == "anna"
    assert made("feedback", "export", "-o", plain).exit_code == 2
    assert told("feedback", "pass-on", said, "--by", "sara") == {"id": said, "passed_on_by": "sara"}
    assert made("feedback", "pass-on", said).exit_code == 2
