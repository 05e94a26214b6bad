"""
Passwords as argon2 hashes, on a thread of their own: one at a time, so that verdicts keep the other processor.

19 MiB, two passes, one lane: of the choices that OWASP calls equally strong the one that asks for the least memory, as
the gate may run on a small machine beside a PBX. It takes about 30 ms, and argon2 lets go of the interpreter meanwhile.

Source: RFC 9106; OWASP Password Storage Cheat Sheet.
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ari_app.policy.passwords import LONGEST, plain_password
from ari_app.ports.verdicts import StoreUnavailable

T = TypeVar("T")

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for another when they are read out."""
_GROUPS, _GROUP = 4, 5


class Passwords:
    """Hashes and compares. Made for a process, not for a request."""

    def __init__(self, hasher: PasswordHasher = HASHER, *, most_waiting: int = 256) -> None:
        """No thread yet. More than `most_waiting` at once are sent away."""
        self._hasher = hasher
        self._most_waiting = most_waiting
        self._thread = ThreadPoolExecutor(1, "garbo-passwords")
        self._waiting = 0

    def hashed(self, password: str) -> str:
        """A new hash with a new salt."""
        return self._hasher.hash(plain_password(password))

    def fits(self, password: str, held: str | None) -> bool:
        """Whether the hash is this password's; None takes as long, and is nobody's."""
        nobodys, plain = self._nobodys, plain_password(password[: LONGEST + 1])
        try:
            return self._hasher.verify(held or nobodys, plain) and held is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_dated(self, held: str) -> bool:
        """Whether a hash was made with other parameters than those of now."""
        return self._hasher.check_needs_rehash(held)

    async def compare(self, password: str, held: str | None) -> bool:
        """As `fits`, on the thread. Raises StoreUnavailable: too many wait."""
        return await self._on_thread(partial(self.fits, password, held))

    async def hash(self, password: str) -> str:
        """As `hashed`, on the thread. Raises StoreUnavailable: too many wait."""
        return await self._on_thread(partial(self.hashed, password))

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())

    async def _on_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._most_waiting:
            raise StoreUnavailable("too many are signing in at once")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:  # the thread was shut down: the gate is stopping
            raise StoreUnavailable("the gate is stopping") from error
        finally:
            self._waiting -= 1


def new_password() -> str:
    """A password that nobody guesses and that can be read out: 98 random bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
