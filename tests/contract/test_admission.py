"""Who calls for what: campaign with its table, operator with what they have to read, in memory as in a database."""

from dataclasses import replace

from sqlalchemy import update

from ari_app.policy.request import Ask, Door, Route
from ari_app.ports.verdicts import Verdicts
from ari_app.stores.scripts import Scripts
from ari_app.stores.tables import script
from tests.contract.worlds import SqlWorld, World
from tests.stores.samples import ANNA, AUTUMN, SetClock

ROUTED = replace(
    AUTUMN,
    id="routed",
    routes=(Route(when={"customer": ("current",), "products": ("fibra", "tv")}, script="tv", variant="customer"),),
    languages="it de",
)
BEHIND = replace(ANNA, speaks=("de",), campaigns=("routed",), unread={"tv": "2"})


def has_to_read(world: World) -> None:
    """Version 2 of the script is served, and Anna has not read it."""
    if isinstance(world, SqlWorld):
        database = world.database
        Scripts(database, SetClock()).import_script("tv", "2", "aa", "Buongiorno")
        database.write(lambda connection: connection.execute(update(script).values(must_read=True)))
    world.operator(BEHIND)


async def test_the_campaign_comes_with_its_table_and_the_operator_with_what_is_unread(world: World) -> None:
    """By id and by phone; the campaign that fell to the operator as the one that was named."""
    world.campaign(ROUTED)
    has_to_read(world)
    book: Verdicts = world.gate()
    for ask in (
        Ask(dialled="", door=Door.STASIS, operator="anna"),
        Ask(dialled="", door=Door.STASIS, endpoint="PJSIP/101"),
        Ask(dialled="", door=Door.STASIS, endpoint="PJSIP/101", campaign="routed"),
    ):
        found = await book.admission(ask, default_campaign="")
        assert found.campaign == replace(ROUTED, operators=frozenset({"anna"}))
        assert found.operator == BEHIND
        assert found.operator is not None
        assert dict(found.operator.unread) == {"tv": "2"}


async def test_nobody_has_nothing_to_read(world: World) -> None:
    """A phone that is nobody's."""
    found = await world.gate().admission(Ask(dialled="", door=Door.STASIS, endpoint="x/1"), default_campaign="nowhere")
    assert (found.operator, found.campaign, found.campaign_id) == (None, None, "nowhere")
