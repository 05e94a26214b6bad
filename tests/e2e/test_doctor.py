"""The doctor at a real Asterisk: a lab that is well, and one with faults that were put there."""

from collections.abc import Iterator
from typing import Any

import pytest

from docker.asterisk import Asterisk
from tests.e2e.conftest import Lab, furnished

FAULTY = """
[careless]
exten => _X.,1,Dial(PJSIP/${EXTEN}@trunk)
exten => _8X.,1,Gosub(garbo,s,1(${EXTEN:1}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@trunk,20,if(0212345))
"""
NOT_OF_THE_DIALPLAN = {"canary.off", "campaign.no_packs", "campaign.trunk", "lists.none", "pack.draft", "secret.mode"}
"""What the lab is: invented brands, packs that are drafts, a trunk that nobody guards."""


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose dialplan has no careless lines of the other tests."""
    for made in furnished(asterisk, tmp_path_factory.mktemp("doctor"), {}):
        extra = made.pbx.folder / "etc" / "extensions_extra.conf"
        extra.write_text("")
        made.pbx.cli("dialplan reload")
        made.installation.environment |= {
            "GARBO_ASTERISK__ARI_URL": made.pbx.ari_url,
            "GARBO_ASTERISK__ARI_USER": made.pbx.ari_user,
            "GARBO_ASTERISK__ARI_PASSWORD": made.pbx.ari_password,
            "GARBO_ASTERISK__AMI_PORT": str(made.pbx.ami_port),
            "GARBO_ASTERISK__AMI_USER": made.pbx.ami_user,
            "GARBO_ASTERISK__AMI_SECRET": made.pbx.ami_password,
        }
        yield made


def doctored(lab: Lab) -> list[dict[str, Any]]:
    """What is found, but for what the lab is."""
    etc = str(lab.pbx.folder / "etc")
    found = lab.installation.garbo("doctor", "--etc", etc, codes=(0, 1))
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
    assert sorted(each["id"] for each in found) == ["dialplan.caller_id", "dialplan.raw_exten", "dialplan.unguarded"]
    assert all(each["why"] and each["remedy"] and "careless" in each["what"] for each in found)
    extra.write_text("")
    lab.pbx.cli("dialplan reload")
    assert doctored(lab) == []


def test_a_gate_that_is_gone_is_found(lab: Lab) -> None:
    """And a wrong password, and an Asterisk that is not there; the rest is looked at all the same."""
    lab.gate.stop()
    assert [each["id"] for each in doctored(lab)] == ["ari.no_gate"]
    wrong = {"GARBO_ASTERISK__ARI_PASSWORD": "a wrong test secret", "GARBO_ASTERISK__AMI_SECRET": "a wrong test secret"}
    lab.installation.environment |= wrong
    assert {each["id"] for each in doctored(lab)} == {"ari.refused", "ami.refused"}
    lab.installation.environment |= {
        "GARBO_ASTERISK__ARI_URL": "http://127.0.0.1:1/ari",
        "GARBO_ASTERISK__AMI_PORT": "1",
    }
    assert {each["id"] for each in doctored(lab)} == {"ari.unreachable", "ami.unreachable"}
