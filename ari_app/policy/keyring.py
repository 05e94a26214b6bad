"""
What the installation's one secret key signs and hides: number keys, permits, links to scripts.

Every gate of an installation holds the same key, so each can check what another has signed. Each use has a key of its
own, derived from the secret by name (HMAC-SHA-256 as the extract-less HKDF of RFC 5869, one block).

A key may be followed by another. Numbers are not kept, so their keys cannot be made anew from them: each successor
wraps the key that was there, and a number's key is the first secret's, wrapped by every later one in turn.
"""

import base64
import hashlib
import hmac
from binascii import b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hashlib import _Hash

_NUMBER_KEY_BYTES = 16  # half of HMAC-SHA-256, what RFC 2104 section 5 allows; halves the index of 10 million attempts
_ENDING_CHARACTERS = 16
"""Tried only against a running gate; with all that is told beside it, it has to fit into an extension."""
_MAC_CHARACTERS = 32
_NUMBER_BYTES = 16  # a plus and fifteen digits
_SALT_BYTES = 8  # with the number 24 bytes, which are 32 characters without filling
_BLOCK_BYTES = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_LONGEST_SIGNED = timedelta(days=7)
"""Nothing is signed for longer (`gate.link_valid_s`), so a retired secret cannot have signed what expires later."""


class Retired(NamedTuple):
    """A secret that another has followed."""

    secret: bytes
    until: datetime
    """When that was; it signed nothing after it."""

    def __repr__(self) -> str:
        """Never the secret."""
        return f"Retired(until {self.until.isoformat()})"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The newest secret, those before it (oldest first), and the id of them all; `repr` shows the id alone."""

    key_id: str
    secret: bytes
    retired: tuple[Retired, ...] = ()

    def __repr__(self) -> str:
        """Never the secret."""
        return f"Keyring({self.key_id})"

    @classmethod
    def from_secret(cls, secret: bytes, retired: tuple[Retired, ...] = ()) -> "Keyring":
        """A keyring whose id is derived from its secrets, so that two files cannot carry one id."""
        every = b"".join((*(each.secret for each in retired), secret))
        return cls(hashlib.sha256(b"garbo key id" + every).hexdigest()[:8], secret, retired)

    def followed_by(self, secret: bytes, at: datetime) -> "Keyring":
        """The keyring with this secret as its newest."""
        return Keyring.from_secret(secret, (*self.retired, Retired(self.secret, at)))

    def follows(self, other: "Keyring") -> bool:
        """Whether this keyring is the other with one secret more, so that `wrapped` makes its keys of the other's."""
        return bool(self.retired) and self.retired[:-1] == other.retired and self.retired[-1].secret == other.secret

    def number_key(self, e164: str) -> bytes:
        """The number's key in every table: 16 bytes, useless without the secret."""
        if not self.retired:
            return _mac(self.secret, "number", e164.encode())[:_NUMBER_KEY_BYTES]
        secrets = (*(each.secret for each in self.retired), self.secret)
        key = _mac(secrets[0], "number", e164.encode())[:_NUMBER_KEY_BYTES]
        for secret in secrets[1:]:
            key = _wrapped(secret, key)
        return key

    def wrapped(self, key: bytes) -> bytes:
        """The number key of this keyring for a key that was made before its newest secret came."""
        return _wrapped(self.secret, key)

    def sealed_number(self, e164: str) -> str:
        """
        The number, hidden so that only this keyring and its successors read it; a number has always the same seal.

        Equal seals tell what equal number keys tell already. What hides it is made of the number itself and the secret,
        so that it also proves itself (as the synthetic IV of RFC 5297).
        """
        return _sealed(self.secret, e164)

    def opened_number(self, seal: str) -> str | None:
        """The number in a seal; None: it is none, or of another keyring."""
        try:
            raw = base64.b64decode(seal, validate=True)
        except ValueError:
            return None
        if len(raw) != _SALT_BYTES + _NUMBER_BYTES:
            return None
        for secret in (self.secret, *(each.secret for each in reversed(self.retired))):
            hidden = _hidden(secret, raw[:_SALT_BYTES], raw[_SALT_BYTES:]).rstrip(b"\0")
            if hidden.isascii() and hmac.compare_digest(_sealed(secret, hidden.decode("ascii")), seal):
                return hidden.decode("ascii")
        return None

    def lock_number(self, key: str) -> int:
        """A counting key as the signed 64-bit number of a database lock."""
        return int.from_bytes(_mac(self.secret, "lock", key.encode())[:8], "big", signed=True)

    def permit(self, call_id: str, e164: str, expires_at: datetime) -> str:
        """A permit for this call to this callee; worthless for another number, and after `expires_at`."""
        stamp = str(int(expires_at.timestamp()))
        return f"{call_id}.{stamp}.{_token(self.secret, 'permit', call_id, e164, stamp)}"

    def permit_holds(self, permit: str, e164: str, now: datetime) -> bool:
        """Whether any gate of this installation gave this permit for this number, and it has not expired."""
        return self._opened("permit", permit, now, e164) is not None

    def link(self, call_id: str, expires_at: datetime) -> str:
        """An unguessable token that opens one call's script page until `expires_at`."""
        stamp = str(int(expires_at.timestamp()))
        return f"{call_id}.{stamp}.{_token(self.secret, 'link', call_id, stamp)}"

    def call_of_link(self, link: str, now: datetime) -> str | None:
        """The call a link opens; None: forged, altered or expired."""
        return self._opened("link", link, now)

    def ending(self, call_id: str) -> str:
        """What the end of this call is told with, so that nobody else can tell it; hexadecimal, since it is dialled."""
        return _ending(self.secret, call_id)

    def is_ending(self, call_id: str, told_with: str) -> bool:
        """Whether any gate of this installation gave this for the call."""
        secrets = (self.secret, *(each.secret for each in self.retired))
        return any(hmac.compare_digest(told_with.encode(), _ending(secret, call_id).encode()) for secret in secrets)

    def _opened(self, use: str, token: str, now: datetime, *bound: str) -> str | None:
        call_id, _, rest = token.partition(".")
        stamp, _, mac = rest.partition(".")
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            return None
        signed = (_token(secret, use, call_id, *bound, stamp) for secret in self._signers(int(stamp)))
        if not any(hmac.compare_digest(mac.encode(), each.encode()) for each in signed):
            return None
        return call_id if now < datetime.fromtimestamp(int(stamp), UTC) else None

    def _signers(self, expires: int) -> Iterator[bytes]:
        """The secrets that may have signed what expires then."""
        yield self.secret
        for each in self.retired:
            if expires <= (each.until + _LONGEST_SIGNED).timestamp():
                yield each.secret


