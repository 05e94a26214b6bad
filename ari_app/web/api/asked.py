"""What programs may send, as models that validate it and describe it (`description`)."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from ari_app.policy.disposition import Disposition
from ari_app.ports.dispositions import LONGEST_NEED, LONGEST_NOTE, MOST_NEEDS
from ari_app.web.api.reading import is_text

MOST_AT_ONCE = 1_000
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_LANGUAGE = re.compile(r"[a-z]{2}")


def _instant(at: datetime) -> datetime:
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"write an instant of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return at.astimezone(UTC)


def _text(text: str) -> str:
    if not is_text(text):
        raise ValueError("half a character, or NUL, is no text")
    return text


Instant = Annotated[AwareDatetime, AfterValidator(_instant)]
"""ISO 8601 with its offset, of this century."""
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
"""An id, as `garbo campaign list` and others show it."""
Text = Annotated[str, AfterValidator(_text)]


class Body(BaseModel):
    """A body: without members that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class VerdictAsk(Body):
    """A call that is to be judged."""

    number: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[ -~]+$")] = Field(
        description="As it would be dialled; what is no number is denied as number_invalid."
    )
    campaign: Name
    operator: Name | None = Field(None, description="Who will call; left out: whoever is bridged once it is answered.")
    reserve: bool = Field(default=False, description="Count it, and hold the permit for its call. For now alone.")
    at: Instant | None = Field(None, description="When the call would be; left out: now. Not with `reserve`.")

    @field_validator("at")
    @classmethod
    def _now_if_reserved(cls, at: datetime | None, info: ValidationInfo) -> datetime | None:
        if at is not None and info.data.get("reserve"):
            raise PydanticCustomError("reserved_now", "what is reserved is so for now: leave `at` out")
        return at


class BatchAsk(Body):
    """Several calls that are to be judged, each by itself."""

    verdicts: Annotated[list[VerdictAsk | Any], Field(min_length=1, max_length=MOST_AT_ONCE)]


class SuppressionAsk(Body):
    """A number that is not to be called any more."""

    number: Annotated[str, Field(pattern=r"^\+[0-9][0-9 .-]{5,23}$")] = Field(description="With its country, as +39….")
    reason: Annotated[Text, Field(min_length=1, max_length=200)] = Field(description="Why, in a word: opt_out.")
    scope: Annotated[str, Field(pattern=r"^(global|(principal|campaign):[A-Za-z0-9._-]{1,64})$")] | None = Field(
        None, description="global, principal:P or campaign:C; left out: as wide as the token reaches."
    )
    purpose: Literal["marketing", "all"] = Field("marketing", description="all: not even for service.")
    source: Annotated[Text, Field(min_length=1, max_length=200)] = Field("api", description="Who said so.")
    expires: Instant | None = Field(None, description="Left out: it stays for ever.")


class DispositionAsk(Body):
    """What was said in a call, in one word."""

    disposition: Disposition
    operator: Name | None = Field(None, description="Who notes it; left out: who called.")
    note: Annotated[Text, Field(max_length=LONGEST_NOTE)] = Field("", description="In their own words.")
    needs: Annotated[list[Annotated[Text, Field(max_length=LONGEST_NEED)]], Field(max_length=MOST_NEEDS)] = Field(
        default_factory=list, description="What they said they need, kept for the next call."
    )
    value: Annotated[Text, Field(max_length=200)] = Field(
        "", validate_default=True, description="language: which, as de; wrong_number: who is not there."
    )
    callback_at: Instant | None = Field(
        None, validate_default=True, description="They are promised a call then; with `callback` always."
    )

    @field_validator("value")
    @classmethod
    def _value_where_one_is_due(cls, value: str, info: ValidationInfo) -> str:
        word = info.data.get("disposition")
        if word is Disposition.LANGUAGE and not _LANGUAGE.fullmatch(value):
            raise PydanticCustomError("language", "say which language they asked for, in two letters, as de")
        if value and word not in (Disposition.LANGUAGE, Disposition.WRONG_NUMBER, None):
            raise PydanticCustomError("value", "this word says all by itself: leave `value` out")
        return value.strip()

    @field_validator("callback_at")
    @classmethod
    def _when_to_call(cls, at: datetime | None, info: ValidationInfo) -> datetime | None:
        if at is None and info.data.get("disposition") is Disposition.CALLBACK:
            raise PydanticCustomError("callback_at", "say when they are to be called, as 2026-12-31T17:30:00+01:00")
        return at


class OperatorAsk(Body):
    """Who is on a call."""

    operator: Name


class CallsAsk(Body):
    """Which past calls are wanted."""

    since: Instant | None = Field(None, description="Calls judged from this instant on.")
    until: Instant | None = Field(None, description="Calls judged before this instant.")
    campaign: Name | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = Field(50, description="How many at most.")
    cursor: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_-]+$")] | None = Field(
        None, description="`next` of the page before, which goes on from there."
    )


class CallSearch(CallsAsk):
    """The same, and by number: a body, since no number belongs into an address."""

    number: Annotated[str, Field(pattern=r"^\+[0-9][0-9 .-]{5,23}$")] | None = Field(
        None, description="With its country, as +39…."
    )
