"""What the doctor finds: each finding comes when something is wrong, and goes when it is mended."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ari_app.asterisk.files import said_in
from ari_app.watch.doctor.around import Books, Exchange, Files, Machine, of_books, of_exchange, of_files, of_machine
from ari_app.watch.doctor.dialplan import look_through, steps_of
from ari_app.watch.doctor.finding import EVERY, Finding
from tests.stores.samples import AUTUMN, NOW

TRUNKS = ("PJSIP/trunk",)
DOCS = Path(__file__).parents[2] / "docs" / "doctor.md"


def ids(found: Any) -> list[str]:
    """Of findings."""
    return [each.id for each in found]


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
    ],
)
def test_of_the_exchange(wrong: Mapping[str, Any], id: str) -> None:
    """A healthy one has none."""
    assert ids(of_exchange(HEALTHY)) == []
    assert ids(of_exchange(replace(HEALTHY, **wrong))) == [id]


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
    ],
)
def test_of_its_files(tmp_path: Path, file: str, text: str, expected: list[str]) -> None:
    """A file that is not there says nothing."""
    assert ids(of_files(Files(said=said_in(tmp_path, tuple(GOOD))), TRUNKS)) == []
    for name, good in GOOD.items():
        (tmp_path / name).write_text(good)
    assert ids(of_files(Files(said=said_in(tmp_path, tuple(GOOD))), TRUNKS)) == []
    (tmp_path / file).write_text(text)
    assert ids(of_files(Files(said=said_in(tmp_path, tuple(GOOD))), TRUNKS)) == expected


def books(**changes: Any) -> Books:
    """Of one campaign, all well."""
    given: dict[str, Any] = {
        "campaigns": [replace(AUTUMN, packs=("it",), trunk="PJSIP/trunk", caller_id="+390212345678")],
        "packs": {"it": "reviewed"},
        "registered": [("+390212345600", "+390212345699")],
        "published": {("customers", AUTUMN.principal): NOW},
        "now": NOW,
    }
    return Books(**{**given, **changes})


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"campaigns": [replace(AUTUMN, packs=(), trunk="PJSIP/trunk")]}, ["campaign.no_packs"]),
        ({"campaigns": [replace(AUTUMN, packs=("us",), trunk="other")]}, ["campaign.trunk"]),
        ({"registered": []}, ["caller_id.unregistered"]),
        ({"packs": {"it": "draft"}}, ["pack.draft"]),
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
    ],
)
def test_of_the_machine(wrong: Mapping[str, Any], id: str) -> None:
    """Files that others can read, a full disk, guards that are off."""
    assert ids(of_machine(WELL)) == []
    assert ids(of_machine(replace(WELL, **wrong))) == [id]


GARBO = """
[ Context 'garbo' created by 'pbx_config' ]
  's' =>            1. Set(GARBO_VERDICT=unavailable)             [extensions_garbo.conf:14]
     [deny]         2. Hangup(21)                                 [extensions_garbo.conf:15]
  'T' =>            1. Goto(s,deny)                               [extensions_garbo.conf:16]

[ Context 'garbo-special' created by 'pbx_config' ]
  '112' =>          1. NoOp()                                     [extensions_garbo.conf:20]

[ Context 'garbo-outbound' created by 'pbx_config' ]
  '_X.' =>          1. Gosub(garbo,s,1(${EXTEN}))                 [extensions_garbo.conf:30]
                    2. Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},,i) [extensions_garbo.conf:31]

"""
RENDERED = ["Set(GARBO_VERDICT=unavailable)", "Hangup(21)"]


def looked(more: str, rendered: Sequence[str] = RENDERED, garbo: str = GARBO) -> list[Finding]:
    """At a dialplan with this in a context of its own."""
    own = f"[ Context 'from-phones' created by 'pbx_config' ]\n{more}\n"
    return list(look_through(steps_of(garbo + own), trunks=TRUNKS, rendered={"garbo": rendered}, emergency="112"))


GATED = "  '_9.' =>  1. Gosub(garbo,s,1(${EXTEN:1}))  [x.conf:1]\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (GATED + "            2. Dial(PJSIP/${GARBO_NUMBER}@trunk,,i) [x.conf:2]", []),
        ("  '_1XX' =>  1. Dial(PJSIP/${EXTEN},20)  [x.conf:1]", []),
        ("  '_8.' =>  1. Dial(PJSIP/${EXTEN:1}@trunk)  [x.conf:1]", ["dialplan.unguarded", "dialplan.raw_exten"]),
        ("  '_8.' =>  1. Dial(PJSIP/trunk/sip:1@h)  [x.conf:1]", ["dialplan.unguarded"]),
        ("  '_8.' =>  1. Dial(PJSIP/102&PJSIP/1@trunk,20)  [x.conf:1]", ["dialplan.unguarded"]),
        (GATED + "            2. Dial(PJSIP/${EXTEN}@trunk,,i) [x.conf:2]", ["dialplan.raw_exten"]),
        (GATED + "            2. Dial(PJSIP/${GARBO_NUMBER}@trunk,,if(0212345)) [x.conf:2]", ["dialplan.caller_id"]),
        (GATED + "            2. Dial(PJSIP/${GARBO_NUMBER}@trunk,,iU(my-fine-sub)) [x.conf:2]", []),
        ("  '_8.' =>  1. Set(x=${ENUMLOOKUP(${EXTEN})})  [x.conf:1]", ["dialplan.enum"]),
        (
            "  '_7.' =>  1. NoOp()  [x.conf:1]\n" + GATED + "  '_6.' =>  1. Dial(PJSIP/1@trunk)  [x.conf:3]",
            ["dialplan.unguarded"],
        ),
    ],
)
def test_of_the_dialplan(more: str, expected: list[str]) -> None:
    """A way out is guarded where the gate is asked before it, in its own extension."""
    assert ids(looked(more)) == expected


def test_of_a_dialplan_without_the_gate_or_with_an_old_one() -> None:
    """It is told once, and what lies beyond it where the gate is there."""
    assert ids(looked("", garbo="")) == ["dialplan.missing"]
    assert ids(looked("", rendered=[*RENDERED, "Return()"])) == ["dialplan.outdated"]
    assert ids(looked("", garbo=GARBO.replace("'112'", "'113'"))) == ["dialplan.emergency"]


def test_every_finding_is_explained() -> None:
    """In the docs, with why it matters and what mends it; each has a sentence for both."""
    text = DOCS.read_text()
    assert [id for id in EVERY if f"`{id}`" not in text] == []
    assert all(kind.why and kind.remedy for kind in EVERY.values())
