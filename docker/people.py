"""
The demo's invented brand and people, brought in by the `garbo` command as a user would bring them.

The demo runs at any hour, so its calls go out under `it` with its calling hours opened, and all else of it as it is.
The hours themselves are asked of the untouched pack, by `garbo check --at`.
"""

import re
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

from docker.lab.gate import Installation
from docker.story import (
    CALLER_ID,
    CUSTOMER,
    FORMER,
    HOURS,
    NEVER_AGAIN,
    OPPOSED,
    OTHER_CALLER_ID,
    PEOPLE,
    RANG,
    SPOKEN,
    STALE,
    STRANGER,
    UNSCREENED,
    UNWILLING,
    WILLING,
)

ANY_HOUR = "it-any-hour"
SUPERVISOR = "sofia"
PASSWORD = "a demo password, no secret"  # noqa: S105  a test secret, and it says so
_COMMON = (
    *("--principal", "lumina", "--purpose", "acquisition", "--sector", "telecom"),
    *("--trunk", "PJSIP/trunk", "--region", "IT"),
)


def furnish(installation: Installation) -> None:
    """A brand, two agencies calling for it, their operators and caller ids, and what is known of thirteen people."""
    now = datetime.now(UTC)
    _brand(installation, until=now + timedelta(days=365))
    _customers(installation)
    _contacts(installation, given_at=now - timedelta(days=60))
    _register(installation, long_ago=now - timedelta(days=20))
    garbo = installation.garbo
    garbo(
        *("suppression", "add", NEVER_AGAIN, "--scope", "principal:lumina"),
        *("--reason", "said never again", "--source", "call of another agency"),
    )
    yesterday, lately = ((now - ago).isoformat(timespec="seconds") for ago in (timedelta(days=1), timedelta(hours=1)))
    rows = (f"{SPOKEN},{yesterday},answered", f"{RANG},{lately},no_answer")
    calls = _file(installation, "calls.csv", "number,at,outcome", *rows)
    garbo("import", "attempts", calls, "--campaign", "fibra-casa")


def let_sign_in(installation: Installation) -> None:
    """A password for the operators' desks, and a supervisor for the floor; it is public by being here."""
    whose = ("--role", "supervisor", "--language", "en", "--name", "Sofia", "--campaign", "fibra-autunno")
    installation.garbo("operator", "add", SUPERVISOR, *whose)
    for who in ("anna", "bruno", "you", SUPERVISOR):
        installation.garbo("operator", "password", who, "--stdin", "--keep", said=f"{PASSWORD}\n")


def _brand(installation: Installation, *, until: datetime) -> None:
    garbo = installation.garbo
    garbo("principal", "add", "lumina", "--name", "Lumina Fibra (invented)", "--country", "IT")
    for place, (agency, name) in enumerate((("voce", "Voce Gentile (invented)"), ("squillo", "Squillo (invented)"))):
        roc = ("--roc", f"9990{place}", "--roc-until", until.date().isoformat())
        garbo("agency", "add", agency, "--name", name, *roc)
    folder = installation.folder / "packs"
    folder.mkdir(exist_ok=True)
    (folder / f"{ANY_HOUR}.toml").write_text(_it_at_any_hour())
    for campaign, agency, pack, caller_id in (
        ("fibra-autunno", "voce", ANY_HOUR, CALLER_ID),
        ("fibra-casa", "squillo", ANY_HOUR, OTHER_CALLER_ID),
        (HOURS, "voce", "it", CALLER_ID),
    ):
        garbo("campaign", "add", campaign, *_COMMON, "--agency", agency, "--pack", pack, "--caller-id", caller_id)
    for operator, phone in (("anna", "101"), ("bruno", "102"), ("you", "201")):
        whose = ("--language", "en", "--campaign", "fibra-autunno")
        garbo("operator", "add", operator, "--endpoint", f"PJSIP/{phone}", *whose)
    garbo("operator", "add", "carla", "--endpoint", "PJSIP/103", "--language", "it", "--campaign", "fibra-casa")
    ids = (f"{CALLER_ID},voce,ROC", f"{OTHER_CALLER_ID},squillo,ROC")
    garbo("import", "caller-ids", _file(installation, "caller-ids.csv", "number,owner,registered_in", *ids))


def _customers(installation: Installation) -> None:
    rows = (f"{CUSTOMER};current;fibra 1000;2024-03-01;", f"{FORMER};ended;adsl;2019-05-01;2025-01-31")
    customers = _file(installation, "customers.csv", "number;status;products;since;until", *rows)
    installation.garbo("import", "customers", customers, "--principal", "lumina")


def _contacts(installation: Installation, *, given_at: datetime) -> None:
    """The list that the brand approved, and the consents of those in no directory, but for one who gave none."""
    unlisted = (WILLING, UNWILLING)
    rows = (
        f"{number},web form of the brand,no" if number in unlisted else f"{number},directory 2026,yes"
        for number in PEOPLE
        if number != STRANGER
    )
    contacts = _file(installation, "autumn.csv", "number,list_source,listed", *rows)
    for campaign in ("fibra-autunno", HOURS):
        installation.garbo("import", "contacts", contacts, "--campaign", campaign, "--approved-by", "Ufficio privacy")
    given = f"{WILLING},marketing,{given_at.date().isoformat()},3,web form 17"
    consents = _file(installation, "consents.csv", "number,purpose,given_at,text_version,evidence", given)
    installation.garbo("import", "consents", consents, "--principal", "lumina")


def _register(installation: Installation, *, long_ago: datetime) -> None:
    """The register was asked today of all but two: one it was never asked of, and one too long ago."""
    asked = [number for number in PEOPLE if number not in (UNSCREENED, STALE)]
    whose = ("--principal", "lumina", "--register", "RPO")
    submitted = str(installation.folder / "submitted.txt")
    listed = _file(installation, "to-be-screened.csv", "number", *asked)
    installation.garbo("screening", "export", *whose, "--list", listed, "-o", submitted)
    returned = _file(installation, "returned.txt", *(number for number in asked if number != OPPOSED))
    installation.garbo("screening", "import", *whose, "--submitted", submitted, "--returned", returned)
    old, answer = _file(installation, "old.txt", STALE), _file(installation, "old_returned.txt", STALE)
    at = ("--returned-at", long_ago.isoformat(timespec="seconds"))
    installation.garbo("screening", "import", *whose, "--submitted", old, "--returned", answer, *at)


def _it_at_any_hour() -> str:
    """The pack `it` under another name, with nothing changed but its hours."""
    text = (resources.files("ari_app") / "packs" / "it.toml").read_text("utf-8")
    day = r"^(mon_fri|sat|sun|holiday|eve_of_holiday) = \[.*\]$"
    for pattern, new in ((r'^id = "it"$', f'id = "{ANY_HOUR}"'), (day, r'\1 = ["00:00-24:00"]')):
        text, changed = re.subn(pattern, new, text, flags=re.MULTILINE)
        if not changed:
            raise ValueError(f"the pack `it` has changed: nothing in it reads {pattern}")
    return text


def _file(installation: Installation, name: str, *lines: str) -> str:
    path: Path = installation.folder / name
    path.write_text("\n".join(lines) + "\n")
    return str(path)