def _wrapped(secret: bytes, key: bytes) -> bytes:
    return _mac(secret, "number again", key)[:_NUMBER_KEY_BYTES]


def _sealed(secret: bytes, e164: str) -> str:
    plain = e164.encode().ljust(_NUMBER_BYTES, b"\0")
    if len(plain) > _NUMBER_BYTES:
        raise ValueError("no number in E.164 is as long as that")
    salt = _mac(secret, "number salt", plain)[:_SALT_BYTES]
    return b2a_base64(salt + _hidden(secret, salt, plain), newline=False).decode()


def _hidden(secret: bytes, salt: bytes, plain: bytes) -> bytes:
    """Plain to hidden, and hidden to plain."""
    stream = int.from_bytes(_mac(secret, "number seal", salt)[:_NUMBER_BYTES], "big")
    return (int.from_bytes(plain, "big") ^ stream).to_bytes(_NUMBER_BYTES, "big")


def _ending(secret: bytes, call_id: str) -> str:
    return _mac(secret, "ending", call_id.encode()).hex()[:_ENDING_CHARACTERS]


def _token(secret: bytes, use: str, *parts: str) -> str:
    raw = _mac(secret, use, "\x1f".join(parts).encode())
    return base64.urlsafe_b64encode(raw).decode()[:_MAC_CHARACTERS]


def _mac(secret: bytes, use: str, message: bytes) -> bytes:
    begun, ended = _begun(secret, use)
    inner, outer = begun.copy(), ended.copy()
    inner.update(message)
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
