"""
The seam between what is asked of ARI and how it travels.

`control` and the greeting speak to `Rest`; `websocket` and `plain_http` carry it, and `connection` has one of them do
so, whichever its Asterisk can.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, TypeVar
from urllib.parse import quote

import msgspec

from ari_app.asterisk.errors import foreign_errors

T = TypeVar("T")
Query = Mapping[str, str]
Body = Mapping[str, object]
NO_QUERY: Query = MappingProxyType({})


class Transport(StrEnum):
    """How requests travel; events come over the websocket in any case."""

    WEBSOCKET = "websocket"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked of ARI. `uri` has no leading slash (Asterisk answers 405 to one); its parts are `quoted`."""

    method: str
    uri: str
    query: Query = field(default_factory=dict)
    body: Body | None = None

    def __str__(self) -> str:
        """Without query and body: these hold telephone numbers."""
        return f"{self.method} {self.uri}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AriResponse:
    """An answer below 400."""

    status: int
    body: str = ""
    at: datetime | None = None
    """When Asterisk sent it, by its own clock."""

    def read(self, shape: type[T]) -> T:
        """The body as `shape`. Raises AriMalformed."""
        with foreign_errors(f"answer read as {shape}"):
            return msgspec.json.decode(self.body, type=shape)


class Rest(Protocol):
    """Requests to ARI. Raises AriError; answers of 400 and above are AriRefused."""

    def in_turn(self, *requests: Request) -> tuple[Awaitable[AriResponse], ...]:
        """
        Put requests on their way now; each is carried out after the one before it, whatever became of that.

        Never raises by itself: the awaitables do, after one time-out for all of them at the latest. Each must be
        awaited or cancelled.
        """
        ...

    async def request(self, method: str, uri: str, *, query: Query = NO_QUERY, body: Body | None = None) -> AriResponse:
        """One request, and its answer."""
        ...


class Ari(Rest, Protocol):
    """An ARI that was asked what it can."""

    @property
    def bulk_variables(self) -> bool:
        """Whether `POST channels/…/variables` exists (20.20, 22.10, 23.4 and newer)."""
        ...


def quoted(part: str) -> str:
    """A part of a uri: Asterisk decodes each (res/res_ari.c), and a channel id may be anything its maker liked."""
    return quote(part, safe="")
