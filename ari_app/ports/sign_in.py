"""
Who signs in, by which password, and which browsers are signed in.

    StoreConflict (ports.verdicts)
    └── WeakPassword    it is not taken; `weakness` says why
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ari_app.policy.passwords import LONGEST, SHORTEST, Weakness
from ari_app.policy.request import Role
from ari_app.ports.verdicts import StoreConflict

_SAID = {
    Weakness.SHORT: f"it is too short: take at least {SHORTEST} signs, a sentence is best",
    Weakness.LONG: f"it is too long: take at most {LONGEST} signs",
    Weakness.NAME: "it is little more than their name; take something else",
    Weakness.COMMON: "it is one that everybody tries first; take another",
    Weakness.SIMPLE: "it repeats the same few signs; take another",
}


class WeakPassword(StoreConflict):
    """A password that is not taken."""

    def __init__(self, weakness: Weakness) -> None:
        """Its message says what is wrong, never the password."""
        super().__init__(f"this password is not taken: {_SAID[weakness]}")
        self.weakness = weakness


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Somebody has just given their password."""

    operator: str
    changed_at: datetime
    """When that password was set: a session is not begun on one that has been changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session that has just begun."""

    secret: str = field(repr=False)
    """For the cookie alone; nowhere kept."""
    operator: str
    role: Role
    must_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Whose session it is, as they are on record now."""

    operator: str
    name: str
    language: str
    role: Role
    must_change: bool
    """The password was set by another: it has to be changed before anything else."""
    csrf: str = field(repr=False)


class Logins(Protocol):
    """Passwords. Raises StoreError (ports.verdicts)."""

    async def proves(self, name: str, password: str) -> Proof | None:
        """
        Whether this is the password of the operator `name`; each time counts as a try until it went well.

        None, after the same work: nobody is called so, they have no password, it is another, or after too many tries
        it is not looked at for a while. Raises StoreUnavailable also if too many wait.
        """
        ...

    async def change(self, operator: str, password: str) -> Proof:
        """
        Set a password that its own operator chose, and end all their sessions.

        Raises WeakPassword; StoreConflict: there is no such operator.
        """
        ...


class WebSessions(Protocol):
    """Browsers that are signed in. Raises StoreError (ports.verdicts)."""

    async def begin(self, proof: Proof) -> NewSession | None:
        """A new session. None: what was proved holds no longer, or there is no such operator any more."""
        ...

    async def of(self, secret: str) -> SignedIn | None:
        """Whose session this is, which is now used; None: there is none, or it has run out."""
        ...

    async def end(self, secret: str) -> str | None:
        """End a session; the operator if it was their last one, else None."""
        ...
