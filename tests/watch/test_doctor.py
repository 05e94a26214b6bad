"""What the doctor finds: each finding comes when something is wrong, and goes when it is mended."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ari_app.asterisk.files import said_in
from ari_app.policy.request import Mode
from ari_app.watch.doctor.around import Exchange, Files, Machine, of_exchange, of_files, of_machine
from ari_app.watch.doctor.books import Books, Screened, Server, of_books, of_server
from ari_app.watch.doctor.console import Console, of_console
from ari_app.watch.doctor.finding import EVERY, Finding, Severity, found, sound
from tests.stores.samples import AUTUMN, NOW

TRUNKS = ("PJSIP/trunk",)
DOCS = Path(__file__).parents[2] / "docs" / "doctor.md"


def ids(findings: Iterable[Finding]) -> list[str]:
    """Of findings."""
    return [each.id for each in findings]


HEALTHY = Exchange(
    version="22.10.1",
    faults=(),
    ahead=timedelta(milliseconds=30),
    modules=frozenset({"res_stasis.so"}),
    needed=frozenset({"res_stasis.so"}),
    apps=frozenset({"garbo-a"}),
    app="garbo-a",
)


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        ({"faults": ("crashes on a PONG frame",)}, "asterisk.fault"),
        ({"modules": frozenset()}, "asterisk.module"),
        ({"ahead": timedelta(seconds=3)}, "clock.skew"),
        ({"ahead": timedelta(seconds=-3)}, "clock.skew"),
        ({"apps": frozenset({"garbo-b"})}, "ari.no_gate"),
        ({"others": ("garbo-b",)}, "ari.gate_missing"),
        ({"may_write": False}, "ari.read_only"),
    ],
)
def test_of_the_exchange(wrong: Mapping[str, Any], id: str) -> None:
    """A healthy one has none."""
    assert ids(of_exchange(HEALTHY)) == []
    assert ids(of_exchange(replace(HEALTHY, **wrong))) == [id]


def test_gates_that_are_asked_by_fastagi_need_no_application() -> None:
    """Nothing of theirs is registered with Asterisk."""
    assert ids(of_exchange(replace(HEALTHY, apps=frozenset(), others=("garbo-b",), stasis=False))) == []


GOOD = {
    "http.conf": "[general]\nenabled = yes\nsessionlimit = 500 ; enough\nsession_keep_alive = 60000\n",
    "ari.conf": "[general]\nwebsocket_write_timeout=1000\n",
    "asterisk.conf": "[options]\nentityid = 02:00:00:00:00:01\n",
    "pjsip.conf": "[trunk]\ntype = endpoint\n[other](!)\nfrom_user = x\n",
}


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("http.conf", "[general]\nsessionlimit => 100\nsession_keep_alive = 60000\n", ["http.sessions"]),
        ("http.conf", "[general]\nsessionlimit = 500\n", ["http.keep_alive"]),
        ("ari.conf", "[general]\nenabled = yes\n", ["ari.write_timeout"]),
        ("asterisk.conf", "[options]\n", ["ari.entity_id"]),
        ("pjsip.conf", "[trunk]\ntype = endpoint\nfrom_user = 0212345\n", ["trunk.from_user"]),
        (
            "ari.conf",
            "[general]\nwebsocket_write_timeout = 2000\n[garbo]\npassword_format = crypt\n",
            ["ari.password_format"],
        ),
    ],
)
def test_of_its_files(tmp_path: Path, file: str, text: str, expected: list[str]) -> None:
    """A file that is not there says nothing."""
    assert ids(of_files(Files(said=said_in(tmp_path, tuple(GOOD))), TRUNKS)) == []
    for name, good in GOOD.items():
        (tmp_path / name).write_text(good)
    assert ids(of_files(Files(said=said_in(tmp_path, tuple(GOOD))), TRUNKS)) == []
    (tmp_path / file).write_text(text)
    assert ids(of_files(Files(said=said_in(tmp_path, tuple(GOOD))), TRUNKS, "garbo")) == expected


HELD = replace(AUTUMN, packs=("it",), trunk="PJSIP/trunk", caller_id="+390212345678")


def books(**changes: Any) -> Books:
    """Of one campaign, all well."""
    given: dict[str, Any] = {
        "campaigns": [HELD],
        "packs": {"it": "reviewed"},
        "published": {("customers", AUTUMN.principal): NOW},
        "now": NOW,
    }
    return Books(**{**given, **changes})


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"campaigns": [replace(AUTUMN, packs=(), trunk="PJSIP/trunk")]}, ["campaign.no_packs"]),
        ({"campaigns": [replace(HELD, trunk="other")]}, ["campaign.trunk"]),
        ({"caller_ids": {AUTUMN.id: [("caller_id_not_registered", "not in ROC")]}}, ["caller_id.unregistered"]),
        ({"caller_ids": {AUTUMN.id: [("caller_id_not_allowed", "there is none")]}}, ["caller_id.not_allowed"]),
        ({"packs": {}}, ["campaign.pack_missing"]),
        ({"packs": {"it": "draft"}}, ["pack.draft"]),
        ({"default_campaign": "spring"}, ["campaign.default"]),
        ({"default_campaign": AUTUMN.id}, []),
        ({"screened": {AUTUMN.id: [Screened(register="RPO", unanswered=0, expiring=0)]}}, []),
        ({"screened": {AUTUMN.id: [Screened(register="RPO", unanswered=3, expiring=0)]}}, ["screening.expired"]),
        ({"screened": {AUTUMN.id: [Screened(register="RPO", unanswered=0, expiring=3)]}}, ["screening.expiring"]),
        ({"unfinished": ["import 7"]}, ["lists.unfinished"]),
        ({"lapsed": ["the entry of agency nord in ROC"]}, ["registration.lapsed"]),
        ({"registers": {"TPS": "it cannot be read"}}, ["register.stale"]),
        ({"campaigns": [replace(HELD, packs_mode=Mode.SHADOW)]}, ["campaign.shadow"]),
        ({"published": {}}, ["lists.none"]),
        ({"published": {("customers", AUTUMN.principal): NOW - timedelta(days=31)}}, ["lists.stale"]),
        ({"campaigns": [replace(AUTUMN, packs=(), closed=True)], "published": {}}, []),
    ],
)
def test_of_campaigns_and_lists(wrong: Mapping[str, Any], expected: list[str]) -> None:
    """Closed campaigns say nothing."""
    assert ids(of_books(books(), TRUNKS)) == []
    assert ids(of_books(books(**wrong), TRUNKS)) == expected


WELL = Machine(key=("garbo.key", 0o600), secrets=[("ari", 0o600)], free=10**10, guarded=TRUNKS, ami=True, canary=True)


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        ({"key": ("garbo.key", 0o640)}, "key.mode"),
        ({"secrets": [("ari", 0o644)]}, "secret.mode"),
        ({"free": 10**6}, "disk.space"),
        ({"ami": False}, "ami.off"),
        ({"canary": False}, "canary.off"),
        ({"key": None, "key_fault": "garbo.key: the key file is missing"}, "key.missing"),
        ({"zones_missing": ["Europe/Rome"]}, "machine.tzdata"),
        ({"web_taken": "http://127.0.0.1:8090"}, "web.port"),
        ({"public_fault": "http://garbo.example leads nowhere"}, "web.public_url"),
        ({"agi_silent": ["127.0.0.1:4573"]}, "fastagi.silent"),
    ],
)
def test_of_the_machine(wrong: Mapping[str, Any], id: str) -> None:
    """Files that others can read, a full disk, guards that are off."""
    assert ids(of_machine(WELL)) == []
    assert ids(of_machine(replace(WELL, **wrong))) == [id]


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (Server(engine="sqlite", version=(3, 40, 1)), []),
        (Server(engine="sqlite", version=(3, 34, 1)), ["database.version"]),
        (Server(engine="postgresql", version=(12, 9)), ["database.version"]),
        (Server(engine="postgresql", version=(18, 0), ahead=timedelta(milliseconds=-40)), []),
        (Server(engine="postgresql", version=(18, 0), ahead=timedelta(seconds=-40)), ["database.clock"]),
    ],
)
def test_of_the_database_itself(server: Server, expected: list[str]) -> None:
    """Its version and its clock."""
    assert ids(of_server(server)) == expected


TOLD = Console(
    user="garbo",
    read=frozenset({"system", "call"}),
    write=frozenset({"call", "reporting", "originate", "command"}),
    channelvars=frozenset({"GARBO_PERMIT"}),
    watchers=2,
    ami_address="127.0.0.1:5038",
    http_address="127.0.0.1:8088",
    endpoints={"trunk": {"context": "from-trunk", "from_user": ""}, "101": {"context": "from-operators"}},
)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"read": frozenset({"all"}), "write": frozenset({"all"})}, []),
        ({"read": frozenset({"call"})}, ["ami.rights"]),
        ({"write": frozenset({"call", "reporting"})}, ["ami.rights"]),
        ({"read": None, "write": None, "channelvars": None}, []),
        ({"channelvars": frozenset({"OTHER"})}, ["ami.channelvars"]),
        ({"watchers": 1}, ["ami.one_watch"]),
        ({"watchers": None}, []),
        ({"ami_address": "0.0.0.0:5038"}, ["ami.exposed"]),
        ({"http_address": "[::]:8088"}, ["ari.exposed"]),
        ({"http_address": ""}, []),
        ({"endpoints": {"trunk": None, "101": {}}}, ["trunk.missing"]),
        ({"endpoints": {"trunk": {"from_user": "0212345"}}}, ["trunk.from_user"]),
        ({"endpoints": {"trunk": {}, "101": None}}, ["operator.phone"]),
        ({"endpoints": {}}, []),
    ],
)
def test_of_the_console(wrong: Mapping[str, Any], expected: list[str]) -> None:
    """What it does not tell is not wrong."""
    trunks, phones = {"trunk": "guarded_trunks"}, {"101": "operator anna"}
    assert ids(of_console(TOLD, trunks=trunks, phones=phones)) == []
    assert ids(of_console(replace(TOLD, **wrong), trunks=trunks, phones=phones)) == expected


def test_a_phone_tells_where_its_calls_begin() -> None:
    """Contexts of endpoints that there are, each once."""
    assert TOLD.contexts({"101": "operator anna", "102": "operator bruno"}) == ("from-operators",)


def test_a_note_alone_is_nothing_to_mend() -> None:
    """All else is."""
    assert sound([])
    assert sound([found("dialplan.unseen", "AMI is off")])
    assert not sound([found("dialplan.unseen", "AMI is off"), found("canary.off", "it is empty")])


def explained() -> str:
    """The table of the docs."""
    rows = (f"| `{kind.id}` | {kind.severity.value} | {kind.why} | {kind.remedy} |" for kind in EVERY.values())
    return "\n".join(("| finding | | why it matters | what mends it |", "|---|---|---|---|", *rows))


def test_every_finding_is_explained() -> None:
    """In the docs, with why it matters and what mends it, word by word."""
    assert explained() in DOCS.read_text()
    assert all(kind.why and kind.remedy and kind.severity in Severity for kind in EVERY.values())


def test_every_finding_is_tested() -> None:
    """Each id stands in a test that makes it come."""
    tests = Path(__file__).parents[1]
    texts = "".join(
        path.read_text()
        for place in ("watch", "e2e", "cli")
        for path in sorted((tests / place).glob("test_doctor*.py"))
    )
    assert [id for id in EVERY if f'"{id}"' not in texts] == []
