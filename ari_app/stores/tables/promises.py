"""What people said, and what was promised to them: dispositions, flags, callbacks, permits for one call."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)

from ari_app.stores.instants import Instant
from ari_app.stores.tables.base import metadata

disposition = Table(
    "disposition",
    metadata,
    Column("call_id", Text, ForeignKey("verdict.call_id"), nullable=False),
    Column("seq", SmallInteger, nullable=False),
    Column("disposition", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("note", Text),
    Column("suppression", Text, ForeignKey("suppression.id")),
    Column("flag", Text),
    Column("callback", Text),
    Column("recording", Text),
    PrimaryKeyConstraint("call_id", "seq"),
)
"""
Every word that was noted of a call, the last of which counts, with the ids of what each set down.

`recording`: it corrects the word before, and this recording shows that it may.
"""

callback = Table(
    "callback",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("campaign", Text, ForeignKey("campaign.id"), nullable=False),
    Column("operator", Text, nullable=False),
    Column("promised_in", Text, ForeignKey("verdict.call_id")),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("done_in", Text),
    Column("note", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("principal", "id"),
    Index(None, "principal", "number_key", "due_at"),
)
Index(
    "ix_callback_open",
    callback.c.principal,
    callback.c.due_at,
    sqlite_where=text("done_at IS NULL"),
    postgresql_where=text("done_at IS NULL"),
)

flag = Table(
    "flag",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False, server_default=""),
    Column("since", Instant, nullable=False),
    Column("source", Text, nullable=False),
    Column("cleared_at", Instant),
    Column("cleared_by", Text),
    PrimaryKeyConstraint("principal", "id"),
    Index(None, "principal", "number_key"),
)

one_off_permit = Table(
    "one_off_permit",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("granted_at", Instant, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("expires_at", Instant),
    PrimaryKeyConstraint("principal", "id"),
    Index(None, "principal", "number_key"),
)
