"""Some people are not to be called, whatever lists say: minors, the bereaved, who is in a dispute, who is not there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Facts, known
from ari_app.policy.pack import Finding
from ari_app.policy.pack_file import one_or_many
from ari_app.policy.request import CallRequest

_CODES: Mapping[FlagKind, str] = {
    FlagKind.MINOR: "person_protected",
    FlagKind.DECEASED: "person_protected",
    FlagKind.VULNERABLE: "person_protected",
    FlagKind.COMPLAINT: "complaint_open",
    FlagKind.DISPUTE: "complaint_open",
    FlagKind.WRONG_NUMBER: "wrong_number",
    FlagKind.ALREADY_CUSTOMER: "already_customer",
}
# Whoever reads it learns that there is a reason, not that somebody is a child, ill or dead.
_WHY: dict[str, Mapping[str, str]] = {
    "person_protected": {"it": "persona da tutelare", "en": "a person who is to be protected"},
    "complaint_open": {"it": "reclamo o contestazione in corso", "en": "an open complaint or dispute"},
    "wrong_number": {"it": "numero di un'altra persona", "en": "somebody else's number"},
    "already_customer": {"it": "dice di essere già cliente", "en": "they say that they are a customer already"},
}


def _a_reason(flag: FlagKind) -> FlagKind:
    if flag not in _CODES:
        raise ValueError(f"{flag} keeps nobody from being called; there are {', '.join(_CODES)}")
    return flag


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagsRespected:
    """
    None of these `flags` is noted about the callee for the campaign's principal.

    A flag holds until it is cleared. That somebody is not at this number binds every call to it, whoever is looked for.

    Source: RULES 6.5.
    """

    flags: Annotated[tuple[Annotated[FlagKind, AfterValidator(_a_reason)], ...], one_or_many, Field(min_length=1)]

    reads: ClassVar[tuple[str, ...]] = ("flags",)
    moot_without: ClassVar[str] = "flags"
    gives: ClassVar[tuple[str, ...]] = ("since", "why")
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:  # noqa: ARG002  the principal's
        """The codes in the order of `_WHY`, each once, since its first flag."""
        since: dict[str, datetime] = {}
        for flag in known(facts.flags):
            if flag.kind in self.flags and flag.since <= now:
                code = _CODES[flag.kind]
                since[code] = min(flag.since, since.get(code, flag.since))
        found = [code for code in _WHY if code in since]
        return tuple(Finding(code=code, values=(("since", since[code]), ("why", _WHY[code]))) for code in found)
