"""
A query to any SQL database as a source: rows stream in, and nothing is written there.

Whatever a driver says is told without the secrets of the URL.
"""

import hashlib
import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from ari_app.lists.cells import record_of
from ari_app.lists.errors import InputError, SourceError
from ari_app.lists.records import Record
from ari_app.lists.source import Opened, Unit

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Engine
    from sqlalchemy.engine import URL

_BUFFERED_ROWS = 1000
_HIDDEN = "***"
_SHORTEST_SECRET = 3
_PLAIN_OPTIONS = frozenset({"host", "port", "dbname", "user", "mode", "uri", "charset", "driver"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that gives rows. Its `repr` holds no URL, which may hold a password."""

    url: str = field(repr=False)
    """Of SQLAlchemy, as `postgresql://reader:SECRET@crm.example/crm`."""
    sql: str
    connect_within: timedelta = timedelta(seconds=10)
    name: str = field(init=False, default="sql")
    unit: Unit = field(init=False, default="row")
    left_out: tuple[str, ...] = field(init=False, default=())

    @property
    def sha256(self) -> str:
        """Of the query's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @contextmanager
    def opened(self, *, short: bool = False) -> Iterator[Opened]:  # noqa: ARG002  a row of a query lacks no cells
        """As the protocol. Raises InputError: the URL, its driver or the query will not do; SourceError."""
        url = _url(self.url)
        engine = _engine(url)
        held = ExitStack()
        try:
            with _told(url):
                result = held.enter_context(self._asked(held.enter_context(self._connected(engine))))
                rows = _Rows(result, url)
            header = Record(0, rows.names)
            yield Opened(header=header, records=rows.records, progress=lambda: (rows.read, 0), same=lambda: None)
        finally:
            with _told(url):
                held.close()
                engine.dispose()

    @contextmanager
    def _connected(self, engine: "Engine") -> Iterator["Connection"]:
        """
        A connection whose transaction is read-only where the database knows that, and is rolled back everywhere.

        Not every driver has a deadline of its own, so a thread connects and is left alone when it is late.
        """
        done: SimpleQueue[Connection | BaseException] = SimpleQueue()
        late = threading.Event()

        def connect() -> None:
            try:
                connection = engine.connect()
            except BaseException as failure:  # noqa: BLE001  handed to the thread that waits
                done.put(failure)
                return
            if late.is_set():
                connection.close()
            done.put(connection)

        threading.Thread(target=connect, name="garbo-sql", daemon=True).start()
        try:
            found = done.get(timeout=self.connect_within.total_seconds())
        except Empty:
            late.set()
            after = f"{self.connect_within.total_seconds():g} s"
            raise SourceError(f"--sql: the database did not take the connection within {after}") from None
        if isinstance(found, BaseException):
            raise found
        with found as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(postgresql_readonly=True)
            yield connection

    @contextmanager
    def _asked(self, connection: "Connection") -> Iterator["CursorResult[Any]"]:
        """The query's result, still on the server as far as its driver can do that."""
        if connection.dialect.name in ("mysql", "mariadb"):
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
            connection.rollback()
        # Without parameters a driver reads no per cent sign, and SQLAlchemy no colon, as the place of one.
        streamed = connection.execution_options(stream_results=True, max_row_buffer=_BUFFERED_ROWS, no_parameters=True)
        with streamed.exec_driver_sql(self.sql.strip().rstrip(";")) as result:
            if not result.returns_rows:
                raise InputError("--query: it gives no rows; write a SELECT that names a column for each field")
            yield result


class _Rows:
    """Rows as records, each with its number in the result, from 1."""

    def __init__(self, result: "CursorResult[Any]", url: "URL") -> None:
        self.read = 0
        self.names = list(result.keys())
        self._result, self._url = result, url

    def records(self, places: Collection[int]) -> Iterator[Record]:
        named = {place: self.names[place] for place in places}
        while True:
            with _told(self._url):
                row = self._result.fetchone()
            if row is None:
                return
            self.read += 1
            yield record_of(self.read, tuple(row), named)


def _url(text: str) -> "URL":
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise InputError("--sql: that is no URL of a database; write postgresql://user@host/database") from None
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        return url
    if not url.database or url.database == ":memory:":
        raise InputError("--sql: name the file, as sqlite:////absolute/path.db")
    plain = url.database if url.database.startswith("file:") else f"file:{quote(url.database)}"
    # A file that is not there is not made, and one that is there is not written to.
    return url.set(database=plain).update_query_dict({"mode": "ro", "uri": "true"})


def _engine(url: "URL") -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    except NoSuchModuleError:
        raise InputError(f"--sql: {url.drivername} is no kind of database that SQLAlchemy knows") from None
    except ModuleNotFoundError as failure:
        raise InputError(
            f"--sql: the driver for {url.drivername} is not installed: there is no module {failure.name}; install it "
            "beside Garbo, or name another one, as mysql+pymysql://"
        ) from None
    except (ArgumentError, ImportError, TypeError, ValueError) as failure:
        raise InputError(f"--sql: {without_secrets(str(failure), url)}") from None
    if engine.dialect.is_async:
        raise InputError(f"--sql: {url.drivername} is an asynchronous driver; name one that is not")
    return engine


@contextmanager
def _told(url: "URL") -> Iterator[None]:
    """What SQLAlchemy and its drivers raise, as ours; chained to nothing, since it may hold the URL."""
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

    try:
        yield
    except (OperationalError, InterfaceError) as failure:
        raise SourceError(f"--sql: {_first_line(failure, url)}") from None
    except DBAPIError as failure:
        raise InputError(f"--query: {_first_line(failure, url)}") from None
    except SQLAlchemyError as failure:
        raise InputError(f"--sql: {without_secrets(str(failure).splitlines()[0], url)}") from None


def _first_line(failure: "Any", url: "URL") -> str:
    """The first line only: databases put values of rows into the lines after it."""
    lines = str(failure.orig).strip().splitlines()
    return without_secrets(lines[0] if lines else type(failure.orig).__name__, url)


def without_secrets(text: str, url: "URL") -> str:
    """A message without the password of a URL, and without its options but for those that are no secret."""
    secrets = {str(url.password)} if url.password else set()
    for name, value in url.query.items():
        if name.lower() not in _PLAIN_OPTIONS:
            secrets |= {value} if isinstance(value, str) else set(value)
    spellings = {way(secret) for secret in secrets for way in (str, quote, quote_plus)}
    for secret in sorted(spellings, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, _HIDDEN)
    return text
