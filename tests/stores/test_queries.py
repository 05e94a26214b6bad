"""Rows of any database, on both engines: read as they stand, without writing there and without telling a password."""

import socket
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from ari_app.lists import ImportReport, ImportRequest, InputError, Query, SourceError, import_list
from ari_app.policy.held import CustomerStatus
from ari_app.ports.lists import CustomerRow
from tests.lists.stores import MemoryLists
from tests.stores.databases import Server

_FIVE_THOUSAND = """
    INSERT INTO many
    WITH RECURSIVE up (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up WHERE n < 4999) SELECT n FROM up
"""
A, B = "+393331234501", "+393331234502"
SECRET = "p:a/s@s'wörd-of-a-test"


@pytest.fixture
def crm(empty_url: str) -> str:
    """A brand's own database, with a table of its own making."""
    fill(
        empty_url,
        "CREATE TABLE clienti (tel TEXT, stato TEXT, dal DATE, quota NUMERIC(10, 2), cellulare BIGINT)",
        "INSERT INTO clienti VALUES ('+393331234501', 'attivo', '2025-01-31', 12.5, 3331234501)",
        "INSERT INTO clienti VALUES ('12', 'attivo', NULL, 3, 393331234501)",
        "INSERT INTO clienti VALUES ('+393331234502', 'rimosso', NULL, NULL, NULL)",
    )
    return empty_url


def fill(url: str, *statements: str) -> None:
    """Say something to a database."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg") if "postgres" in url else url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def bring(url: str, sql: str, **options: object) -> tuple[MemoryLists, ImportReport]:
    """What a query does to an empty store."""
    store = MemoryLists()
    query = Query(url=url, sql=sql, connect_within=timedelta(seconds=20))
    request = ImportRequest(kind="customers", query=query, region="IT", principal="fastnet", **options)  # type: ignore[arg-type]
    return store, import_list(store, request)


def test_a_query_is_a_list_like_any_other(crm: str) -> None:
    """Names of its columns are the header; rows have their numbers, and bad ones are rejected alone."""
    store, report = bring(crm, "SELECT tel AS telefono, stato, dal FROM clienti ORDER BY dal, tel;")
    assert (report.read, report.added, report.rejected, report.unit) == (3, 2, 1, "row")
    line, why = report.first_rejects[0]
    assert "too short" in why
    assert line in (1, 2, 3)
    first = store.visible[A, "fastnet"]
    assert isinstance(first, CustomerRow)
    assert (first.status, first.source, first.since and first.since.day) == (CustomerStatus.CURRENT, "sql", 31)
    assert store.files[1].file_name == "sql"
    assert len(store.files[1].sha256) == 64


def test_columns_of_a_query_are_mapped_and_numbers_are_their_digits(crm: str) -> None:
    """A number kept as a number has lost its plus, and a fraction is no number; only columns that are read count."""
    sql = "SELECT cellulare AS chi, stato AS come, quota FROM clienti WHERE cellulare IS NOT NULL ORDER BY 1"
    store, report = bring(crm, sql, mapping={"chi": "number", "come": "status"})
    assert [number for number, _ in store.visible] == [A]
    assert "lost the plus" in report.first_rejects[0][1]
    _, report = bring(crm, sql, mapping={"quota": "number", "come": "status"})
    faults = [why for _, why in report.first_rejects]
    assert faults[0].startswith("quota: the number 12.5")
    assert faults[0].endswith("has a fraction: keep the column as text")
    assert "too short" in faults[1]


def test_signs_of_other_languages_are_left_alone(crm: str) -> None:
    """A colon or a per cent sign in a query is no place of a parameter."""
    store, _ = bring(crm, "SELECT tel AS number, 'attivo' AS status, ' :x' AS y FROM clienti WHERE tel LIKE '%501'")
    assert [number for number, _ in store.visible] == [A]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT telefono FROM clienti", "telefono"),
        ("SELECT tel FROM nowhere", "nowhere"),
        ("SELECT tel FROM clienti", "no column for status"),
        ("SELEKT", "--"),
        ("DELETE FROM clienti", "--"),
        ("INSERT INTO clienti (tel) VALUES ('x')", "--"),
        ("DROP TABLE clienti", "--"),
    ],
)
def test_a_query_that_gives_no_list_is_refused_and_nothing_is_written(crm: str, sql: str, said: str) -> None:
    """With what the database said to it."""
    with pytest.raises((InputError, SourceError), match=said):
        bring(crm, sql)
    store, _ = bring(crm, "SELECT tel AS number, 'attivo' AS status FROM clienti")
    assert len(store.visible) == 2


def test_many_rows_stream(empty_url: str) -> None:
    """More than are held at once, each with its number."""
    fill(empty_url, "CREATE TABLE many (n INTEGER)", _FIVE_THOUSAND)
    sql = "SELECT 3330000000 + n AS number, CASE n WHEN 4321 THEN 'x' ELSE 'current' END AS status FROM many ORDER BY n"
    _, report = bring(empty_url, sql)
    assert (report.read, report.added, [line for line, _ in report.first_rejects]) == (5000, 4999, [4322])


def test_a_database_that_breaks_off_is_told(postgresql_server: Server) -> None:
    """Nothing is taken of what came before."""
    url = postgresql_server.create(empty=True)
    sql = """
        SELECT '+393331234501' AS number, 'current' AS status FROM generate_series(1, 20000) AS n
        WHERE n < 15000 OR pg_terminate_backend(pg_backend_pid())
    """
    with pytest.raises(SourceError, match="--sql: "):
        bring(url, sql)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """To read a database is not to begin one."""
    with pytest.raises(SourceError, match="unable to open"):
        bring(f"sqlite:///{tmp_path}/none.db", "SELECT 1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "is no URL"),
        ("sqlite://", "name the file"),
        ("foxpro://x/y", "foxpro is no kind of database"),
        ("mssql+pyodbc://x/y", "driver for mssql.pyodbc is not installed: there is no module pyodbc"),
        ("sqlite+aiosqlite:///x.db", "aiosqlite"),
    ],
)
def test_a_database_that_cannot_be_meant_is_refused(url: str, said: str) -> None:
    """With what would be right."""
    with pytest.raises(InputError, match=said):
        bring(url, "SELECT 1")


def test_no_message_holds_a_secret(postgresql_server: object, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither the password in any spelling nor an option of the URL that may be one, whoever repeats it."""
    from urllib.parse import quote, quote_plus

    url = f"postgresql://reader:{quote(SECRET, safe='')}@127.0.0.1:1/crm"
    for each in (
        url,
        f"{url}?sslpassword=hidden-of-a-test",
        f"{url}?{SECRET}=1",
        f"{url}?options=-c%20x={SECRET[-4:]}",
    ):
        query = Query(url=each, sql="SELECT 1")
        assert SECRET not in repr(query)
        with pytest.raises((InputError, SourceError)) as caught:
            bring(each, "SELECT 1")
        told = "".join(
            (str(caught.value), repr(caught.value), *map(str, (caught.value.__cause__,)), *capfd.readouterr())
        )
        for secret in (SECRET, quote(SECRET), quote_plus(SECRET), quote(SECRET, safe=""), "hidden-of-a-test"):
            assert secret not in told


