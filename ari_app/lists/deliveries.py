"""
Customers as their brand sends them, one or many at a time: read like rows of a file, taken whole or not at all.

    BadDelivery    something in it cannot be taken; each fault says where
    KeyReused      its key came before, with something else

What is sent late undoes nothing: each word has its instant, and the newest counts.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from ari_app.lists.columns import KINDS
from ari_app.lists.errors import BadRow
from ari_app.lists.instants import instant
from ari_app.lists.rows import customer_row, e164_of
from ari_app.ports.lists import Counts, CustomerRow, DeliveryStore, ListFile

MOST_ITEMS = 1000
_KIND = "customers:delivery"
_FIELDS = tuple(dict.fromkeys((*KINDS["customers"].fields, "as_of")))
_REQUIRED = KINDS["customers"].required
_SKEW = timedelta(minutes=1)
_MOST_FAULTS = 100
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place of the delivery."""

    pointer: str
    """JSON pointer (RFC 6901)."""
    detail: str


class BadDelivery(Exception):  # noqa: N818
    """It cannot be taken, and nothing of it was."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """The first hundred faults are told."""
        super().__init__(faults[0].detail)
        self.faults = tuple(faults[:_MOST_FAULTS])


class KeyReused(Exception):  # noqa: N818
    """Under this key something else was taken."""


class _Unfit(Exception):  # noqa: N818
    """A field of an item cannot be read."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What somebody sent, and for whom."""

    principal: str
    region: str
    """Where numbers without a country prefix are."""
    body: bytes
    """JSON: a customer, or a list of them."""
    key: str = ""
    """The sender's own name for it: sent again under it, it is not taken again. Empty: none."""


def take(store: DeliveryStore, delivery: Delivery, now: datetime) -> Mapping[str, object]:
    """
    Take a delivery, effective for the very next verdict; the report: items read, added, updated, unchanged.

    Raises BadDelivery, KeyReused, StoreUnavailable: then nothing has changed.
    """
    digest = hashlib.sha256(delivery.body).hexdigest()
    name = f"delivery {delivery.key}" if delivery.key else "delivery"
    file = ListFile(kind=_KIND, principal=delivery.principal, file_name=name, sha256=digest)
    if delivery.key and (before := store.delivered(file)) is not None:
        if before.sha256 != digest:
            raise KeyReused
        return before.report
    items, many = _items(delivery.body)
    rows = _rows(items, delivery.region, now, many=many)
    if not rows:
        return _report(len(items), Counts())
    version = store.begin(file)
    try:
        report = _report(len(items), store.put_customers(version, delivery.principal, rows))
        store.publish(version, report)
    except BaseException:
        store.abandon(version)
        raise
    return report


def _report(read: int, counts: Counts) -> dict[str, object]:
    # Several items of one number are one row; but the last of them change nothing.
    unchanged = read - counts.added - counts.updated
    return {"read": read, "added": counts.added, "updated": counts.updated, "unchanged": unchanged}


def _items(body: bytes) -> tuple[list[object], bool]:
    """The items, and whether they came as a list. Raises BadDelivery."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BadDelivery([Fault("", "this is no JSON in UTF-8")]) from error
    match said:
        case dict():
            return [said], False
        case list() if len(said) <= MOST_ITEMS:
            return said, True
        case list():
            raise BadDelivery([Fault("", f"{len(said)} items: send at most {MOST_ITEMS} at a time")])
        case _:
            raise BadDelivery([Fault("", "this is neither a customer nor a list of customers")])


def _rows(items: Sequence[object], region: str, now: datetime, *, many: bool) -> list[CustomerRow]:
    """A row for each number: of several items on one the newest counts. Raises BadDelivery."""
    newest: dict[str, CustomerRow] = {}
    faults: list[Fault] = []
    for place, item in enumerate(items):
        at = f"/{place}" if many else ""
        try:
            row = _row(item, region, now)
            before = newest.get(row.e164)
            if before is not None and row != before and row.as_of == before.as_of:
                raise _Unfit("number", "an item before gives this number other values for the same instant")
        except _Unfit as unfit:
            faults.append(Fault(f"{at}/{_escaped(unfit.field)}" if unfit.field else at, str(unfit)))
            continue
        if before is None or (row.as_of or now) > (before.as_of or now):
            newest[row.e164] = row
    if faults:
        raise BadDelivery(faults)
    return list(newest.values())


def _row(item: object, region: str, now: datetime) -> CustomerRow:
    """Raises _Unfit."""
    values, products = _values(item)
    as_of = _as_of(values.pop("as_of", ""), now)
    try:
        values["number"] = e164_of(values["number"], region)
    except BadRow as refusal:
        raise _Unfit("number", str(refusal)) from refusal
    try:
        row = customer_row(values, region=region, now=now)
    except BadRow as refusal:
        # What is said of a row begins with the field that it is about.
        word = str(refusal).partition(" ")[0].rstrip(":")
        raise _Unfit(word if word in _FIELDS else "", str(refusal)) from refusal
    if products is not None:
        row = replace(row, products=products)
    return replace(row, source=row.source or "delivery", as_of=as_of)


def _as_of(text: str, now: datetime) -> datetime:
    """When it was so: now if that is not said, and never later. Raises _Unfit: it lies more than a minute ahead."""
    if not text:
        return now
    try:
        said = instant(text)
    except (ValueError, OverflowError) as failure:
        raise _Unfit("as_of", f"as_of: {failure}") from failure
    if said > now + _SKEW:
        raise _Unfit("as_of", f"as_of {text} has not come yet")
    return min(said, now)


def _values(item: object) -> tuple[dict[str, str], tuple[str, ...] | None]:
    """Fields as texts, and products if they are a list. Raises _Unfit."""
    if not isinstance(item, dict):
        raise _Unfit("", "this is not a customer: an object with number and status")
    values: dict[str, str] = {}
    products: tuple[str, ...] | None = None
    for field, value in item.items():
        if field not in _FIELDS:
            raise _Unfit(field, f"there is no such field; customers have {', '.join(_FIELDS)}")
        if field == "products" and isinstance(value, list):
            names = (_text(field, each).strip() for each in value)
            products = tuple(dict.fromkeys(name for name in names if name))
        elif value is not None:
            values[field] = _text(field, value).strip()
    for field in _REQUIRED:
        if not values.get(field):
            raise _Unfit("" if field not in item else field, f"{field} is missing")
    return values, products


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise _Unfit(field, f"{field} has to be a text")
    if "\0" in value or len(value) > _LONGEST_TEXT:
        raise _Unfit(field, f"{field} holds NUL, or more than {_LONGEST_TEXT} signs")
    return value


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
