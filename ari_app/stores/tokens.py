"""
Tokens for the HTTP API: 256 random bits, shown once, of which only a hash is kept.

They are found by that hash. A look-up tells by its time at most how a hash begins, and from that nobody makes a token.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update
from ulid import ULID

from ari_app.ports.clock import Clock
from ari_app.ports.tokens import Grant, TokenScope
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.keeping import need_principal
from ari_app.stores.tables import token

PREFIX = "garbo_"
"""By which programs that look for lost secrets know one."""
_BYTES = 32
_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
_SHOWN = (token.c.id, token.c.scope, token.c.principal, token.c.created_at, token.c.revoked_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEntry:
    """A token, without what it is proved by."""

    id: str
    scope: TokenScope
    principal: str | None
    created_at: datetime
    revoked_at: datetime | None = None


class SqlTokens:
    """Implements ports.tokens.Tokens. Each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self._database = database
        self._clock = clock

    def create(self, scope: TokenScope, *, principal: str | None) -> tuple[TokenEntry, str]:
        """A new token and its secret. Raises StoreConflict: no such principal, or its scope wants one or none."""
        if scope is TokenScope.CUSTOMERS and principal is None:
            raise StoreConflict("a token for customers belongs to one principal: --principal P")
        if scope is TokenScope.DESK and principal is not None:
            raise StoreConflict(
                "a token for the desk is for operators, who call for any principal: leave --principal out"
            )
        secret = PREFIX + secrets.token_urlsafe(_BYTES)
        new = TokenEntry(id=str(ULID()), scope=scope, principal=principal, created_at=self._clock.now())

        def work(connection: Connection) -> None:
            if principal is not None:
                need_principal(connection, principal)
            row = {"id": new.id, "hash": _hash(secret), "scope": scope.value, "principal": principal}
            connection.execute(insert(token), {**row, "created_at": new.created_at})

        self._database.write(work)
        return new, secret

    def all(self) -> list[TokenEntry]:
        """Every token, oldest first, revoked ones too."""
        query = select(*_SHOWN).order_by(token.c.created_at, token.c.id)
        return self._database.read(lambda connection: [_entry(row) for row in connection.execute(query).mappings()])

    def revoke(self, token_id: str) -> TokenEntry:
        """End a token, from the next request on; again is no error. Raises StoreConflict: there is none of this id."""

        def work(connection: Connection) -> TokenEntry:
            this = token.c.id == token_id
            change = update(token).where(this, token.c.revoked_at.is_(None)).values(revoked_at=self._clock.now())
            connection.execute(change)
            row = connection.execute(select(*_SHOWN).where(this)).mappings().one_or_none()
            if row is None:
                raise StoreConflict(f"there is no token {token_id}; `garbo token list` names those there are")
            return _entry(row)

        return self._database.write(work)

    async def granted(self, secret: str) -> Grant | None:
        """As the port; what has not the form of a token is not looked up."""
        if not _FORM.fullmatch(secret):
            return None
        query = select(*_SHOWN).where(token.c.hash == _hash(secret), token.c.revoked_at.is_(None))
        row = await self._database.on_reader(
            lambda: self._database.read(lambda connection: connection.execute(query).one_or_none())
        )
        if row is None:
            return None
        return Grant(token_id=row.id, scope=TokenScope(row.scope), principal=row.principal)


def _hash(secret: str) -> bytes:
    # No salt and no slow hash: nobody guesses 256 random bits.
    return hashlib.sha256(secret.encode()).digest()


def _entry(row: RowMapping) -> TokenEntry:
    return TokenEntry(
        id=row["id"],
        scope=TokenScope(row["scope"]),
        principal=row["principal"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
