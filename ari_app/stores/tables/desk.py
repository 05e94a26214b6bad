"""The operator's desk: who is signed in at which phone, what is live, what was walked, written, read and told."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
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

login = Table(
    "login",
    metadata,
    Column("operator", Text, ForeignKey("operator.id", ondelete="CASCADE"), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("must_change", Boolean, nullable=False, server_default=false()),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("changed_at", Instant, nullable=False),
)
"""How a person signs in: an argon2 hash, and how often it went wrong since it last went well."""

web_session = Table(
    "web_session",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("operator", Text, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)
"""One browser that is signed in; its cookie holds the secret whose hash is here."""

phone = Table(
    "phone",
    metadata,
    Column("phone", Text, primary_key=True),
    Column("operator", Text, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("since", Instant, nullable=False),
    Column("said_by", Text, nullable=False),
)
"""Who sits at a phone now, where it is not simply its operator's: a shared phone, a queue member, a dialer's seat."""

operator_state = Table(
    "operator_state",
    metadata,
    Column("operator", Text, ForeignKey("operator.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Instant, nullable=False),
)
"""What an operator does now; only this, unless an agreement is on record."""

operator_time = Table(
    "operator_time",
    metadata,
    Column("id", Text, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index(None, "operator", "since"),
)
"""What an operator did, span by span; written only while an agreement is in force (RULES 6.6)."""

agreement = Table(
    "agreement",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Text),
)
"""The union's agreement to figures of single operators, by its reference; without one they are told by team."""

