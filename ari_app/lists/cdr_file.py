"""A PBX's call detail records in the file that cdr_csv writes, Master.csv."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from ari_app.policy.cdr import COLUMNS, leg_of_record
from ari_app.policy.legs import TrunkLeg
from ari_app.policy.reading_legs import LegReader
from ari_app.ports.trunk_legs import LegSourceError

_FEWEST = 16


class CdrFile:
    """Implements ports.trunk_legs.LegSource."""

    name = "file"

    def __init__(self, path: Path, *, reader: LegReader, zone: tzinfo | None) -> None:
        """`zone` is whose clock the PBX writes by; None: this machine's."""
        self._path = path
        self._reader = reader
        self._zone = zone

    def legs(self, since: datetime, until: datetime) -> Sequence[TrunkLeg]:
        """As the port."""
        try:
            with self._path.open(newline="", encoding="utf-8", errors="replace") as file:
                return [leg for leg in self._all(file) if since <= leg.at < until]
        except OSError as error:
            raise LegSourceError(
                f"{self._path}: {error.strerror or error}; cdr_csv writes it, if it is loaded"
            ) from error

    def _all(self, lines: Iterator[str]) -> Iterator[TrunkLeg]:
        for number, row in enumerate(csv.reader(lines), start=1):
            if not row:
                continue
            if len(row) < _FEWEST:
                raise LegSourceError(
                    f"{self._path}:{number}: {len(row)} columns, and a record of cdr_csv has at least {_FEWEST}"
                )
            try:
                leg = leg_of_record(dict(zip(COLUMNS, row, strict=False)), "start", self._reader, self._zone)
            except ValueError as error:
                raise LegSourceError(f"{self._path}:{number}: start: {error}") from error
            if leg is not None:
                yield leg
