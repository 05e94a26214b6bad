"""What programs are told: the answers' form, for their description."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ari_app.policy.disposition import Disposition
from ari_app.policy.outcome import Outcome

VerdictWord = Literal["permit", "defer", "deny", "exempt"]


class Reason(BaseModel):
    """Why a call is not to go out; of a permit, what is only noted."""

    code: str
    rule: str
    force: str
    text: str
    source: str
    not_before: datetime | None


class Script(BaseModel):
    """What is to be said."""

    id: str
    version: str
    variant: str
    language: str
    why: str


class Pack(BaseModel):
    """By which rules it was judged."""

    id: str
    version: str
    sha256: str
    status: str


class Verdict(BaseModel):
    """A verdict."""

    call_id: str
    verdict: VerdictWord
    callee: str | None
    campaign: str
    principal: str | None
    operator: str | None
    decided_at: datetime
    reasons: list[Reason]
    not_before: datetime | None = Field(description="The first instant at which no deferring rule objects.")
    script: Script | None
    caller_id: str | None
    duties: dict[str, Any] | None = Field(description="What the call must do.")
    packs: list[Pack]
    mode: str
    degraded: bool = Field(description="The facts could not be had; the verdict is on no record.")
    outcome: Outcome | None = Field(description="How the call ended, once it has.")
    reserved_until: datetime | None = Field(
        description="Until then GARBO_CALL_ID on its channel redeems this permit; null: it is not held."
    )


class Problem(BaseModel):
    """What is wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list["FaultAt"] = Field(default_factory=list)


class FaultAt(BaseModel):
    """A place of the request: of its body by JSON pointer, or a parameter of its address."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Batch(BaseModel):
    """Each call's verdict or problem, in the order in which they were asked."""

    verdicts: list[Annotated[Verdict | Problem, Field(union_mode="left_to_right")]]


class Calls(BaseModel):
    """A page of calls, newest first."""

    calls: list[Verdict]
    next: str | None = Field(description="`cursor` of the next page; null: this was the last.")


class SuppressionTold(BaseModel):
    """A suppression as it stands."""

    number: str
    id: str
    scope: str
    purpose: str
    reason: str
    source: str
    created_at: datetime
    expires_at: datetime | None


class DispositionTold(BaseModel):
    """A word as it stands on record, with what it set down."""

    call_id: str
    disposition: Disposition
    operator: str
    at: datetime
    note: str
    suppression: str | None
    flag: str | None
    callback: str | None


class Bound(BaseModel):
    """Whose call it is."""

    call_id: str
    operator: str
