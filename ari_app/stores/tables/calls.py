"""What was said of a call and what became of it: attempts, records, seals."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from ari_app.stores.instants import Instant
from ari_app.stores.tables.base import list_version_column, metadata

attempt = Table(
    "attempt",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("call_id", Text, unique=True),
    Column("number_key", LargeBinary, nullable=False),
    Column("person", Text),
    Column("campaign", Text, ForeignKey("campaign.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("confirmed_at", Instant),
    Column("outcome", Text),
    Column("gate", Text),
    Column("talked_s", Float),
    Column("attended", Boolean, nullable=False, server_default=false()),
    Column("one_off_permit", Text),
    Column("disposition", Text),
    list_version_column(),
    PrimaryKeyConstraint("principal", "id"),
    # All that a verdict asks of earlier calls: of ten million rows a number's lie far apart, and in here side by side.
    Index(
        "ix_attempt_history",
        *("principal", "number_key", "at", "id", "call_id", "campaign", "purpose", "operator", "state", "outcome"),
        *("disposition", "talked_s", "attended", "one_off_permit", "list_version"),
    ),
    Index(None, "campaign", "at"),
    Index(None, "list_version"),
    CheckConstraint("state IN ('reserved', 'confirmed', 'released')", name="state"),
)
Index(
    "ix_attempt_open",
    attempt.c.at,
    sqlite_where=text("outcome IS NULL AND call_id IS NOT NULL"),
    postgresql_where=text("outcome IS NULL AND call_id IS NOT NULL"),
)
Index(
    "ix_attempt_one_off_permit",
    *(attempt.c[name] for name in ("principal", "one_off_permit", "id", "state", "outcome", "disposition")),
    sqlite_where=text("one_off_permit IS NOT NULL"),
    postgresql_where=text("one_off_permit IS NOT NULL"),
)
Index(
    "ix_attempt_noted",
    *(attempt.c[name] for name in ("at", "campaign", "disposition", "outcome")),
    sqlite_where=text("disposition IS NOT NULL"),
    postgresql_where=text("disposition IS NOT NULL"),
)  # written when a word is noted, not with a verdict: what was said today is counted from it alone

campaign_hour = Table(
    "campaign_hour",
    metadata,
    Column("campaign", Text, ForeignKey("campaign.id"), nullable=False),
    Column("hour", Instant, nullable=False),
    Column("put_through", Integer, nullable=False),
    Column("silent", Integer, nullable=False),
    PrimaryKeyConstraint("campaign", "hour"),
)
"""How many calls a campaign's operators spoke on, and how many were silent, by the whole hour they were answered in."""

hour_count = Table(
    "hour_count",
    metadata,
    Column("hour", Instant, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("number", Integer, nullable=False),
    PrimaryKeyConstraint("hour", "campaign", "what", "word"),
)
"""
Verdicts by their first reason, and endings by their outcome, by the whole hour of the verdict; `what` is one of
`ports.floor.Counted`. Counted by who seals the records, each once (`hour_counts`).
"""

verdict = Table(
    "verdict",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("principal", Text),
    Column("campaign", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("number_key", LargeBinary),
    Column("verdict", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("decided_at", Instant, nullable=False, index=True),
    Column("gate", Text, nullable=False),
    Column("idempotency_key", LargeBinary, unique=True),
    Column("public", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed_at", Instant),
    Index(None, "campaign", "decided_at"),
    Index(None, "number_key", "decided_at"),
)

verdict_personal = Table(
    "verdict_personal",
    metadata,
    Column("call_id", Text, ForeignKey("verdict.call_id"), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("callee", Text),
    Column("dialled", Text, nullable=False),
    Column("number", Text),
    Column("channel_id", Text, nullable=False),
    Column("facts", Text, nullable=False),
)

outcome = Table(
    "outcome",
    metadata,
    Column("call_id", Text, ForeignKey("verdict.call_id"), primary_key=True),
    Column("gate", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("public", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed_at", Instant),
)
for _record, _instant in ((verdict, verdict.c.decided_at), (outcome, outcome.c.ended_at)):
    Index(
        f"ix_{_record.name}_unsealed",
        _record.c.gate,
        _instant,
        sqlite_where=text("sealed_at IS NULL"),
        postgresql_where=text("sealed_at IS NULL"),
    )

seal = Table(
    "seal",
    metadata,
    Column("gate", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("record", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("record_digest", LargeBinary, nullable=False),
    Column("chain_digest", LargeBinary, nullable=False),
    Column("sealed_at", Instant, nullable=False),
    PrimaryKeyConstraint("gate", "seq"),
    UniqueConstraint("call_id", "record"),
)
