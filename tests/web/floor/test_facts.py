"""The facts of a call are read in words: labels, instants and numbers in the reader's language."""

import re
from collections.abc import Callable
from dataclasses import fields

import msgspec
import pytest

from ari_app.policy.attempts import Attempt
from ari_app.policy.facts import FACT_NAMES
from ari_app.policy.held import (
    Callback,
    CallerIdEntry,
    Consent,
    Contact,
    Customer,
    CustomerStatus,
    Flag,
    OneOffPermit,
    Screening,
    SilentCalls,
    Suppression,
)
from ari_app.web.floor.fact_words import FACT_LABELS, FACT_WORDS
from ari_app.web.floor.facts import seen
from ari_app.web.floor.shown import Shown
from tests.stores.samples import NOW
from tests.web.floor.conftest import Visitor

HELD = (Attempt, Callback, CallerIdEntry, Consent, Contact, Customer, Flag, OneOffPermit, Screening, SilentCalls)


def test_every_fact_and_field_has_a_label_in_both_languages() -> None:
    """A fact or field that is added elsewhere needs a label here; no word is empty."""
    needed = {*FACT_NAMES, *(field.name for kind in (*HELD, Suppression) for field in fields(kind))}
    for language in ("it", "en"):
        assert needed - FACT_LABELS[language].keys() == set()
        assert all(FACT_LABELS[language].values())
        assert all(FACT_WORDS[language].values())
    assert FACT_LABELS["it"].keys() == FACT_LABELS["en"].keys()
    assert FACT_WORDS["it"].keys() == FACT_WORDS["en"].keys()


@pytest.mark.parametrize(
    ("language", "label", "parts"),
    [
        ("it", "Rapporto con il committente", ["è cliente", "fibra, tv", "Dal"]),
        ("en", "Standing with the principal", ["a customer", "fibra, tv", "Since"]),
    ],
)
def test_a_customer_is_told_in_words(language: str, label: str, parts: list[str]) -> None:
    """Status, products and instants; what is not known of them is left out, and nothing of it is JSON."""
    held = Customer(status=CustomerStatus.CURRENT, products=("fibra", "tv"), since=NOW)
    shown = Shown(language)
    (fact,) = seen({"customer": msgspec.to_builtins(held)}, shown)
    (entry,) = fact.entries
    told = [text for pair in entry for text in pair]
    assert fact.label == label
    assert [part for part in parts if part not in told] == []
    assert shown.to_the_second(NOW) in told
    assert len(entry) == 3
    assert fact.raw == msgspec.to_builtins(held)


def test_what_is_not_there_or_not_known_is_told() -> None:
    """Nothing on record, a cause, a plain number with its thousands parted, a length in words."""
    told = seen({"consents": [], "flags": {"unknown": "down"}, "office_numbers": 1234}, Shown("it"))
    assert [each.remark for each in told] == ["Nulla agli atti.", "Non si sa: down", "1.234"]
    (fact,) = seen({"silent_calls": [{"window": "PT86400S", "put_through": 3, "silent": 0}]}, Shown("it"))
    assert fact.entries == [[("Periodo", "1 giorno"), ("Con operatore", "3"), ("Mute", "0")]]


@pytest.mark.parametrize(("who", "raw"), [("sara", "Come è registrato (JSON)"), ("ada", "As it is recorded (JSON)")])
async def test_the_page_of_a_call_names_facts_in_words(
    visit: Callable[[str], Visitor], spoken: str, who: str, raw: str
) -> None:
    """No fact goes by its name in the code; the record's own values lie closed below."""
    page = await visit(who).get(f"/floor/calls/{spoken}")
    named = set(re.findall(r"<summary>([^<]*)</summary>", page))
    assert raw in named
    assert named & set(FACT_NAMES) == set()
    assert f"<details open><summary>{raw}" not in page
