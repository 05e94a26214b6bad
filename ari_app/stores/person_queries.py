"""
Who is at a number, by the principal's own references, and at which other numbers; and what of a list counts at all.

Bind parameters: `number_key`, `principal`, `persons`.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from ari_app.stores.tables import MANUAL, contact, contact_list, customer, list_version

Condition = ColumnElement[bool]
Key = ColumnElement[bytes]
"""The key of the number that is asked about."""
Persons = ColumnElement[str]
"""Who is at it, as a JSON array of text."""

NUMBER: Key = bindparam("number_key", type_=LargeBinary)
PERSONS: Persons = bindparam("persons", type_=Text)
PRINCIPAL = bindparam("principal", type_=Text)
_NOBODY = literal_column("''", Text)
"""Written out: as a parameter it would decide over a partial index, and SQLite would plan anew on every run."""


def published(version: ColumnElement[Any]) -> Condition:
    """Whether a row counts: it came with no list, or with one that is published."""
    public = exists().where(list_version.c.id == version, list_version.c.published_at.is_not(None))
    return or_(version == literal_column(str(MANUAL)), public)


def persons(number: Key = NUMBER) -> Select[Any]:
    """By which references the principal knows who is at the number."""
    said = select(customer.c.person).where(
        customer.c.principal == PRINCIPAL,
        customer.c.number_key == number,
        customer.c.person.is_not(None),
        customer.c.person != _NOBODY,
        published(customer.c.list_version),
        _newest_word(),
    )
    listed = select(contact.c.person).where(
        contact.c.principal == PRINCIPAL, contact.c.number_key == number, contact.c.person != _NOBODY, listed_now()
    )
    found = union_all(said, listed).subquery()
    return select(found.c.person)


def numbers_of_persons(dialect: str, number: Key, persons: Persons) -> Select[Any]:
    """The number itself, and every other that the principal has for these persons."""
    itself = select(number.label("number_key"))
    said = select(customer.c.number_key).where(
        customer.c.principal == PRINCIPAL,
        customer.c.person.is_not(None),
        _is_one_of(customer.c.person, persons, dialect),
        published(customer.c.list_version),
        _newest_word(),
    )
    listed = select(contact.c.number_key).where(
        contact.c.principal == PRINCIPAL,
        contact.c.person != _NOBODY,
        _is_one_of(contact.c.person, persons, dialect),
        listed_now(),
    )
    found = union_all(itself, said, listed).subquery()
    return select(found.c.number_key)


def _is_one_of(person: ColumnElement[Any], persons: Persons, dialect: str) -> Condition:
    """Whether a person is among those of a JSON array."""
    if dialect == "sqlite":
        given = func.json_each(persons).table_valued("value")
        return person.in_(select(given.c.value))
    each = select(func.jsonb_array_elements_text(cast(persons, JSONB))).scalar_subquery()
    return person == any_(func.array(each, type_=ARRAY(Text)))


def _newest_word() -> Condition:
    """Whether a row of `customer` is the principal's newest on its number."""
    other = customer.alias("newer")
    return ~exists().where(
        other.c.principal == customer.c.principal,
        other.c.number_key == customer.c.number_key,
        or_(
            other.c.as_of > customer.c.as_of,
            and_(other.c.as_of == customer.c.as_of, other.c.list_version > customer.c.list_version),
        ),
        published(other.c.list_version),
    )


def listed_now() -> Condition:
    """Whether a row of `contact` is in a published list, and no newer version of that list has taken its place."""
    newer = exists().where(
        contact_list.c.campaign == contact.c.campaign,
        contact_list.c.list_id == contact.c.list_id,
        contact_list.c.list_version > contact.c.list_version,
        published(contact_list.c.list_version),
    )
    return and_(published(contact.c.list_version), ~newer)
