"""A PBX's call detail records in a table, as cdr_adaptive_odbc, cdr_pgsql or cdr_mysql write them."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import MetaData, Table, create_engine, select
from sqlalchemy.exc import SQLAlchemyError

from ari_app.policy.cdr import leg_of_record
from ari_app.policy.legs import TrunkLeg
from ari_app.policy.reading_legs import LegReader
from ari_app.ports.trunk_legs import LegSourceError

_NEEDED = ("channel", "dstchannel", "lastapp", "lastdata")
_STARTS = ("start", "calldate")


class CdrTable:
    """Implements ports.trunk_legs.LegSource."""

    name = "database"

    def __init__(self, url: str, table: str, *, reader: LegReader, zone: tzinfo | None) -> None:
        """`zone` is whose clock the PBX writes by, where its instants have none; None: this machine's."""
        self._url = url
        self._table = table
        self._reader = reader
        self._zone = zone

    def legs(self, since: datetime, until: datetime) -> Sequence[TrunkLeg]:
        """As the port."""
        try:
            engine = create_engine(self._url)
            try:
                with engine.connect() as connection:
                    table = Table(self._table, MetaData(), autoload_with=connection)
                    begun = self._column(table)
                    window = [at.astimezone(self._zone) for at in (since, until)]
                    if not getattr(begun.type, "timezone", False):
                        window = [at.replace(tzinfo=None) for at in window]
                    rows = connection.execute(select(table).where(begun >= window[0], begun < window[1])).mappings()
                    found = [leg_of_record(dict(row), begun.name, self._reader, self._zone) for row in rows]
            finally:
                engine.dispose()
        except SQLAlchemyError as error:
            raise LegSourceError(f"reconciliation.cdr_url: the CDR table cannot be read: {error}") from error
        return [leg for leg in found if leg is not None]

    def _column(self, table: Table) -> Any:
        missing = [name for name in _NEEDED if name not in table.c]
        start = next((name for name in _STARTS if name in table.c), None)
        if missing or start is None:
            wanted = ", ".join([*missing, *([] if start else [" or ".join(_STARTS)])])
            raise LegSourceError(f"reconciliation.cdr_table: {self._table} has no column {wanted}")
        return table.c[start]
