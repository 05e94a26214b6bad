"""The script page: every step with its fields filled, its answers, and the ends."""

from dataclasses import replace
from typing import Any

from aiohttp.test_utils import TestClient

from ari_app.policy.record import VerdictRecord
from ari_app.policy.scripts import Script, ScriptChoice, parse_script
from ari_app.web.call_page import call_page
from ari_app.web.words import WORDS
from tests.policy.examples import HOME
from tests.web.conftest import LINK, RECORD, InventedPages

CARE = parse_script((HOME / "scripts" / "care.toml").read_text("utf-8"), name="care.toml")


def choice(script: Script, language: str = "it", variant: str = "customer") -> ScriptChoice:
    """This script for the call on record."""
    return ScriptChoice(id=script.id, version=script.version, variant=variant, language=language, why="x")


def told(record: VerdictRecord, script: Script) -> dict[str, Any]:
    """The steps by id."""
    return {step.id: step for step in call_page(record, script)["steps"]}


def test_steps_are_filled_with_what_the_verdict_knew() -> None:
    """Operator, principal, the callee's products."""
    steps = told(replace(RECORD, script=choice(CARE)), CARE)
    assert steps["opening"].paragraphs[0].startswith("Buongiorno, sono anna e chiamo per conto di fastnet.")
    assert "Lei ha con noi fibra." in steps["well"].paragraphs[0]
    assert steps["well"].filled


def test_answers_lead_to_their_steps_by_number() -> None:
    """So that the page can be followed on paper."""
    identity = told(replace(RECORD, script=choice(CARE)), CARE)["identity"]
    assert [(way.when, way.to, way.title) for way in identity.ways][:2] == [
        ("Sì, sono io", "well", "passo 3"),
        ("La persona non c'è", "absent", "passo 16"),
    ]


def test_branches_are_gone_by_what_is_known() -> None:
    """One way is shown, the one that is this callee's."""
    winback = parse_script((HOME / "scripts" / "winback.toml").read_text("utf-8"), name="winback.toml")
    (way,) = told(replace(RECORD, script=choice(winback)), winback)["which"].ways
    assert way.to == "was_customer"


def test_a_second_verdict_is_named_where_one_is_needed() -> None:
    """With both ways."""
    offer = told(replace(RECORD, script=choice(CARE)), CARE)["offer"]
    assert offer.remark == WORDS["it"]["second_verdict"]
    assert [(way.when, way.to) for way in offer.ways] == [
        (WORDS["it"]["if_permitted"], "decision"),
        (WORDS["it"]["if_not_permitted"], "no_offer"),
    ]


def test_what_cannot_be_filled_is_a_sentence() -> None:
    """Never an empty gap, and never the mark itself."""
    bare = parse_script(
        'id = "b"\nversion = "1"\ntitle = { it = "B", en = "B" }\n[[step]]\nid = "a"\nkind = "say"\n'
        'text = { it = "Da {{ list.source }}.", en = "From {{ list.source }}." }\n',
        name="b.toml",
    )
    step = told(replace(RECORD, script=choice(bare)), bare)["a"]
    assert not step.filled
    assert "{{" not in step.paragraphs[0]
    assert "da dove viene il numero" in step.paragraphs[0]


async def test_the_page_shows_answers_and_exits(
    client: "TestClient[Any, Any]", pages: InventedPages, monkeypatch: Any
) -> None:
    """As links within the page, escaped, and without a script."""
    monkeypatch.setattr(InventedPages, "script", _care)
    pages.change(script=choice(CARE))
    async with client.get(LINK) as answer:
        text = await answer.text()
    assert '<li id="step-never_again">' in text
    assert 'In ogni momento: <a href="#step-no_thank_you">' in text
    assert '<a href="#step-never_again">«Non mi chiami più»</a>' in text
    assert 'href="#step-wrong_number"' in text
    assert "La persona non c&#39;è" in text
    assert "<script" not in text


async def _care(_: InventedPages, __: str, ___: str) -> Script:
    return CARE
