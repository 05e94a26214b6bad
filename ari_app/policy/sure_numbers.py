"""
Spellings that are a valid number of a country beyond doubt: one regular expression, made of libphonenumber's metadata.

libphonenumber takes some 60 microseconds to read a number, which is nothing for a call and a minute for a list of a
million. What this expression matches, `numbers.read_number` reads as this very number (a test compares them); what it
does not match may be one all the same, and is read in the long way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata

_NO_LINE = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")
_KINDS = (*_NO_LINE, "fixed_line", "mobile")
_END = r"(?![0-9])"


@dataclass(frozen=True, slots=True)
class SureNumbers:
    """The spellings of one country's numbers, dialled in it: digits, with a plus at most."""

    code: str
    """The country's calling code, without plus."""
    pattern: str
    """Its one group is the number without calling code and trunk prefix. It ends where the digits do."""
    possible: str
    """As `pattern`, for whatever has the form of the country's numbers: one that nobody has today matches as well."""


@lru_cache(maxsize=300)
def sure_numbers(region: str) -> SureNumbers | None:
    """
    The spellings for numbers dialled in a region (ISO country); None: there are none of which one can be sure.

    Only numbers of the first region of a calling code are among them: those of the Vatican, which shares Italy's, and
    of Canada are read in the long way.
    """
    own = PhoneMetadata.metadata_for_region(region) if region in SUPPORTED_REGIONS else None
    if own is None or own.country_code is None:
        return None
    code = str(own.country_code)
    first = COUNTRY_CODE_TO_REGION_CODE[own.country_code][0]
    metadata = PhoneMetadata.metadata_for_region(first)
    if metadata is None or metadata.leading_digits is not None or metadata.general_desc is None:
        return None
    abroad = own.international_prefix or "NonMatch"
    before = [rf"\+{code}"]
    if abroad.isdigit():
        before.append(abroad + code)
    if first == region:
        inland = f"(?!{_bare(abroad)})"
        before.append(inland)
        prefix = metadata.national_prefix
        if prefix and metadata.national_prefix_for_parsing in (prefix, f"{prefix}|180020"):
            # Where the calling code is the trunk prefix too, as in North America, it can be nothing else.
            before.append(f"{inland}{prefix}" if prefix == code else f"{inland}(?!{code}){prefix}")
    how = f"(?:{'|'.join(before)})"
    return SureNumbers(code, f"{how}({_national(metadata)})", f"{how}({_formed(metadata)})")


@lru_cache(maxsize=300)
def line_pattern(region: str) -> str | None:
    """
    The E.164 spellings of the sure numbers of a region, by line: the group that matched is `other`, `both`, `fixed` or
    `mobile`, as libphonenumber's `number_type` tells them apart. None: there are none.
    """
    sure = sure_numbers(region)
    metadata = PhoneMetadata.metadata_for_region(region) if sure is not None else None
    if sure is None or metadata is None or COUNTRY_CODE_TO_REGION_CODE[int(sure.code)][0] != region:
        return None
    kinds = {kind: _one_of(metadata, (kind,)) for kind in ("fixed_line", "mobile")}
    both = kinds["fixed_line"]
    if not metadata.same_mobile_and_fixed_line_pattern:
        both = f"(?={kinds['fixed_line']}){kinds['mobile']}"
    groups = {
        "other": _one_of(metadata, _NO_LINE),
        "both": both,
        "fixed": kinds["fixed_line"],
        "mobile": kinds["mobile"],
    }
    lines = "|".join(f"(?P<{name}>{pattern})" for name, pattern in groups.items())
    return rf"\+{sure.code}{_never_trunk(metadata)}(?={_described(metadata.general_desc)})(?:{lines})"


@lru_cache(maxsize=300)
def _compiled(region: str) -> tuple[str, "re.Pattern[str]"] | None:
    sure = sure_numbers(region)
    return None if sure is None else (f"+{sure.code}", re.compile(sure.pattern))


def surely(digits: str, region: str) -> str | None:
    """E.164 of digits, which may begin with a plus; None: they have to be read in the long way."""
    known = _compiled(region)
    if known is not None and digits.startswith("+") and not digits.startswith(known[0]):
        known = _compiled(_region_of(digits))  # from wherever it is dialled
    found = known[1].fullmatch(digits) if known is not None else None
    return known[0] + found[1] if known is not None and found is not None else None


def _region_of(digits: str) -> str:
    """The first region of the calling code that the digits behind the plus begin with; empty: of none."""
    codes = (digits[1:end] for end in (2, 3, 4))
    found = (COUNTRY_CODE_TO_REGION_CODE.get(int(code)) for code in codes if code.isascii() and code.isdigit())
    return next((regions[0] for regions in found if regions), "")


def _national(metadata: Any) -> str:
    """A number valid in this region, without calling code, which does not begin as if it had a trunk prefix."""
    return f"{_never_trunk(metadata)}(?={_described(metadata.general_desc)}){_one_of(metadata, _KINDS)}"


def _formed(metadata: Any) -> str:
    """A number as long as this region's are, and beginning as they do."""
    return f"{_never_trunk(metadata)}{_described(metadata.general_desc)}"


def _never_trunk(metadata: Any) -> str:
    """What follows does not begin as if it had a trunk prefix."""
    trunk = metadata.national_prefix_for_parsing
    return f"(?!{_bare(trunk)})" if trunk else ""


def _one_of(metadata: Any, kinds: Sequence[str]) -> str:
    """A number of one of these kinds; nothing at all where the region has none of them."""
    described = [getattr(metadata, kind) for kind in kinds]
    valid = [_described(kind) for kind in described if kind is not None and kind.national_number_pattern]
    return f"(?:{'|'.join(valid)})" if valid else "(?!)"


def _described(kind: Any) -> str:
    pattern = _bare(kind.national_number_pattern)
    lengths = [length for length in kind.possible_length or () if length > 0]
    long = "|".join(f"[0-9]{{{length}}}" for length in lengths)
    return (f"(?=(?:{long}){_END})" if long else "") + f"{pattern}{_END}"


def _bare(pattern: str) -> str:
    """The pattern as a group that captures nothing; `[0-9]` for `\\d`, which matches the digits of every script."""
    plain = re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
    return f"(?:{plain})".replace(r"\d", "[0-9]")
