"""One record, read as a row of its kind; whatever cannot be read as it stands is refused with the reason."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from ari_app.lists.errors import BadRow
from ari_app.lists.instants import earliest, instant, is_day, latest
from ari_app.policy.held import CustomerStatus, SuppressionPurpose
from ari_app.policy.numbers import NotANumber, read_number
from ari_app.policy.sure_numbers import surely
from ari_app.ports.lists import CustomerRow, SuppressionRow

_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+")
_FLOAT = re.compile(r"\d+[.,]0+")
_EXCEL_TEXT = re.compile(r'="(.*)"')
# What address books and spreadsheets put around numbers: hard spaces, and marks for the direction of writing.
_INVISIBLE = {0xA0: " ", 0x202F: " ", **dict.fromkeys([0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F)])}
_LONGEST_WORD = 100
_NOBODY = frozenset({"n/a", "na", "none", "null", "-", "?", "unknown", "sconosciuto", "0"})
_STATUS = {
    "current": CustomerStatus.CURRENT,
    "active": CustomerStatus.CURRENT,
    "attivo": CustomerStatus.CURRENT,
    "ended": CustomerStatus.ENDED,
    "former": CustomerStatus.ENDED,
    "cessato": CustomerStatus.ENDED,
    **dict.fromkeys(("none", "removed", "deleted", "nessuno", "rimosso", "eliminato"), CustomerStatus.NONE),
}
_PURPOSES = {purpose.value: purpose for purpose in SuppressionPurpose}
_BEGINS = frozenset("+0123456789")
_FILLERS = str.maketrans("", "", " .-")
_WHY = {
    "not_dialable": "it holds something that cannot be dialled",
    "too_long": "too long; a country prefix needs its plus",
    "too_short": "too short",
    "unassigned": "no such number is assigned",
    "unknown_country": "its country is unknown",
}


def e164_of(cell: str, region: str) -> str:
    """
    The number of a cell in E.164.

    Raises BadRow: it is none, or a spreadsheet has spoilt it.
    """
    # What most cells hold is read at once; whatever else may be a number, or is none, is read below.
    if cell[:1] in _BEGINS and not ("." in cell and _FLOAT.fullmatch(cell)):
        sure = surely(cell.translate(_FILLERS), region)
        if sure is not None:
            return sure
    text = plain_number(cell)
    if _SCIENTIFIC.fullmatch(text):
        raise BadRow(f"{text} is a number that a spreadsheet has rounded, its digits are lost: keep the column as text")
    if _FLOAT.fullmatch(text):
        raise BadRow(f"{text} is written as a fraction: keep the column as text")
    read = read_number(text, region=region)
    if isinstance(read, NotANumber):
        raise BadRow(f"not a telephone number: {_spoilt(text, region, read) or _WHY.get(read.why, read.why)}")
    return read.e164


def _spoilt(text: str, region: str, refused: NotANumber) -> str:
    """What a spreadsheet that takes a number for one to calculate with has done to it; empty: nothing that is known."""
    if not (text.isascii() and text.isdecimal()):
        return ""
    lost = {"0": "a leading zero", "+": "the plus of its country prefix"}
    for sign in "+0" if refused.why == "too_long" else "0+":
        if not isinstance(read_number(sign + text, region=region), NotANumber):
            return f"it has lost {lost[sign]}, as in a spreadsheet: keep the column as text"
    return ""


def plain_number(cell: str) -> str:
    """
    What a cell says of a number, without what spreadsheets and address books put around it.

    Raises BadRow: nothing is left.
    """
    text = cell.translate(_INVISIBLE).strip()
    if unwrapped := _EXCEL_TEXT.fullmatch(text):
        text = unwrapped[1].strip()
    text = text.removeprefix("'")
    if not text:
        raise BadRow("the number is missing")
    return text


def suppression_row(
    values: Mapping[str, str], *, region: str, scope: str, source: str, scope_exists: Callable[[str], bool]
) -> SuppressionRow:
    """
    A row of a suppression list; `scope` and `source` are for rows that name none.

    Raises BadRow.
    """
    named = scope_of(values.get("scope", "")) or scope
    if not scope_exists(named):
        raise BadRow(f"scope {named}: there is no such {named.partition(':')[0]}")
    purpose = values.get("purpose", "").lower() or SuppressionPurpose.MARKETING
    if purpose not in _PURPOSES:
        raise BadRow(f"purpose {purpose!r} is neither marketing nor all")
    return SuppressionRow(
        e164=e164_of(values["number"], region),
        scope=named,
        reason=values.get("reason") or "imported",
        source=values.get("source") or source,
        purpose=_PURPOSES[purpose],
        expires_at=_instant(values, "expires", end_of_day=True),
    )


def scope_of(text: str) -> str:
    """
    A scope as it is stored: `*`, `principal:ID` or `campaign:ID`; empty for empty.

    Raises BadRow: it is none of them.
    """
    if not text:
        return ""
    plain = text.strip()
    if plain.lower() in ("*", "global"):
        return "*"
    kind, _, name = plain.partition(":")
    if plain and (kind.strip().lower() not in ("principal", "campaign") or not name.strip()):
        raise BadRow(f"scope {plain!r} is none of global, principal:ID, campaign:ID")
    return f"{kind.strip().lower()}:{name.strip()}" if plain else ""


def customer_row(
    values: Mapping[str, str], *, region: str, country: str = "", source: str = "", now: datetime | None = None
) -> CustomerRow:
    """
    A row of a customer list, which comes from `source`; of who is none of them any more nothing else is kept.

    Raises BadRow. So does who is said to have ended, but after `now`: today is no such day.
    """
    status = _STATUS.get(values["status"].lower())
    if status is None:
        raise BadRow(f"status {values['status']!r} is none of current, ended, none")
    as_of = _as_of(values, country or region, now)
    if status is CustomerStatus.NONE:
        return CustomerRow(e164=e164_of(values["number"], region), status=status, as_of=as_of, source=source)
    products = (part.strip() for part in re.split(r"[|;,]", values.get("products", "")))
    since, until = _instant(values, "since"), _instant(values, "until", end_of_day=True)
    if since and until and until <= since:
        raise BadRow("until lies before since")
    ended = _instant(values, "until")
    if status is CustomerStatus.ENDED and now is not None and ended is not None and ended > now:
        raise BadRow(f"until {values['until']} has not come yet: until then the status is current")
    return CustomerRow(
        e164=e164_of(values["number"], region),
        status=status,
        products=tuple(dict.fromkeys(part for part in products if part)),
        since=since,
        until=until,
        person=person_of(values) or None,
        as_of=as_of,
        source=source,
    )


def _as_of(values: Mapping[str, str], country: str, now: datetime | None) -> datetime | None:
    """When it was said; a date alone is the end of that day by the principal's clock, but of today the import."""
    text = values.get("as_of", "")
    at = instant_in(values, "as_of", lambda text: latest(text, country))
    if at is None or now is None or at <= now:
        return at
    begun = instant_in(values, "as_of", lambda text: earliest(text, country))
    if is_day(text) and begun is not None and begun <= now:
        return now
    raise BadRow(f"as_of {text} has not come yet")


