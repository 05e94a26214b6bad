"""
Whole transactions as plain functions, on the caller's thread or on the database's own.

The gate awaits `on_writer` and `on_reader`; the CLI calls the same functions straight. SQLite has exactly one writer
thread in a process (`writer`), so verdicts queue here and not in busy loops of the library, and one reader beside it.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

from sqlalchemy import BigInteger, Connection, Engine, bindparam, func, select

from ari_app.ports.verdicts import StoreUnavailable
from ari_app.stores.engine import READ_ONLY, UNSEEN, StoreSettings, open_engine
from ari_app.stores.errors import mapped
from ari_app.stores.migrations import check
from ari_app.stores.prepared import Prepared
from ari_app.stores.readers import Readers
from ari_app.stores.tables import installation
from ari_app.stores.writer import Writer

T = TypeVar("T")

_OF_READERS: dict[str, object] = {READ_ONLY: True}
_OF_LONE_STATEMENTS: dict[str, object] = _OF_READERS | {"isolation_level": "AUTOCOMMIT"}
"""On PostgreSQL each statement sees what is committed by then, in a transaction or not: two round trips are saved."""
_LOCK = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))
_LONG_LOG = 2048
"""Frames of 4 kB after which SQLite's log is made to begin anew, if it did not by itself."""
_PATIENCE_MS, _TRIES = 20, 5
"""As long as a transaction may be; between two tries others have their turn."""
_KEY = Prepared(select(installation.c.key_id))


