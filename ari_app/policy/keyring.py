"""
What the installation's one secret key signs and hides: number keys, permits, links to scripts.

Every gate of an installation holds the same key, so each can check what another has signed. Each use has a key of its
own, derived from the secret by name (HMAC-SHA-256 as the extract-less HKDF of RFC 5869, one block).
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

_NUMBER_KEY_BYTES = 16  # half of HMAC-SHA-256, what RFC 2104 section 5 allows; halves the index of 10 million attempts
_MAC_CHARACTERS = 32
_BLOCK_BYTES = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secret and its id; `repr` shows the id alone."""

    key_id: str
    secret: bytes

    def __repr__(self) -> str:
        """Never the secret."""
        return f"Keyring({self.key_id})"

    @classmethod
    def from_secret(cls, secret: bytes) -> "Keyring":
        """A keyring whose id is derived from the secret, so that two files cannot carry one id."""
        return cls(hashlib.sha256(b"garbo key id" + secret).hexdigest()[:8], secret)

    def number_key(self, e164: str) -> bytes:
        """The number's key in every table: 16 bytes, useless without the secret."""
        return self._mac("number", e164)[:_NUMBER_KEY_BYTES]

    def lock_number(self, key: str) -> int:
        """A counting key as the signed 64-bit number of a database lock."""
        return int.from_bytes(self._mac("lock", key)[:8], "big", signed=True)

    def permit(self, call_id: str, e164: str, expires_at: datetime) -> str:
        """A permit for this call to this callee; worthless for another number, and after `expires_at`."""
        stamp = str(int(expires_at.timestamp()))
        return f"{call_id}.{stamp}.{self._token('permit', call_id, e164, stamp)}"

    def permit_holds(self, permit: str, e164: str, now: datetime) -> bool:
        """Whether any gate of this installation gave this permit for this number, and it has not expired."""
        return self._opened("permit", permit, now, e164) is not None

    def link(self, call_id: str, expires_at: datetime) -> str:
        """An unguessable token that opens one call's script page until `expires_at`."""
        stamp = str(int(expires_at.timestamp()))
        return f"{call_id}.{stamp}.{self._token('link', call_id, stamp)}"

    def call_of_link(self, link: str, now: datetime) -> str | None:
        """The call a link opens; None: forged, altered or expired."""
        return self._opened("link", link, now)

    def _opened(self, use: str, token: str, now: datetime, *bound: str) -> str | None:
        call_id, _, rest = token.partition(".")
        stamp, _, mac = rest.partition(".")
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            return None
        if not hmac.compare_digest(mac.encode(), self._token(use, call_id, *bound, stamp).encode()):
            return None
        return call_id if now < datetime.fromtimestamp(int(stamp), UTC) else None

    def _token(self, use: str, *parts: str) -> str:
        raw = self._mac(use, "\x1f".join(parts))
        return base64.urlsafe_b64encode(raw).decode()[:_MAC_CHARACTERS]

    def _mac(self, use: str, text: str) -> bytes:
        begun, ended = _begun(self.secret, use)
        inner, outer = begun.copy(), ended.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.digest()


@lru_cache(maxsize=64)
def _begun(secret: bytes, use: str) -> "tuple[_Hash, _Hash]":
    """
    HMAC-SHA-256 under the use's own key, begun: its inner and its outer hash, to be copied.

    Deriving the key and taking it into both hashes are most of the work of a message as short as a number.

    Source: RFC 2104.
    """
    derived = hmac.new(secret, b"garbo " + use.encode(), hashlib.sha256).digest().ljust(_BLOCK_BYTES, b"\0")
    return hashlib.sha256(derived.translate(_INNER)), hashlib.sha256(derived.translate(_OUTER))
