"""Routes, languages and what must be read, from an ask to a record."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ari_app.policy.held import Customer, CustomerStatus
from ari_app.policy.request import Campaign, Door, Purpose, Route
from tests.fakes.world import CALLEE, START, World, campaign

pytestmark = pytest.mark.looptime

UPSELL = campaign(
    purpose=Purpose.UPSELL,
    routes=(
        Route(when={"customer": ("current",), "products": ("fibra",)}, script="tv"),
        Route(when={"language": ("de",)}, script="gone"),
    ),
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """An open world with a script for television."""
    world = World()
    world.built_in.scripts["tv"] = replace(world.built_in.scripts["courtesy"], id="tv", version="7")
    yield world
    await world.judge.close()


def customer(world: World, *products: str) -> None:
    """The callee is one."""
    world.verdicts.put_customer("lumina", CALLEE, Customer(status=CustomerStatus.CURRENT, products=products), START)


async def test_a_verdict_tells_the_routed_script_and_why(world: World) -> None:
    """In the record as in its document, and a check tells the same."""
    world.verdicts.put_campaign(UPSELL)
    customer(world, "Fibra")
    check = world.ask(door=Door.CHECK, operator="anna", endpoint="", campaign="autumn", idempotency_key="")
    preview = await world.judge.preview(check)
    record = await world.judge.judge(world.ask())
    assert record.document()["script"] == {
        "id": "tv",
        "version": "7",
        "variant": "customer",
        "language": "en",
        "why": "Line 1: is a customer and has Fibra.",
    }
    assert preview.script == record.script
    assert (record.sector, record.product) == ("telecom", "")


async def test_a_script_that_is_missing_is_an_event(world: World) -> None:
    """Once for a call, with what is shown instead; a check tells nobody."""
    world.verdicts.put_campaign(replace(UPSELL, routes=(Route(when={}, script="gone"),)))
    await world.judge.preview(world.ask())
    assert "script.missing" not in world.heard.names()
    for _ in range(2):
        record = await world.judge.judge(world.ask())
    events = [values for name, values in world.heard.events if name == "script.missing"]
    assert events == [{"call_id": record.call_id, "campaign": "autumn", "script": "gone", "shown": "courtesy"}]
    assert record.script is not None
    assert record.script.instead_of == "gone"


@pytest.mark.parametrize(
    ("calling", "rule"),
    [
        (replace(UPSELL, languages="de"), "gate/campaign_language"),
        (UPSELL, "gate/script_read"),
        (replace(UPSELL, customers="deny"), "gate/customers"),
    ],
)
async def test_what_denies_an_operator_is_told_them_in_their_language(
    world: World, calling: Campaign, rule: str
) -> None:
    """And a check that names no operator asks about the callee."""
    world.verdicts.put_campaign(calling)
    world.verdicts.put_operator(replace(world.verdicts.operators["anna"], unread={"tv": "7"}, language="it"))
    customer(world, "fibra")
    record = await world.judge.judge(world.ask())
    assert (record.verdict, [each.rule for each in record.reasons]) == ("deny", [rule])
    assert "campagna" in record.reasons[0].text or "versione 7 del testo tv" in record.reasons[0].text
    check = world.ask(door=Door.CHECK, operator="", endpoint="", campaign="autumn", idempotency_key="")
    anybody = await world.judge.preview(check)
    assert anybody.verdict == ("deny" if rule == "gate/customers" else "permit")
