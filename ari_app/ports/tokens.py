"""Who may use the HTTP API."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class TokenScope(StrEnum):
    """What a token is good for."""

    CUSTOMERS = "customers"
    VERDICTS = "verdicts"
    DESK = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token that holds lets its bearer do."""

    token_id: str
    scope: TokenScope
    principal: str | None
    """For this one alone; None: for every one."""


class Tokens(Protocol):
    """Tokens as bearers show them. Raises StoreUnavailable (ports.verdicts)."""

    async def granted(self, secret: str) -> Grant | None:
        """What this token lets do; None: there is no such token, or it was revoked."""
        ...
