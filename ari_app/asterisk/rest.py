"""
The seam between what is asked of ARI and how it travels.

`control` and the greeting speak to `Rest`; `connection` implements it over the websocket.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, TypeVar
from urllib.parse import quote

import msgspec

from ari_app.asterisk.errors import foreign_errors

T = TypeVar("T")
Query = Mapping[str, str]
Body = Mapping[str, object]
NO_QUERY: Query = MappingProxyType({})


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

    @property
    def bulk_variables(self) -> bool:
        """Whether `POST channels/…/variables` exists (20.20, 22.10, 23.4 and newer)."""
        ...

    def send(
        self, method: str, uri: str, *, query: Query = NO_QUERY, body: Body | None = None
    ) -> Awaitable[AriResponse]:
        """
        Put a request on its way now; requests are carried out in the order of these calls.

        `uri` has no leading slash (Asterisk answers 405 to one) and its parts are `quoted`. Never raises by itself:
        the awaitable does, after the time-out at the latest. It must be awaited or cancelled.
        """
        ...

    async def request(self, method: str, uri: str, *, query: Query = NO_QUERY, body: Body | None = None) -> AriResponse:
        """`send`, and wait for the answer."""
        ...


def quoted(part: str) -> str:
    """A part of a uri: Asterisk decodes each (res/res_ari.c), and a channel id may be anything its maker liked."""
    return quote(part, safe="")
