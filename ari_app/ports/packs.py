"""Where packs and scripts come from: kept in memory, since every verdict needs them."""

from typing import Protocol

from ari_app.policy.pack import Pack
from ari_app.policy.scripts import Script


class Packs(Protocol):
    """The packs at hand: the built-in ones and those of the installation's own folder."""

    def get(self, pack_id: str) -> Pack | None:
        """The pack of this id; None: there is none, or its file is not valid."""
        ...


class Scripts(Protocol):
    """The scripts that are served."""

    def current(self, script_id: str) -> Script | None:
        """The current version of this script; None: there is none."""
        ...
