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
    open_claims,
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

_SUPPRESSIONS_ALONE = Needs(facts=frozenset({"suppressions"}))
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
    stood_since: datetime
    """When what it says was said first, as far as it was only said again since."""


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
    persons = person_queries.PERSONS if by_person else None
    # A gate that still holds a key which was rotated away would find nothing at all, and so would permit.
    key_id = select(installation.c.key_id).scalar_subquery().label("key_id")
    return Prepared(select(key_id, *fact_columns(dialect, facts, windows=windows, persons=persons)))


def fact_columns(
    dialect: str,
    facts: frozenset[str],
    *,
    windows: int,
    number: person_queries.Key = person_queries.NUMBER,
    persons: person_queries.Persons | None = None,
) -> list[Label[Any]]:
    """A column for each of these facts about a number, in the order of their names."""
    form = JsonForm(dialect)
    columns: dict[str, Callable[[], Select[Any]]] = {
        "suppressions": lambda: queries.suppressions(number),
        "customer": lambda: queries.customers(number),
        "attempts": lambda: queries.attempts(dialect, number, persons=persons),
        "consents": lambda: queries.consents(number),
        "screenings": lambda: queries.screenings(number),
        "contacts": lambda: queries.contacts(number),
        "one_off_permits": lambda: queries.one_off_permits(number),
        "callbacks": lambda: queries.callbacks(number),
        "flags": lambda: queries.flags(number),
        "caller_ids": queries.caller_ids,
        "silent_calls": lambda: queries.silent_calls(windows),
    }
    read: list[Label[Any]] = []
    for name in sorted(facts):
        if name == "office_numbers":
            read.append(queries.office_numbers(number).scalar_subquery().label(name))
        else:
            read.append(form.rows(columns[name]()).label(name))
    return read


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
    if request.campaign is None:
        needs, persons = _SUPPRESSIONS_ALONE, ()
    given = given_for(request, needs)
    given |= {"number_key": keyring.number_key(request.callee.e164), "besides": besides}
    if persons:
        given["persons"] = msgspec.json.encode(persons).decode()
    names, windows = columns_of(needs), len(needs.silent_windows)
    statement = facts_statement(connection.dialect.name, names, by_person=bool(persons), windows=windows)
    row: tuple[Any, ...] = tuple(statement.run(connection, given).one())
    need_same_key(row[0], keyring.key_id)
    facts = facts_from(dict(zip(sorted(names), row[1:], strict=True)), needs, request.asked_at)
    return facts if request.campaign is not None else replace(nothing, suppressions=facts.suppressions)


def columns_of(needs: Needs) -> frozenset[str]:
    """The columns that are read for these needs: what can void a fact comes with it, and what nobody counts is left."""
    read = needs.facts | {"flags"} if needs.facts & _VOIDED else needs.facts
    return read if needs.silent_windows else read - {"silent_calls"}


def given_for(request: CallRequest, needs: Needs) -> dict[str, Any]:
    """The values of every bind parameter but those that say who is called, and which call does not count besides."""
    campaign, now = request.campaign, request.asked_at
    principal = campaign.principal if campaign else ""
    given = {
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
        "besides": "",
    }
    for place, window in enumerate(needs.silent_windows):
        given[f"window_{place}"] = now - window - _HOUR if window is not None else _EVER
    return given


def facts_from(columns: Mapping[str, Any], needs: Needs, now: datetime) -> Facts:
    """The facts that the columns of `facts_statement` hold, by their names; those beyond the needs are Unknown."""
    rows: dict[str, Any] = {
        name: said if name not in _DECODERS else _DECODERS[name].decode(said) if said else ()
        for name, said in columns.items()
    }
    rows["silent_calls"] = tuple(
        SilentCalls(window=needs.silent_windows[row.place], put_through=row.put_through, silent=row.silent)
        for row in sorted(rows.get("silent_calls", ()), key=lambda row: row.place)
    )
    told = _told(rows, now)
    return Facts(**{name: told[name] if name in needs.facts else _NOT_ASKED for name in FACT_NAMES})


def _told(rows: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The facts as they are told to the rules: what a wrong number voids is left out."""
    told: dict[str, Any] = {name: Known(value, now) for name, value in rows.items()}
    wrong = [each for each in rows.get("flags", ()) if each.kind is FlagKind.WRONG_NUMBER and each.since <= now]
    at = max((each.since for each in wrong), default=None)
    if "customer" in rows or "consents" in rows:
        said, as_of, stood_since = _customer(rows.get("customer", ()), now)
        kept, consents = void_before_wrong_number(at, said, stood_since, as_withdrawn(rows.get("consents", ())))
        told["customer"], told["consents"] = Known(kept, as_of), Known(consents, now)
    if rows.get("customer") and "flags" in rows:
        told["flags"] = Known(open_claims(rows["flags"], rows["customer"][0].stood_since), now)
    if at is not None and "contacts" in rows:
        told["contacts"] = Known(_still_there(rows["contacts"], at, {each.value for each in wrong} - {""}), now)
    if len(rows.get("attempts", ())) > MOST_ATTEMPTS:
        told["attempts"] = Unknown("attempts", f"there are more than {MOST_ATTEMPTS} on this number")
    return told


def _customer(rows: Sequence[_CustomerRow], now: datetime) -> tuple[Customer, datetime, datetime]:
    """The principal's word, as of when it counts, and since when it has stood."""
    if not rows:
        return Customer(status=CustomerStatus.NONE), now, now
    row = rows[0]
    customer = Customer(
        status=row.status,
        products=row.products,
        since=row.since,
        until=row.until,
        person=row.person,
        inquired_at=row.inquired_at,
    )
    return customer, row.as_of, row.stood_since


def _still_there(contacts: Iterable[Contact], at: datetime, never: set[str]) -> tuple[Contact, ...]:
    """Contacts that came after somebody else was met at the number; whoever was looked for then is never there."""
    return tuple(each for each in contacts if each.imported_at > at and each.person not in never)
