"""The doors that calls come through, and whether they are open: what must work before calls may come."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from ari_app.asterisk.greeting import Pbx
from ari_app.asterisk.versions import default_door
from ari_app.config import Settings
from ari_app.main.guards import Guard
from ari_app.policy.request import Door


class Connection(Protocol):
    """ARI's, as it is asked here."""

    @property
    def connected(self) -> bool:
        """Calls are being taken."""
        ...

    @property
    def pbx(self) -> Pbx | None:
        """The Asterisk of the present or last connection; None before the first."""
        ...


def doors(settings: Settings, connection: Connection, guards: Iterable[Guard]) -> Callable[[], dict[str, bool]]:
    """By their word on `/readyz`, and whether each works; to be asked again and again."""
    others: dict[str, Callable[[], bool]] = {name: works for guard in guards for name, works in guard.ready.items()}
    ari = {"ari": lambda: connection.connected}

    def needed() -> Mapping[str, Callable[[], bool]]:
        match settings.asterisk.door:
            case "stasis":
                return ari
            case "fastagi":
                return others
            case _:
                # The dialplan was rendered for what the version wants, or for Stasis where it could not be asked.
                pbx = connection.pbx
                old = pbx is not None and default_door(pbx.version) is Door.FASTAGI
                return {**ari, **others} if old else ari

    return lambda: {name: works() for name, works in needed().items()}
