"""Which caller id a permitted call presents."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ari_app.policy.duties_owed import Duties


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentCallerId:
    """The campaign's own caller id is shown, never hidden."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def bind(self, duties: Duties) -> Duties:
        """Shown, whatever else there is."""
        return replace(duties, caller_id_presented=True)
