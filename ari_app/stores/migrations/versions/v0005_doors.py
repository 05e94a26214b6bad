"""
The doors and their guards: reservations, answered requests, legs, bypasses, canary calls.

Revision: 0005. Revises: 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = (
    "bypass",
    "canary",
    "reconciliation",
    "trunk_leg",
    "api_answer",
    "reservation",
)
"""In the order in which they are made."""


def upgrade() -> None:
    """Add what is new."""
    op.create_table(
        "bypass",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Float(), nullable=False),
        sa.CheckConstraint("done IN ('hung_up', 'reported', 'failed')", name=op.f("ck_bypass_done")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bypass")),
    )
    op.create_index(op.f("ix_bypass_at"), "bypass", ["at"], unique=False)
    op.create_index(op.f("ix_bypass_number_key"), "bypass", ["number_key"], unique=False)
    op.create_table(
        "canary",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("took_ms", sa.Float(), nullable=False),
        sa.CheckConstraint("result IN ('blocked', 'passed', 'unavailable', 'failed')", name=op.f("ck_canary_result")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canary")),
    )
    op.create_index(op.f("ix_canary_at"), "canary", ["at"], unique=False)
    op.create_table(
        "reconciliation",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("legs", sa.Integer(), nullable=False),
        sa.Column("exempt", sa.Integer(), nullable=False),
        sa.Column("unchecked", sa.Integer(), nullable=False),
        sa.Column("permits", sa.Integer(), nullable=False),
        sa.Column("unseen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "source", name=op.f("pk_reconciliation")),
    )
    op.create_table(
        "trunk_leg",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trunk_leg")),
    )
    op.create_index(op.f("ix_trunk_leg_at"), "trunk_leg", ["at"], unique=False)
    op.create_index(op.f("ix_trunk_leg_number_key"), "trunk_leg", ["number_key"], unique=False)
    op.create_table(
        "api_answer",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["token"], ["token.id"], name=op.f("fk_api_answer_token_token")),
        sa.PrimaryKeyConstraint("token", "key_hash", name=op.f("pk_api_answer")),
    )
    op.create_index(op.f("ix_api_answer_asked_at"), "api_answer", ["asked_at"], unique=False)
    op.create_index(op.f("ix_api_answer_number_key"), "api_answer", ["number_key"], unique=False)
    op.create_table(
        "reservation",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel_id", sa.Text(), nullable=True),
        sa.Column("door", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["verdict.call_id"], name=op.f("fk_reservation_call_id_verdict")),
        sa.ForeignKeyConstraint(["token"], ["token.id"], name=op.f("fk_reservation_token_token")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_reservation")),
    )
    op.create_index(
        "ix_reservation_open",
        "reservation",
        ["held_until"],
        unique=False,
        sqlite_where=sa.text("redeemed_at IS NULL"),
        postgresql_where=sa.text("redeemed_at IS NULL"),
    )


def downgrade() -> None:
    """Take it away again."""
    for name in reversed(_TABLES):
        op.drop_table(name)
