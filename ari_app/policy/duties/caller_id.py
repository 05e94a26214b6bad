"""Which caller id a permitted call presents."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ari_app.policy.duties_owed import Duties
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentCallerId:
    """The campaign's own caller id is shown, never hidden."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def bind(self, duties: Duties, request: CallRequest) -> Duties:
        """The campaign's caller id, E.164."""
        return replace(duties, caller_id=request.campaign.caller_id) if request.campaign else duties
