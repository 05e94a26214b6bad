"""Caller ids that principals and agencies hold, and the registers they have declared them to."""

import re
from collections.abc import Collection, Mapping

from ari_app.lists.errors import BadRow
from ari_app.lists.rows import plain_number
from ari_app.ports.lists import CallerIdRow

_NUMBER = re.compile(r"\+[1-9][0-9]{2,14}")
_RANGE = re.compile(r"(\+[^+]*?)\s*[-–—]\s*(\+.*)")
_SHORTEST_RANGE = 8
_REGISTER = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,31}")


def caller_id_row(values: Mapping[str, str], *, owner: str, owners: Collection[str]) -> CallerIdRow:
    """
    A row of a list of caller ids: one number, or a range as `+39021234000-+39021234999`, both ends in it.

    Only the form of a number is checked: Italy's telemarketing range 0844 is not valid to libphonenumber (PBX.md 13).
    `owner` is for rows that name none. Raises BadRow.
    """
    text = plain_number(values["number"])
    ends = _RANGE.fullmatch(text)
    start, end = (_e164(ends[1]), _e164(ends[2])) if ends else (_e164(text),) * 2
    if len(start) != len(end):
        raise BadRow("the two ends of a range have as many digits as each other")
    if ends and len(start) - 1 < _SHORTEST_RANGE:
        raise BadRow(f"the ends of a range have at least {_SHORTEST_RANGE} digits, country and all")
    if end < start:
        raise BadRow("the range ends before it begins")
    named = values.get("owner") or owner
    if not named:
        raise BadRow("owner is missing: the id of the principal or the agency that holds the number")
    if named not in owners:
        raise BadRow(f"owner {named}: there is no such principal and no such agency")
    registers = re.split(r"[\s;,|]+", values.get("registered_in", "").upper().strip())
    if bad := [name for name in registers if name and not _REGISTER.fullmatch(name)]:
        raise BadRow(f"registered_in {bad[0]!r} is no name of a register such as ROC")
    kept = " ".join(dict.fromkeys(name for name in registers if name))
    return CallerIdRow(range_start=start, range_end=end, owner=named, registered_in=kept)


def _e164(text: str) -> str:
    plain = re.sub(r"[ .\-()/]", "", text)
    if not _NUMBER.fullmatch(plain):
        raise BadRow(f"{text.strip()}: write a caller id in full with its country, as +390212345678")
    return plain
