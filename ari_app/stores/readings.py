"""
Which version of which script an operator has read.

What an operator has to read first a verdict is told with the operator (`admission`).
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import BindParameter, Connection, Select, Text, bindparam, exists, func, insert, select, union

from ari_app.policy.scripts.routing import DEFAULT_SCRIPT
from ari_app.ports.clock import Clock
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.own_campaigns import own_campaigns
from ari_app.stores.tables import campaign, campaign_route, operator, script, script_read


class Readings:
    """Implements desk.ReadingStore; each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self._database = database
        self._clock = clock

    def read(self, operator_id: str, script_id: str, version: str) -> None:
        """As the protocol says."""

        def work(connection: Connection) -> None:
            this = {"operator": operator_id, "script": script_id, "version": version}
            kept = (script.c.id == script_id, script.c.version == version)
            if not connection.scalar(select(exists().where(*kept))):
                raise StoreConflict(f"script {script_id} has no version {version}")
            # One who is there twice (two windows) waits for themselves, and is then seen to have read.
            if connection.scalar(select(operator.c.id).where(operator.c.id == operator_id).with_for_update()) is None:
                raise StoreConflict(f"there is no operator {operator_id}")
            if not _has_read(connection, operator_id, script_id, version):
                connection.execute(insert(script_read), {**this, "read_at": self._clock.now()})

        self._database.write(work)

    def has_read(self, operator_id: str, script_id: str, version: str) -> bool:
        """As the protocol says."""
        return self._database.read(lambda connection: _has_read(connection, operator_id, script_id, version))

    def unread(self, operator_id: str) -> Mapping[str, str]:
        """As the protocol says."""
        this = {"operator": operator_id}
        return self._database.read(
            lambda connection: {row.id: row.version for row in connection.execute(_ALL_UNREAD, this)}
        )

    def readers(self, script_id: str, version: str) -> Mapping[str, datetime]:
        """As the protocol says."""
        query = (
            select(script_read.c.operator, script_read.c.read_at)
            .where(script_read.c.script == script_id, script_read.c.version == version)
            .order_by(script_read.c.operator)
        )
        return self._database.read(lambda connection: {row.operator: row.read_at for row in connection.execute(query)})


def _has_read(connection: Connection, operator_id: str, script_id: str, version: str) -> bool:
    this = exists().where(
        script_read.c.operator == operator_id, script_read.c.script == script_id, script_read.c.version == version
    )
    return bool(connection.scalar(select(this)))


def _scripts_of(operator_id: BindParameter[str]) -> Select[tuple[str]]:
    """Every script that a call of theirs may come to: by the campaign, its routes, its customers and its offers."""
    mine = own_campaigns(operator_id)
    offered = select(campaign.c.offers).where(campaign.c.id.in_(mine), campaign.c.offers.is_not(None))
    either = campaign.c.id.in_(mine) | campaign.c.id.in_(offered)
    named = union(
        select(func.coalesce(campaign.c.script, DEFAULT_SCRIPT)).where(either),
        select(campaign.c.care_script).where(either, campaign.c.care_script.is_not(None)),
        select(campaign_route.c.script).where(
            campaign_route.c.campaign.in_(mine) | campaign_route.c.campaign.in_(offered)
        ),
    ).subquery()
    return select(named.c[0])


_OPERATOR: BindParameter[str] = bindparam("operator", type_=Text)
_ALL_UNREAD = (
    select(script.c.id, script.c.version)
    .where(
        script.c.id.in_(_scripts_of(_OPERATOR)),
        script.c.current,
        script.c.must_read,
        ~exists().where(
            script_read.c.operator == _OPERATOR,
            script_read.c.script == script.c.id,
            script_read.c.version == script.c.version,
        ),
    )
    .order_by(script.c.id)
)
"""Made once: every look of an idle desk asks for it, and to make it costs ten times what it takes to run it."""
