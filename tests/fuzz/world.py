"""The invented world, in which one number alone may be called."""

from ari_app.policy.held import Suppression, SuppressionPurpose
from tests.fakes.world import START, World
from tests.fuzz.doors import PERMITTED

_ASKED = Suppression(id="1", scope="*", purpose=SuppressionPurpose.ALL, reason="asked", source="call", created_at=START)


class _AllButOne(dict[str, list[Suppression]]):
    """Suppressions by number: everybody's but one."""

    def get(self, e164: str, default: object = None) -> list[Suppression]:
        del default
        return [] if e164 == PERMITTED else [_ASKED]


def guarded_world() -> World:
    """Everybody but `PERMITTED` is suppressed."""
    world = World()
    world.verdicts.suppressions = _AllButOne()
    return world


def forget(world: World) -> None:
    """As if nothing had been judged: the one number may be called anew, and memory grows by nothing of the fakes'."""
    world.verdicts.held.clear()
    world.verdicts._keys.clear()  # the fake's own memory, which no port lets go of
    world.verdicts.locked.clear()
    world.heard.events.clear()
    world.switch.told.clear()
    world.switch.watched.clear()
    world.watching.told.clear()
    world.watching.steps.clear()
    world.watching.records.clear()
