"""Principals, agencies, campaigns and operators, kept only if they can be right."""

import pytest

from tests.cli.conftest import CAMPAIGN, Run, Told


def test_what_is_added_is_listed(told: Told) -> None:
    """Principal, agency, campaign and operator, as JSON."""
    told("agency", "add", "cc", "--name", "Call", "--roc", "1", "--roc-until", "2027-12-31")
    told("campaign", "add", "adsl", *CAMPAIGN, "--pack", "it", "--agency", "cc", "--number-format", "national")
    told("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it", "--campaign", "adsl")
    assert told("principal", "list") == [{"id": "fastnet", "name": "Fastnet", "country": "IT"}]
    assert told("agency", "list")[0]["roc"] == "1"
    campaign = told("campaign", "show", "adsl")
    assert (campaign["packs"], campaign["agency"], campaign["number_format"]) == (["it"], "cc", "national")
    assert campaign["operators"] == ["anna"]
    assert told("campaign", "list") == [campaign]
    assert {each["id"]: each["campaigns"] for each in told("operator", "list")} == {"admin": [], "anna": ["adsl"]}


def test_people_see_tables(made: Run) -> None:
    """Nothing is cut off when the output is piped."""
    made("campaign", "add", "adsl", *CAMPAIGN, "--pack", "it")
    lines = made("campaign", "list").stdout.splitlines()
    assert lines[0].split()[:2] == ["ID", "PRINCIPAL"]
    assert "+390844123456" in lines[1]


def test_a_campaign_without_packs_is_warned_of(made: Run) -> None:
    """On standard error: core alone has no calling window; with a pack there is nothing to say."""
    alone = made("campaign", "add", "bare", *CAMPAIGN, "--json")
    assert "core" in alone.stderr
    assert "calling window" in alone.stderr
    assert made("campaign", "add", "full", *CAMPAIGN, "--pack", "it").stderr == ""


def test_shadow_mode_is_warned_of(made: Run) -> None:
    """Objections that stop nothing must be meant."""
    assert "shadow" in made("campaign", "add", "a", *CAMPAIGN, "--pack", "it", "--packs-mode", "shadow").stderr


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--principal", "fastent", "did you mean fastnet"),
        ("--agency", "nobody", "no agency"),
        ("--pack", "itt", "did you mean it"),
        ("--caller-id", "0844123456", "in full with its country"),
        ("--caller-id", '+390844123456"\r\nX-Other: 1', "--caller-id"),
        ("--caller-id", "${SHELL(id)}", "--caller-id"),
        ("--trunk", "PJSIP/a,20", "--trunk"),
        ("--trunk", "PJSIP/a&PJSIP/+393339998001@a", "--trunk"),
        ("--trunk", "PJSIP/${SHELL(id)}", "--trunk"),
        ("--region", "XQ", "ISO 3166"),
        ("--sector", "two words", "--sector"),
    ],
)
def test_what_cannot_be_is_refused(made: Run, told: Told, option: str, value: str, said: str) -> None:
    """Exit code 2, the option named, and no campaign kept."""
    done = made("campaign", "add", "adsl", *CAMPAIGN, option, value)
    assert done.exit_code == 2
    assert said in done.stderr
    assert told("campaign", "list") == []


def test_a_campaign_is_changed_closed_and_removed(made: Run, told: Told) -> None:
    """What is not named stays."""
    told("campaign", "add", "adsl", *CAMPAIGN, "--pack", "it")
    changed = told("campaign", "set", "adsl", "--closed", "--sector", "energy")
    assert (changed["closed"], changed["sector"], changed["packs"]) == (True, "energy", ["it"])
    assert told("campaign", "set", "adsl", "--open")["closed"] is False
    assert made("campaign", "set", "adsl").exit_code == 2
    told("campaign", "remove", "adsl")
    assert made("campaign", "show", "adsl").exit_code == 2


def test_the_same_id_twice_is_refused(made: Run) -> None:
    """With the store's own message."""
    done = made("principal", "add", "fastnet", "--name", "Other", "--country", "IT")
    assert done.exit_code == 2
    assert "exists already" in done.stderr


@pytest.mark.parametrize("kind", ["principal", "agency"])
def test_a_name_must_say_something(made: Run, kind: str) -> None:
    """Exit code 2 for an empty one."""
    done = made(kind, "add", "x", "--name", " ", *(("--country", "IT") if kind == "principal" else ()))
    assert done.exit_code == 2
    assert "--name" in done.stderr


def test_an_operator_needs_campaigns_that_exist(made: Run, told: Told) -> None:
    """A mistyped campaign would admit nobody; removing an operator that is not there is a mistake too."""
    words = ["operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it"]
    assert made(*words, "--campaign", "adls").exit_code == 2
    assert made("operator", "add", "anna", "--endpoint", "101", "--language", "it").exit_code == 2
    told(*words)
    told("operator", "remove", "anna")
    assert made("operator", "remove", "anna").exit_code == 2


def test_a_pack_that_is_dropped_is_warned_of(made: Run) -> None:
    """--pack names all anew: what the campaign had is named, on standard error."""
    made("campaign", "add", "adsl", *CAMPAIGN, "--pack", "it", "--pack", "house")
    assert "warning: campaign adsl had house, no longer" in made("campaign", "set", "adsl", "--pack", "it").stderr
    assert made("campaign", "set", "adsl", "--pack", "it", "--pack", "house").stderr == ""


def test_a_country_without_its_pack_is_warned_of(made: Run) -> None:
    """Of a marketing campaign, where there is a pack for the country."""
    said = "without the rules of its pack"
    assert f"{said} it" in made("campaign", "add", "a", *CAMPAIGN, "--pack", "house").stderr
    assert f"{said} uk" in made("campaign", "set", "a", "--region", "GB").stderr
    assert said not in made("campaign", "set", "a", "--region", "CH").stderr
    assert said not in made("campaign", "set", "a", "--region", "IT", "--purpose", "service").stderr


def test_a_sector_is_read_as_packs_write_it(made: Run, told: Told) -> None:
    """Other capitals and the obvious Italian words are told; what no pack knows stays, and is warned of."""
    for place, (said, meant) in enumerate(
        (("Telecom", "telecom"), ("luce", "electricity"), ("elettricità", "electricity"), ("TLC", "telecom"))
    ):
        done = made("campaign", "add", f"c{place}", *CAMPAIGN, "--pack", "it", "--sector", said)
        assert done.stderr == f"--sector {said}: read as {meant}\n"
        assert told("campaign", "show", f"c{place}")["sector"] == meant
    done = made("campaign", "add", "odd", *CAMPAIGN, "--pack", "it", "--sector", "shoes")
    assert "no sector ban will ever bind it" in done.stderr
    assert told("campaign", "show", "odd")["sector"] == "shoes"
