"""Who may speak: a person, or a machine of some kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ari_app.policy.facts import Facts
from ari_app.policy.pack import Finding
from ari_app.policy.pack_file import one_or_many
from ari_app.policy.request import CallMode, CallRequest

_WORDS: dict[CallMode, Mapping[str, str]] = {
    CallMode.LIVE: {"it": "dal vivo", "en": "live"},
    CallMode.AUTOMATED: {"it": "automatica", "en": "automated"},
    CallMode.PRERECORDED: {"it": "preregistrata", "en": "prerecorded"},
    CallMode.AI_VOICE: {"it": "con voce artificiale", "en": "AI voice"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeAllowed:
    """
    The call is of none of the `forbidden` modes.

    A call whose campaign is not known is taken for a live one, and denied for that it has no campaign.

    Source: IT, Codice privacy art. 130 c. 1; UK, PECR reg. 19; US, 47 CFR 64.1200(a)(2)-(3).
    """

    forbidden: Annotated[tuple[CallMode, ...], one_or_many, Field(min_length=1)]

    reads: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ("mode",)
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  no facts
        """`mode_not_allowed`; time alone does not change it."""
        if request.mode not in self.forbidden:
            return ()
        return (Finding(code="mode_not_allowed", values=(("mode", _WORDS[request.mode]),)),)
