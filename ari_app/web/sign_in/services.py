"""What these pages are held to, and where it goes."""

from typing import Protocol

from ari_app.desk.signing_in import Refused
from ari_app.ports.phones import Place, SatDown, Seat
from ari_app.ports.sign_in import NewSession, SignedIn


class SigningIn(Protocol):
    """Sessions and passwords. Raises StoreError."""

    async def sign_in(self, name: str, password: str, *, address: str, before: str) -> NewSession | Refused:
        """A new session; the one that the browser had `before` ends."""
        ...

    async def signed_in(self, secret: str) -> SignedIn | None:
        """Whose session this is; None: nobody's."""
        ...

    async def sign_out(self, secret: str) -> None:
        """End a session."""
        ...

    async def change_password(self, operator: str, old: str, new: str, *, address: str) -> NewSession | Refused:
        """Change one's own password; all sessions end, and this browser gets a new one. Raises WeakPassword."""
        ...


class Seats(Protocol):
    """Who sits at which phone. Raises StoreUnavailable, NoOperator (ports.phones)."""

    async def sit(self, operator: str, text: str, *, said_by: str) -> SatDown:
        """Sit down at a phone, and nowhere else any more. Raises BadPhone (desk.seats)."""
        ...

    async def leave(self, operator: str) -> Seat | None:
        """Leave the phone where somebody sat down."""
        ...

    async def place(self, operator: str) -> Place:
        """Where somebody is."""
        ...

    async def known(self) -> tuple[tuple[str, str], ...]:
        """Every phone, with whose it is now."""
        ...

    def lost(self, operator: str) -> Seat | None:
        """Who took the phone that was somebody's until then."""
        ...
