"""
The operator's desk: sign-in, phones, live calls, walks through scripts, drafts, notices, answers, webhooks.

Revision: 0004. Revises: 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXTS = (
    *(("campaign", name) for name in ("languages", "customers")),
    *(("operator", name) for name in ("name", "team", "speaks")),
    *(("script", name) for name in ("author", "approved_by")),
    *(("callback", "note"), ("contact", "name"), ("contact", "sealed_number")),
)
_MAYBE = (("campaign", "care_script"), ("campaign", "offers"), ("disposition", "recording"))
"""New columns of tables that there were; the second ones may say nothing at all."""

_TABLES = (
    "agreement",
    "notice",
    "operator_time",
    "script_change",
    "script_draft",
    "webhook",
    "answer",
    "contact_lease",
    "contact_turn",
    "contact_walk",
    "feedback",
    "key_map",
    "live_call",
    "login",
    "need",
    "notice_read",
    "operator_state",
    "phone",
    "script_read",
    "walk_step",
    "web_session",
    "campaign_route",
    "hour_count",
)
"""New ones, in the order in which they are made."""

_INDEXES = (
    ("ix_attempt_noted", "attempt", ["at", "campaign", "disposition", "outcome"], "disposition IS NOT NULL"),
    ("ix_suppression_by_hand", "suppression", ["list_version", "created_at", "scope", "source"], "list_version = 1"),
)
"""Of tables that there were, each over a part of the rows."""


def upgrade() -> None:
    """Add what is new; what is on record does not say it."""
    for table, column in _TEXTS:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))
    for table, column in _MAYBE:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=True))
    op.add_column("script", sa.Column("must_read", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        op.f("ix_script_must_read"),
        "script",
        ["id", "version"],
        unique=False,
        sqlite_where=sa.text("must_read AND current"),
        postgresql_where=sa.text("must_read AND current"),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_made_at"), "notice", ["made_at"], unique=False)
    op.create_table(
        "operator_time",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_time")),
    )
    op.create_index(op.f("ix_operator_time_operator_since"), "operator_time", ["operator", "since"], unique=False)
    op.create_table(
        "script_change",
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("script", "seq", name=op.f("pk_script_change")),
    )
    op.create_table(
        "script_draft",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_draft")),
    )
    op.create_index(op.f("ix_script_draft_script"), "script_draft", ["script"], unique=False)
    op.create_table(
        "webhook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gave_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(op.f("ix_webhook_call_id"), "webhook", ["call_id"], unique=False)
    op.create_index(
        "ix_webhook_due",
        "webhook",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("delivered_at IS NULL AND gave_up_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL AND gave_up_at IS NULL"),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sought", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_answer_principal_principal")),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_answer")),
    )
    op.create_table(
        "contact_lease",
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaign.id"], name=op.f("fk_contact_lease_campaign_campaign"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number_key", name=op.f("pk_contact_lease")),
    )
    op.create_index(op.f("ix_contact_lease_operator"), "contact_lease", ["operator"], unique=False)
    op.create_table(
        "contact_turn",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaign.id"], name=op.f("fk_contact_turn_campaign_campaign"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("principal", "number_key", "campaign", name=op.f("pk_contact_turn")),
    )
    for name, column, condition in (
        ("ix_contact_turn_ripe", "called_at", "not_before IS NULL"),
        ("ix_contact_turn_put_off", "not_before", "not_before IS NOT NULL"),
    ):
        op.create_index(
            name,
            "contact_turn",
            ["campaign", column, "number_key"],
            unique=False,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.create_table(
        "contact_walk",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("walked_to", sa.Text(), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaign.id"], name=op.f("fk_contact_walk_campaign_campaign"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign", name=op.f("pk_contact_walk")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_on_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_feedback_principal_principal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_call_id"), "feedback", ["call_id"], unique=False)
    op.create_index(op.f("ix_feedback_principal"), "feedback", ["principal"], unique=False)
    op.create_table(
        "key_map",
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator"], ["operator.id"], name=op.f("fk_key_map_operator_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("operator", "action", name=op.f("pk_key_map")),
    )
    op.create_table(
        "live_call",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ringing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["verdict.call_id"], name=op.f("fk_live_call_call_id_verdict")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_live_call")),
    )
    op.create_index(op.f("ix_live_call_changed_at"), "live_call", ["changed_at"], unique=False)
    op.create_index(
        "ix_live_call_open",
        "live_call",
        ["changed_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(op.f("ix_live_call_operator_decided_at"), "live_call", ["operator", "decided_at"], unique=False)
    op.create_table(
        "login",
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator"], ["operator.id"], name=op.f("fk_login_operator_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("operator", name=op.f("pk_login")),
    )
    op.create_table(
        "need",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_need_principal_principal")),
        sa.PrimaryKeyConstraint("principal", "id", name=op.f("pk_need")),
    )
    op.create_index(op.f("ix_need_principal_number_key"), "need", ["principal", "number_key"], unique=False)
    op.create_table(
        "notice_read",
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice"], ["notice.id"], name=op.f("fk_notice_read_notice_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["operator"], ["operator.id"], name=op.f("fk_notice_read_operator_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notice", "operator", name=op.f("pk_notice_read")),
    )
    op.create_table(
        "operator_state",
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator"], ["operator.id"], name=op.f("fk_operator_state_operator_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("operator", name=op.f("pk_operator_state")),
    )
    op.create_table(
        "phone",
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator"], ["operator.id"], name=op.f("fk_phone_operator_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_phone")),
    )
    op.create_index(op.f("ix_phone_operator"), "phone", ["operator"], unique=False)
    op.create_table(
        "script_read",
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator"], ["operator.id"], name=op.f("fk_script_read_operator_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("operator", "script", "version", name=op.f("pk_script_read")),
    )
    op.create_table(
        "walk_step",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("discloses", sa.Text(), server_default="", nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offer_call", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["verdict.call_id"], name=op.f("fk_walk_step_call_id_verdict")),
        sa.ForeignKeyConstraint(["offer_call"], ["verdict.call_id"], name=op.f("fk_walk_step_offer_call_verdict")),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_walk_step")),
    )
    op.create_table(
        "web_session",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator"], ["operator.id"], name=op.f("fk_web_session_operator_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_expires_at"), "web_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_web_session_operator"), "web_session", ["operator"], unique=False)
    op.create_table(
        "campaign_route",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaign.id"], name=op.f("fk_campaign_route_campaign_campaign"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign", "position", name=op.f("pk_campaign_route")),
    )
    op.create_table(
        "hour_count",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "campaign", "what", "word", name=op.f("pk_hour_count")),
    )
    for name, table, columns, where in _INDEXES:
        op.create_index(
            name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def downgrade() -> None:
    """Take it away again."""
    for index, table, *_ in _INDEXES:
        op.drop_index(index, table_name=table)
    for name in reversed(_TABLES):
        op.drop_table(name)
    op.drop_index(op.f("ix_script_must_read"), table_name="script")
    op.drop_column("script", "must_read")
    for table, column in (*_MAYBE, *_TEXTS):
        op.drop_column(table, column)
