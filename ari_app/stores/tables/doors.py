"""What the doors and their guards keep: reservations, requests that were answered, legs, bypasses, canary calls."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)

from ari_app.stores.instants import Instant
from ari_app.stores.tables.base import metadata

reservation = Table(
    "reservation",
    metadata,
    Column("call_id", Text, ForeignKey("verdict.call_id"), primary_key=True),
    Column("token", Text, ForeignKey("token.id"), nullable=False),
    Column("held_until", Instant, nullable=False),
    Column("redeemed_at", Instant),
    Column("channel_id", Text),
    Column("door", Text),
)
"""
A permit that was asked for ahead of its call; redeemed once, by the channel that names it, over the door that it names.

The row goes when it is released, or some seconds after its call has ended.
"""
Index(
    "ix_reservation_open",
    reservation.c.held_until,
    sqlite_where=text("redeemed_at IS NULL"),
    postgresql_where=text("redeemed_at IS NULL"),
)

api_answer = Table(
    "api_answer",
    metadata,
    Column("token", Text, ForeignKey("token.id"), nullable=False),
    Column("key_hash", LargeBinary, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("number_key", LargeBinary, index=True),
    Column("status", SmallInteger),
    Column("answer", LargeBinary),
    Column("asked_at", Instant, nullable=False, index=True),
    PrimaryKeyConstraint("token", "key_hash"),
)
"""
What a request with an `Idempotency-Key` was answered, compressed; no status yet: it is being answered.

Of a request on many numbers `number_key` is NULL: who erases a number cannot know that it is not among them.
"""

bypass = Table(
    "bypass",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("gate", Text, nullable=False),
    Column("trunk", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("number_key", LargeBinary, index=True),
    Column("how", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("done", Text, nullable=False),
    Column("took_ms", Float, nullable=False),
    CheckConstraint("done IN ('hung_up', 'reported', 'failed')", name="done"),
)
"""
A leg on a guarded trunk without a permit of its own.

`caller` is the phone or trunk that it came from, `how` where in the dialplan it was made, as JSON, `why` what was wrong
with its permit.
"""

trunk_leg = Table(
    "trunk_leg",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("gate", Text, nullable=False),
    Column("trunk", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("number_key", LargeBinary, index=True),
    Column("call_id", Text),
    Column("exempt", Boolean, nullable=False),
)
"""
An outbound leg on a guarded trunk as AMI told of it. `asked_by` is the channel that dialled it, `call_id` the call of
its permit if that held for its number.
"""

reconciliation = Table(
    "reconciliation",
    metadata,
    Column("day", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("legs", Integer, nullable=False),
    Column("exempt", Integer, nullable=False),
    Column("unchecked", Integer, nullable=False),
    Column("permits", Integer, nullable=False),
    Column("unseen", Integer, nullable=False),
    PrimaryKeyConstraint("day", "source"),
)
"""A day's legs held against its permits; `unchecked` legs had none, `unseen` permits had no leg."""

canary = Table(
    "canary",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("gate", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("call_id", Text),
    Column("took_ms", Float, nullable=False),
    CheckConstraint("result IN ('blocked', 'passed', 'unavailable', 'failed')", name="result"),
)
"""A call to the number that must always be blocked, sent through the real dialplan."""
