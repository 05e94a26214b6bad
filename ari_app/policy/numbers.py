"""
What somebody dialled, read as a telephone number.

A number becomes E.164 once, here, with an explicit region. Letters are refused before libphonenumber sees them: it
would read `333abc1234` as a vanity number and dial somebody else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Literal, TypeAlias

import phonenumbers
from phonenumbers import timezone as phonenumbers_timezone

from ari_app.policy.alike import Alike, alike
from ari_app.policy.sure_numbers import surely

_NO_ZONE = phonenumbers_timezone.UNKNOWN_TIMEZONE


@dataclass(frozen=True, slots=True)
class Number:
    """A valid number in E.164. Its `repr` masks it, so that logs do."""

    e164: str

    def __repr__(self) -> str:
        """Masked: enough to tell two calls apart, not enough to call anybody."""
        return f"Number({self.masked})"

    @property
    def masked(self) -> str:
        """Country prefix and the last two digits."""
        return mask(self.e164)


@dataclass(frozen=True, slots=True)
class NotANumber:
    """What was dialled is no number that can be called; `why` says so in one word, for the record."""

    why: str
    """`not_dialable` (letters, signs, nothing), `too_long`, `too_short`, `unassigned` or `unknown_country`."""


Callee: TypeAlias = Number | NotANumber

Line: TypeAlias = Literal["fixed", "mobile", "unknown"]
"""What kind of line a number is, as far as the number itself says."""


class NumberFormat(StrEnum):
    """How the callee's number is handed to the trunk."""

    E164 = "e164"
    NATIONAL = "national"
    DIALLED = "dialled"


def mask(number: str) -> str:
    """The number with its middle digits starred; short ones are starred whole."""
    return f"{number[:4]}{'*' * (len(number) - 6)}{number[-2:]}" if len(number) > 8 else "*" * len(number)


_DIALLABLE = re.compile(r" *\+?[0-9 .\-]*", re.ASCII)
_FILLERS = str.maketrans("", "", " .-")
_LONGEST_OUTSIDE_LINE = 4
_NORTH_AMERICA, _AMERICAN_DIGITS = 1, 11
"""Its calling code is its trunk prefix too: `1 212 555 0123` is how one dials there, and guesses nothing."""

_REFUSALS = {
    phonenumbers.ValidationResult.TOO_LONG: "too_long",
    phonenumbers.ValidationResult.TOO_SHORT: "too_short",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too_short",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "unknown_country",
}
_UNREADABLE = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "unknown_country",
    phonenumbers.NumberParseException.TOO_LONG: "too_long",
    phonenumbers.NumberParseException.NOT_A_NUMBER: "too_short",
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    phonenumbers.NumberParseException.TOO_SHORT_NSN: "too_short",
}


def only_digits(dialled: str) -> str | None:
    """Digits with their leading plus, without spaces, dots and dashes; None: there is anything else, or no digit."""
    if not _DIALLABLE.fullmatch(dialled):
        return None
    reduced = dialled.translate(_FILLERS)
    return reduced if reduced.strip("+") else None


def read_number(dialled: str, *, region: str, strip_prefixes: Sequence[str] = ()) -> Callee:
    """
    Read what was dialled in `region` (ISO country); any text at all is read or refused, nothing raises.

    ASCII digits, one leading plus, spaces, dots and dashes are read; all else is `not_dialable`. An outside-line prefix
    is tried first, in the order given: if what is left without it is a valid number, that is the number; else what was
    dialled counts as it stands. So with prefix `0`, `0 333 1234567` is a mobile, and `02 12345678` stays Milan. A
    number with a plus has no outside-line prefix. A country prefix without plus or `00` is never guessed: a phone in
    Italy that dials `39333…` does not reach `+39 333…`.
    """
    digits = only_digits(dialled)
    if digits is None:
        return NotANumber("not_dialable")
    for prefix in strip_prefixes:
        if prefix and digits.startswith(prefix) and not digits.startswith("+"):
            stripped = _read_digits(digits[len(prefix) :], region)
            if isinstance(stripped, Number):
                return stripped
    return _read_digits(digits, region)


def _read_digits(digits: str, region: str) -> Callee:
    sure = surely(digits, region)
    return Number(sure) if sure is not None else read_in_full(digits, region)


