"""
The facts of a callee, read inside the transaction that judges: those that the packs in force ask for, in one statement.

What is asked for is known beforehand (`Needs`), so the statement for each set of facts is composed and compiled once.
Every fact comes as JSON, which msgspec decodes into the values of `policy/` with no row in between.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Label, Select, select

from ari_app.policy.attempts import LOOK_BACK, MOST_ATTEMPTS, Attempt
from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import FACT_NAMES, Facts, Known, Unknown
from ari_app.policy.held import (
    Callback,
    CallerIdEntry,
    Consent,
    Contact,
    Customer,
    CustomerStatus,
    Flag,
    OneOffPermit,
    Screening,
    SilentCalls,
    Suppression,
    as_withdrawn,
    void_before_wrong_number,
)
from ari_app.policy.keyring import Keyring
from ari_app.policy.needs import Needs
from ari_app.policy.numbers import Number
from ari_app.policy.request import CallRequest
from ari_app.stores import fact_queries as queries
from ari_app.stores import person_queries
from ari_app.stores.database import need_same_key
from ari_app.stores.json_form import JsonForm
from ari_app.stores.prepared import Prepared
from ari_app.stores.tables import installation

_NOT_ASKED = Unknown("store", "not asked for")
_VOIDED = frozenset({"customer", "consents", "contacts"})
"""What a wrong number voids, so that it cannot be read without the flags."""
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class _CustomerRow(msgspec.Struct, frozen=True):
    """A row of `customer`."""

    status: CustomerStatus
    products: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    person: str | None
    inquired_at: datetime | None
    as_of: datetime


class _SilentRow(msgspec.Struct, frozen=True):
    """What the hours of one window add up to."""

    place: int
    put_through: int
    silent: int


_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    "suppressions": msgspec.json.Decoder(tuple[Suppression, ...]),
    "customer": msgspec.json.Decoder(tuple[_CustomerRow, ...]),
    "attempts": msgspec.json.Decoder(tuple[Attempt, ...]),
    "consents": msgspec.json.Decoder(tuple[Consent, ...]),
    "screenings": msgspec.json.Decoder(tuple[Screening, ...]),
    "contacts": msgspec.json.Decoder(tuple[Contact, ...]),
    "one_off_permits": msgspec.json.Decoder(tuple[OneOffPermit, ...]),
    "callbacks": msgspec.json.Decoder(tuple[Callback, ...]),
    "flags": msgspec.json.Decoder(tuple[Flag, ...]),
    "caller_ids": msgspec.json.Decoder(tuple[CallerIdEntry, ...]),
    "silent_calls": msgspec.json.Decoder(tuple[_SilentRow, ...]),
}


@cache
def facts_statement(dialect: str, facts: frozenset[str], *, by_person: bool, windows: int) -> Prepared:
    """The statement that reads the database's key and these facts, a column each, in the order of their names."""
    form = JsonForm(dialect)
    columns: dict[str, Callable[[], Select[Any]]] = {
        "suppressions": queries.suppressions,
        "customer": queries.customers,
        "attempts": lambda: queries.attempts(dialect, by_person=by_person),
        "consents": queries.consents,
        "screenings": queries.screenings,
        "contacts": queries.contacts,
        "one_off_permits": queries.one_off_permits,
        "callbacks": queries.callbacks,
        "flags": queries.flags,
        "caller_ids": queries.caller_ids,
        "silent_calls": lambda: queries.silent_calls(windows),
    }
    # A gate that still holds a key which was rotated away would find nothing at all, and so would permit.
    read: list[Label[Any]] = [select(installation.c.key_id).scalar_subquery().label("key_id")]
    for name in sorted(facts):
        whole = queries.office_numbers().scalar_subquery() if name == "office_numbers" else form.rows(columns[name]())
        read.append(whole.label(name))
    return Prepared(select(*read))


PERSONS = Prepared(person_queries.persons())


def persons_at(connection: Connection, keyring: Keyring, request: CallRequest, needs: Needs) -> tuple[str, ...]:
    """The principal's references for who is at the callee's number, sorted; none where nothing is counted by person."""
    if not needs.by_person or request.campaign is None or not isinstance(request.callee, Number):
        return ()
    given = {"principal": request.campaign.principal, "number_key": keyring.number_key(request.callee.e164)}
    return tuple(sorted({person for (person,) in PERSONS.run(connection, given)}))


