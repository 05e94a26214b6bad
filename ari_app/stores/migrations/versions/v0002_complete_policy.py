"""
What the complete policy asks for: contacts, promises, flags, registrations, hourly counts, and more of each attempt.

Revision: 0002. Revises: 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = (
    "registration",
    "contact",
    "contact_list",
    "submission",
    "campaign_hour",
    "flag",
    "one_off_permit",
)
"""New ones, in the order in which they are made."""

_COLUMNS: tuple[tuple[str, str], ...] = (
    ("campaign", "product"),
    ("campaign", "call_mode"),
    ("campaign", "own_similar_products"),
    ("campaign", "trunk_country"),
    ("campaign", "opened_at"),
    ("consent", "form"),
    ("screening", "per_controller"),
    ("customer", "inquired_at"),
    ("attempt", "talked_s"),
    ("attempt", "attended"),
    ("attempt", "one_off_permit"),
    ("attempt", "disposition"),
    ("callback", "done_in"),
)
"""New ones of tables that there were."""

_KEPT = "call_id, disposition, operator, noted_at, note"
"""Of a disposition, in both revisions."""


def upgrade() -> None:
    """Add what is new; what is on record stays, with the plainest reading of what it does not say."""
    _campaigns()
    _facts()
    _contacts()
    _attempts()
    _promises()
    _dispositions()


def downgrade() -> None:
    """Take it away again; of several words on one call the last stays."""
    op.execute(
        "CREATE TABLE disposition_before AS SELECT * FROM disposition d WHERE seq ="
        " (SELECT max(seq) FROM disposition other WHERE other.call_id = d.call_id)"
    )
    op.drop_table("disposition")
    op.create_table("disposition", *_first_disposition())
    op.execute(f"INSERT INTO disposition ({_KEPT}) SELECT {_KEPT} FROM disposition_before")  # noqa: S608  both fixed  # nosec B608
    op.drop_table("disposition_before")
    op.drop_index("ix_callback_open", "callback")
    op.drop_index("ix_customer_person", "customer")
    op.drop_index("ix_attempt_one_off_permit", "attempt")
    op.drop_index(op.f("ix_attempt_campaign_at"), "attempt")
    op.drop_index(op.f("ix_attempt_list_version"), "attempt")
    op.create_index(op.f("ix_attempt_campaign"), "attempt", ["campaign"], unique=False)
    for table, column in reversed(_COLUMNS):
        op.drop_column(table, column)
    for name in reversed(_TABLES):
        op.drop_table(name)


def _campaigns() -> None:
    """What a campaign offers, and how; registers that those who call are in."""
    op.add_column("campaign", sa.Column("product", sa.Text(), nullable=False, server_default=""))
    op.add_column("campaign", sa.Column("call_mode", sa.Text(), nullable=False, server_default="live"))
    op.add_column(
        "campaign", sa.Column("own_similar_products", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("campaign", sa.Column("trunk_country", sa.Text(), nullable=False, server_default=""))
    op.add_column("campaign", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "registration",
        sa.Column("holder_kind", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("holder_kind IN ('agency', 'principal')", name=op.f("ck_registration_holder_kind")),
        sa.PrimaryKeyConstraint("holder_kind", "holder_id", "register", "number", name=op.f("pk_registration")),
    )


def _facts() -> None:
    """More of consents, answers and customers."""
    op.add_column("consent", sa.Column("form", sa.Text(), nullable=False, server_default="express"))
    op.add_column("screening", sa.Column("per_controller", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("customer", sa.Column("inquired_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_customer_person",
        "customer",
        ["principal", "person"],
        unique=False,
        sqlite_where=sa.text("person IS NOT NULL"),
        postgresql_where=sa.text("person IS NOT NULL"),
    )
    op.create_table(
        "submission",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_submission_principal_principal")),
        sa.PrimaryKeyConstraint("principal", "register", "digest", "exported_at", name=op.f("pk_submission")),
    )


def _contacts() -> None:
    """Contact lists of a campaign."""
    op.create_table(
        "contact",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("list_source", sa.Text(), server_default="", nullable=False),
        sa.Column("approved_by", sa.Text(), server_default="", nullable=False),
        sa.Column("agency", sa.Text(), server_default="", nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=True),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("person", sa.Text(), server_default="", nullable=False),
        sa.Column("generated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("list_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("party IS NULL OR party IN ('consumer', 'business')", name=op.f("ck_contact_party")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_contact_campaign_campaign")),
        sa.ForeignKeyConstraint(
            ["list_version"], ["list_version.id"], name=op.f("fk_contact_list_version_list_version")
        ),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_contact_principal_principal")),
        sa.PrimaryKeyConstraint(
            "principal", "number_key", "campaign", "list_id", "list_version", name=op.f("pk_contact")
        ),
    )
    op.create_index(op.f("ix_contact_list_version"), "contact", ["list_version"], unique=False)
    op.create_index(
        "ix_contact_person",
        "contact",
        ["principal", "person"],
        unique=False,
        sqlite_where=sa.text("person <> ''"),
        postgresql_where=sa.text("person <> ''"),
    )
    op.create_table(
        "contact_list",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("list_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_contact_list_campaign_campaign")),
        sa.ForeignKeyConstraint(
            ["list_version"], ["list_version.id"], name=op.f("fk_contact_list_list_version_list_version")
        ),
        sa.PrimaryKeyConstraint("campaign", "list_id", "list_version", name=op.f("pk_contact_list")),
    )
    op.create_index(op.f("ix_contact_list_list_version"), "contact_list", ["list_version"], unique=False)


def _attempts() -> None:
    """
    What rules count by, beside the outcome.

    Of the attempts on record nobody knows whether an operator waited: they were not attended, the stricter reading.
    """
    op.add_column("attempt", sa.Column("talked_s", sa.Float(), nullable=True))
    op.add_column("attempt", sa.Column("attended", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("attempt", sa.Column("one_off_permit", sa.Text(), nullable=True))
    op.add_column("attempt", sa.Column("disposition", sa.Text(), nullable=True))
    op.drop_index(op.f("ix_attempt_campaign"), "attempt")
    op.create_index(op.f("ix_attempt_campaign_at"), "attempt", ["campaign", "at"], unique=False)
    op.create_index(op.f("ix_attempt_list_version"), "attempt", ["list_version"], unique=False)
    op.create_index(
        "ix_attempt_one_off_permit",
        "attempt",
        ["principal", "one_off_permit"],
        unique=False,
        sqlite_where=sa.text("one_off_permit IS NOT NULL"),
        postgresql_where=sa.text("one_off_permit IS NOT NULL"),
    )
    op.create_table(
        "campaign_hour",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("put_through", sa.Integer(), nullable=False),
        sa.Column("silent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_campaign_hour_campaign_campaign")),
        sa.PrimaryKeyConstraint("campaign", "hour", name=op.f("pk_campaign_hour")),
    )


def _promises() -> None:
    """What is noted about a person, and calls they asked for."""
    op.add_column("callback", sa.Column("done_in", sa.Text(), nullable=True))
    op.create_index(
        "ix_callback_open",
        "callback",
        ["principal", "due_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "flag",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_flag_principal_principal")),
        sa.PrimaryKeyConstraint("principal", "id", name=op.f("pk_flag")),
    )
    op.create_index(op.f("ix_flag_principal_number_key"), "flag", ["principal", "number_key"], unique=False)
    op.create_table(
        "one_off_permit",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["principal"], ["principal.id"], name=op.f("fk_one_off_permit_principal_principal")),
        sa.PrimaryKeyConstraint("principal", "id", name=op.f("pk_one_off_permit")),
    )
    op.create_index(
        op.f("ix_one_off_permit_principal_number_key"), "one_off_permit", ["principal", "number_key"], unique=False
    )


def _dispositions() -> None:
    """Several words on one call, instead of one."""
    op.execute("CREATE TABLE disposition_before AS SELECT * FROM disposition")
    op.drop_table("disposition")
    op.create_table(
        "disposition",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("suppression", sa.Text(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("callback", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["verdict.call_id"], name=op.f("fk_disposition_call_id_verdict")),
        sa.ForeignKeyConstraint(
            ["suppression"], ["suppression.id"], name=op.f("fk_disposition_suppression_suppression")
        ),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_disposition")),
    )
    columns = f"seq, {_KEPT}"
    op.execute(f"INSERT INTO disposition ({columns}) SELECT 1, {_KEPT} FROM disposition_before")  # noqa: S608  # nosec B608
    op.drop_table("disposition_before")


def _first_disposition() -> tuple[sa.schema.SchemaItem, ...]:
    """As revision 0001 made it."""
    return (
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["verdict.call_id"], name=op.f("fk_disposition_call_id_verdict")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_disposition")),
    )
