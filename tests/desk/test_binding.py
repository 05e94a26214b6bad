"""A dialer's call becomes an operator's: on the desk, on record, and for whoever calls next."""

from dataclasses import replace

import pytest

from ari_app.desk.binding import Binding
from ari_app.desk.dispositions import NotTheirs
from ari_app.policy.disposition import Disposition
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Operator
from ari_app.stores.speaking import SqlSpeaking
from tests.desk.conftest import AUTUMN, MARIO, House


class Shown:
    """Desks in memory: whose each call is."""

    def __init__(self) -> None:
        """No call is anybody's."""
        self.whose: dict[str, str] = {}

    def bind(self, call_id: str, operator: str) -> bool:
        """As desk.live."""
        return self.whose.setdefault(call_id, operator) == operator


@pytest.fixture
def shown() -> Shown:
    """The desks."""
    return Shown()


@pytest.fixture
def binding(house: House, shown: Shown) -> Binding:
    """Over the house's database, with a campaign that any phone may call for."""
    house.directory.add_campaign(replace(AUTUMN, id="dialled", packs=(), languages="it"))
    house.directory.add_operator(Operator(id="francine", endpoint="PJSIP/8", language="fr"))
    return Binding(
        desks=shown,
        spoken=SqlSpeaking(house.database),
        verdicts=house.verdicts,
        judge=house.judge,
        observer=house.heard,
    )


async def dialled(house: House) -> VerdictRecord:
    """A dialer's call, answered, that is nobody's."""
    return await house.call(MARIO, campaign="dialled", operator="")


async def spoke(house: House) -> list[str]:
    """Who spoke with Mario, as the next operator is told."""
    asked = await house.asked(MARIO, campaign="dialled", operator="bruno")
    return [each.operator for each in (await house.stories.of(asked)).contacts]


async def test_the_call_is_theirs_on_the_desk_and_on_record(house: House, shown: Shown, binding: Binding) -> None:
    """Their word on it is taken, and the next operator is told who spoke."""
    call = await dialled(house)
    with pytest.raises(NotTheirs):
        await house.noting.note(call.call_id, operator="anna", word=Disposition.NOT_NOW)
    assert await binding.bind(call.call_id, "anna")
    assert shown.whose == {call.call_id: "anna"}
    await house.noting.note(call.call_id, operator="anna", word=Disposition.NOT_NOW)
    assert await spoke(house) == ["anna"]
    assert house.heard.names() == ["call.bound"]


async def test_said_again_nothing_changes_and_a_second_operator_has_it_not(house: House, binding: Binding) -> None:
    """The first stays."""
    call = await dialled(house)
    assert [await binding.bind(call.call_id, who) for who in ("anna", "anna", "bruno")] == [True, True, False]
    assert await spoke(house) == ["anna"]
    assert house.heard.names() == ["call.bound"]


async def test_a_call_that_names_its_operator_stays_theirs(house: House, binding: Binding) -> None:
    """What the verdict was given for is on record."""
    call = await house.call(MARIO, operator="bruno")
    await binding.bind(call.call_id, "anna")
    assert await spoke(house) == ["bruno"]
    assert house.heard.names() == []


async def test_whoever_is_not_the_campaigns_has_the_call_and_is_reported(house: House, binding: Binding) -> None:
    """They speak already; nobody's name is in the report."""
    call = await dialled(house)
    assert await binding.bind(call.call_id, "francine")
    assert await spoke(house) == ["francine"]
    told = {"call_id": call.call_id, "campaign": "dialled", "reasons": ["operator_not_allowed"]}
    assert house.heard.events == [("call.bound", {"call_id": call.call_id}), ("call.bound_unfit", told)]


async def test_who_is_at_a_phone_is_who_sits_there(house: House, binding: Binding) -> None:
    """Nobody is at a phone that is nobody's."""
    assert await binding.operator_at("PJSIP/anna") == "anna"
    assert await binding.operator_at("PJSIP/199") == ""
    assert await binding.operator_at("") == ""
