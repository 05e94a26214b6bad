"""
How long `garbo check --list` takes over a million contacts, as a real process, with core and with the Italian pack.

The database holds a suppression, a screening and an approved contact for each of so many numbers: a tenth of the list
has opted out, a twentieth is listed, a twenty-fifth are customers. Besides there is a register of 30 million numbers,
which no rule goes by, but which is looked up. Inside and outside of the calling hours: there every row waits for an
instant.

`GARBO_BENCH_CONTACTS` (default 1,000,000) and `GARBO_BENCH_REGISTER` (default 30,000,000) size it.
"""

import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ari_app.config import create_key_file, load_settings
from ari_app.main import upgrade_database
from ari_app.main.books import open_keyed
from ari_app.policy.keyring import Keyring
from ari_app.stores.directory import Directory
from tests.fakes.world import campaign

CONTACTS = int(os.environ.get("GARBO_BENCH_CONTACTS", "1_000_000"))
REGISTER = int(os.environ.get("GARBO_BENCH_REGISTER", "30_000_000"))
RUNS = 3
_PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("GARBO_")}
_CORE, _IT = "autumn", "autumn-it"
_INSIDE, _OUTSIDE = "2026-11-24T10:00:00Z", "2026-11-24T22:00:00Z"
_VERSION = """
INSERT INTO list_version (id, kind, file_name, sha256, started_at, published_at)
VALUES (101, 'bench', '', '', '2026-11-24 00:00:00.000000', '2026-11-24 00:00:00.000000')
"""
_SUPPRESSION = """
INSERT INTO suppression (id, number_key, key_id, scope, purpose, reason, source, created_at, list_version)
VALUES (?, ?, ?, '*', 'marketing', 'opt_out', 'web', '2026-11-24 00:00:00.000000', 101)
"""
_SCREENING = """
INSERT INTO screening (principal, number_key, register, batch, answer, answered_at, answered_said_by, valid_until,
    list_version)
VALUES ('lumina', ?, 'RPO', 'b', ?, '2026-11-24 00:00:00.000000', 'bench', '2026-12-09 00:00:00.000000', 101)
"""
_CUSTOMER = """
INSERT INTO customer (principal, number_key, status, products, as_of, list_version)
VALUES ('lumina', ?, 'current', '[]', '2026-11-24 00:00:00.000000', 101)
"""
_CONTACT = """
INSERT INTO contact (principal, campaign, number_key, list_id, list_source, approved_by, imported_at, listed, person,
    list_version)
VALUES ('lumina', ?, ?, 'l', 'fair', 'dpo', '2026-11-24 00:00:00.000000', 1, ?, 101)
"""
_CONTACT_LIST = "INSERT INTO contact_list (campaign, list_id, list_version) VALUES (?, 'l', 101)"
_CALLER_ID = """
INSERT INTO caller_id (range_start, range_end, owner, registered_in, list_version)
VALUES ('+390212345000', '+390212345999', ?, 'ROC', 101)
"""
_ROWS = 10_000


@dataclass(frozen=True)
class Run:
    """One run."""

    seconds: float
    cpu_s: float
    """Of all its processes."""
    peak_mb: float
    """Of all its processes, each at its own worst."""


def measure() -> Iterator[tuple[str, str, list[Run]]]:
    """By packs and hour: the runs."""
    with tempfile.TemporaryDirectory(prefix="garbo-bench-list-") as place:
        folder = Path(place)
        build(folder)
        load_register(folder)
        beside = f"; register of {REGISTER:,}"
        for name, packs in ((_CORE, "core"), (_IT, f"core, it{beside}")):
            for at, hour in ((_INSIDE, "inside"), (_OUTSIDE, "outside")):
                yield packs, hour, [run(folder, name, at) for _ in range(RUNS)]


