"""Where packs and scripts come from."""

from typing import Protocol

from ari_app.policy.pack import Pack


class Packs(Protocol):
    """The packs at hand: the built-in ones and those of the installation's own folder."""

    def get(self, pack_id: str) -> Pack | None:
        """The pack of this id; None: there is none, or its file is not valid."""
        ...
