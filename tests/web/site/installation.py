"""An installation as people make one: by `garbo init` and commands, once; each test has a copy of its own."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from typer.testing import CliRunner

from ari_app.cli.app import app

PASSWORD = "un gatto sul tetto (test)"
PEOPLE = {
    "anna": ("--language", "it", "--endpoint", "PJSIP/101", "--name", "Anna Rossi", "--speaks", "en"),
    "bruno": ("--language", "en", "--endpoint", "PJSIP/102", "--name", "Bruno Neri", "--speaks", "it"),
    "sara": ("--language", "it", "--role", "supervisor", "--endpoint", "PJSIP/103", "--name", "Sara Gallo"),
    "sandro": ("--language", "en", "--role", "supervisor", "--endpoint", "PJSIP/104", "--name", "Sandro Blu"),
    "aude": ("--language", "it", "--role", "auditor", "--name", "Aude Riva"),
}
CALLEES = tuple(f"+3933300010{each:02}" for each in range(1, 30))
"""All of them may be called by both campaigns, within hours."""
STRANGER = "+393330009999"
"""Nobody's contact."""
ROME = ZoneInfo("Europe/Rome")


def garbo(folder: Path, *words: object, said: str | None = None) -> Any:
    """Run a command in this installation; it must succeed."""
    done = CliRunner().invoke(
        app,
        ["--config", str(folder / "garbo.toml"), *(str(word) for word in words)],
        input=said,
        catch_exceptions=False,
    )
    assert done.exit_code == 0, (words, done.output)
    return done.output


def make(folder: Path) -> None:
    """Two brands' campaigns under the packs `it` and core, and people who may call for them."""
    done = CliRunner().invoke(app, ["init", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    garbo(folder, "principal", "add", "fastnet", "--name", "Fastnet", "--country", "IT")
    garbo(folder, "principal", "add", "lumina", "--name", "Lumina", "--country", "IT")
    agency = ("--roc", "123", "--roc-until", "2099-12-31", "--processor-act", "an act")
    garbo(folder, "agency", "add", "voce", "--name", "Voce", *agency)
    for campaign, principal, sector in (("autunno", "fastnet", "telecom"), ("luce", "lumina", "energy")):
        brand = ("--principal", principal, "--purpose", "acquisition", "--sector", sector, "--agency", "voce")
        way = ("--trunk", "PJSIP/trunk", "--caller-id", "+390844123456", "--region", "IT")
        pack = ("--pack", "it") if campaign == "autunno" else ()
        garbo(folder, "campaign", "add", campaign, *brand, *way, *pack, "--script", "acquisition")
    for who, words in PEOPLE.items():
        garbo(folder, "operator", "add", who, *words)
    for who in (*PEOPLE, "admin"):
        garbo(folder, "operator", "password", who, "--stdin", "--keep", said=f"{PASSWORD}\n")
    _lists(folder)


def _lists(folder: Path) -> None:
    contacts, numbers, answer, callers, consents = (
        folder / name for name in ("contacts.csv", "numbers.txt", "answer.txt", "callers.csv", "consents.csv")
    )
    rows = "".join(f"{callee},Carla Verdi{at},form\n" for at, callee in enumerate(CALLEES))
    contacts.write_text(f"number,name,list_source\n{rows}")
    garbo(folder, "import", "contacts", contacts, "--campaign", "autunno", "--approved-by", "Dario")
    callers.write_text("number,owner,registered_in\n+390844123456,fastnet,ROC\n")
    garbo(folder, "import", "caller-ids", callers, "--principal", "fastnet")
    register = ("--principal", "fastnet", "--register", "RPO")
    garbo(folder, "screening", "export", *register, "--list", contacts, "-o", numbers)
    shutil.copy(numbers, answer)
    garbo(folder, "screening", "import", *register, "--submitted", numbers, "--returned", answer)
    given = datetime.now(UTC).isoformat()
    rows = "".join(f"{callee},marketing,{given},v1,a recording,phone\n" for callee in CALLEES)
    consents.write_text(f"number,purpose,given_at,text_version,evidence,channel\n{rows}")
    garbo(folder, "import", "consents", consents, "--principal", "fastnet")


def a_working_morning() -> datetime:
    """10:15 in Rome of the next weekday that is no holiday: within hours of the pack `it`, and after all of `make`."""
    at = datetime.now(ROME).replace(hour=10, minute=15, second=0, microsecond=0) + timedelta(days=1)
    while at.weekday() > 3 or _holiday(at.date()) or _holiday(at.date() + timedelta(days=1)):
        at += timedelta(days=1)
    return at.astimezone(UTC)


def _holiday(day: date) -> bool:
    return day in holidays.country_holidays("IT")
