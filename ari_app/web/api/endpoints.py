"""What an endpoint is: where it is, what it takes, what it gives, and who answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import BaseModel

from ari_app.ports.tokens import Grant
from ari_app.web.problems import ApiRefused

ROOT = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that may be answered: whose it is, and what was said in it."""

    grant: Grant
    path: dict[str, str]
    said: Any
    """As the endpoint's `takes` or `query` has it; None: it takes nothing."""
    key: str
    """Its sender's own name for it; empty: none."""

    @property
    def principal(self) -> str | None:
        """Of whom alone its sender knows; None: of all."""
        return self.grant.principal

    def need_theirs(self, principal: str | None) -> None:
        """Raise ApiRefused (404) if this is another's: to its sender it does not exist."""
        if self.principal is not None and principal != self.principal:
            raise no_such_call()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What it is answered."""

    document: Any
    """JSON; None: nothing but the status."""
    status: int = 200
    kept: bool = True
    """The same request is answered so again."""


Answering: TypeAlias = Callable[[Request], Awaitable[Reply]]
"""Raises ApiRefused, StoreError."""
About: TypeAlias = Callable[[Any], str | None]
"""From what was said to the one number that it is about, in E.164; None: several, or none that can be read."""


def _about_none(said: Any) -> str | None:  # noqa: ARG001  whatever it is
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path."""

    method: str
    path: str
    name: str
    """Unique, for those who make clients of the description."""
    summary: str
    answer: Answering
    takes: type[BaseModel] | None = None
    """Its body."""
    query: type[BaseModel] | None = None
    """Of its address."""
    gives: type[BaseModel] | None = None
    """None: an empty answer."""
    status: int = 200
    refuses: tuple[int, ...] = ()
    """Beside what every endpoint may say."""
    about: About = field(default=_about_none)


def no_such_call() -> ApiRefused:
    """There is none, or it is not the sender's to know."""
    return ApiRefused(404, "there is no such call")
