"""
What lists at real size ask for: their provenance, mappings that are kept, answers of a CRM, tokens, erasures.

Revision: 0003. Revises: 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANTS = (("campaign", "ends_at"), ("customer", "stood_since"))
_TEXTS = (("consent", "channel"), ("contact", "household"), ("customer", "source"))
"""New columns of tables that there were."""

_TABLES = ("import_profile", "live_customer", "token", "erasure")
"""New ones, in the order in which they are made."""


_INDEX = op.f("ix_list_version_kind_principal_file_name")
_BEFORE = op.f("ix_attempt_principal_number_key_at")
_HISTORY = (
    *("principal", "number_key", "at", "id", "call_id", "campaign", "purpose", "operator", "state", "outcome"),
    *("disposition", "talked_s", "attended", "one_off_permit", "list_version"),
)
"""What a verdict asks of earlier calls, side by side in an index: in the table they lie far apart."""


def upgrade() -> None:
    """Add what is new; what is on record does not say it."""
    for table, column in _INSTANTS:
        op.add_column(table, sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    for table, column in _TEXTS:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.create_index(_INDEX, "list_version", ["kind", "principal", "file_name"], unique=False)
    op.drop_index(_BEFORE, table_name="attempt")
    op.create_index("ix_attempt_history", "attempt", list(_HISTORY), unique=False)
    _permits("principal", "one_off_permit", "id", "state", "outcome", "disposition")
    op.create_table(
        "import_profile",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_import_profile")),
    )
    op.create_table(
        "live_customer",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_live_customer_principal_principal")),
        sa.PrimaryKeyConstraint("principal", "number_key", name=op.f("pk_live_customer")),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_token_principal_principal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_number_key"), "erasure", ["number_key"], unique=False)
    lifted = sa.text("lifted_by_consent IS NOT NULL")
    op.create_index(
        "ix_suppression_lifted_by_consent",
        "suppression",
        ["lifted_by_consent"],
        sqlite_where=lifted,
        postgresql_where=lifted,
    )


def downgrade() -> None:
    """Take it away again."""
    _permits("principal", "one_off_permit")
    op.drop_index("ix_attempt_history", table_name="attempt")
    op.create_index(_BEFORE, "attempt", ["principal", "number_key", "at"], unique=False)
    op.drop_index(_INDEX, table_name="list_version")
    op.drop_index("ix_suppression_lifted_by_consent", table_name="suppression")
    for name in reversed(_TABLES):
        op.drop_table(name)
    for table, column in (*_INSTANTS, *_TEXTS):
        op.drop_column(table, column)


def _permits(*columns: str) -> None:
    """By which permit an attempt was made; with as few columns as before, SQLite would rather read the history."""
    op.drop_index("ix_attempt_one_off_permit", table_name="attempt")
    op.create_index(
        "ix_attempt_one_off_permit",
        "attempt",
        list(columns),
        unique=False,
        sqlite_where=sa.text("one_off_permit IS NOT NULL"),
        postgresql_where=sa.text("one_off_permit IS NOT NULL"),
    )
