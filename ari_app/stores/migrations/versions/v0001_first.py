"""
The first schema, with everything that proof cannot be given later: digests, commitments, seals, list versions.

Revision: 0001. Revises: nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    "installation",
    "principal",
    "agency",
    "campaign",
    "campaign_pack",
    "operator",
    "operator_campaign",
    "number",
    "list_version",
    "consent",
    "suppression",
    "screening",
    "customer",
    "caller_id",
    "attempt",
    "verdict",
    "verdict_personal",
    "outcome",
    "seal",
    "disposition",
    "callback",
    "script",
)
"""In the order in which they are made."""


def upgrade() -> None:
    """Make every table, and the list version of all that is not imported."""
    op.create_table(
        "installation",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_installation")),
    )
    _parties()
    _lists()
    _facts()
    _verdicts()
    _aftermath()
    now = sa.func.current_timestamp()
    versions = sa.table("list_version", *map(sa.column, ("kind", "file_name", "sha256", "started_at", "published_at")))
    op.execute(versions.insert().values(kind="manual", file_name="", sha256="", started_at=now, published_at=now))


def downgrade() -> None:
    """Drop every table."""
    for name in reversed(_TABLES):
        op.drop_table(name)


def _parties() -> None:
    """Who calls, for whom."""
    op.create_table(
        "principal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_principal")),
    )
    op.create_table(
        "agency",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roc", sa.Text(), nullable=True),
        sa.Column("roc_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("processor_act", sa.Text(), nullable=True),
        sa.Column("subprocessor_of", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["subprocessor_of"], ["agency.id"], name=op.f("fk_agency_subprocessor_of_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=True),
        sa.Column("number_format", sa.Text(), nullable=False),
        sa.Column("packs_mode", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_campaign_agency_agency")),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_campaign_principal_principal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index(op.f("ix_campaign_principal"), "campaign", ["principal"], unique=False)
    op.create_table(
        "campaign_pack",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaign.id"], name=op.f("fk_campaign_pack_campaign_campaign"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign", "position", name=op.f("pk_campaign_pack")),
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_operator_endpoint")),
    )
    op.create_table(
        "operator_campaign",
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaign.id"], name=op.f("fk_operator_campaign_campaign_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["operator"], ["operator.id"], name=op.f("fk_operator_campaign_operator_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("operator", "campaign", name=op.f("pk_operator_campaign")),
    )
    op.create_index(op.f("ix_operator_campaign_campaign"), "operator_campaign", ["campaign"], unique=False)


def _lists() -> None:
    """Numbers, imported lists, objections and consents."""
    op.create_table(
        "number",
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number_key", name=op.f("pk_number")),
    )
    op.create_table(
        "list_version",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_list_version_principal_principal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_version")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("list_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_version"], ["list_version.id"], name=op.f("fk_consent_list_version_list_version")
        ),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_consent_principal_principal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_list_version"), "consent", ["list_version"], unique=False)
    op.create_index(op.f("ix_consent_principal_number_key"), "consent", ["principal", "number_key"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_consent", sa.Text(), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("list_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "lifted_at IS NULL OR lifted_by_consent IS NOT NULL", name=op.f("ck_suppression_lifted_only_by_consent")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_consent"], ["consent.id"], name=op.f("fk_suppression_lifted_by_consent_consent")
        ),
        sa.ForeignKeyConstraint(
            ["list_version"], ["list_version.id"], name=op.f("fk_suppression_list_version_list_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index(op.f("ix_suppression_list_version"), "suppression", ["list_version"], unique=False)
    op.create_index(op.f("ix_suppression_number_key"), "suppression", ["number_key"], unique=False)


def _facts() -> None:
    """What is known about a number."""
    op.create_table(
        "screening",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_said_by", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("list_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("answer IN ('listed', 'clear')", name=op.f("ck_screening_answer")),
        sa.ForeignKeyConstraint(
            ["list_version"], ["list_version.id"], name=op.f("fk_screening_list_version_list_version")
        ),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_screening_principal_principal")),
        sa.PrimaryKeyConstraint("principal", "number_key", "register", "batch", name=op.f("pk_screening")),
    )
    op.create_index(op.f("ix_screening_list_version"), "screening", ["list_version"], unique=False)
    op.create_table(
        "customer",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("list_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_version"], ["list_version.id"], name=op.f("fk_customer_list_version_list_version")
        ),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_customer_principal_principal")),
        sa.PrimaryKeyConstraint("principal", "number_key", "list_version", name=op.f("pk_customer")),
    )
    op.create_index(op.f("ix_customer_list_version"), "customer", ["list_version"], unique=False)
    op.create_table(
        "caller_id",
        sa.Column("range_start", sa.Text(), nullable=False),
        sa.Column("range_end", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("registered_in", sa.Text(), nullable=True),
        sa.Column("list_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_version"], ["list_version.id"], name=op.f("fk_caller_id_list_version_list_version")
        ),
        sa.PrimaryKeyConstraint("range_start", "range_end", "list_version", name=op.f("pk_caller_id")),
    )
    op.create_table(
        "attempt",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("gate", sa.Text(), nullable=True),
        sa.Column("list_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('reserved', 'confirmed', 'released')", name=op.f("ck_attempt_state")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_attempt_campaign_campaign")),
        sa.ForeignKeyConstraint(
            ["list_version"], ["list_version.id"], name=op.f("fk_attempt_list_version_list_version")
        ),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_attempt_principal_principal")),
        sa.PrimaryKeyConstraint("principal", "id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("call_id", name=op.f("uq_attempt_call_id")),
    )
    op.create_index(op.f("ix_attempt_campaign"), "attempt", ["campaign"], unique=False)
    op.create_index(
        "ix_attempt_open",
        "attempt",
        ["at"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL AND call_id IS NOT NULL"),
        postgresql_where=sa.text("outcome IS NULL AND call_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_attempt_principal_number_key_at"), "attempt", ["principal", "number_key", "at"], unique=False
    )


def _verdicts() -> None:
    """The records, what of them can be erased, and their chain."""
    op.create_table(
        "verdict",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.LargeBinary(), nullable=True),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_verdict")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_verdict_idempotency_key")),
    )
    op.create_index(op.f("ix_verdict_campaign_decided_at"), "verdict", ["campaign", "decided_at"], unique=False)
    op.create_index(op.f("ix_verdict_decided_at"), "verdict", ["decided_at"], unique=False)
    op.create_index(op.f("ix_verdict_number_key_decided_at"), "verdict", ["number_key", "decided_at"], unique=False)
    op.create_index(
        "ix_verdict_unsealed",
        "verdict",
        ["gate", "decided_at"],
        unique=False,
        sqlite_where=sa.text("sealed_at IS NULL"),
        postgresql_where=sa.text("sealed_at IS NULL"),
    )
    op.create_table(
        "verdict_personal",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("callee", sa.Text(), nullable=True),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["verdict.call_id"], name=op.f("fk_verdict_personal_call_id_verdict")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_verdict_personal")),
    )
    op.create_table(
        "outcome",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["verdict.call_id"], name=op.f("fk_outcome_call_id_verdict")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_outcome")),
    )
    op.create_index(
        "ix_outcome_unsealed",
        "outcome",
        ["gate", "ended_at"],
        unique=False,
        sqlite_where=sa.text("sealed_at IS NULL"),
        postgresql_where=sa.text("sealed_at IS NULL"),
    )
    op.create_table(
        "seal",
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("record_digest", sa.LargeBinary(), nullable=False),
        sa.Column("chain_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("gate", "seq", name=op.f("pk_seal")),
        sa.UniqueConstraint("call_id", "record", name=op.f("uq_seal_call_id_record")),
    )


def _aftermath() -> None:
    """What follows a call, and what is said in it."""
    op.create_table(
        "disposition",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["verdict.call_id"], name=op.f("fk_disposition_call_id_verdict")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_disposition")),
    )
    op.create_table(
        "callback",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("promised_in", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_callback_campaign_campaign")),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_callback_principal_principal")),
        sa.ForeignKeyConstraint(["promised_in"], ["verdict.call_id"], name=op.f("fk_callback_promised_in_verdict")),
        sa.PrimaryKeyConstraint("principal", "id", name=op.f("pk_callback")),
    )
    op.create_index(
        op.f("ix_callback_principal_number_key_due_at"), "callback", ["principal", "number_key", "due_at"], unique=False
    )
    op.create_table(
        "script",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_script")),
    )
