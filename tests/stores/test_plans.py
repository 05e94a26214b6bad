"""How both engines run what runs with every verdict, at every end of a call, and every few seconds."""

from typing import Any

import pytest
from sqlalchemy import select

from ari_app.policy.facts import FACT_NAMES
from ari_app.stores import bulk, closing, history, live_calls
from ari_app.stores.book import OPEN
from ari_app.stores.database import Database
from ari_app.stores.keeping import is_on
from ari_app.stores.prepared import Prepared
from ari_app.stores.rotation import KEYED
from ari_app.stores.seals import UNSEALED
from ari_app.stores.tables import metadata
from tests.stores.samples import NOW

FACT_INDEXES = (
    "ix_suppression_number_key",
    "pk_customer",
    "ix_attempt_history",
    "ix_attempt_one_off_permit",
    "ix_attempt_campaign_at",
    "ix_consent_principal_number_key",
    "pk_screening",
    "pk_contact",
    "pk_contact_list",
    "ix_one_off_permit_principal_number_key",
    "ix_callback_principal_number_key_due_at",
    "ix_flag_principal_number_key",
    "pk_caller_id",
    "pk_campaign_hour",
)
GIVEN: dict[str, Any] = {
    **dict.fromkeys(("number_key", "of_number"), b"k" * 16),
    **dict.fromkeys(("everywhere", "by_principal", "by_campaign", "principal", "campaign", "caller_id"), "p"),
    **dict.fromkeys(("call_id", "besides", "of_call", "of_principal", "gate", "done_in", "state", "outcome"), "p"),
    **dict.fromkeys(("now", "since", "day_ago", "window_0", "window_1", "done_at", "confirmed_at"), NOW),
    "persons": '["p-1"]',
    "talked_s": 1.5,
    "limit": 10,
}


def plan(database: Database, statement: Prepared, given: dict[str, Any] | None = None) -> str:
    """How the engine would run it, if it would rather not read tables whole."""
    engine = database.engine.dialect.name
    query, values = statement.bound(engine, GIVEN | (given or {}))
    with database.engine.begin() as connection:
        if engine == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if engine == "sqlite" else "EXPLAIN "
        return "\n".join(str(row) for row in connection.exec_driver_sql(explain + query, values))


def facts(database: Database, *, by_person: bool) -> Prepared:
    """The statement that reads every fact."""
    engine = database.engine.dialect.name
    return history.facts_statement(engine, frozenset(FACT_NAMES), by_person=by_person, windows=2)


def whole_tables(plan: str) -> set[str]:
    """
    Tables that a plan reads from one end to the other.

    Not `list_version`: it holds a row an import, and PostgreSQL would rather read it once than look up many. Nor
    `installation`, which is one row.
    """
    lines = [line for line in plan.splitlines() if "USING INDEX" not in line and "USING COVERING INDEX" not in line]
    read = {
        name for name in metadata.tables for line in lines if f"SCAN {name}'" in line or f"Seq Scan on {name} " in line
    }
    return read - {"list_version", "installation"}


def uses(database: Database, plan: str, index: str) -> bool:
    """Whether an index takes part; SQLite gives that of a primary key a name of its own."""
    if database.engine.dialect.name == "sqlite" and index.startswith("pk_"):
        return f"sqlite_autoindex_{index.removeprefix('pk_')}_1" in plan
    return index in plan


@pytest.mark.parametrize("by_person", [False, True])
def test_facts_are_read_by_their_indexes(database: Database, by_person: bool) -> None:
    """The one statement of a verdict reads no table whole, also where it follows persons."""
    found = plan(database, facts(database, by_person=by_person))
    assert [index for index in FACT_INDEXES if not uses(database, found, index)] == []
    assert whole_tables(found) == set()
    if by_person:
        assert "ix_customer_person" in found
        assert "ix_contact_person" in found


@pytest.mark.parametrize("by_person", [False, True])
def test_facts_of_a_list_are_read_by_the_same_indexes(database: Database, by_person: bool) -> None:
    """Number by number, however many there are: the keys of the list lead to the rows."""
    engine = database.engine.dialect.name
    own = frozenset(FACT_NAMES) - {"caller_ids", "silent_calls"}
    asked = {"keys": b"k" * 32, "size": 16, "persons": '[["p-1"],[]]'}
    if engine == "postgresql":
        asked = {"keys": [b"k" * 16, b"l" * 16], "persons": ['["p-1"]', "[]"]}
    found = plan(database, bulk.list_statement(engine, own, by_person=by_person), asked)
    indexes = set(FACT_INDEXES) - {"pk_caller_id", "pk_campaign_hour"}
    assert [index for index in sorted(indexes) if not uses(database, found, index)] == []
    assert whole_tables(found) <= {"installation"}  # which has one row
    found = plan(database, bulk.PERSONS_OF_MANY, asked)
    assert uses(database, found, "pk_contact")
    assert whole_tables(found) == set()


@pytest.mark.parametrize("principal", [None, "fastnet"])
def test_what_is_on_a_number_is_found_by_its_indexes(database: Database, principal: str | None) -> None:
    """For an erasure, which holds SQLite's writer: no table is read whole, whether a principal is named or not."""
    for table in KEYED:
        if "principal" in table.c:
            query = Prepared(select(table.c.number_key).where(*is_on(table, b"key", principal)))
            assert whole_tables(plan(database, query)) - {"principal"} == set(), table.name


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (history.PERSONS, "pk_contact"),
        (closing.CALL, "pk_verdict"),
        (closing.KEEP_PROMISES, "ix_callback_"),
        (Prepared(OPEN), "ix_attempt_open"),
        (Prepared(UNSEALED["verdict"]), "ix_verdict_unsealed"),
        (Prepared(UNSEALED["outcome"]), "ix_outcome_unsealed"),
    ],
)
def test_hot_statements_use_their_index(database: Database, statement: Prepared, index: str) -> None:
    """What runs with every verdict, and what runs every few seconds, never reads a table whole."""
    found = plan(database, statement)
    assert uses(database, found, index)
    assert whole_tables(found) == set()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (live_calls.SINCE, "ix_live_call_changed_at"),
        (live_calls.OPEN_SINCE, "ix_live_call_open"),
        (live_calls.NEWEST, "ix_live_call_operator_decided_at"),
        (live_calls.OLD, "ix_live_call_changed_at"),
    ],
)
def test_what_desks_read_a_few_times_a_second_goes_by_an_index(database: Database, statement: Any, index: str) -> None:
    """However many calls of the last days are kept."""
    given = {"changed_at": NOW, "changed_before": NOW, "operator": "anna"}
    told = plan(database, Prepared(statement), given)
    assert whole_tables(told) == set()
    assert uses(database, told, index)
