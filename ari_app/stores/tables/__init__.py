"""
The tables, as SQLAlchemy Core sees them, a module a subject; `migrations/` builds them.

Numbers appear as `number_key`, a keyed hash; only `number`, `verdict_personal` and `caller_id` hold them in the clear,
and the first two can be erased. Global scope is `*`, never NULL. Instants are UTC. JSON is text: a digest is taken over
its very bytes. Rows with a `list_version` count only once that version is published.
"""

from ari_app.stores.tables.base import MANUAL, metadata
from ari_app.stores.tables.calls import attempt, campaign_hour, outcome, seal, verdict, verdict_personal
from ari_app.stores.tables.lists import (
    caller_id,
    consent,
    contact,
    contact_list,
    customer,
    erasure,
    import_profile,
    installation,
    list_version,
    live_customer,
    number,
    screening,
    submission,
    suppression,
)
from ari_app.stores.tables.parties import (
    agency,
    campaign,
    campaign_pack,
    operator,
    operator_campaign,
    principal,
    registration,
    script,
    token,
)
from ari_app.stores.tables.promises import callback, disposition, flag, one_off_permit

__all__ = [
    "MANUAL",
    "agency",
    "attempt",
    "callback",
    "caller_id",
    "campaign",
    "campaign_hour",
    "campaign_pack",
    "consent",
    "contact",
    "contact_list",
    "customer",
    "disposition",
    "erasure",
    "flag",
    "import_profile",
    "installation",
    "list_version",
    "live_customer",
    "metadata",
    "number",
    "one_off_permit",
    "operator",
    "operator_campaign",
    "outcome",
    "principal",
    "registration",
    "screening",
    "script",
    "seal",
    "submission",
    "suppression",
    "token",
    "verdict",
    "verdict_personal",
]
