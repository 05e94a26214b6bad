"""
Cases that lie beside a pack: JSON text to calls with their facts, and what is expected of each.

`NAME.cases.json` holds one object: `base`, a call that the pack permits, and `cases`, each of them what differs from
it. Objects are merged, lists and all else take the place of what the base has.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final

from ari_app.policy.attempts import Attempt
from ari_app.policy.case_values import CaseError, ValueReader, Wrong
from ari_app.policy.facts import FACT_NAMES, Facts, Known, Unknown
from ari_app.policy.held import (
    Callback,
    CallerIdEntry,
    Consent,
    Contact,
    Customer,
    Flag,
    OneOffPermit,
    Screening,
    SilentCalls,
    Suppression,
)
from ari_app.policy.numbers import read_number
from ari_app.policy.request import Ask, CallRequest, Campaign, Door, Operator, Registration
from ari_app.policy.source_text import BOM, half_character

UNKNOWN: Final = "unknown"
"""Written in place of a fact, or of all facts: it could not be looked up."""

CALL_KEYS = ("number", "at", "campaign", "operator", "attended", "door", "facts")
CASE_KEYS = ("says", *CALL_KEYS, "switched_on", "without", "expect", "alone", "boundary")

_ROWS: Mapping[str, type] = {
    "suppressions": Suppression,
    "attempts": Attempt,
    "consents": Consent,
    "screenings": Screening,
    "contacts": Contact,
    "one_off_permits": OneOffPermit,
    "callbacks": Callback,
    "flags": Flag,
    "caller_ids": CallerIdEntry,
    "silent_calls": SilentCalls,
}
_CAMPAIGN: Mapping[str, Any] = {"id": "campaign", "principal": "brand", "trunk": "PJSIP/trunk"}
_OPERATOR: Mapping[str, Any] = {"id": "anna", "endpoint": "PJSIP/101", "language": "en"}
_LONG_AGO, _MUCH_LATER = "-P30D", timedelta(days=3660)
# What a row need not say, because most cases do not turn on it.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "suppressions": {"id": "s1", "purpose": "marketing", "reason": "never again", "source": "operator"},
    "attempts": {"call_id": "c1"},
    "consents": {"id": "k1", "purpose": "marketing", "form": "express", "text_version": "1", "evidence": "form 1"},
    "contacts": {"list_id": "l1", "approved_by": "dpo", "imported_at": _LONG_AGO},
    "one_off_permits": {"id": "p1"},
    "callbacks": {"id": "b1", "operator": ""},
    "flags": {"value": "", "since": _LONG_AGO},
    "silent_calls": {"window": None},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a case says will come out."""

    verdict: str
    reasons: tuple[str, ...] = ()
    """`pack/rule code` of every objection, in any order."""
    not_before: datetime | None = None
    """None: the case does not say."""
    lifted: Mapping[str, str] = field(default_factory=dict)
    """`pack/rule` to the ground that lifts it; others may be lifted as well."""
    duties: Mapping[str, Any] = field(default_factory=dict)
    """Some keys of `Duties.document()`."""
    redeems: str | None = None
    """Id of the one-off permit that is used up; empty: none is; None: the case does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call, and what is expected of it."""

    says: str
    at: datetime
    request: CallRequest
    facts: Facts
    expected: Expected
    alone: str = ""
    """This rule of the pack objects, and nothing else does."""
    boundary: tuple[str, ...] = ()
    """The call is permitted at the very edge of these rules."""
    switched_on: frozenset[str] | None = None
    """Optional rules and grounds of the pack that bind; None: all of them."""
    without: frozenset[str] = frozenset()
    """`pack/rule` of rules that are left out, because they would say the same and hide this one."""


def read_cases(text: str, *, name: str, packs: Collection[str] = ()) -> tuple[Case, ...]:
    """
    The base as a case of its own that must be permitted, then the cases; `packs` are those the campaign names.

    Instants are ISO 8601 with an offset, or relative: `-P30D` lies that long before the case's `at`, `+PT2H` after it,
    `-P15D-PT1S` adds up. A case's own `at` may be relative to that of the base.

    Raises CaseError: with file, line, case and key of every mistake.
    """
    return _CaseReader(text, name, tuple(packs)).cases()