def person_of(values: Mapping[str, str]) -> str:
    """Who the row says holds the number."""
    return reference_of(values, "person")


def reference_of(values: Mapping[str, str], field: str) -> str:
    """A reference that joins numbers; a word that stands for nobody would join those of many people."""
    reference = values.get(field, "")
    return "" if reference.casefold() in _NOBODY else reference


def name_of(values: Mapping[str, str]) -> str:
    """
    How somebody is called, on one line: what cannot be printed is left out, and of a very long one the beginning kept.

    No row is refused for it: it only greets.
    """
    plain = "".join(sign if sign.isprintable() else " " for sign in values.get("name", ""))
    return " ".join(plain.split())[:_LONGEST_WORD]


def word_of(values: Mapping[str, str], field: str) -> str:
    """A free word or a few. Raises BadRow: they are no words."""
    text = values.get(field, "")
    if len(text) > _LONGEST_WORD or not text.isprintable():
        raise BadRow(f"{field} is longer than {_LONGEST_WORD} signs, or holds some that cannot be printed")
    return text


def _instant(values: Mapping[str, str], field: str, *, end_of_day: bool = False) -> datetime | None:
    if not values.get(field):
        return None
    return instant_in(values, field, lambda text: instant(text, end_of_day=end_of_day))


def instant_in(values: Mapping[str, str], field: str, read: Callable[[str], datetime]) -> datetime | None:
    """
    The instant that a field holds; None: it is empty.

    Raises BadRow: `read` cannot read it.
    """
    text = values.get(field, "")
    try:
        return read(text) if text else None
    except (ValueError, OverflowError) as failure:
        raise BadRow(f"{field}: {failure}") from failure


def needed(values: Mapping[str, str], field: str) -> str:
    """What a field holds. Raises BadRow: it is empty."""
    if not values.get(field, ""):
        raise BadRow(f"{field} is missing")
    return values[field]
