"""Past calls as the floor looks for them, and one of them with all that became of it."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, or_, select

from ari_app.policy.keyring import Keyring
from ari_app.ports.floor import CallHistory, Found, RouteLine, StepTaken, Wanted, WordNoted
from ari_app.ports.verdicts import Ending
from ari_app.stores.book import WHOLE
from ari_app.stores.records import rebuild
from ari_app.stores.tables import callback, campaign_route, disposition, outcome, verdict, walk_step

PAGE = 50
_CONDITIONS = msgspec.json.Decoder(dict[str, tuple[str, ...]])
MOST_LOOKED_THROUGH = 20_000
"""Verdicts that one search looks at: of what is rare a busy day would be read to its end."""


def find(connection: Connection, keyring: Keyring, wanted: Wanted) -> Found:
    """As the port."""
    looked = looked_through(keyring, wanted)
    rows = connection.execute(matching(looked, wanted)).mappings().all()
    calls = tuple(rebuild(row) for row in rows[:PAGE])
    if len(rows) > PAGE:
        return Found(calls=calls, more=(calls[-1].decided_at, calls[-1].call_id))
    end = connection.execute(looked.offset(MOST_LOOKED_THROUGH - 1).limit(1)).one_or_none()
    if end is not None:
        return Found(calls=calls, more=(end.decided_at, end.call_id), cut_short=True)
    return Found(calls=calls, more=None)


def looked_through(keyring: Keyring, wanted: Wanted) -> Select[Any]:
    """The verdicts that may be meant, as far as an index finds them, newest first."""
    found = select(verdict.c.call_id, verdict.c.decided_at, verdict.c.campaign, verdict.c.verdict).where(
        verdict.c.decided_at >= wanted.since, verdict.c.decided_at < wanted.until
    )
    if wanted.e164:
        found = found.where(verdict.c.number_key == keyring.number_key(wanted.e164))
    elif wanted.campaigns is not None and len(wanted.campaigns) == 1:
        found = found.where(verdict.c.campaign == next(iter(wanted.campaigns)))
    if wanted.before is not None:
        at, call_id = wanted.before
        earlier = or_(verdict.c.decided_at < at, verdict.c.call_id < call_id)
        found = found.where(verdict.c.decided_at <= at, earlier)
    return found.order_by(verdict.c.decided_at.desc(), verdict.c.call_id.desc())


def matching(looked: Select[Any], wanted: Wanted) -> Select[Any]:
    """Those of them that are meant: a page, and one more."""
    sifted = wanted.verdict or (wanted.campaigns is not None and (wanted.e164 or len(wanted.campaigns) != 1))
    within = looked.limit(MOST_LOOKED_THROUGH if sifted else PAGE + 1).subquery()
    found = select(within.c.call_id)
    if wanted.campaigns is not None:
        found = found.where(within.c.campaign.in_(sorted(wanted.campaigns)))
    if wanted.verdict:
        found = found.where(within.c.verdict == wanted.verdict)
    page = found.order_by(within.c.decided_at.desc(), within.c.call_id.desc()).limit(PAGE + 1).subquery()
    return WHOLE.where(verdict.c.call_id.in_(select(page.c.call_id))).order_by(
        verdict.c.decided_at.desc(), verdict.c.call_id.desc()
    )


def history(connection: Connection, call_id: str) -> CallHistory | None:
    """As the port."""
    row = connection.execute(WHOLE.where(verdict.c.call_id == call_id)).mappings().one_or_none()
    if row is None:
        return None
    record = rebuild(row)
    public = connection.execute(select(outcome.c.public).where(outcome.c.call_id == call_id)).scalar_one_or_none()
    ending = msgspec.json.decode(public, type=Ending) if public is not None else None
    return CallHistory(
        record=record,
        dialled_at=ending.dialled_at if ending else None,
        ringing_at=ending.ringing_at if ending else None,
        answered_at=ending.answered_at if ending else None,
        ended_at=ending.ended_at if ending else None,
        words=_words(connection, call_id, record.principal),
        steps=_steps(connection, call_id),
    )


def routes(connection: Connection, campaign_id: str) -> tuple[RouteLine, ...]:
    """As the port."""
    lines = select(campaign_route).where(campaign_route.c.campaign == campaign_id).order_by(campaign_route.c.position)
    return tuple(
        RouteLine(when=_CONDITIONS.decode(row.conditions), script=row.script, variant=row.variant)
        for row in connection.execute(lines)
    )


def _words(connection: Connection, call_id: str, principal: str | None) -> tuple[WordNoted, ...]:
    promised = and_(callback.c.principal == principal, callback.c.id == disposition.c.callback)
    noted = (
        select(disposition, callback.c.due_at)
        .outerjoin(callback, promised)
        .where(disposition.c.call_id == call_id)
        .order_by(disposition.c.seq)
    )
    return tuple(
        WordNoted(
            disposition=row.disposition,
            operator=row.operator,
            at=row.noted_at,
            note=row.note or "",
            recording=row.recording or "",
            suppressed=row.suppression is not None,
            promised_for=row.due_at,
        )
        for row in connection.execute(noted)
    )


def _steps(connection: Connection, call_id: str) -> tuple[StepTaken, ...]:
    taken = select(walk_step).where(walk_step.c.call_id == call_id).order_by(walk_step.c.seq)
    return tuple(
        StepTaken(step=row.step, answer=row.answer, discloses=tuple(row.discloses.split()), at=row.at)
        for row in connection.execute(taken)
    )
