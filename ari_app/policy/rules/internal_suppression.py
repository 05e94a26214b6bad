"""Our own do-not-call list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ari_app.policy.facts import Facts, known
from ari_app.policy.held import Suppression, SuppressionPurpose
from ari_app.policy.pack import Finding, TextValue
from ari_app.policy.phrases import scope_words
from ari_app.policy.request import MARKETING, CallRequest

_SAID = {
    "never_again": {"it": "ha chiesto di non essere più chiamato", "en": "they asked never to be called again"},
    "deceased": {"it": "la persona è deceduta", "en": "the person has died"},
}
"""Words that operators note, as they are told; other reasons are told as somebody wrote them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSuppressed:
    """
    No suppression binds this call: global, of its principal, or of its campaign.

    A suppression of marketing binds marketing purposes only, one of all purposes binds every call. It binds no longer
    from `expires_at` on (equal is free). A call whose campaign is not known is taken for marketing.

    Source: GDPR art. 21(3); RULES 6.0.
    """

    reads: ClassVar[tuple[str, ...]] = ("suppressions",)
    moot_without: ClassVar[str] = "suppressions"
    gives: ClassVar[tuple[str, ...]] = ("scope", "reason", "source", "since")
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """One finding for each scope that applies: `suppressed_global`, `_principal`, `_campaign`, in this order."""
        binding: dict[str, Suppression] = {}
        for entry in known(facts.suppressions):
            scope = _scope_of(entry, request)
            if scope and _binds(entry, request, now):
                binding.setdefault(scope, entry)
        return tuple(
            Finding(code=f"suppressed_{scope}", values=_values(scope, binding[scope]))
            for scope in ("global", "principal", "campaign")
            if scope in binding
        )


def _scope_of(entry: Suppression, request: CallRequest) -> str:
    # Empty: it is somebody else's entry. A scope of no known form stops the call as an error, rather than bind nobody.
    kind, _, owner = entry.scope.partition(":")
    match kind:
        case "*":
            return "global"
        case "principal":
            return "principal" if request.campaign is not None and owner == request.campaign.principal else ""
        case "campaign":
            return "campaign" if request.campaign is not None and owner == request.campaign.id else ""
        case _:
            raise ValueError(f"suppression {entry.id} has the unknown scope {entry.scope!r}")


def _binds(entry: Suppression, request: CallRequest, now: datetime) -> bool:
    if entry.expires_at is not None and entry.expires_at <= now:
        return False
    marketing = request.campaign is None or request.campaign.purpose in MARKETING
    return marketing or entry.purpose is SuppressionPurpose.ALL


def _values(scope: str, entry: Suppression) -> tuple[tuple[str, TextValue], ...]:
    return (
        ("scope", scope_words(scope)),
        ("reason", _SAID.get(entry.reason, entry.reason) if entry.source == "disposition" else entry.reason),
        ("source", entry.source),
        ("since", entry.created_at),
    )