def test_a_database_that_does_not_answer_is_given_up() -> None:
    """Whatever its driver waits for: a port that takes a connection and is silent."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://reader@127.0.0.1:{silent.getsockname()[1]}/crm"
        query = Query(url=url, sql="SELECT 1", connect_within=timedelta(seconds=0.3))
        request = ImportRequest(kind="customers", query=query, region="IT", principal="fastnet")
        with pytest.raises(SourceError, match=r"did not take the connection within 0\.3 s"):
            import_list(MemoryLists(), request)


def test_a_list_comes_from_one_place() -> None:
    """A file or a query, never both or neither."""
    query = Query(url="sqlite:///x.db", sql="SELECT 1")
    given: Sequence[dict[str, object]] = ({}, {"path": Path("x"), "query": query}, {"query": query, "sheet": "x"})
    for each in given:
        with pytest.raises(InputError, match=r"a FILE or from a database|--sheet x"):
            ImportRequest(kind="customers", region="IT", **each)  # type: ignore[arg-type]


def test_contacts_of_a_query_name_their_lists(crm: str) -> None:
    """There is no file's name to know the list by, and another query must not take its place unseen."""
    query = Query(url=crm, sql=f"SELECT '{A}' AS number, '' AS lista UNION ALL SELECT '{B}', 'autunno' ORDER BY 1")
    request = ImportRequest(kind="contacts", query=query, region="IT", principal="fastnet", campaign="adsl")
    store = MemoryLists()
    report = import_list(store, request)
    assert (list(store.visible), report.rejected) == ([(B, "autunno")], 1)
    assert "list_id is missing" in report.first_rejects[0][1]