def read_in_full(digits: str, region: str) -> Callee:
    """As `read_number` reads digits, a plus before them at most, with libphonenumber alone."""
    try:
        parsed = phonenumbers.parse(digits, region, keep_raw_input=True)
    except phonenumbers.NumberParseException as error:
        return NotANumber(_UNREADABLE.get(error.error_type, "not_dialable"))
    source = parsed.country_code_source
    american = parsed.country_code == _NORTH_AMERICA and len(digits) == _AMERICAN_DIGITS
    if source == phonenumbers.CountryCodeSource.FROM_NUMBER_WITHOUT_PLUS_SIGN and not american:
        return NotANumber("too_long")
    if digits.startswith("+") and source != phonenumbers.CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN:
        return NotANumber("unknown_country")  # libphonenumber drops a plus that it cannot use, and reads on: `+0039…`
    if not phonenumbers.is_valid_number(parsed):
        possible = phonenumbers.is_possible_number_with_reason(parsed)
        return NotANumber(_REFUSALS.get(possible, "unassigned"))
    return Number(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def dial_form(number: Number, number_format: NumberFormat, *, region: str, dialled: str) -> str:
    """
    What the PBX is to dial: digits, with a leading plus where the format has one.

    `e164`: `+39…`. `national`: as one dials it inside `region`; a number of another country gets that region's own
    international prefix (`0044…`, from the USA `01144…`), or stays E.164 where a region has several. `dialled`: what
    was dialled without its outside-line prefix, found as the longest ending of it that reads as this very number, so
    that nothing but the number that was judged can come out; E.164 if there is none.
    """
    match number_format:
        case NumberFormat.E164:
            return number.e164
        case NumberFormat.NATIONAL:
            parsed = _parsed(number.e164)
            if region_of(number) == region:
                form = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
            else:
                form = phonenumbers.format_out_of_country_calling_number(parsed, region)
            plus = "+" if form.startswith("+") else ""
            return plus + "".join(sign for sign in form if sign.isdigit())
        case NumberFormat.DIALLED:
            digits = only_digits(dialled) or ""
            longest = 0 if digits.startswith("+") else min(_LONGEST_OUTSIDE_LINE, len(digits) - 1)
            endings = (digits[skipped:] for skipped in range(longest + 1))
            return next((ending for ending in endings if _read_digits(ending, region) == number), number.e164)


def zones(number: Number) -> tuple[str, ...]:
    """
    IANA names of every time zone the callee may be in, sorted; of several names for one clock the one it is kept under.

    Those of the number's own prefix; where it has none, those of its country; empty if neither is known.
    """
    return _zones(alike(number.e164))


@lru_cache(maxsize=4096)
def _zones(each: Alike) -> tuple[str, ...]:
    parsed = _parsed(each.example)
    found = phonenumbers_timezone.time_zones_for_number(parsed)
    if _NO_ZONE in found:
        found = phonenumbers_timezone.time_zones_for_geographical_number(parsed)
    return tuple(sorted({_links().get(zone, zone) for zone in found if zone != _NO_ZONE}))


@lru_cache(maxsize=1)
def _links() -> dict[str, str]:
    """Zones that are another name for the same clock, as `Europe/Vatican` for `Europe/Rome` (tzdata's own list)."""
    listed = files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text("utf-8")
    links = (line.split() for line in listed.splitlines() if line.startswith("L "))
    return {name: clock for _, clock, name in links}


def region_of(number: Number) -> str:
    """ISO country of the number; `001` for numbers of no country, empty if not known."""
    return _region_of(alike(number.e164))


@lru_cache(maxsize=4096)
def _region_of(each: Alike) -> str:
    return phonenumbers.region_code_for_number(_parsed(each.example)) or ""


def countries_of(number: Number) -> tuple[str, ...]:
    """
    The country of the number, else all those that share its prefix.

    A range may be in use that libphonenumber does not know: Italy's 0843 and 0844 for telemarketing (PBX.md 13).
    """
    return _countries_of(alike(number.e164))


@lru_cache(maxsize=4096)
def _countries_of(each: Alike) -> tuple[str, ...]:
    region = _region_of(each)
    if region:
        return (region,)
    prefix = _parsed(each.example).country_code or 0
    return tuple(phonenumbers.region_codes_for_country_code(prefix))


def line_of(number: Number) -> Line:
    """Fixed or mobile; `unknown` where the number alone does not say (North America) and for every other type."""
    return _line_of(alike(number.e164))


@lru_cache(maxsize=4096)
def _line_of(each: Alike) -> Line:
    match phonenumbers.number_type(_parsed(each.example)):
        case phonenumbers.PhoneNumberType.FIXED_LINE:
            return "fixed"
        case phonenumbers.PhoneNumberType.MOBILE:
            return "mobile"
        case _:
            return "unknown"


@lru_cache(maxsize=4096)
def _parsed(e164: str) -> phonenumbers.PhoneNumber:
    return phonenumbers.parse(e164, None)
