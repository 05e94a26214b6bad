"""
Whole transactions as plain functions, on the caller's thread or on the database's own.

The gate awaits `on_writer` and `on_reader`; the CLI calls the same functions straight. SQLite has exactly one writer
thread in a process, so verdicts queue here and not in busy loops of the library, and one reader beside it.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import BigInteger, Connection, Engine, bindparam, func, select

from ari_app.ports.verdicts import StoreUnavailable
from ari_app.stores.engine import READ_ONLY, StoreSettings, open_engine
from ari_app.stores.errors import mapped
from ari_app.stores.migrations import check

T = TypeVar("T")

_LOCK = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))


class Database:
    """One database, its connections and its threads. Every store of a process shares one."""

    def __init__(self, settings: StoreSettings) -> None:
        """Connect to nothing yet; see `open`."""
        self.engine: Engine = open_engine(settings)
        self._reading = self.engine.execution_options(**{READ_ONLY: True})
        if self.engine.dialect.name == "sqlite":
            self._writer = ThreadPoolExecutor(1, "garbo-writer")
            self._reader = ThreadPoolExecutor(1, "garbo-reader")
        else:
            self._writer = self._reader = ThreadPoolExecutor(settings.threads, "garbo-database")

    @classmethod
    def open(cls, settings: StoreSettings) -> "Database":
        """The database, once its schema is seen to be this program's. Raises SchemaError, StoreUnavailable."""
        database = cls(settings)
        try:
            check(database.engine)
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Let running transactions finish, then close every connection."""
        self._writer.shutdown()
        self._reader.shutdown()
        self.engine.dispose()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run one transaction that may write, here and now. Raises StoreUnavailable, StoreConflict."""
        with mapped(), self.engine.begin() as connection:
            return work(connection)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run one transaction that only reads, here and now. Raises StoreUnavailable."""
        with mapped(), self._reading.begin() as connection:
            return work(connection)

    def answers(self) -> None:
        """Return if the database answers. Raises StoreUnavailable."""
        self.read(lambda connection: connection.execute(select(1)).scalar())

    async def on_writer(self, work: Callable[[], T]) -> T:
        """
        Run a function that writes on a thread of the database.

        Cancelled before its turn it never runs; cancelled after, it runs to its end all the same.
        """
        return await _on(self._writer, work)

    async def on_reader(self, work: Callable[[], T]) -> T:
        """Run a function that only reads on a thread of the database; on SQLite it does not queue behind writers."""
        return await _on(self._reader, work)

    def lock(self, connection: Connection, numbers: Iterable[int]) -> None:
        """
        Hold these locks until the transaction ends, always taken in the same order.

        On SQLite nothing is to be done: `BEGIN IMMEDIATE` already holds the one lock there is.
        """
        if connection.dialect.name == "sqlite":
            return
        for number in sorted(set(numbers)):
            connection.execute(_LOCK, {"key": number})


async def _on(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    try:
        future = asyncio.get_running_loop().run_in_executor(threads, work)
    except RuntimeError as error:  # the pool was shut down: the gate is stopping
        raise StoreUnavailable("the database is closed") from error
    return await future
