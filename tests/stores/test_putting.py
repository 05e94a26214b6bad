"""How batches of rows get into a version, on both engines."""

from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest
from sqlalchemy import Connection, func, select
from ulid import ULID

from ari_app.policy.held import CustomerStatus
from ari_app.ports.lists import ConsentRow, Counts, CustomerRow, ListFile, SuppressionRow
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.imports.ids import new_ids
from ari_app.stores.imports.inserting import insert_rows
from ari_app.stores.lists import SqlLists
from ari_app.stores.tables import consent, customer, suppression
from tests.stores.samples import KEYRING, MARIO, NOW, SetClock

DAY = timedelta(days=1)
OPT_OUT = SuppressionRow(e164=MARIO, scope="*", reason="opt_out", source="list", expires_at=NOW + DAY)


@pytest.fixture
def lists(database: Database) -> SqlLists:
    """Lists in a database with one principal."""
    Directory(database).add_principal("fastnet", name="Fastnet", country="IT")
    return SqlLists(database, KEYRING, SetClock())


def begun(lists: SqlLists, kind: str) -> int:
    """A version of fastnet's list of this kind."""
    return lists.begin(ListFile(kind=kind, principal="fastnet", file_name="x.csv", sha256=""))


def disk(connection: Connection) -> str:
    """How far a commit waits for the disk."""
    question = "PRAGMA synchronous" if connection.dialect.name == "sqlite" else "SHOW synchronous_commit"
    return str(connection.exec_driver_sql(question).scalar())


def test_only_what_is_unseen_is_not_waited_for(database: Database) -> None:
    """A transaction that writes unseen rows leaves the disk alone; the next on the same connection waits for it."""
    unseen, seen = ("1", "2") if database.engine.dialect.name == "sqlite" else ("off", "on")
    told = [database.write(disk), database.write_unseen(disk), database.write(disk), database.write_unseen(disk)]
    assert told == [seen, unseen, seen, unseen]


def test_a_batch_of_many_rows_of_one_number_is_put_whole(lists: SqlLists, database: Database) -> None:
    """However many transactions it takes, each row is compared with those before it."""
    given = [
        ConsentRow(e164=MARIO, purpose="marketing", given_at=NOW - place * timedelta(minutes=1))
        for place in range(6_000)
    ]
    others = [replace(given[0], e164=f"+39333{place:07d}") for place in range(6_000)]
    version = begun(lists, "consents")
    assert lists.put_consents(version, "fastnet", [*given, *others, *given]) == Counts(
        added=6_001, updated=5_999, unchanged=6_000
    )
    lists.publish(version, {})
    assert database.read(lambda c: c.scalar(select(func.count()).select_from(consent))) == 12_000
    again = begun(lists, "consents")
    assert lists.put_consents(again, "fastnet", [*others, *given]) == Counts(unchanged=12_000)


def test_what_the_database_refuses_publishes_nothing(lists: SqlLists, database: Database) -> None:
    """It is told at the latest by the publishing; then the version can be abandoned, and leaves nothing."""
    version = begun(lists, "customers")
    rows = [CustomerRow(e164=f"+39333{place:07d}", status=CustomerStatus.CURRENT) for place in range(12_000)]

    def put() -> None:
        lists.put_customers(version, "nobody", rows)
        lists.publish(version, {})

    with pytest.raises(StoreConflict, match="refused"):
        put()
    lists.abandon(version)
    assert lists.unpublished() == ()
    assert database.read(lambda c: c.scalar(select(func.count()).select_from(customer))) == 0


def test_a_version_that_is_gone_takes_no_rows(lists: SqlLists) -> None:
    """Whoever clears away what seems dead ends an import, and it is told so."""
    version = begun(lists, "suppressions")
    lists.put_suppressions(version, [OPT_OUT])
    lists.abandon(version)
    with pytest.raises(StoreConflict, match="abandoned"):
        lists.put_suppressions(version, [OPT_OUT])


def test_values_come_back_as_they_were_put(database: Database) -> None:
    """Instants, bytes, booleans, nothing, and text with whatever a file or a tab may hold, as SQLAlchemy reads them."""
    rows = [
        {
            "id": f"c{place}",
            "number_key": bytes(range(place, place + 16)),
            "key_id": "k",
            "scope": "*",
            "purpose": "all",
            "reason": reason,
            "source": "\\N \\. é \U0001f4de",
            "created_at": NOW,
            "expires_at": NOW + DAY if place else None,
            "list_version": 1,
        }
        for place, reason in enumerate(("a\tb\nc\rd", "", "'\"\\"))
    ]
    database.write(lambda connection: insert_rows(connection, suppression, rows))
    query = select(*(suppression.c[name] for name in rows[0])).order_by(suppression.c.id)
    found = database.read(lambda connection: [dict(row) for row in connection.execute(query).mappings()])
    assert found == rows


def test_ids_made_in_one_go_are_ulids_each_after_the_one_before() -> None:
    """Beyond what is counted in one go as well; two goes never meet."""
    some = list(islice(new_ids(), (1 << 20) + 5))
    assert some[: 1 << 20] == sorted(some[: 1 << 20])
    assert len(set(some)) == len(some)
    assert all(str(ULID.from_str(each)) == each for each in (*some[:3], *some[-7:]))
    assert next(new_ids())[:-4] != next(new_ids())[:-4]
