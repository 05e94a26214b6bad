"""Who calls, for whom, with which words."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    false,
    text,
)

from ari_app.stores.instants import Instant
from ari_app.stores.tables.base import metadata

principal = Table(
    "principal",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
)

agency = Table(
    "agency",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("roc", Text),
    Column("roc_until", Instant),
    Column("processor_act", Text),
    Column("subprocessor_of", Text, ForeignKey("agency.id")),
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", Text, primary_key=True),
    Column("principal", Text, ForeignKey("principal.id"), nullable=False, index=True),
    Column("agency", Text, ForeignKey("agency.id")),
    Column("purpose", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("trunk", Text, nullable=False),
    Column("caller_id", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("script", Text),
    Column("number_format", Text, nullable=False),
    Column("packs_mode", Text, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("product", Text, nullable=False, server_default=""),
    Column("call_mode", Text, nullable=False, server_default="live"),
    Column("own_similar_products", Boolean, nullable=False, server_default=false()),
    Column("trunk_country", Text, nullable=False, server_default=""),
    Column("opened_at", Instant),
    Column("ends_at", Instant),
    Column("languages", Text, nullable=False, server_default=""),
    Column("customers", Text, nullable=False, server_default=""),
    Column("care_script", Text),
    Column("offers", Text),
)

campaign_pack = Table(
    "campaign_pack",
    metadata,
    Column("campaign", Text, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("pack", Text, nullable=False),
    PrimaryKeyConstraint("campaign", "position"),
)

registration = Table(
    "registration",
    metadata,
    Column("holder_kind", Text, nullable=False),
    Column("holder_id", Text, nullable=False),
    Column("register", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("valid_until", Instant),
    PrimaryKeyConstraint("holder_kind", "holder_id", "register", "number"),
    CheckConstraint("holder_kind IN ('agency', 'principal')", name="holder_kind"),
)

operator = Table(
    "operator",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint", Text, unique=True),
    Column("language", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("team", Text, nullable=False, server_default=""),
    Column("speaks", Text, nullable=False, server_default=""),
)

operator_campaign = Table(
    "operator_campaign",
    metadata,
    Column("operator", Text, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("campaign", Text, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", SmallInteger, nullable=False),
    PrimaryKeyConstraint("operator", "campaign"),
)

script = Table(
    "script",
    metadata,
    Column("id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("imported_at", Instant, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("author", Text, nullable=False, server_default=""),
    Column("approved_by", Text, nullable=False, server_default=""),
    Column("must_read", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("id", "version"),
    Index(
        "ix_script_must_read",
        "id",
        "version",
        sqlite_where=text("must_read AND current"),
        postgresql_where=text("must_read AND current"),
    ),
)

token = Table(
    "token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    Column("principal", Text, ForeignKey("principal.id")),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
"""Who may use the HTTP API; a token is shown once, when it is made, and only its hash is kept."""
