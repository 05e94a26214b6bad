"""
The verdict on record: what is committed before anything is dialled, and what every door answers with.

`VerdictRecord.document()` is the JSON that INTERFACE pins; `Evidence` is what must be kept beside it for proof.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ari_app.policy.scripts import ScriptChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """An objection as it is shown: in one language."""

    code: str
    rule: str
    force: str
    text: str
    source: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRef:
    """Exactly which pack judged."""

    id: str
    version: str
    sha256: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What proof needs beside the verdict itself (DESIGN, Data)."""

    facts: dict[str, Any]
    """The facts seen, as JSON values; personal, so kept erasable."""
    trace: tuple[dict[str, Any], ...]
    """What each rule said; `saw` names the facts it looked at."""
    libraries: dict[str, str]
    """Versions of what judged: phonenumbers, holidays, tzdata, garbo."""
    gate: str
    asterisk_id: str
    channel_id: str
    door: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """One verdict, whole."""

    call_id: str
    verdict: str
    """`permit`, `defer`, `deny`; `exempt` for numbers that are never gated."""
    callee: str | None
    """E.164; None if what was dialled is no number."""
    campaign: str
    principal: str | None
    operator: str
    decided_at: datetime
    reasons: tuple[Reason, ...]
    not_before: datetime | None
    script: ScriptChoice | None
    caller_id: str | None
    packs: tuple[PackRef, ...]
    mode: str
    degraded: bool
    dialled: str
    number: str | None
    """What the PBX is to dial, in the campaign's number format; only with a permit."""
    trunk: str | None
    language: str
    purpose: str | None
    evidence: Evidence
    sector: str = ""
    product: str = ""
    """What the campaign offered; empty: nothing in particular."""
    redeems: str = ""
    """Id of the one-off permit that the call uses up; empty: none."""
    duties: dict[str, Any] | None = None
    """What the call must do, as `Duties.document()`; only with a permit."""
    outcome: str | None = None
    """How the call ended, once it has."""
    repeated: bool = field(default=False, compare=False)
    """True: this verdict had been given before for the same idempotency key; nothing was counted again."""

    def document(self) -> dict[str, Any]:
        """The verdict as INTERFACE pins it, as JSON values; instants are ISO 8601 in UTC with milliseconds."""
        return {
            "call_id": self.call_id,
            "verdict": self.verdict,
            "callee": self.callee,
            "campaign": self.campaign,
            "principal": self.principal,
            "operator": self.operator or None,
            "decided_at": iso(self.decided_at),
            "reasons": [
                {
                    "code": reason.code,
                    "rule": reason.rule,
                    "force": reason.force,
                    "text": reason.text,
                    "source": reason.source,
                    "not_before": iso(reason.not_before),
                }
                for reason in self.reasons
            ],
            "not_before": iso(self.not_before),
            "script": self.script.document() if self.script else None,
            "caller_id": self.caller_id,
            "duties": self.duties,
            "packs": [
                {"id": pack.id, "version": pack.version, "sha256": pack.sha256, "status": pack.status}
                for pack in self.packs
            ],
            "mode": self.mode,
            "degraded": self.degraded,
            "outcome": self.outcome,
        }

    def with_outcome(self, outcome: str) -> "VerdictRecord":
        """The same record once the call has ended."""
        return replace(self, outcome=outcome)


def iso(instant: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and a `Z`, or None."""
    if instant is None:
        return None
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
