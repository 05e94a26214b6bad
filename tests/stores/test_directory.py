"""Principals, agencies, campaigns, operators and scripts, on both engines."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ari_app.policy.request import CallMode, Mode, NumberFormat, Registration
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.directory import Agency, Directory, Principal
from ari_app.stores.scripts import Scripts, Served
from tests.stores.samples import ANNA, AUTUMN, KEYRING, SetClock, call, say, wanted

BRUNO = replace(ANNA, id="bruno", endpoint="PJSIP/102")


@pytest.fixture
def directory(database: Database) -> Directory:
    """A directory with one principal and one campaign."""
    made = Directory(database)
    made.add_principal("fastnet", name="Fastnet S.p.A.", country="IT")
    made.add_campaign(AUTUMN)
    return made


def test_what_is_added_comes_back_equal(directory: Directory) -> None:
    """Principals, agencies, campaigns with all their fields and operators come back as they were added."""
    until = datetime(2027, 1, 1, tzinfo=UTC)
    agency = Agency(id="voci", name="Voci srl", roc="123", roc_until=until, processor_act="act 1")
    directory.add_agency(agency)
    directory.add_agency(Agency(id="sub", name="Sub", subprocessor_of="voci"))
    directory.add_operator(ANNA)
    campaign = replace(
        AUTUMN,
        id="tv",
        packs=("z", "a", "m"),
        agency="voci",
        script="adsl",
        number_format=NumberFormat.DIALLED,
        packs_mode=Mode.SHADOW,
        closed=True,
        operators=frozenset({"anna"}),
        product="fibre",
        call_mode=CallMode.AI_VOICE,
        own_similar_products=True,
        trunk_country="FR",
        opened_at=until,
    )
    directory.add_campaign(campaign)
    roc = Registration(register="ROC", holder="agency", number="123", valid_until=until)
    assert directory.principals() == (Principal(id="fastnet", name="Fastnet S.p.A.", country="IT"),)
    assert directory.agencies()[1] == agency
    assert directory.campaigns() == (AUTUMN, replace(campaign, registrations=(roc,)))
    assert directory.operators() == (replace(ANNA, campaigns=("tv",)),)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda d: d.add_principal("fastnet", name="x", country="IT"), "exists already"),
        (lambda d: d.add_campaign(AUTUMN), "garbo campaign set"),
        (lambda d: d.add_campaign(replace(AUTUMN, id="x", principal="nobody")), "garbo principal add nobody"),
        (lambda d: d.add_campaign(replace(AUTUMN, id="x", agency="nobody")), "garbo agency add nobody"),
        (
            lambda d: d.add_campaign(replace(AUTUMN, id="x", operators=frozenset({"nobody"}))),
            "garbo operator add nobody",
        ),
        (lambda d: d.add_agency(Agency(id="x", name="x", subprocessor_of="nobody")), "garbo agency add nobody"),
        (lambda d: d.add_operator(replace(ANNA, campaigns=("nowhere",))), "no campaign nowhere"),
        (lambda d: d.set_campaign("nowhere", closed=True), "no campaign nowhere"),
        (lambda d: d.set_campaign("adsl-autunno", principal="telnet"), "part of its record"),
        (lambda d: d.set_operator("nobody", language="en"), "garbo operator add nobody"),
        (lambda d: d.remove_campaign("nowhere"), "no campaign nowhere"),
        (lambda d: d.remove_operator("nobody"), "garbo operator add nobody"),
    ],
)
def test_what_contradicts_is_refused_with_advice(
    directory: Directory, act: Callable[[Directory], object], said: str
) -> None:
    """Doubles and references to what does not exist are refused, and nothing of them stays."""
    with pytest.raises(StoreConflict, match=said):
        act(directory)
    assert directory.campaigns() == (AUTUMN,)
    assert directory.operators() == ()


def test_a_campaign_is_changed(directory: Directory) -> None:
    """Named fields change, the others stay."""
    changed = directory.set_campaign("adsl-autunno", packs=("uk", "it"), closed=True)
    assert changed == directory.campaign("adsl-autunno") == replace(AUTUMN, packs=("uk", "it"), closed=True)


def test_a_campaign_with_calls_stays(directory: Directory, database: Database) -> None:
    """A campaign without a verdict is removed; one with verdicts is to be closed."""
    directory.add_campaign(replace(AUTUMN, id="unused"))
    directory.remove_campaign("unused")
    assert directory.campaign("unused") is None
    request = call()
    VerdictBook(database, KEYRING).judge(request, needs=wanted(request), decide=say(request, "deny"))
    with pytest.raises(StoreConflict, match="close it"):
        directory.remove_campaign("adsl-autunno")


def test_an_operator_is_replaced_only_on_demand(directory: Directory) -> None:
    """A second operator of one id is refused, unless it is to replace the first."""
    directory.add_operator(ANNA)
    with pytest.raises(StoreConflict, match="exists already"):
        directory.add_operator(BRUNO.__class__(id="anna", endpoint="PJSIP/9", language="en"))
    directory.add_operator(replace(ANNA, language="en"), replace_it=True)
    assert directory.set_operator("anna", endpoint="PJSIP/109").language == "en"
    assert directory.operator("anna") == replace(ANNA, language="en", endpoint="PJSIP/109")


def test_one_phone_one_operator(directory: Directory) -> None:
    """Two operators cannot have one phone; two may have none."""
    directory.add_operator(ANNA)
    with pytest.raises(StoreConflict, match="PJSIP/101"):
        directory.add_operator(replace(BRUNO, endpoint="PJSIP/101"))
    for name in ("carla", "dario"):
        directory.add_operator(replace(ANNA, id=name, endpoint=""))


def test_a_restricted_campaign_does_not_open_by_accident(directory: Directory) -> None:
    """The last operator a campaign names cannot be taken away unless it is closed or opened on purpose."""
    directory.add_operator(replace(ANNA, campaigns=("adsl-autunno",)))
    for act in (
        lambda: directory.remove_operator("anna"),
        lambda: directory.set_operator("anna", campaigns=()),
    ):
        with pytest.raises(StoreConflict, match="any phone"):
            act()
    directory.add_operator(replace(BRUNO, campaigns=("adsl-autunno",)))
    directory.remove_operator("anna")
    directory.set_campaign("adsl-autunno", operators=frozenset())
    directory.remove_operator("bruno")
    assert directory.campaign("adsl-autunno") == AUTUMN


def test_scripts_are_served_by_version(database: Database) -> None:
    """The last version imported is served; an old one can be served again, and none can change its words."""
    scripts = Scripts(database, SetClock())
    assert scripts.served() == ()
    assert scripts.import_script("adsl", "1", "aa", "Buongiorno")
    assert not scripts.import_script("adsl", "1", "aa", "Buongiorno")
    assert scripts.import_script("adsl", "2", "bb", "Buonasera")
    assert scripts.served() == (Served(id="adsl", version="2", sha256="bb"),)
    with pytest.raises(StoreConflict, match="raise its version"):
        scripts.import_script("adsl", "1", "cc", "Salve")
    assert scripts.import_script("adsl", "1", "aa", "Buongiorno")
    assert [each.version for each in scripts.served()] == ["1"]
    assert (scripts.version("adsl", "2"), scripts.version("adsl", "3")) == ("Buonasera", None)
