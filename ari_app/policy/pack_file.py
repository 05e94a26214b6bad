"""The tables of a pack file and the keys they may hold, as pydantic checks them; `grammar` makes a `Pack` of them."""

from datetime import date
from typing import Annotated, Any, Literal, Self

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from ari_app.policy.calendar import knows_holidays_of
from ari_app.policy.pack import Source, When
from ari_app.policy.regions import STATES
from ari_app.policy.request import MARKETING, Purpose
from ari_app.policy.sectors import a_sector, meant_by

REGISTERS = ("BLOCTEL", "CTPS", "ROBINSON", "RPO", "TPS", "US-DNC", "US-RND")
"""Registers that numbers are screened against, as the built-in packs write them: answers are kept under the name."""

REGISTER_KEYS = ("registry", "must_postdate", "reassigned_register")
"""Parameters that name one of them."""

_MARKETING_GROUP = "marketing"
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


one_or_many = BeforeValidator(_one_or_many)
"""Makes a list of a single word."""


def _one_or_some(value: Any) -> Any:
    # An empty list would be taken for "all", and whoever wrote it may have meant "none".
    if value == []:
        raise ValueError("an empty list says nothing; leave the key out if it does not matter")
    return _one_or_many(value)


_one_or_some_words = BeforeValidator(_one_or_some)


def _a_date(value: Any) -> date:
    if type(value) is not date:
        raise ValueError(f"{value!r} is no date; write 2026-11-30, without quotes and without a time")
    return value


def _a_day(value: Any) -> date:
    day = _a_date(value)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(
            f"{day} does not lie in {_FIRST_YEAR} to {_LAST_YEAR}; leave the key out for no beginning or no end"
        )
    return day


def _a_purpose(value: str) -> str:
    known = (*Purpose, _MARKETING_GROUP)
    if value not in known:
        raise ValueError(f"no campaign can have the purpose {value!r}; there are {', '.join(known)}")
    return value


def _a_region(value: str) -> str:
    country, _, state = value.partition("-")
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{value!r} is no country with telephone numbers; write an ISO code such as IT, or US-FL")
    if state and value not in STATES:
        raise ValueError(f"{value!r} is no state that a number can be told by; there are {', '.join(sorted(STATES))}")
    return value


def _a_calendar(value: str) -> str:
    if not knows_holidays_of(value):
        raise ValueError(f"the public holidays of {value!r} are not known; write an ISO country such as IT, or US-AL")
    return value


def _in_both_languages(texts: dict[str, str]) -> dict[str, str]:
    missing = [language for language in ("it", "en") if language not in texts]
    if missing:
        raise ValueError(f"has no text in {' and '.join(missing)}; both it and en are needed")
    return texts


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Texts = Annotated[
    dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], Said], AfterValidator(_in_both_languages)
]
Day = Annotated[date, BeforeValidator(_a_day)]
Region = Annotated[str, AfterValidator(_a_region)]
Sector = Annotated[str, AfterValidator(a_sector)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PackHead(_Table):
    """The keys before the first `[[rule]]`."""

    id: Identifier
    jurisdiction: Said
    version: Said
    status: Literal["draft", "reviewed"]
    title: Texts
    holidays: Annotated[str, AfterValidator(_a_calendar)] = ""
    reviewed_by: str = ""
    reviewed_on: Annotated[date, BeforeValidator(_a_date)] | None = None

    @model_validator(mode="after")
    def _reviewed_by_somebody(self) -> "PackHead":
        if self.status == "reviewed" and not (self.reviewed_by.strip() and self.reviewed_on):
            raise ValueError('status = "reviewed" needs reviewed_by = "who" and reviewed_on = 2026-11-30 (a date)')
        return self


Force = Literal["law", "regulator", "code", "house", "best_practice"]


class SourceTable(_Table):
    """`source`: where a rule comes from; `evidence` is the tag of RULES 0."""

    cite: Said
    url: str = ""
    evidence: Literal["P", "S", "S-repo", "M-high", "M-med", "M-low", "?"] = "?"

    def as_source(self) -> Source:
        """The value."""
        return Source(cite=self.cite, url=self.url, evidence=self.evidence)


class WhenTable(_Table):
    """`when`: one word or a list for each condition."""

    party: Annotated[list[Literal["consumer", "business"]], _one_or_some_words] = Field(default_factory=list)
    line: Annotated[list[Literal["fixed", "mobile"]], _one_or_some_words] = Field(default_factory=list)
    mode: Annotated[list[Literal["live", "automated", "prerecorded", "ai_voice"]], _one_or_some_words] = Field(
        default_factory=list
    )
    sector: Annotated[list[Sector], _one_or_some_words] = Field(default_factory=list)
    purpose: Annotated[list[Annotated[str, AfterValidator(_a_purpose)]], _one_or_some_words] = Field(
        default_factory=list
    )
    region: Annotated[list[Region], _one_or_some_words] = Field(default_factory=list)
    list_origin: Annotated[
        list[Literal["directory_listed", "not_directory_listed", "generated"]], _one_or_some_words
    ] = Field(default_factory=list)

    def as_when(self) -> When:
        """The conditions, with the group `marketing` spelt out."""
        purposes = {purpose for purpose in self.purpose if purpose != _MARKETING_GROUP}
        if _MARKETING_GROUP in self.purpose:
            purposes.update(MARKETING)
        return When(
            purposes=frozenset(purposes),
            sectors=meant_by(self.sector),
            modes=frozenset(self.mode),
            lines=frozenset(self.line),
            regions=frozenset(self.region),
            parties=frozenset(self.party),
            list_origins=frozenset(self.list_origin),
        )


class KindTable(_Table):
    """What `[[rule]]`, `[[ground]]` and `[[duty]]` have in common."""

    id: Identifier
    kind: str
    params: dict[str, Any] = Field(default_factory=dict)


class GroundTable(KindTable):
    """`[[ground]]`."""

    source: SourceTable | None = None
    optional: StrictBool = False


class _InForce(KindTable):
    when: WhenTable = Field(default_factory=WhenTable)
    effective_from: Day | None = None
    effective_to: Day | None = None

    @model_validator(mode="after")
    def _in_force_at_all(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to lies before effective_from")
        return self


class DutyTable(_InForce):
    """`[[duty]]`."""

    force: Force = "house"
    source: SourceTable | None = None


class RuleTable(_InForce):
    """`[[rule]]`."""

    force: Force
    source: SourceTable
    text: Texts
    unless: list[str] = Field(default_factory=list)
    optional: StrictBool = False
