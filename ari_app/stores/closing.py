"""
What the end of a call leaves in the database: its one outcome, what it counts as, and the promise that it kept.

Everything hangs on the one row of `outcome` that can be written for a call: who writes it counts the call, once.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.policy.disposition import NO_CONVERSATION, Disposition
from ari_app.policy.outcome import Outcome
from ari_app.ports.verdicts import Ending, StoreConflict
from ari_app.stores.prepared import Prepared
from ari_app.stores.records import digest, outcome_public
from ari_app.stores.tables import attempt, callback, campaign_hour, outcome, verdict

RELEASING = frozenset({Outcome.NOT_DIALLED, Outcome.DENIED})
"""Nobody was called: the attempt is given back."""
KEEPS_A_PROMISE = frozenset({Outcome.ANSWERED, Outcome.UNOBSERVED})
"""Outcomes after which somebody was spoken to; silence keeps no promise."""

CALL = Prepared(
    select(
        verdict.c.gate,
        verdict.c.verdict,
        attempt.c.state,
        attempt.c.principal,
        attempt.c.number_key,
        attempt.c.campaign,
        attempt.c.purpose,
        attempt.c.person,
        attempt.c.disposition,
    )
    .outerjoin(attempt, attempt.c.call_id == verdict.c.call_id)
    .where(verdict.c.call_id == bindparam("call_id"))
)
_OUTCOME = Prepared(
    lambda dialect: (
        (sqlite if dialect == "sqlite" else postgresql)
        .insert(outcome)
        .on_conflict_do_nothing()
        .returning(outcome.c.call_id)
    ),
    *("call_id", "gate", "outcome", "ended_at", "public", "digest"),
)
_CLOSE = Prepared(update(attempt).where(attempt.c.call_id == bindparam("of_call")), *("state", "outcome", "talked_s"))
_CONFIRM = Prepared(
    update(attempt)
    .where(attempt.c.call_id == bindparam("of_call"), attempt.c.state != "confirmed")
    # One that was released too early counts again, and as nobody knows how it went, as a conversation.
    .values(outcome=null()),
    *("state", "confirmed_at"),
)


def _add_hour(dialect: str) -> Any:
    add = (sqlite if dialect == "sqlite" else postgresql).insert(campaign_hour)
    return add.on_conflict_do_update(
        index_elements=[campaign_hour.c.campaign, campaign_hour.c.hour],
        set_={
            "put_through": campaign_hour.c.put_through + add.excluded.put_through,
            "silent": campaign_hour.c.silent + add.excluded.silent,
        },
    )


_HOUR = Prepared(_add_hour, *campaign_hour.c.keys())

_MADE = select(attempt.c.at).where(attempt.c.call_id == bindparam("of_call")).scalar_subquery()
KEEP_PROMISES = Prepared(
    update(callback).where(
        callback.c.principal == bindparam("of_principal"),
        callback.c.number_key == bindparam("of_number"),
        callback.c.done_at.is_(None),
        and_(callback.c.promised_in.is_distinct_from(bindparam("of_call")), callback.c.created_at <= _MADE),
    ),
    *("done_at", "done_in"),
)
"""Every promise to the number that was made before the call `of_call` is kept by it."""


def close(connection: Connection, call_id: str, ending: Ending) -> bool:
    """As `ports.verdicts.Verdicts.close`. Raises StoreConflict: there is no verdict of this call."""
    call = CALL.run(connection, {"call_id": call_id}).one_or_none()
    if call is None:
        raise StoreConflict(f"there is no verdict of call {call_id}")
    # Two gates may follow one permit, where the first was asked, hung, and the second dialled: what one of them saw
    # cannot be unseen by the other.
    if call.verdict in ("deny", "defer") or (ending.outcome in RELEASING and call.state == "confirmed"):
        return False
    document = outcome_public(call_id, ending)
    written = _OUTCOME.run(
        connection,
        {
            "call_id": call_id,
            "gate": call.gate,
            "outcome": ending.outcome.value,
            "ended_at": ending.ended_at,
            "public": document,
            "digest": digest(document),
        },
    )
    if written.one_or_none() is None:
        return False
    state = "released" if ending.outcome in RELEASING else "confirmed"
    values = {"state": state, "outcome": ending.outcome.value, "talked_s": _talked_s(ending), "of_call": call_id}
    _CLOSE.run(connection, values)
    if call.state is not None:
        if not ending.within:  # an offer is no call that was put through, and must not water down the silent rate
            _count(connection, call.campaign, ending)
        _keep_promises(connection, call_id, call, ending)
    return True


def confirm(connection: Connection, call_id: str, at: datetime) -> None:
    """As `ports.verdicts.Verdicts.confirm`."""
    _CONFIRM.run(connection, {"of_call": call_id, "state": "confirmed", "confirmed_at": at})


def _talked_s(ending: Ending) -> float | None:
    if ending.answered_at is None:
        return None
    return max(0.0, (ending.ended_at - ending.answered_at).total_seconds())


def _count(connection: Connection, campaign: str, ending: Ending) -> None:
    put_through, silent = ending.outcome is Outcome.ANSWERED, ending.outcome is Outcome.ABANDONED
    if put_through or silent:
        hour = (ending.answered_at or ending.ended_at).replace(minute=0, second=0, microsecond=0)
        counts = {"campaign": campaign, "hour": hour, "put_through": int(put_through), "silent": int(silent)}
        _HOUR.run(connection, counts)


def _keep_promises(connection: Connection, call_id: str, call: Any, ending: Ending) -> None:
    spoken = ending.outcome in KEEPS_A_PROMISE
    if call.disposition is not None:
        spoken = Disposition(call.disposition) not in NO_CONVERSATION
    if spoken:
        keep_promises(connection, call_id, call, ending.ended_at)


def keep_promises(connection: Connection, call_id: str, call: Any, at: datetime) -> None:
    """The call `call_id` was a conversation: what was promised to its number before is done by it."""
    given = {"of_principal": call.principal, "of_number": call.number_key, "of_call": call_id}
    KEEP_PROMISES.run(connection, {**given, "done_at": at, "done_in": call_id})
