"""
The tables, as SQLAlchemy Core sees them; `migrations/` builds them.

Numbers appear as `number_key`, a keyed hash; only `number`, `verdict_personal` and `caller_id` hold them in the clear,
and the first two can be erased. Global scope is `*`, never NULL. Instants are UTC. JSON is text: a digest is taken over
its very bytes. Rows with a `list_version` count only once that version is published.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ari_app.stores.instants import Instant

MANUAL = 1
"""The list version of everything that was not imported; always published."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _version() -> Column[int]:
    return Column("list_version", Integer, ForeignKey("list_version.id"), nullable=False, server_default=text("1"))


installation = Table("installation", metadata, Column("key_id", Text, primary_key=True))
"""One row: the key that every `number_key` was made with."""

# Who calls, for whom.

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
)

campaign_pack = Table(
    "campaign_pack",
    metadata,
    Column("campaign", Text, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("pack", Text, nullable=False),
    PrimaryKeyConstraint("campaign", "position"),
)

operator = Table(
    "operator",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint", Text, unique=True),
    Column("language", Text, nullable=False),
    Column("role", Text, nullable=False),
)

operator_campaign = Table(
    "operator_campaign",
    metadata,
    Column("operator", Text, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("campaign", Text, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", SmallInteger, nullable=False),
    PrimaryKeyConstraint("operator", "campaign"),
)

# Who is called.

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
    _version(),
    Index(None, "list_version"),
    CheckConstraint("lifted_at IS NULL OR lifted_by_consent IS NOT NULL", name="lifted_only_by_consent"),
)

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
    _version(),
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
    _version(),
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
    _version(),
    PrimaryKeyConstraint("principal", "number_key", "list_version"),
    Index(None, "list_version"),
)

caller_id = Table(
    "caller_id",
    metadata,
    Column("range_start", Text, nullable=False),
    Column("range_end", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("registered_in", Text),
    _version(),
    PrimaryKeyConstraint("range_start", "range_end", "list_version"),
)

# What was said and what became of it.

attempt = Table(
    "attempt",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("call_id", Text, unique=True),
    Column("number_key", LargeBinary, nullable=False),
    Column("person", Text),
    Column("campaign", Text, ForeignKey("campaign.id"), nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("confirmed_at", Instant),
    Column("outcome", Text),
    Column("gate", Text),
    _version(),
    PrimaryKeyConstraint("principal", "id"),
    Index(None, "principal", "number_key", "at"),
    CheckConstraint("state IN ('reserved', 'confirmed', 'released')", name="state"),
)
Index(
    "ix_attempt_open",
    attempt.c.at,
    sqlite_where=text("outcome IS NULL AND call_id IS NOT NULL"),
    postgresql_where=text("outcome IS NULL AND call_id IS NOT NULL"),
)

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

disposition = Table(
    "disposition",
    metadata,
    Column("call_id", Text, ForeignKey("verdict.call_id"), primary_key=True),
    Column("disposition", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("note", Text),
)

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
    PrimaryKeyConstraint("principal", "id"),
    Index(None, "principal", "number_key", "due_at"),
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
    PrimaryKeyConstraint("id", "version"),
)