def facts_of(
    connection: Connection,
    keyring: Keyring,
    request: CallRequest,
    needs: Needs,
    *,
    persons: Sequence[str] = (),
    besides: str = "",
) -> Facts:
    """
    What these needs ask for about the callee, for the principal that calls, but for this call and the call `besides`.

    Facts beyond the needs are Unknown. `persons` are those of `persons_at`, whose other numbers are looked at as well.
    Without a campaign there is no principal: then only suppressions are looked up, and there is no history to hold.
    Raises StoreUnavailable: the key was rotated since this process began.
    """
    nothing = Facts.nothing_held(request.asked_at)
    if not isinstance(request.callee, Number):
        return nothing
    key = keyring.number_key(request.callee.e164)
    if request.campaign is None:
        given = _given(request, key)
        found = _read(connection, frozenset({"suppressions"}), given, key_id=keyring.key_id, persons=(), windows=())
        return replace(nothing, suppressions=Known(found["suppressions"], request.asked_at))
    asked = needs.facts
    wanted = asked | {"flags"} if asked & _VOIDED else asked
    given = _given(request, key, besides=besides)
    windows = needs.silent_windows
    rows = _read(connection, wanted, given, key_id=keyring.key_id, persons=persons, windows=windows)
    told = _told(rows, request.asked_at)
    return Facts(**{name: told[name] if name in asked else _NOT_ASKED for name in FACT_NAMES})


def _given(request: CallRequest, key: bytes, *, besides: str = "") -> dict[str, Any]:
    """The values of every bind parameter but those of persons and windows."""
    campaign, now = request.campaign, request.asked_at
    principal = campaign.principal if campaign else ""
    return {
        "number_key": key,
        "principal": principal,
        "campaign": request.campaign_id,
        "caller_id": campaign.caller_id if campaign else "",
        "everywhere": "*",
        "by_principal": f"principal:{principal}",
        "by_campaign": f"campaign:{request.campaign_id}",
        "now": now,
        "since": now - LOOK_BACK,
        "day_ago": now - _DAY,
        "call_id": request.call_id,
        "besides": besides,
    }


def _read(
    connection: Connection,
    facts: frozenset[str],
    given: dict[str, Any],
    *,
    key_id: str,
    persons: Sequence[str],
    windows: Sequence[timedelta | None],
) -> dict[str, Any]:
    """
    The rows of each fact, as `_DECODERS` say; `office_numbers` is a number.

    Raises StoreUnavailable: the database is another key's by now.
    """
    names = frozenset(facts if windows else facts - {"silent_calls"})
    sqlite = connection.dialect.name == "sqlite"
    if persons:
        given["persons"] = msgspec.json.encode(persons).decode() if sqlite else list(persons)
    for place, window in enumerate(windows):
        given[f"window_{place}"] = given["now"] - window - _HOUR if window is not None else _EVER
    statement = facts_statement(connection.dialect.name, names, by_person=bool(persons), windows=len(windows))
    held, *row = tuple(statement.run(connection, given).one())
    need_same_key(held, key_id)
    found: dict[str, Any] = {"silent_calls": ()} if "silent_calls" in facts else {}
    for name, said in zip(sorted(names), row, strict=True):
        found[name] = said if name not in _DECODERS else _DECODERS[name].decode(said) if said else ()
    if windows and "silent_calls" in names:
        found["silent_calls"] = tuple(
            SilentCalls(window=windows[row.place], put_through=row.put_through, silent=row.silent)
            for row in sorted(found["silent_calls"], key=lambda row: row.place)
        )
    return found


def _told(rows: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The facts as they are told to the rules: what a wrong number voids is left out."""
    told: dict[str, Any] = {name: Known(value, now) for name, value in rows.items()}
    wrong = [each for each in rows.get("flags", ()) if each.kind is FlagKind.WRONG_NUMBER and each.since <= now]
    at = max((each.since for each in wrong), default=None)
    if "customer" in rows or "consents" in rows:
        said, as_of = _customer(rows.get("customer", ()), now)
        kept, consents = void_before_wrong_number(at, said, as_of, as_withdrawn(rows.get("consents", ())))
        told["customer"], told["consents"] = Known(kept, as_of), Known(consents, now)
    if at is not None and "contacts" in rows:
        told["contacts"] = Known(_still_there(rows["contacts"], at, {each.value for each in wrong} - {""}), now)
    if len(rows.get("attempts", ())) > MOST_ATTEMPTS:
        told["attempts"] = Unknown("attempts", f"there are more than {MOST_ATTEMPTS} on this number")
    return told


def _customer(rows: Sequence[_CustomerRow], now: datetime) -> tuple[Customer, datetime]:
    if not rows:
        return Customer(status=CustomerStatus.NONE), now
    row = rows[0]
    customer = Customer(
        status=row.status,
        products=row.products,
        since=row.since,
        until=row.until,
        person=row.person,
        inquired_at=row.inquired_at,
    )
    return customer, row.as_of


def _still_there(contacts: Iterable[Contact], at: datetime, never: set[str]) -> tuple[Contact, ...]:
    """Contacts that came after somebody else was met at the number; whoever was looked for then is never there."""
    return tuple(each for each in contacts if each.imported_at > at and each.person not in never)
