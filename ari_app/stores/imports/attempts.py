"""
Calls of the past from a list, each under the principal of its campaign.

A call is known by number, campaign and instant. What a later list says of the same call is put beside what was said
before, and the newest version's word counts (`stores.history`).
"""

from collections.abc import Sequence

from sqlalchemy import insert, select
from ulid import ULID

from ari_app.policy.outcome import Outcome
from ari_app.ports.lists import AttemptRow, Counts
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.imports.version import Version
from ari_app.stores.tables import attempt, campaign

_NEVER_MADE = frozenset({Outcome.DENIED, Outcome.NOT_DIALLED})


def put(version: Version, rows: Sequence[AttemptRow]) -> Counts:
    """`updated` counts calls on record whose outcome was another."""
    keys = {row.e164: version.keyring.number_key(row.e164) for row in rows}
    campaigns = {
        each.id: each
        for each in version.connection.execute(
            select(campaign.c.id, campaign.c.principal, campaign.c.purpose).where(
                campaign.c.id.in_({row.campaign for row in rows})
            )
        )
    }
    if missing := {row.campaign for row in rows} - campaigns.keys():
        raise StoreConflict(f"there is no campaign {min(missing)}; `garbo campaign list` names those there are")
    query = (
        version.seen_in(attempt)
        .where(
            attempt.c.principal.in_({each.principal for each in campaigns.values()}),
            attempt.c.number_key.in_(set(keys.values())),
            attempt.c.call_id.is_(None),
        )
        .order_by(attempt.c.list_version)
    )
    held = {(each.number_key, each.campaign, each.at): each.outcome for each in version.connection.execute(query)}
    counts = Counts()
    new: list[dict[str, object]] = []
    for row in rows:
        call = (keys[row.e164], row.campaign, row.at)
        before = held.get(call)
        if before == row.outcome.value:
            counts += Counts(unchanged=1)
            continue
        counts += Counts(added=1) if before is None else Counts(updated=1)
        held[call] = row.outcome.value
        of = campaigns[row.campaign]
        new.append(
            {
                "principal": of.principal,
                "id": str(ULID()),
                "number_key": keys[row.e164],
                "campaign": of.id,
                "purpose": of.purpose,
                "operator": "",
                "at": row.at,
                "state": "released" if row.outcome in _NEVER_MADE else "confirmed",
                "confirmed_at": None if row.outcome in _NEVER_MADE else row.at,
                "outcome": row.outcome.value,
                "list_version": version.id,
            }
        )
    if new:
        version.connection.execute(insert(attempt), new)
    return counts
