"""Dialled strings, through the reading of numbers and a whole verdict."""

from random import Random

from ari_app.policy.special import emergency_and_helplines
from tests.fuzz.doors import PERMITTED, dialled, is_permitted
from tests.fuzz.world import forget, guarded_world

_FILLERS = str.maketrans("", "", " .-")
_EXEMPT = frozenset(emergency_and_helplines("IT")) | {"+390212340000", "00390212340000", "0212340000"}


def is_exempt(text: str) -> bool:
    """Whether it is never gated in the invented world: special, three digits, or the exempt number; read simply."""
    plain = text.translate(_FILLERS)
    return plain in _EXEMPT or (len(plain) == 3 and plain.isascii() and plain.isdigit())


class Strings:
    """Implements `Door`."""

    async def open(self) -> None:
        """See `Door`."""
        self._world = guarded_world()
        self.permits = 0

    async def feed(self, random: Random) -> None:
        """See `Door`: the verdict is the one that a simple reading of the text calls for, never another."""
        text = dialled(random)
        record = await self._world.judge.judge(self._world.ask(text))
        forget(self._world)
        wanted = "exempt" if is_exempt(text) else "permit" if is_permitted(text) else "deny"
        assert record.verdict == wanted, f"{text!r}: {record.verdict}, not {wanted}"
        self.permits += wanted == "permit"
        assert wanted != "permit" or record.number == PERMITTED, f"{text!r}: {record.number}"

    async def close(self) -> None:
        """See `Door`."""
        await self._world.reactor.close()
        await self._world.judge.close()