class Database:
    """One database, its connections and its threads. Every store of a process shares one."""

    def __init__(self, settings: StoreSettings) -> None:
        """Connect to nothing yet; see `open`."""
        self.engine: Engine = open_engine(settings)
        self._key_id: str | None = None
        self._beside: list[ThreadPoolExecutor] = []
        self._is_sqlite = self.engine.dialect.name == "sqlite"
        self._unseen = self.engine.execution_options(**{UNSEEN: True})
        self._reading = self.engine.execution_options(**(_OF_READERS if self._is_sqlite else _OF_LONE_STATEMENTS))
        self._writer = Writer(self.engine) if self._is_sqlite else None
        self._readers = Readers(
            1 if self._is_sqlite else settings.threads, shared=self._reading if self._is_sqlite else None
        )

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
        for thread in self._beside:
            thread.shutdown()
        if self._writer is not None:
            self._writer.close()
        self._readers.close()
        self.engine.dispose()

    def thread_beside(self, name: str) -> ThreadPoolExecutor:
        """A thread of one's own for transactions that nobody waits for; `close` does."""
        thread = ThreadPoolExecutor(1, name)
        self._beside.append(thread)
        return thread

    def keep_to_key(self, key_id: str) -> None:
        """From now on every transaction that writes asks first whether the database still is this key's."""
        self._key_id = key_id

    def write(self, work: Callable[[Connection], T], *, asks_key: bool = True) -> T:
        """
        Run one transaction that may write, here and now; on SQLite's writer thread, a part of the one open there.

        `asks_key`: False where `work` itself reads the key with its facts. Raises StoreUnavailable, also when the key
        was rotated since this process began; StoreConflict.
        """
        shared = self._writer.connection if self._writer is not None else None
        if shared is not None:
            with mapped(), shared.begin_nested():
                self._need_key(shared, asks_key=asks_key)
                return work(shared)
        with mapped(), self.engine.begin() as connection:
            self._need_key(connection, asks_key=asks_key)
            return work(connection)

    def write_unseen(self, work: Callable[[Connection], T]) -> T:
        """
        As `write`, of what nobody sees before a later `write`: only with that is it surely on the disk.

        Raises StoreUnavailable, also when the key was rotated since this process began; StoreConflict.
        """
        with mapped(), self._unseen.begin() as connection:
            self._need_key(connection, asks_key=True)
            return work(connection)

    def read(self, work: Callable[[Connection], T]) -> T:
        """
        Run one transaction that only reads, here and now; on SQLite's reader thread, a part of the one open there.

        Raises StoreUnavailable.
        """
        shared = self._readers.connection
        if shared is not None:
            with mapped():
                return work(shared)
        with mapped(), self._reading.begin() as connection:
            return work(connection)

    def answers(self) -> None:
        """Return if the database answers, and still is this process's key's. Raises StoreUnavailable."""
        self.read(lambda connection: self._need_key(connection, asks_key=True))

    def _need_key(self, connection: Connection, *, asks_key: bool) -> None:
        if asks_key and self._key_id is not None:
            need_same_key(_KEY.run(connection, {}).scalar_one_or_none(), self._key_id)

    def checkpoint(self, *, long_frames: int = _LONG_LOG) -> None:
        """
        Move what SQLite's log holds into the file, without keeping a writer or a reader waiting; else nothing.

        For a gate, whose own connections leave it alone (`StoreSettings.checkpoints`): after a commit it would cost the
        verdict that happens to come then another write to the disk. Only of a log of `long_frames` the rest is moved
        while writers wait: under a steady load somebody always writes meanwhile, and it would never begin anew.
        """
        if self._is_sqlite and self._move_log() >= long_frames:
            any(self._move_rest("RESTART", patience_ms=_PATIENCE_MS) for _ in range(_TRIES))

    def wipe_log(self) -> None:
        """
        Let nothing that was erased stay readable in SQLite's log, as far as nobody reads it just now; else nothing.

        While somebody does, the gate's next checkpoints get there.
        """
        if self._is_sqlite:
            self._move_log()
            self._move_rest("TRUNCATE", patience_ms=0)

    def _move_log(self) -> int:
        """What SQLite's log holds, while others write; how many frames there were."""
        with mapped(), closing(self.engine.raw_connection()) as raw:
            cursor = raw.cursor()
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            _, frames, _ = cursor.fetchone() or (0, 0, 0)
            return int(frames)

    def _move_rest(self, mode: str, *, patience_ms: int) -> bool:
        """
        What was written since, while writers wait; True: nothing is left of it, and the log begins anew.

        Who writes or reads just now is waited for as long as told.
        """
        with mapped(), closing(self.engine.raw_connection()) as raw:
            cursor = raw.cursor()
            cursor.execute("PRAGMA busy_timeout")
            (wait,) = cursor.fetchone() or (0,)
            cursor.execute(f"PRAGMA busy_timeout={patience_ms}")  # to wait for a reader keeps every writer out
            cursor.execute(f"PRAGMA wal_checkpoint({mode})")
            busy, *_ = cursor.fetchone() or (1,)
            cursor.execute(f"PRAGMA busy_timeout={wait}")
            return not busy

    async def on_writer(self, work: Callable[[], T]) -> T:
        """
        Run a function that writes on a thread of the database.

        Cancelled before its turn it never runs; cancelled after, it runs to its end all the same.
        """
        if self._writer is None:
            return await self.on_reader(work, ahead=True)
        try:
            answer: Future[T] = self._writer.submit(work)
        except RuntimeError as error:  # the thread was shut down: the gate is stopping
            raise StoreUnavailable("the database is closed") from error
        return await asyncio.wrap_future(answer)

    async def on_reader(self, work: Callable[[], T], *, ahead: bool = False) -> T:
        """
        Run a function that only reads on a thread of the database; on SQLite it does not queue behind writers.

        `ahead`: before all that are not, because somebody waits on a line.
        """
        try:
            answer: Future[T] = self._readers.submit(work, ahead=ahead)
        except RuntimeError as error:
            raise StoreUnavailable("the database is closed") from error
        return await asyncio.wrap_future(answer)

    def lock(self, connection: Connection, numbers: Iterable[int]) -> None:
        """
        Hold these locks until the transaction ends, always taken in the same order.

        On SQLite nothing is to be done: `BEGIN IMMEDIATE` already holds the one lock there is.
        """
        if connection.dialect.name == "sqlite":
            return
        for number in sorted(set(numbers)):
            connection.execute(_LOCK, {"key": number})


def need_same_key(held: str | None, key_id: str) -> None:
    """
    Raise StoreUnavailable if the database is another key's by now.

    With the key that was rotated away no suppression would be found, and what is written with it would be lost. A
    database without a key was never opened by `installation.check`.
    """
    if held not in (None, key_id):
        raise StoreUnavailable(
            f"the key was rotated from {key_id} to {held} while this process ran; start it again with the new key file"
        )