class _CaseReader(ValueReader):
    """Reads one file once."""

    def __init__(self, text: str, name: str, packs: tuple[str, ...]) -> None:
        super().__init__(name)
        self._text = text.removeprefix(BOM)
        self._packs = packs

    def cases(self) -> tuple[Case, ...]:
        found = []
        try:
            base, entries = self._file()
            self.enter("base", self._line_of('"base"'))
            self._printable(base)
            self.keys(base, CALL_KEYS, ())
            self.at = self.instant(base.get("at"), ("at",), absolute=True)
            base_at = self.at
            found.append(self._case_of({**base, "says": "base", "expect": {"verdict": "permit"}}))
        except Wrong:
            raise CaseError(self.mistakes) from None
        said = {"base"}
        for place, entry in enumerate(entries, start=1):
            says = entry.get("says") if isinstance(entry, dict) else None
            named = isinstance(says, str) and says and half_character(says) is None
            self.enter(repr(says) if named else f"case {place}", self._line_of_case(says))
            self.at = base_at
            try:
                self._printable(entry)
                self.keys(entry, CASE_KEYS, ())
                if not isinstance(says, str) or not says or says in said:
                    self.wrong(("says",), "every case says, in words of its own, what it shows")
                said.add(str(says))
                found.append(self._case_of({**_merged(base, entry), "says": says}))
            except Wrong:
                continue
        if self.mistakes:
            raise CaseError(self.mistakes)
        return tuple(found)

    def _file(self) -> tuple[dict[str, Any], list[Any]]:
        try:
            whole = json.loads(self._text, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            self.line = getattr(error, "lineno", 1)
            self.wrong((), f"this is no JSON: {error}")
        if isinstance(whole, dict):
            self._printable(dict.fromkeys(whole))
        self.keys(whole, ("base", "cases"), ())
        if not isinstance(whole.get("base"), dict):
            self.wrong(("base",), "is missing: a call that the pack permits, as an object")
        if not isinstance(whole.get("cases"), list):
            self.wrong(("cases",), "is missing: a list of objects")
        return whole["base"], whole["cases"]

    def _printable(self, raw: Any) -> None:
        try:
            way = half_character(raw)
        except RecursionError:
            self.wrong((), "is nested too deeply")
        if way is not None:
            self.wrong(way, r"holds half a character, as \ud800 without its other half")

    def _case_of(self, raw: dict[str, Any]) -> Case:
        at = self.at = self.instant(raw.get("at"), ("at",))
        request = self._request(raw, at)
        assert request.campaign is not None  # noqa: S101  every case has one
        boundary = raw.get("boundary", [])
        switched_on = raw.get("switched_on")
        return Case(
            says=raw["says"],
            at=at,
            request=request,
            facts=self._facts(raw.get("facts", {}), request.campaign),
            expected=self._expected(raw.get("expect")),
            alone=self.words([raw["alone"]], ("alone",))[0] if "alone" in raw else "",
            boundary=self.words([boundary] if isinstance(boundary, str) else boundary, ("boundary",)),
            switched_on=None if switched_on is None else frozenset(self.words(switched_on, ("switched_on",))),
            without=frozenset(self.words(raw.get("without", []), ("without",))),
        )

    def _request(self, raw: dict[str, Any], at: datetime) -> CallRequest:
        for key in ("number", "campaign"):
            if key not in raw:
                self.wrong((key,), "is missing")
        campaign = self._campaign(raw["campaign"])
        attended, door, number = raw.get("attended", False), raw.get("door", "stasis"), raw["number"]
        if not isinstance(attended, bool):
            self.wrong(("attended",), "write true or false")
        if door not in tuple(Door):
            self.wrong(("door",), f"there are {', '.join(Door)}")
        if not isinstance(number, str):
            self.wrong(("number",), "write the number in quotes, as somebody would dial it")
        operator = raw.get("operator")
        caller = self.made(Operator, operator, ("operator",), _OPERATOR) if operator is not None else None
        return CallRequest(
            call_id="01J0000000000000000000CASE",
            ask=Ask(dialled=number, door=Door(door), attended=attended),
            callee=read_number(number, region=campaign.region),
            campaign_id=campaign.id,
            campaign=campaign,
            operator_id=caller.id if caller else "",
            operator=caller,
            asked_at=at,
        )

    def _campaign(self, raw: Any) -> Campaign:
        path = ("campaign",)
        if isinstance(raw, dict) and "packs" in raw:
            self.wrong((*path, "packs"), "the campaign of a case names the pack that the cases belong to")
        if isinstance(raw, dict) and isinstance(raw.get("registrations"), list):
            held = [
                self.made(Registration, entry, (*path, "registrations", str(place)), {"number": "1"})
                for place, entry in enumerate(raw["registrations"])
            ]
            raw = {**raw, "registrations": held}
        return self.made(Campaign, raw, path, {**_CAMPAIGN, "packs": self._packs})

    def _facts(self, raw: Any, campaign: Campaign) -> Facts:
        missing = Unknown("case", "the case says so")
        if raw == UNKNOWN:
            return Facts.unknown(missing.source, missing.cause)
        self.keys(raw, FACT_NAMES, ("facts",))
        nothing = Facts.nothing_held(self.at)
        facts: dict[str, Any] = {name: getattr(nothing, name) for name in FACT_NAMES}
        for name, value in raw.items():
            facts[name] = missing if value == UNKNOWN else Known(self._fact(name, value, campaign), self.at)
        return Facts(**facts)

    def _fact(self, name: str, value: Any, campaign: Campaign) -> Any:
        path = ("facts", name)
        if name == "office_numbers":
            if not isinstance(value, int) or isinstance(value, bool):
                self.wrong(path, "write how many, as 0")
            return value
        if name == "customer":
            return self.made(Customer, value, path, {"status": "none"})
        if not isinstance(value, list):
            self.wrong(path, f'write a list, or "{UNKNOWN}"')
        rows = [self._row(name, row, (*path, str(place)), campaign) for place, row in enumerate(value)]
        return tuple(sorted(rows, key=lambda row: row.at, reverse=True) if name == "attempts" else rows)

    def _row(self, name: str, raw: Any, path: tuple[str, ...], campaign: Campaign) -> Any:
        defaults = dict(_DEFAULTS.get(name, {}))
        if name in ("attempts", "callbacks"):
            defaults["campaign"] = campaign.id
        if name == "attempts":
            defaults |= {"purpose": campaign.purpose, "subject": campaign.product or campaign.sector}
        if name == "suppressions":
            defaults["created_at"] = _LONG_AGO
        if name == "screenings" and isinstance(raw, dict) and "answered_at" in raw and "valid_until" not in raw:
            answered_at = self.instant(raw["answered_at"], (*path, "answered_at"))
            defaults["valid_until"] = (answered_at + _MUCH_LATER).isoformat()
        return self.made(_ROWS[name], raw, path, defaults)

    def _expected(self, raw: Any) -> Expected:
        path = ("expect",)
        self.keys(raw, tuple(each.name for each in fields(Expected)), path)
        verdict = raw.get("verdict")
        if verdict not in ("permit", "defer", "deny"):
            self.wrong((*path, "verdict"), "write permit, defer or deny")
        not_before = raw.get("not_before")
        for key in ("lifted", "duties"):
            if not isinstance(raw.get(key, {}), dict):
                self.wrong((*path, key), "write an object")
        return Expected(
            verdict=verdict,
            reasons=self.words(raw.get("reasons", []), (*path, "reasons")),
            not_before=None if not_before is None else self.instant(not_before, (*path, "not_before")),
            lifted=raw.get("lifted", {}),
            duties=raw.get("duties", {}),
            redeems=raw.get("redeems"),
        )

    def _line_of(self, sought: str) -> int:
        place = self._text.find(sought)
        return self._text.count("\n", 0, place) + 1 if place >= 0 else 1

    def _line_of_case(self, says: Any) -> int:
        spelt = (json.dumps(says, ensure_ascii=ascii_only) for ascii_only in (False, True))
        return max((self._line_of(text) for text in spelt), default=1) if isinstance(says, str) else self.line


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON would let the second word win in silence, and the case would test something else than it says.
    keys = [key for key, _ in pairs]
    twice = [key for key in keys if keys.count(key) > 1]
    if twice:
        raise ValueError(f"the key {twice[0]!r} is given twice in one object")
    return dict(pairs)


def _merged(base: Any, over: Any) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{key: _merged(base[key], value) if key in base else value for key, value in over.items()}}
    return over
