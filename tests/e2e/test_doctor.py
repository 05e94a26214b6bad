"""The doctor at a real Asterisk: a lab that is well, and one with faults that were put there."""

from collections.abc import Iterator
from typing import Any

import pytest

from docker.asterisk import Asterisk
from docker.lab.gate import Watch
from tests.e2e.conftest import Lab, furnished

FAULTY = """
[careless]
exten => _X.,1,Dial(PJSIP/${FILTER(0-9,${EXTEN})}@trunk,,i)
exten => _8X.,1,Gosub(garbo,s,1(${EXTEN:1}))
 same => n,Dial(PJSIP/${EXTEN:1}@trunk,20,i)
 same => n,Hangup()
exten => _7X.,1,Gosub(careless-hop,s,1(${EXTEN:1}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@trunk,20,if(0212345))
 same => n,Hangup()
exten => _6X.,1,Goto(careless,${EXTEN:1},1)
exten => _5X.,1,Stasis(garbo-a,verdict,${EXTEN:1})
 same => n,Return()
[careless-hop]
exten => s,1,Gosub(garbo,s,1(${ARG1}))
 same => n,Return()
"""
FOUND = ["dialplan.caller_id", "dialplan.goto_exten", "dialplan.no_denial", "dialplan.raw_exten", "dialplan.unguarded"]
"""Five faults; the hop between is none."""
NOT_OF_THE_DIALPLAN = {"asterisk.fault", "canary.off", "campaign.no_packs", "lists.none", "pack.draft"}
"""What the lab is: invented brands, packs that are drafts; Asterisk 16 where it is that one."""
RELOADS = ("dialplan reload", "module reload res_pjsip.so", "manager reload")


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose dialplan has no careless lines of the other tests."""
    for made in furnished(asterisk, tmp_path_factory.mktemp("doctor"), {}):
        extra = made.pbx.folder / "etc" / "extensions_extra.conf"
        extra.write_text("")
        made.pbx.cli("dialplan reload")
        made.installation.environment |= {
            "GARBO_ASTERISK__DOOR": "stasis",
            "GARBO_ASTERISK__ARI_URL": made.pbx.ari_url,
            "GARBO_ASTERISK__ARI_USER": made.pbx.ari_user,
            "GARBO_ASTERISK__ARI_PASSWORD": made.pbx.ari_password,
            "GARBO_ASTERISK__AMI_PORT": str(made.pbx.ami_port),
            "GARBO_ASTERISK__AMI_USER": made.pbx.ami_user,
            "GARBO_ASTERISK__AMI_SECRET": made.pbx.ami_password,
            "GARBO_WEB__PORT": made.gate.web_url.rpartition(":")[2],
            "GARBO_WEB__PUBLIC_URL": made.gate.web_url,
        }
        with Watch(made.installation, made.pbx).start():
            yield made


@pytest.fixture(autouse=True)
def mended(lab: Lab) -> Iterator[None]:
    """What a test broke is whole again after it."""
    etc = lab.pbx.folder / "etc"
    files, environment = {path: path.read_text() for path in etc.glob("*.conf")}, dict(lab.installation.environment)
    yield
    lab.installation.environment.clear()
    lab.installation.environment.update(environment)
    for path, text in files.items():
        if path.read_text() != text:
            path.write_text(text)
    for command in RELOADS:
        lab.pbx.cli(command)


def doctored(lab: Lab) -> list[dict[str, Any]]:
    """What is found, but for what the lab is."""
    found = lab.installation.garbo("doctor", codes=(0, 1))
    return [each for each in found if each["id"] not in NOT_OF_THE_DIALPLAN]


def test_a_lab_that_is_well_has_nothing_else(lab: Lab) -> None:
    """ARI, AMI, modules, clock and dialplan are as they should be."""
    assert doctored(lab) == []


def test_faults_that_were_put_there_are_found(lab: Lab) -> None:
    """Each once, with why it matters and what mends it; mended, they are gone."""
    extra = lab.pbx.folder / "etc" / "extensions_extra.conf"
    extra.write_text(FAULTY)
    lab.pbx.cli("dialplan reload")
    found = doctored(lab)
    assert sorted(each["id"] for each in found) == FOUND
    assert all(each["why"] and each["remedy"] and "careless" in each["what"] for each in found)


def test_what_is_loaded_is_held_against_what_is_configured(lab: Lab) -> None:
    """Other numbers for help, a gate that is not asked, a trunk that is no endpoint."""
    lab.installation.environment |= {
        "GARBO_GATE__REGION": "FR",
        "GARBO_ASTERISK__APPS": '["garbo-a", "garbo-b"]',
        "GARBO_ASTERISK__EMERGENCY_TRUNK": "PJSIP/nobody",
    }
    ids = {each["id"] for each in doctored(lab)}
    assert ids == {"ari.gate_missing", "dialplan.emergency", "dialplan.outdated", "trunk.missing"}


def test_asterisks_own_files_and_endpoints(lab: Lab) -> None:
    """As they are loaded, or where Asterisk says that they lie."""
    etc = lab.pbx.folder / "etc"
    held = {name: (etc / name).read_text() for name in ("http.conf", "ari.conf", "pjsip.conf", "manager.conf")}
    (etc / "http.conf").write_text(held["http.conf"].replace("sessionlimit = 500", "sessionlimit = 50"))
    (etc / "ari.conf").write_text(held["ari.conf"].replace("websocket_write_timeout = 2000", ""))
    (etc / "pjsip.conf").write_text(
        held["pjsip.conf"].replace("aors = trunk\n", "aors = trunk\nfrom_user = 0212345\n", 1)
    )
    (etc / "manager.conf").write_text(
        held["manager.conf"]
        .replace("channelvars = GARBO_PERMIT", "channelvars = OTHER")
        .replace("originate,command", "command")
    )
    lab.pbx.cli("module reload res_pjsip.so")
    lab.pbx.cli("manager reload")
    assert {each["id"] for each in doctored(lab)} == {
        *("http.sessions", "ari.write_timeout", "trunk.from_user", "ami.channelvars", "ami.rights"),
    }


def test_a_user_who_may_not_ask_the_console(lab: Lab) -> None:
    """It is told as a right that is missing, and not as an Asterisk that is not there."""
    etc = lab.pbx.folder / "etc" / "manager.conf"
    held = etc.read_text()
    etc.write_text(held.replace("originate,command", "originate"))
    lab.pbx.cli("manager reload")
    assert [each["id"] for each in doctored(lab)] == ["ami.rights"]


def test_a_gate_that_is_gone_is_found(lab: Lab) -> None:
    """And a wrong password, and an Asterisk that is not there; the rest is looked at all the same."""
    lab.gate.stop()
    assert [each["id"] for each in doctored(lab)] == ["ari.no_gate", "ami.one_watch", "web.public_url"]
    wrong = {"GARBO_ASTERISK__ARI_PASSWORD": "a wrong test secret", "GARBO_ASTERISK__AMI_SECRET": "a wrong test secret"}
    lab.installation.environment |= wrong
    assert {each["id"] for each in doctored(lab)} == {"ari.refused", "ami.refused", "web.public_url"}
    lab.installation.environment |= {
        "GARBO_ASTERISK__ARI_URL": "http://127.0.0.1:1/ari",
        "GARBO_ASTERISK__AMI_PORT": "1",
    }
    assert {each["id"] for each in doctored(lab)} == {"ari.unreachable", "ami.unreachable", "web.public_url"}
