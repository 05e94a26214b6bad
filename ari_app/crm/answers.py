"""
A CRM's JSON read as a customer, or as nobody, or as what cannot be read.

A path is names with dots between them, as `customer.status`; a number counts into a list from 0, `*` is every element
of one. On the way nothing (`null`, `{}`, `[]`, an empty text) means that there is nobody; a name that is missing where
others stand means that the answer is not the one that was configured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias
from unicodedata import category

import msgspec

from ari_app.crm.errors import NoAnswer
from ari_app.crm.line import Answer
from ari_app.crm.settings import CrmSettings
from ari_app.lists.errors import BadRow
from ari_app.lists.rows import customer_row
from ari_app.policy.held import Customer, CustomerStatus

_LONGEST_TEXT = 500
_MOST_PRODUCTS = 100
_LARGEST = 10**20
_NOT_ENDED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Absent:
    """The CRM knows nobody by this number."""


@dataclass(frozen=True, slots=True)
class Misread:
    """There is an answer, and it cannot be read."""

    field: str
    why: str
    """For people who set it up: it may quote the answer."""


Reading: TypeAlias = Customer | Absent | Misread


class _NotThere(Exception):  # noqa: N818
    """A path leads nowhere."""


class _Unfit(Exception):  # noqa: N818
    """A value is not what its field can hold."""


def read(answer: Answer, settings: CrmSettings, e164: str, now: datetime) -> Reading:
    """
    The customer of an answer.

    Of several records the one that is a customer now counts, else who was one last; one that cannot be read spoils all.
    Raises NoAnswer: it is no JSON.
    """
    if answer.is_nobody:
        return Absent()
    try:
        said = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise NoAnswer("its answer is no JSON") from error
    try:
        records = [each for each in _followed([said], settings.places.record) if not _is_nothing(each)]
    except _NotThere as fault:
        return Misread("record", str(fault))
    found: list[Customer] = []
    for record in records:
        reading = _read_record(record, settings, e164, now)
        if isinstance(reading, Misread):
            return reading
        if isinstance(reading, Customer):
            found.append(reading)
    return _foremost(found) if found else Absent()


def _foremost(found: Sequence[Customer]) -> Customer:
    rank = {CustomerStatus.CURRENT: 2, CustomerStatus.ENDED: 1, CustomerStatus.NONE: 0}
    first = max(found, key=lambda each: (rank[each.status], each.until or _NOT_ENDED))
    products = (product for each in found if each.status is first.status for product in each.products)
    return replace(first, products=tuple(dict.fromkeys(products)))


def _read_record(record: object, settings: CrmSettings, e164: str, now: datetime) -> Reading:
    places = settings.places
    try:
        said = _followed([record], places.status)
    except _NotThere as fault:
        return Misread("status", str(fault))
    if not said:
        return Absent()
    word = _scalar(said[0])
    status = settings.words.get(word.strip().casefold()) if word is not None else None
    if status is None:
        return Misread("status", f"{word!r} is in none of current, ended and none")
    if status is CustomerStatus.NONE:
        return Customer(status=status)
    field = "products"
    try:
        products = _products(record, places.products)
        values = {"number": e164, "status": status.value}
        for field in ("since", "until", "person"):
            values[field] = _text(record, getattr(places, field))
    except _Unfit as fault:
        return Misread(field, str(fault))
    return _as_listed(values, products, now)


def _as_listed(values: Mapping[str, str], products: tuple[str, ...], now: datetime) -> Reading:
    """Held to what an imported row is held to."""
    try:
        row = customer_row(values, region="IT", now=now)  # in E.164, no region has a say
    except BadRow as refusal:
        return Misread("record", str(refusal))
    return Customer(status=row.status, products=products, since=row.since, until=row.until, person=row.person)


def _products(record: object, path: str) -> tuple[str, ...]:
    """A list of texts, or one text with `|`, `;` or `,` between them."""
    names: list[str] = []
    for value in _there(record, path):
        if isinstance(value, list):
            names += [_plain(each) for each in value]
        else:
            names += _plain(value).replace(";", "|").replace(",", "|").split("|")
    kept = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(kept) > _MOST_PRODUCTS:
        raise _Unfit(f"there are more than {_MOST_PRODUCTS}")
    return kept


def _text(record: object, path: str) -> str:
    values = _there(record, path)
    return _plain(values[0]).strip() if values else ""


def _there(record: object, path: str) -> list[object]:
    """What a path of a field that may be missing leads to."""
    try:
        return _followed([record], path) if path else []
    except _NotThere:
        return []


def _plain(value: object) -> str:
    """A text or a number as text. Raises _Unfit."""
    if value is None:
        return ""
    text = _scalar(value)
    if text is None or isinstance(value, bool):
        raise _Unfit("it is neither a text nor a number")
    text = " ".join(text.split())
    if len(text) > _LONGEST_TEXT or any(category(sign) == "Cc" for sign in text):
        raise _Unfit(f"it is longer than {_LONGEST_TEXT} signs, or holds control characters")
    return text


def _scalar(value: object) -> str | None:
    """A single value as JSON writes it, a text without its quotes; None: it is a list, an object, or far too large."""
    match value:
        case str():
            return value
        case None | bool() | float():
            return msgspec.json.encode(value).decode()
        case int() if abs(value) < _LARGEST:
            return str(value)
        case _:
            return None


def _followed(nodes: Sequence[object], path: str) -> list[Any]:
    """What the path leads to. Raises _NotThere."""
    found = list(nodes)
    for part in path.split(".") if path else ():
        found = [child for node in found for child in _children(node, part)]
    return found


def _children(node: object, part: str) -> Sequence[object]:
    if _is_nothing(node):
        return ()
    match node:
        case dict() if part in node:
            return (node[part],)
        case list() if part == "*":
            return node
        case list() if part.isdecimal():
            return node[int(part) : int(part) + 1]
    raise _NotThere(f"there is no {part!r} in the answer where it was looked for")


def _is_nothing(node: object) -> bool:
    return node is None or (isinstance(node, str | list | dict) and not node)
