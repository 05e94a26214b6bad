"""
The facts of a list of numbers, many in one statement: the queries of `history`, driven from the keys of the numbers.

What a row holds is kept as the database told it. Equal rows are equal facts, so whoever judges a list need not read
them twice. What is the same for every number, such as whose the caller id is, is read once for all.
"""

import re
from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Integer, LargeBinary, Select, Text, literal_column, select, text

from ari_app.policy.alike import NEVER_ASKED
from ari_app.policy.facts import Facts
from ari_app.policy.keyring import Keyring
from ari_app.policy.needs import Needs
from ari_app.policy.request import CallRequest
from ari_app.stores import installation
from ari_app.stores.database import Database
from ari_app.stores.history import columns_of, fact_columns, facts_from, facts_statement, given_for
from ari_app.stores.json_form import JsonForm
from ari_app.stores.person_queries import persons
from ari_app.stores.prepared import Prepared
from ari_app.stores.tables import installation as installation_table

_OF_THE_CAMPAIGN = frozenset({"caller_ids", "silent_calls"})
_WITH_IDS = ("attempts", "callbacks", "consents", "one_off_permits")
_NOTHING = ("[]", None)
_NUMBER = literal_column("asked.number_key", LargeBinary)
_PERSONS = literal_column("asked.persons", Text)
_PLACE = literal_column("asked.place", Integer)
_ASKED = {
    # SQLite has no arrays: the keys, which are all of one length, come as one run of bytes.
    "sqlite": text(
        "(SELECT each.key AS place, each.value AS persons, substr(:keys, 1 + each.key * :size, :size) AS number_key"
        " FROM json_each(:persons) AS each) AS asked"
    ),
    "postgresql": text(
        "unnest(CAST(:keys AS BYTEA[]), CAST(:persons AS TEXT[])) WITH ORDINALITY AS asked(number_key, persons, place)"
    ),
}


def _words_of(field: str) -> "re.Pattern[str]":
    """A field with its text, in JSON: inside of another text its quotes would be escaped."""
    return re.compile(rf'"{field}" ?: ?"(?:[^"\\]|\\.)*"')


def _persons_statement(dialect: str) -> Select[Any]:
    found = JsonForm(dialect).values(persons(_NUMBER))
    return select(found).select_from(_ASKED[dialect]).order_by(_PLACE)


@cache
def list_statement(dialect: str, facts: frozenset[str], *, by_person: bool) -> Prepared:
    """The database's key, then the facts as `history.facts_statement` has them: a row for each number, in order."""
    given = _PERSONS if by_person else None
    columns = fact_columns(dialect, facts, windows=0, number=_NUMBER, persons=given)
    # In the same statement: with a key that was rotated away just before it, everybody would look unknown.
    held = select(installation_table.c.key_id).scalar_subquery()
    return Prepared(select(held, *columns).select_from(_ASKED[dialect]).order_by(_PLACE))


PERSONS_OF_MANY = Prepared(_persons_statement)
_TEXTS = msgspec.json.Decoder(list[str])


class SqlArchive:
    """Implements ports.bulk.Archive."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring hides numbers."""
        self._database = database
        self._keyring = keyring

    def records(self, request: CallRequest, needs: Needs) -> "SqlRecords":
        """As the port."""
        return SqlRecords(self._database, self._keyring, request, needs)


class SqlRecords:
    """Implements ports.bulk.Records."""

    def __init__(self, database: Database, keyring: Keyring, request: CallRequest, needs: Needs) -> None:
        """For calls like `request`."""
        self._database = database
        self._keyring = keyring
        self._needs = needs
        self._now = request.asked_at
        self._given = given_for(request, needs)
        columns = columns_of(needs)
        self._common = columns & _OF_THE_CAMPAIGN
        self._own = columns - _OF_THE_CAMPAIGN
        self._names = (*sorted(self._common), *sorted(self._own))
        self._named = {
            sorted(self._own).index(fact): (_words_of(field), f'"{field}":""')
            for fact, field in NEVER_ASKED.items()
            if fact in self._own
        }
        self._with_ids = [self._names.index(fact) for fact in _WITH_IDS if fact in self._own]
        self._flags = sorted(self._own).index("flags") if "flags" in self._own else None

    def of(self, e164s: Sequence[str]) -> Sequence[Hashable]:
        """As the port."""
        keys = [self._keyring.number_key(e164) for e164 in e164s]
        return self._database.read(lambda connection: self._rows(connection, keys)) if keys else []

    def is_common(self, record: Hashable) -> bool:
        """As the port."""
        return isinstance(record, tuple) and all([record[place] in _NOTHING for place in self._with_ids])

    def facts(self, record: Hashable) -> Facts:
        """As the port."""
        if not isinstance(record, tuple):
            raise TypeError("a record is what `of` said")
        return facts_from(dict(zip(self._names, record, strict=True)), self._needs, self._now)

    def _rows(self, connection: Connection, keys: Sequence[bytes]) -> list[tuple[Any, ...]]:
        known = self._persons(connection, keys)
        common: tuple[Any, ...] = ()
        if self._common:
            windows = len(self._needs.silent_windows)
            statement = facts_statement(connection.dialect.name, self._common, by_person=False, windows=windows)
            common = tuple(statement.run(connection, self._given).one())[1:]  # but for the key's id
        rows: list[tuple[Any, ...]] = [()] * len(keys)
        for by_person in (False, True):
            places = [place for place, each in enumerate(known) if bool(each) is by_person]
            if not places:
                continue
            asked = _asked(connection, [keys[place] for place in places], [known[place] for place in places])
            statement = list_statement(connection.dialect.name, self._own, by_person=by_person)
            found = statement.run(connection, self._given | asked)
            for place, whole in zip(places, found, strict=True):
                if whole[0] != self._keyring.key_id:
                    installation.need_key(whole[0], self._keyring.key_id)
                rows[place] = (*common, *self._unnamed(list(whole[1:])))
        return rows

    def _unnamed(self, row: list[Any]) -> list[Any]:
        """The row without what names an entry or a person; a flag may say which person is not there."""
        if self._flags is not None and row[self._flags] not in _NOTHING:
            return row
        for place, (words, none) in self._named.items():
            if row[place] not in _NOTHING:
                row[place] = words.sub(none, row[place])
        return row

    def _persons(self, connection: Connection, keys: Sequence[bytes]) -> list[list[str]]:
        """As `history.persons_at` of each number."""
        if not self._needs.by_person:
            return [[]] * len(keys)
        found = PERSONS_OF_MANY.run(connection, self._given | _asked(connection, keys, [[]] * len(keys)))
        return [sorted(set(_TEXTS.decode(said))) if said else [] for (said,) in found]


def _asked(connection: Connection, keys: Sequence[bytes], at: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The numbers of a statement, and the persons at each."""
    if connection.dialect.name == "sqlite":
        return {"keys": b"".join(keys), "size": len(keys[0]), "persons": msgspec.json.encode(at).decode()}
    return {"keys": list(keys), "persons": [msgspec.json.encode(each).decode() for each in at]}
