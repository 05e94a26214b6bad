"""Who may be called: what was imported, screened or suppressed."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
    true,
)

from ari_app.stores.instants import Instant
from ari_app.stores.tables.base import list_version_column, metadata

installation = Table("installation", metadata, Column("key_id", Text, primary_key=True))
"""One row: the key that every `number_key` was made with."""

number = Table(
    "number",
    metadata,
    Column("number_key", LargeBinary, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("e164", Text, nullable=False),
)

list_version = Table(
    "list_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("principal", Text, ForeignKey("principal.id")),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("published_at", Instant),
    Column("report", Text),
    Index(None, "kind", "principal", "file_name"),
    sqlite_autoincrement=True,  # an abandoned version's number is never given again
)

suppression = Table(
    "suppression",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number_key", LargeBinary, nullable=False, index=True),
    Column("key_id", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("lifted_at", Instant),
    Column("lifted_by_consent", Text, ForeignKey("consent.id")),
    Column("lifted_by", Text),
    list_version_column(),
    Index(None, "list_version"),
    CheckConstraint("lifted_at IS NULL OR lifted_by_consent IS NOT NULL", name="lifted_only_by_consent"),
)

Index(
    "ix_suppression_lifted_by_consent",
    suppression.c.lifted_by_consent,
    sqlite_where=text("lifted_by_consent IS NOT NULL"),
    postgresql_where=text("lifted_by_consent IS NOT NULL"),
)  # a consent that is deleted is looked for here, by us and by its foreign key
Index(
    "ix_suppression_by_hand",
    suppression.c.list_version,  # else SQLite would rather go through all that were ever set down by hand
    suppression.c.created_at,
    suppression.c.scope,
    suppression.c.source,
    sqlite_where=text("list_version = 1"),
    postgresql_where=text("list_version = 1"),
)  # what was set down today, without the millions that lists brought

consent = Table(
    "consent",
    metadata,
    Column("id", Text, primary_key=True),
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("text_version", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("withdrawn_at", Instant),
    Column("form", Text, nullable=False, server_default="express"),
    Column("channel", Text, nullable=False, server_default=""),
    list_version_column(),
    Index(None, "principal", "number_key"),
    Index(None, "list_version"),
)

screening = Table(
    "screening",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("register", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", Instant, nullable=False),
    Column("answered_said_by", Text, nullable=False),
    Column("valid_until", Instant, nullable=False),
    Column("per_controller", Boolean, nullable=False, server_default=true()),
    list_version_column(),
    PrimaryKeyConstraint("principal", "number_key", "register", "batch"),
    Index(None, "list_version"),
    CheckConstraint("answer IN ('listed', 'clear')", name="answer"),
)

customer = Table(
    "customer",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("products", Text, nullable=False),
    Column("since", Instant),
    Column("until", Instant),
    Column("person", Text),
    Column("as_of", Instant, nullable=False),
    Column("inquired_at", Instant),
    Column("source", Text, nullable=False, server_default=""),
    Column("stood_since", Instant),
    list_version_column(),
    PrimaryKeyConstraint("principal", "number_key", "list_version"),
    Index(None, "list_version"),
)
"""A word counts as of `as_of`; one that only says again what was known has stood since `stood_since`."""
Index(
    "ix_customer_person",
    customer.c.principal,
    customer.c.person,
    sqlite_where=text("person IS NOT NULL"),
    postgresql_where=text("person IS NOT NULL"),
)

contact = Table(
    "contact",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("campaign", Text, ForeignKey("campaign.id"), nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("list_id", Text, nullable=False),
    Column("list_source", Text, nullable=False, server_default=""),
    Column("approved_by", Text, nullable=False, server_default=""),
    Column("agency", Text, nullable=False, server_default=""),
    Column("imported_at", Instant, nullable=False),
    Column("listed", Boolean),
    Column("party", Text),
    Column("language", Text, nullable=False, server_default=""),
    Column("person", Text, nullable=False, server_default=""),
    Column("generated", Boolean, nullable=False, server_default=false()),
    Column("household", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False, server_default=""),
    Column("sealed_number", Text, nullable=False, server_default=""),
    list_version_column(),
    PrimaryKeyConstraint("principal", "number_key", "campaign", "list_id", "list_version"),
    Index(None, "list_version"),
    CheckConstraint("party IS NULL OR party IN ('consumer', 'business')", name="party"),
)
Index(
    "ix_contact_person",
    contact.c.principal,
    contact.c.person,
    sqlite_where=text("person <> ''"),
    postgresql_where=text("person <> ''"),
)

contact_list = Table(
    "contact_list",
    metadata,
    Column("campaign", Text, ForeignKey("campaign.id"), nullable=False),
    Column("list_id", Text, nullable=False),
    list_version_column(),
    PrimaryKeyConstraint("campaign", "list_id", "list_version"),
    Index(None, "list_version"),
)
"""
Which versions hold a campaign's list: a contact counts only in the newest published one, so that publishing a list
takes the place of the one that had its id before, by that one update.
"""

submission = Table(
    "submission",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("register", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("exported_at", Instant, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("numbers", Integer, nullable=False),
    Column("returned", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("principal", "register", "digest", "exported_at"),
)
"""Lists that were exported to be submitted to a register; `returned` is the digest of the answer's numbers."""

caller_id = Table(
    "caller_id",
    metadata,
    Column("range_start", Text, nullable=False),
    Column("range_end", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("registered_in", Text),
    list_version_column(),
    PrimaryKeyConstraint("range_start", "range_end", "list_version"),
)

import_profile = Table(
    "import_profile",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
)
"""Which column of somebody's files holds which field, kept under a name; `mapping` is a JSON object."""

live_customer = Table(
    "live_customer",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("products", Text, nullable=False),
    Column("since", Instant),
    Column("until", Instant),
    Column("person", Text),
    Column("answered_at", Instant, nullable=False),
    PrimaryKeyConstraint("principal", "number_key"),
)
"""What a principal's CRM answered last about a number."""

erasure = Table(
    "erasure",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number_key", LargeBinary, nullable=False, index=True),
    Column("erased_at", Instant, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("report", Text, nullable=False),
)
"""That somebody's data were erased, when and why; the key alone is left."""
