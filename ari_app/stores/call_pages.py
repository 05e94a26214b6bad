"""
Past calls for programs, newest first and page by page: each page goes on where the one before ended.

The place is the last call's instant and id, so that calls that come meanwhile move nothing. Of one principal they are
read campaign by campaign, along an index, a page of each: to find few calls not all others' shall be read.
"""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from itertools import islice

from sqlalchemy import Connection, Select, and_, or_, select

from ari_app.policy.keyring import Keyring
from ari_app.policy.record import VerdictRecord
from ari_app.ports.call_pages import Asked
from ari_app.stores.book import WHOLE
from ari_app.stores.database import Database
from ari_app.stores.records import rebuild
from ari_app.stores.tables import campaign, verdict


class SqlCallPages:
    """Implements ports.call_pages.CallPages."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring finds numbers."""
        self._database = database
        self._keyring = keyring

    async def page(self, asked: Asked, *, limit: int) -> Sequence[VerdictRecord]:
        """As the port."""
        query = self._query(asked).limit(limit)

        def work(connection: Connection) -> list[VerdictRecord]:
            if asked.principal is None or asked.campaign is not None or asked.e164 is not None:
                return _records(connection, query)
            theirs = connection.scalars(select(campaign.c.id).where(campaign.c.principal == asked.principal)).all()
            pages = [_records(connection, query.where(verdict.c.campaign == each)) for each in theirs]
            return list(islice(merge(*pages, key=_place, reverse=True), limit))

        return await self._database.on_reader(lambda: self._database.read(work))

    def _query(self, asked: Asked) -> Select[tuple[object, ...]]:
        found = WHOLE.order_by(verdict.c.decided_at.desc(), verdict.c.call_id.desc())
        if asked.since is not None:
            found = found.where(verdict.c.decided_at >= asked.since)
        if asked.until is not None:
            found = found.where(verdict.c.decided_at < asked.until)
        if asked.e164 is not None:
            found = found.where(verdict.c.number_key == self._keyring.number_key(asked.e164))
        if asked.campaign is not None:
            found = found.where(verdict.c.campaign == asked.campaign)
        if asked.principal is not None:
            found = found.where(verdict.c.principal == asked.principal)
        if asked.after is not None:
            at, call_id = asked.after
            before = and_(verdict.c.decided_at == at, verdict.c.call_id < call_id)
            found = found.where(verdict.c.decided_at <= at, or_(verdict.c.decided_at < at, before))
        return found


def _records(connection: Connection, query: Select[tuple[object, ...]]) -> list[VerdictRecord]:
    return [rebuild(row) for row in connection.execute(query).mappings()]


def _place(record: VerdictRecord) -> tuple[datetime, str]:
    return record.decided_at, record.call_id
