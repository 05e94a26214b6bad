"""An operator who waits for the callee, as a ground that may lift a rule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ari_app.policy.facts import Facts
from ari_app.policy.pack import Holding
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorOnTheLine:
    """
    An operator is on the line before the callee's phone rings, so that the call cannot be a silent one.

    Source: IT, Garante 20.2.2014 n. 83; UK, Ofcom 2010 (a live operator is guaranteed).
    """

    reads: ClassVar[tuple[str, ...]] = ()
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> Holding | None:  # noqa: ARG002  no facts
        """Now, or not in this call."""
        return Holding(from_=now) if request.attended else None
