"""Whom a destination of Dial may reach: a guarded trunk, another trunk, a phone, a context, or only the call knows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ari_app.watch.doctor.dialplan.words import WILD, Values, variables_in

_DIALLED = re.compile(r"\s*(\w+)/\$\{EXTEN(?::\d+)?\}\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """All that one destination may be."""

    guarded: frozenset[str] = frozenset()
    """Guarded trunks, as they are configured."""
    others: frozenset[str] = frozenset()
    """Endpoints on which a number is dialled and that nobody guards."""
    contexts: frozenset[tuple[str, str]] = frozenset()
    """Where a Local channel goes: context and extension."""
    unknown: bool = False


class Trunks:
    """Knows trunks by name."""

    def __init__(self, guarded: Sequence[str], values: Values) -> None:
        """`guarded`: as `PJSIP/trunk`."""
        self._guarded = {_key(trunk): trunk for trunk in guarded}
        self._values = values

    def reach(self, destination: str, *, any_sign: bool) -> Reach:
        """
        Whom it may reach, in every reading of its variables.

        `any_sign`: what was dialled may be anything, `5@trunk` too, which `PJSIP/${EXTEN}` then takes for a trunk.
        """
        if dialled := _DIALLED.fullmatch(destination):
            technology = dialled[1].lower()
            ours = (trunk for key, trunk in self._guarded.items() if any_sign and key.startswith(f"{technology}/"))
            return Reach(guarded=frozenset(ours))
        guarded, others, contexts, unknown = set(), set(), set(), False
        for text in self._values.readings(destination.strip()):
            technology, _, rest = text.partition("/")
            if technology.lower() == "local":
                number, _, context = rest.partition("@")
                contexts.add((context.partition("/")[0], number))
                continue
            head, _, tail = rest.partition("/")
            name = head.rpartition("@")[2]
            if (trunk := self._guarded.get(_key(f"{technology}/{name}"))) is not None:
                guarded.add(trunk)
            elif WILD in technology or WILD in name or not name:
                unknown = True
            elif ("@" in head or tail) and variables_in(destination):
                others.add(f"{technology}/{name}")
        return Reach(
            guarded=frozenset(guarded), others=frozenset(others), contexts=frozenset(contexts), unknown=unknown
        )


def _key(trunk: str) -> str:
    technology, _, name = trunk.rpartition("/")
    return f"{technology or 'PJSIP'}/{name}".lower()