key_map = Table(
    "key_map",
    metadata,
    Column("operator", Text, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("action", Text, nullable=False),
    Column("key", Text, nullable=False),
    PrimaryKeyConstraint("operator", "action"),
)
"""Keys that an operator has given to actions of the desk, beside the usual ones."""

live_call = Table(
    "live_call",
    metadata,
    Column("call_id", Text, ForeignKey("verdict.call_id"), primary_key=True),
    Column("gate", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("ringing_at", Instant),
    Column("answered_at", Instant),
    Column("ended_at", Instant),
    Column("done_at", Instant),
    Column("changed_at", Instant, nullable=False, index=True),
    Index(None, "operator", "decided_at"),
)
"""How far a call has come, for the desks of every gate and for pages loaded anew; of the last days alone."""
Index(
    "ix_live_call_open",
    live_call.c.changed_at,
    sqlite_where=text("done_at IS NULL"),
    postgresql_where=text("done_at IS NULL"),
)

walk_step = Table(
    "walk_step",
    metadata,
    Column("call_id", Text, ForeignKey("verdict.call_id"), nullable=False),
    Column("seq", SmallInteger, nullable=False),
    Column("step", Text, nullable=False),
    Column("answer", Text, nullable=False, server_default=""),
    Column("discloses", Text, nullable=False, server_default=""),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("offer_call", Text, ForeignKey("verdict.call_id")),
    PrimaryKeyConstraint("call_id", "seq"),
)
"""
Each step of a script that a call came to, and when; rows are added, never changed.

`answer` is how it was come to: an answer of the step before, an exit, `<` for back, empty for going on. `discloses` are
the duties that were met by coming here, parted by spaces: what the step before had to say was said to its end.
"""

need = Table(
    "need",
    metadata,
    Column("principal", Text, ForeignKey("principal.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("met_at", Instant),
    PrimaryKeyConstraint("principal", "id"),
    Index(None, "principal", "number_key"),
)
"""What somebody said they need, kept for the next call."""

contact_turn = Table(
    "contact_turn",
    metadata,
    Column("principal", Text, nullable=False),
    Column("number_key", LargeBinary, nullable=False),
    Column("campaign", Text, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("called_at", Instant, nullable=False),
    Column("not_before", Instant),
    PrimaryKeyConstraint("principal", "number_key", "campaign"),
)
"""
Whose turn it is among a campaign's contacts: the longest not called first, the epoch standing for never.

`not_before`: it was looked at and would be refused until then; NULL: it may be looked at.
"""
for _name, _column, _condition in (
    ("ix_contact_turn_ripe", contact_turn.c.called_at, "not_before IS NULL"),
    ("ix_contact_turn_put_off", contact_turn.c.not_before, "not_before IS NOT NULL"),
):
    Index(
        _name,
        contact_turn.c.campaign,
        _column,
        contact_turn.c.number_key,
        sqlite_where=text(_condition),
        postgresql_where=text(_condition),
    )

contact_lease = Table(
    "contact_lease",
    metadata,
    Column("number_key", LargeBinary, primary_key=True),
    Column("principal", Text, nullable=False),
    Column("campaign", Text, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("operator", Text, nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
)
"""Who was given a number to call, so that nobody else is given it, whatever they call for; it runs out by itself."""

contact_walk = Table(
    "contact_walk",
    metadata,
    Column("campaign", Text, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("walked_to", Text, nullable=False),
    Column("list_version", Integer, nullable=False),
    Column("done_at", Instant),
)
"""
How far a campaign's contacts have been given their turns, and up to which version of its lists.

`walked_to` is the beginning of a key, in hexadecimal: a place in their order, and nobody's. The walk begins anew every
day.
"""

campaign_route = Table(
    "campaign_route",
    metadata,
    Column("campaign", Text, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("conditions", Text, nullable=False),
    Column("script", Text, nullable=False),
    Column("variant", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("campaign", "position"),
)
"""Which facts lead to which script, the first line that fits; `conditions` is JSON."""

script_draft = Table(
    "script_draft",
    metadata,
    Column("id", Text, primary_key=True),
    Column("script", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("reviewer", Text),
    Column("reviewed_at", Instant),
    Column("remark", Text, nullable=False, server_default=""),
)
"""A script being written in the page: `draft`, `in_review`, `published` or `returned`."""

script_read = Table(
    "script_read",
    metadata,
    Column("operator", Text, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("script", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("read_at", Instant, nullable=False),
    PrimaryKeyConstraint("operator", "script", "version"),
)
"""Which version of a script an operator says to have read."""

script_change = Table(
    "script_change",
    metadata,
    Column("script", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("by", Text, nullable=False, server_default=""),
    Column("why", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("script", "seq"),
)
"""How versions of a script came to be served: `desk.versions.How`, by whom and why."""

notice = Table(
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("made_at", Instant, nullable=False, index=True),
    Column("expires_at", Instant),
)
"""Something the floor must know; `audience` is `*` or `campaign:ID`."""

notice_read = Table(
    "notice_read",
    metadata,
    Column("notice", Text, ForeignKey("notice.id", ondelete="CASCADE"), nullable=False),
    Column("operator", Text, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("read_at", Instant, nullable=False),
    PrimaryKeyConstraint("notice", "operator"),
)

answer = Table(
    "answer",
    metadata,
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("principal", Text, ForeignKey("principal.id")),
    Column("topic", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sought", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("approved_by", Text),
    Column("approved_at", Instant),
    Column("withdrawn_at", Instant),
    PrimaryKeyConstraint("id", "version"),
)
"""
The book of answers: question and text by language, as JSON; the newest approved version counts.

`sought` is what searches look through: every word of it, without case and accents.
"""

feedback = Table(
    "feedback",
    metadata,
    Column("id", Text, primary_key=True),
    Column("principal", Text, ForeignKey("principal.id"), nullable=False, index=True),
    Column("campaign", Text, nullable=False),
    Column("call_id", Text, index=True),
    Column("operator", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("passed_on_at", Instant),
    Column("passed_on_by", Text),
)
"""What the floor tells the brand: a product that nobody understands, a letter that angers people."""

webhook = Table(
    "webhook",
    metadata,
    Column("id", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("call_id", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("next_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("gave_up_at", Instant),
    Column("last_error", Text, nullable=False, server_default=""),
)
Index(
    "ix_webhook_due",
    webhook.c.next_at,
    sqlite_where=text("delivered_at IS NULL AND gave_up_at IS NULL"),
    postgresql_where=text("delivered_at IS NULL AND gave_up_at IS NULL"),
)
"""What is to be told to a CRM or a softphone, until it has taken it."""
