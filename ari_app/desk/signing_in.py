"""
Signing in and out: tries by address, the password, a new session, the operator's phone.

Nobody learns whether a name exists: an unknown one, a wrong password and one that is locked get the same answer, after
the same work, and never before `refusal_after`, which hides what differs beneath it.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta

from ari_app.desk.seats import Seats
from ari_app.desk.tries import Tries
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.sign_in import Logins, NewSession, Proof, SignedIn, WebSessions

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""How operators are called; all else is nobody, and need not be looked for."""
REFUSAL_AFTER = timedelta(milliseconds=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nobody was signed in."""

    wait: timedelta | None = None
    """How long this address has to wait; None: the name or the password is not right, or has been tried too often."""


class SigningIn:
    """What the pages of `web.sign_in` are held to. Every method raises StoreError."""

    def __init__(
        self,
        *,
        logins: Logins,
        sessions: WebSessions,
        seats: Seats,
        clock: Clock,
        observer: Observer,
        refusal_after: timedelta = REFUSAL_AFTER,
    ) -> None:
        """`refusal_after` is the least time that a refusal takes."""
        self._logins = logins
        self._sessions = sessions
        self._seats = seats
        self._clock = clock
        self._observer = observer
        self._refusal_after = refusal_after.total_seconds()
        self._tries = Tries()

    async def sign_in(self, name: str, password: str, *, address: str, before: str) -> NewSession | Refused:
        """A new session; the one that the browser had `before` ends, whosever it was."""
        named = _ID.fullmatch(name.strip())
        answer = await self._proved(named[0] if named else "", password, address)
        if isinstance(answer, Refused):
            return answer
        session = await self._sessions.begin(answer)
        if session is None:  # removed, or given another password, in this very moment
            return Refused()
        await self.sign_out(before)
        await self._seats.signed_in(session.operator)
        self._observer.event("session.begun", role=session.role.value)
        return session

    async def signed_in(self, secret: str) -> SignedIn | None:
        """Whose session this is."""
        return await self._sessions.of(secret)

    async def sign_out(self, secret: str) -> None:
        """End a session; a phone that was chosen in the page is left with the last one."""
        operator = await self._sessions.end(secret)
        if operator is not None:
            await self._seats.signed_out(operator)

    async def change_password(self, operator: str, old: str, new: str, *, address: str) -> NewSession | Refused:
        """
        Change one's own password; all sessions end, and this browser gets a new one.

        Raises WeakPassword.
        """
        answer = await self._proved(operator, old, address)
        if isinstance(answer, Refused):
            return answer
        session = await self._sessions.begin(await self._logins.change(operator, new))
        self._observer.event("password.changed", operator=operator)
        return session or Refused()

    async def _proved(self, name: str, password: str, address: str) -> Proof | Refused:
        wait = self._tries.take(address, self._clock.now())
        if wait is not None:
            self._observer.event("session.refused", why="address")
            return Refused(wait=wait)
        loop = asyncio.get_running_loop()
        told_from = loop.time() + self._refusal_after
        proof = await self._logins.proves(name, password)
        if proof is not None:
            self._tries.give_back(address)
            return proof
        self._observer.event("session.refused", why="password")
        await asyncio.sleep(told_from - loop.time())
        return Refused()
