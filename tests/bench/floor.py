"""
How long the floor's figures take among a million verdicts and as many attempts, half of them of today, on both engines.

Twenty campaigns; three of ten calls are stopped, and every tenth call has a word on it. The hours are counted as the
sealer would have counted them. `GARBO_BENCH_CALLS` is how many calls (default 1,000,000).
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.table import Table
from sqlalchemy import text

from ari_app.policy.keyring import Keyring
from ari_app.ports.floor import Asked, Wanted
from ari_app.stores import installation
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.engine import StoreSettings, open_engine
from ari_app.stores.floor_figures import FloorFigures
from ari_app.stores.migrations import upgrade
from ari_app.stores.records import public
from ari_app.stores.seals import Seals
from tests.bench.history import databases
from tests.stores.samples import AUTUMN, SetClock, call, record, say, wanted

CALLS = int(os.environ.get("GARBO_BENCH_CALLS", "1_000_000"))
CAMPAIGNS = 20
LOOKS = 30
DAY = datetime(2026, 11, 24, tzinfo=UTC)
NOW = DAY + timedelta(hours=18)
_KEYRING = Keyring.from_secret(b"the bench's own key, and no secret")
_WAIT = timedelta(hours=1)
_CHUNK = 250_000
_COUNTED = {
    "sqlite": "WITH RECURSIVE c(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM c WHERE i + 1 < :last) {insert}"
    " FROM c",
    "postgresql": "{insert} FROM generate_series(cast(:first as bigint), cast(:last as bigint) - 1) i",
}
# Half of them within ten hours of today, the others in the days before.
_AT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', '2026-11-24 08:00:00', CASE i % 2 WHEN 0 THEN '+' || (i % 36000)"
    " ELSE '-' || (i % 2592000) END || ' seconds')",
    "postgresql": "timestamptz '2026-11-24 08:00:00+00' + (CASE i % 2 WHEN 0 THEN i % 36000 ELSE -(i % 2592000) END)"
    " * interval '1 second'",
}
_BYTES = {"sqlite": "CAST('k' || (i % 300000) AS BLOB)", "postgresql": "convert_to('k' || (i % 300000), 'UTF8')"}
_VERDICT = """
INSERT INTO verdict (call_id, principal, campaign, operator, number_key, verdict, mode, direction, decided_at, gate,
    public, digest, sealed_at)
SELECT 'C' || i, 'fastnet', 'c' || (i % 20), 'anna', {key}, CASE WHEN i % 10 < 7 THEN 'permit' ELSE 'deny' END,
    'enforce', 'outbound', {at}, 'garbo-a', :public, {key}, {at}
"""
_PUBLIC = public(record(call(), "deny"), b"")
_ATTEMPT = """
INSERT INTO attempt (principal, id, call_id, number_key, campaign, purpose, operator, at, state, outcome, disposition)
SELECT 'fastnet', 'C' || i, 'C' || i, {key}, 'c' || (i % 20), 'acquisition', 'anna', {at}, 'confirmed',
    CASE i % 4 WHEN 0 THEN 'answered' WHEN 1 THEN 'busy' ELSE 'no_answer' END,
    CASE WHEN i % 10 = 0 THEN 'refused' END
"""
_HOURS = """
INSERT INTO hour_count (hour, campaign, what, word, number)
SELECT decided_at, campaign, verdict, 'already_customer', count(*) FROM (SELECT {hour} AS decided_at, campaign, verdict
    FROM verdict) AS v GROUP BY 1, 2, 3
"""
_HOUR = {
    "sqlite": "strftime('%Y-%m-%d %H:00:00.000000', decided_at)",
    "postgresql": "date_trunc('hour', decided_at)",
}


def build(url: str) -> None:
    """Make the past."""
    engine = open_engine(StoreSettings(url=url, wait=_WAIT, create=True))
    upgrade(engine)
    engine.dispose()
    database = Database(StoreSettings(url=url, wait=_WAIT))
    dialect = database.engine.dialect.name
    try:
        installation.claim(database, _KEYRING.key_id)
        directory = Directory(database)
        directory.add_principal("fastnet", name="Fastnet", country="IT")
        for place in range(CAMPAIGNS):
            directory.add_campaign(replace(AUTUMN, id=f"c{place}"))
        directory.add_campaign(AUTUMN)
        for insert in (_VERDICT, _ATTEMPT):
            row = insert.format(key=_BYTES[dialect], at=_AT[dialect])
            values = {"public": _PUBLIC} if insert is _VERDICT else {}
            for start in range(0, CALLS, _CHUNK):
                last = min(start + _CHUNK, CALLS)
                _say(database, _COUNTED[dialect].format(insert=row), first=start, last=last, **values)
        _say(database, _HOURS.format(hour=_HOUR[dialect]))
        _say(database, "ANALYZE")
    finally:
        database.close()


def _say(database: Database, statement: str, **values: int | str) -> None:
    database.write(lambda connection: connection.execute(text(statement), values))


def measure(url: str) -> Iterator[tuple[str, float]]:
    """What is looked at, and milliseconds: the median."""
    database = Database.open(StoreSettings(url=url, wait=_WAIT))
    try:
        floor = FloorFigures(database, _KEYRING)
        silent = frozenset((f"c{place}", timedelta(days=30)) for place in range(CAMPAIGNS))
        day = Asked(day_began_at=DAY, day_ends_at=DAY + timedelta(days=1), now=NOW, silent=silent, gates=("garbo-a",))
        yield "all figures of the day", _median(lambda: floor.figures(day))
        today = Wanted(since=DAY, until=DAY + timedelta(days=1))
        yield "search: newest", _median(lambda: floor.find(today))
        yield (
            "search: a campaign's denials",
            _median(lambda: floor.find(replace(today, campaigns=frozenset({"c7"}), verdict="deny"))),
        )
        yield "search: what is not there", _median(lambda: floor.find(replace(today, verdict="defer")))
        yield "search: a number", _median(lambda: floor.find(replace(today, e164="+393330000001")))
        yield "a call", _median(lambda: floor.history("C4711"))
        yield "sealing and counting 100 verdicts", _sealing(database)
    finally:
        database.close()


def _median(look: Callable[[], object]) -> float:
    taken = []
    for _ in range(LOOKS):
        started = time.perf_counter()
        look()
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)[LOOKS // 2]


def _sealing(database: Database) -> float:
    book, seals = VerdictBook(database, _KEYRING), Seals(database, SetClock(NOW))

    taken = []
    for _ in range(5):
        for _ in range(100):
            request = call(at=NOW)
            book.judge(request, needs=wanted(request, locked=False), decide=say(request, "deny"))
        started = time.perf_counter()
        seals.seal("garbo-a", limit=100)
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)[2]


def tables() -> Iterator[Table]:
    """Medians on both engines."""
    table = Table(title=f"The floor among {CALLS:,} calls (GARBO_BENCH_CALLS), half of them today; medians")
    table.add_column("what is looked at")
    folder = Path(tempfile.mkdtemp(prefix="garbo-bench-floor-"))
    columns = {}
    try:
        with databases(folder) as urls:
            for engine, url in urls.items():
                build(url)
                columns[engine] = dict(measure(url))
                table.add_column(engine, justify="right")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name in next(iter(columns.values())):
        table.add_row(name, *(f"{found[name]:.1f} ms" for found in columns.values()))
    yield table