def build(folder: Path) -> None:
    """An installation with its lists, filled by SQL: importing them is measured elsewhere."""
    create_key_file(folder / "garbo.key")
    (folder / "garbo.toml").write_text("")
    settings = load_settings(folder / "garbo.toml", {})
    upgrade_database(settings)
    database, keyring = open_keyed(settings)
    directory = Directory(database)
    directory.add_principal("lumina", name="Lumina (invented)", country="IT")
    directory.add_campaign(campaign(id=_CORE, packs=()))
    directory.add_campaign(campaign(id=_IT, packs=("it",)))
    database.close()
    choose = random.Random(1)  # noqa: S311  which numbers there are
    contacts = choose.sample(range(393_330_000_000, 393_399_999_999), CONTACTS)
    strangers = choose.sample(range(393_400_000_000, 393_459_999_999), CONTACTS - CONTACTS // 10)
    connection = sqlite3.connect(folder / "garbo.db")
    connection.execute("PRAGMA synchronous=OFF")
    _fill(connection, keyring, contacts, strangers)
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()
    choose.shuffle(contacts)
    with (folder / "list.csv").open("w", encoding="utf-8") as file:
        file.write("name,phone,city\n")
        for place, number in enumerate(contacts):
            inland = str(number)[2:]
            spellings = (f"+{number}", inland, f"0039{inland}", f"{inland[:3]} {inland[3:]}")
            file.write(f"Person {place},{spellings[place % 4]},Città\n")


def _fill(connection: sqlite3.Connection, keyring: Keyring, contacts: list[int], strangers: list[int]) -> None:
    keys = [keyring.number_key(f"+{number}") for number in contacts]
    others = [keyring.number_key(f"+{number}") for number in strangers]
    connection.execute(_VERSION)
    for statement, rows in (
        (_SUPPRESSION, ((f"S{n}", key, keyring.key_id) for n, key in enumerate(keys[: len(keys) // 10] + others))),
        (_SCREENING, ((key, "clear" if place % 20 else "listed") for place, key in enumerate(keys))),
        (_CUSTOMER, ((key,) for key in keys[5::25])),
        (_CONTACT, ((name, key, f"p{n}") for name in (_CORE, _IT) for n, key in enumerate(keys))),
        (_CONTACT_LIST, ((name,) for name in (_CORE, _IT))),
        (_CALLER_ID, (("lumina",),)),
    ):
        connection.executemany(statement, rows)
    connection.commit()


def load_register(folder: Path) -> None:
    """A whole register beside the screenings, none of whose numbers is in the list."""
    with (folder / "register.txt").open("w", encoding="ascii") as file:
        first = 393_460_000_000
        for start in range(first, first + REGISTER, _ROWS):
            file.write("".join(f"+{number}\n" for number in range(start, min(start + _ROWS, first + REGISTER))))
    subprocess.run(garbo("register", "load", "RPO", "register.txt"), cwd=folder, env=_PLAIN, check=True)
    (folder / "register.txt").unlink()


def run(folder: Path, name: str, at: str) -> Run:
    """One run, as a user starts it."""
    started = time.perf_counter()
    command = garbo("check", "--list", "list.csv", "--campaign", name, "--at", at, "-o", "out.csv", "--json")
    with (folder / "notes").open("w") as notes:
        process = subprocess.Popen(command, cwd=folder, env=_PLAIN, stdout=subprocess.DEVNULL, stderr=notes)
    worst: dict[int, float] = {}
    while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        _sample(process.pid, worst)
        time.sleep(0.05)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the list was not judged: {(folder / 'notes').read_text()}")
    return Run(time.perf_counter() - started, used.ru_utime + used.ru_stime, sum(worst.values()))


def _sample(pid: int, worst: dict[int, float]) -> None:
    """The worst so far of a process and those that it has started, in megabytes."""
    try:
        told = Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1]
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return  # it has ended just now
    worst[pid] = int(told.split()[0]) / 1024
    for child in children:
        _sample(int(child), worst)


def garbo(*words: str) -> list[str]:
    """The command."""
    return [sys.executable, "-m", "ari_app", *words]


def table() -> Table:
    """Everything, measured."""
    made = Table(title=f"garbo check --list, {CONTACTS:,} contacts (GARBO_BENCH_CONTACTS), medians of {RUNS}")
    made.add_column("packs")
    made.add_column("calling hours")
    for column in ("time", "rows/s", "CPU of all", "memory of all"):
        made.add_column(column, justify="right")
    for packs, hour, runs in measure():
        seconds = statistics.median(each.seconds for each in runs)
        cpu = statistics.median(each.cpu_s for each in runs)
        peak = max(each.peak_mb for each in runs)
        made.add_row(packs, hour, f"{seconds:.1f} s", f"{CONTACTS / seconds:,.0f}", f"{cpu:.1f} s", f"{peak:,.0f} MB")
    return made


if __name__ == "__main__":
    Console(width=120).print(table())
