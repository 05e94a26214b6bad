"""
What an operator is told beside the script, in one transaction: the facts as verdicts see them, names, notes, needs.

Each query goes by principal and number, or by the ids of the few calls that are told; another principal's history is
never looked at.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, select

from ari_app.policy.attempts import Attempt
from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Facts, Known
from ari_app.policy.keyring import Keyring
from ari_app.policy.needs import Needs
from ari_app.policy.numbers import Number
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest, Door
from ari_app.ports.stories import OnRecord, PastCall
from ari_app.stores.admission import campaign_by_id, operator_by_id
from ari_app.stores.database import Database
from ari_app.stores.history import facts_of
from ari_app.stores.needs import NEEDS_OF, need_from
from ari_app.stores.person_queries import listed_now
from ari_app.stores.tables import contact, disposition, operator

_TOLD = Needs(facts=frozenset({"customer", "consents", "contacts", "flags", "callbacks", "attempts"}))
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
# Statements are made once: to make one costs more than to run it.
_NAMED = (
    select(contact.c.name, contact.c.person)
    .where(
        contact.c.principal == bindparam("principal"),
        contact.c.number_key == bindparam("number"),
        contact.c.imported_at > bindparam("since"),
        listed_now(),
    )
    .order_by((contact.c.campaign == bindparam("own")).desc(), contact.c.imported_at.desc())
)
_LAST = (
    select(disposition.c.call_id, func.max(disposition.c.seq).label("seq"))
    .where(disposition.c.call_id.in_(bindparam("calls", expanding=True)))
    .group_by(disposition.c.call_id)
    .subquery()
)
_NOTES = select(disposition.c.call_id, disposition.c.note).join(
    _LAST, (_LAST.c.call_id == disposition.c.call_id) & (_LAST.c.seq == disposition.c.seq)
)
_NAMES = select(operator.c.id, operator.c.name).where(operator.c.id.in_(bindparam("people", expanding=True)))


class SqlStories:
    """Implements ports.stories.StoryBook."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring finds the number."""
        self._database = database
        self._keyring = keyring

    async def of(self, record: VerdictRecord, *, now: datetime, calls: int) -> OnRecord | None:
        """As the port."""
        return await self._database.on_reader(lambda: self.read(record, now=now, calls=calls))

    def read(self, record: VerdictRecord, *, now: datetime, calls: int) -> OnRecord | None:
        """As `of`, here and now."""
        if record.callee is None:
            return None
        callee = record.callee
        return self._database.read(lambda connection: self._told(connection, record, callee, now, calls))

    def _told(
        self, connection: Connection, record: VerdictRecord, callee: str, now: datetime, calls: int
    ) -> OnRecord | None:
        request = _request(connection, record, callee, now)
        if request.campaign is None:
            return None
        facts = facts_of(connection, self._keyring, request, _TOLD)
        key = self._keyring.number_key(callee)
        name, person = _named(connection, request.campaign.principal, key, record.campaign, _somebody_else_since(facts))
        attempts = facts.attempts.value if isinstance(facts.attempts, Known) else ()
        needs = connection.execute(NEEDS_OF, {"principal": request.campaign.principal, "number_key": key})
        return OnRecord(
            request=request,
            facts=facts,
            name=name,
            person=person,
            calls=_past(connection, attempts[:calls]),
            needs=tuple(map(need_from, needs)),
        )


def _request(connection: Connection, record: VerdictRecord, callee: str, now: datetime) -> CallRequest:
    return CallRequest(
        call_id=record.call_id,
        ask=Ask(dialled=record.dialled, door=Door.DESK, campaign=record.campaign, operator=record.operator),
        callee=Number(callee),
        campaign_id=record.campaign,
        campaign=campaign_by_id(connection, record.campaign),
        operator_id=record.operator,
        operator=operator_by_id(connection, record.operator) if record.operator else None,
        asked_at=now,
    )


def _somebody_else_since(facts: Facts) -> datetime | None:
    """When somebody else was met at the number: lists of before name whoever is not there."""
    flags = facts.flags.value if isinstance(facts.flags, Known) else ()
    return max((flag.since for flag in flags if flag.kind is FlagKind.WRONG_NUMBER), default=None)


def _named(
    connection: Connection, principal: str, key: bytes, campaign: str, since: datetime | None
) -> tuple[str, str]:
    """Name and reference by the principal's lists: those of the campaign first, then the newest."""
    given = {"principal": principal, "number": key, "own": campaign, "since": since or _EVER}
    rows = connection.execute(_NAMED, given).all()
    name = next((row.name for row in rows if row.name), "")
    return name, next((row.person for row in rows if row.person), "")


def _past(connection: Connection, attempts: Sequence[Attempt]) -> tuple[PastCall, ...]:
    if not attempts:
        return ()
    noted = connection.execute(_NOTES, {"calls": [each.call_id for each in attempts]})
    notes = {row.call_id: row.note or "" for row in noted}
    named = connection.execute(_NAMES, {"people": list({each.operator for each in attempts})})
    names = {row.id: row.name or row.id for row in named}
    return tuple(
        PastCall(
            call_id=each.call_id,
            at=each.at,
            campaign=each.campaign,
            operator=each.operator,
            operator_name=names.get(each.operator, ""),
            outcome=each.outcome,
            word=each.disposition,
            note=notes.get(each.call_id, ""),
        )
        for each in attempts
    )
