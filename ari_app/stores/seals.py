"""
Seals: each gate's committed records in a chain, so that a changed, missing or inserted one shows.

The chain is made after the commits and not in them, since a chain inside concurrent transactions would make them wait
for one another. Digest n is sha256(digest n-1 || digest of record n); digest 0 is sha256 of the gate's name. What a
chain cannot show is that its own end was cut off: for that, keep a chain digest elsewhere.

Every record is sealed once, so who seals it also counts it (`hour_counts`).
"""

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, insert, literal, select, union_all, update

from ari_app.ports.clock import Clock
from ari_app.stores.database import Database
from ari_app.stores.hour_counts import count_sealed
from ari_app.stores.records import digest
from ari_app.stores.tables import outcome, seal, verdict

_RECORDS: dict[str, tuple[Table, str, tuple[str, ...]]] = {
    "verdict": (verdict, "decided_at", ("verdict", "campaign", "principal", "operator", "mode")),
    "outcome": (outcome, "ended_at", ("outcome",)),
}
"""Table, instant, and those columns that repeat what the public part says."""
_PAGE = 500

UNSEALED = {
    name: select(table.c.call_id, table.c.digest, table.c[instant].label("at"), literal(name).label("record"))
    .where(table.c.sealed_at.is_(None), table.c.gate == bindparam("gate"))
    .order_by(table.c[instant], table.c.call_id)
    .limit(bindparam("limit"))
    for name, (table, instant, _) in _RECORDS.items()
}


class Seals:
    """Sealing, periodically by each gate, and verifying, by anybody. Raises StoreUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self._database = database
        self._clock = clock

    def seal(self, gate: str, limit: int = 200) -> int:
        """
        Chain up to `limit` committed records of this gate, oldest first; how many there were.

        Keep the limit at some hundred: on SQLite verdicts wait meanwhile.
        """

        def work(connection: Connection) -> int:
            name = hashlib.sha256(b"garbo seal " + gate.encode()).digest()
            self._database.lock(connection, [int.from_bytes(name[:8], "big", signed=True)])
            rows = [
                row for query in UNSEALED.values() for row in connection.execute(query, {"gate": gate, "limit": limit})
            ]
            # A call's verdict goes before its outcome even where the clock was set back between them.
            rows.sort(key=lambda row: (row.at, row.record == "outcome", row.call_id))
            return self._chain(connection, gate, rows[:limit])

        return self._database.write(work)

    def verify(self) -> list[str]:
        """The first fault of each gate's chain, and of what is not sealed yet; empty: all is as it was written."""
        gates = self._database.read(
            lambda connection: connection.scalars(
                union_all(select(seal.c.gate), select(verdict.c.gate)).order_by("gate")
            ).all()
        )
        faults = (next(self._faults(gate), None) for gate in dict.fromkeys(gates))
        return [fault for fault in faults if fault is not None]

    def _chain(self, connection: Connection, gate: str, rows: list[Any]) -> int:
        last = connection.execute(
            select(seal.c.seq, seal.c.chain_digest).where(seal.c.gate == gate).order_by(seal.c.seq.desc()).limit(1)
        ).one_or_none()
        seq, chain = (last.seq, last.chain_digest) if last is not None else (0, _start(gate))
        now = self._clock.now()
        seals: list[dict[str, object]] = []
        for number, row in enumerate(rows, seq + 1):
            chain = _next(chain, row.digest)
            seals.append(
                {
                    "gate": gate,
                    "seq": number,
                    "record": row.record,
                    "call_id": row.call_id,
                    "record_digest": row.digest,
                    "chain_digest": chain,
                    "sealed_at": now,
                }
            )
        if seals:
            connection.execute(insert(seal), seals)
            count_sealed(connection, [(row.record, row.call_id) for row in rows])
        for name, (table, _, _) in _RECORDS.items():
            done = [{"sealed": row.call_id} for row in rows if row.record == name]
            if done:
                connection.execute(
                    update(table).where(table.c.call_id == bindparam("sealed")).values(sealed_at=now), done
                )
        return len(seals)

    def _faults(self, gate: str) -> Iterator[str]:
        chain, expected = _start(gate), 1
        while page := self._database.read(partial(_page, gate, expected)):
            for row in page:
                where = f"gate {gate}, seal {expected}"
                if row.seq != expected:
                    yield f"{where}: missing"
                    return
                chain = _next(chain, row.record_digest)
                if chain != row.chain_digest:
                    yield f"{where}: the chain is broken at the {row.record} of call {row.call_id}"
                    return
                if said := _fault(row, row.record_digest):
                    yield f"{where}: the {row.record} of call {row.call_id} {said}"
                    return
                expected += 1
        for row in self._database.read(lambda connection: _unsealed(connection, gate)):
            if said := _fault(row, row.digest):
                yield f"gate {gate}, not sealed yet: the {row.record} of call {row.call_id} {said}"


def _start(gate: str) -> bytes:
    return hashlib.sha256(gate.encode()).digest()


def _next(chain: bytes, record: bytes) -> bytes:
    return hashlib.sha256(chain + record).digest()


def _columns(name: str) -> list[Any]:
    table, _, repeated = _RECORDS[name]
    return [table.c.public, table.c.digest, *(table.c[column].label(f"column_{column}") for column in repeated)]


def _page(gate: str, after: int, connection: Connection) -> list[Any]:
    """The next seals of a gate, each with its record, or with NULLs if that is gone."""
    found: list[Any] = []
    for name, (table, _, _) in _RECORDS.items():
        found += connection.execute(
            select(
                seal.c.seq, seal.c.record, seal.c.call_id, seal.c.record_digest, seal.c.chain_digest, *_columns(name)
            )
            .outerjoin(table, table.c.call_id == seal.c.call_id)
            .where(seal.c.gate == gate, seal.c.seq >= after, seal.c.seq < after + _PAGE, seal.c.record == name)
        )
    return sorted(found, key=lambda row: row.seq)


def _unsealed(connection: Connection, gate: str) -> list[Any]:
    return [
        row
        for name, (table, _, _) in _RECORDS.items()
        for row in connection.execute(
            select(table.c.call_id, literal(name).label("record"), *_columns(name))
            .where(table.c.gate == gate, table.c.sealed_at.is_(None))
            .order_by(table.c.call_id)
        )
    ]


def _fault(row: Any, sealed: bytes) -> str | None:
    """What is wrong with a record: gone, altered, or with a column that says other than its public part."""
    if row.public is None:
        return "was deleted"
    if not digest(row.public) == row.digest == sealed:
        return "was altered"
    document = msgspec.json.decode(row.public)
    for column in _RECORDS[row.record][2]:
        if document[column] != getattr(row, f"column_{column}"):
            return f"says another {column} in its column than in its record"
    return None
