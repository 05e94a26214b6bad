"""
Calls of the past from a list, each under the principal of its campaign.

A call is known by number, campaign and instant. What a later list says of the same call is put beside what was said
before, and the newest version's word counts (`stores.history`).
"""

from collections.abc import Sequence

from sqlalchemy import select

from ari_app.policy.outcome import Outcome
from ari_app.ports.lists import AttemptRow, Counts
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.imports.ids import new_ids
from ari_app.stores.imports.version import Change, Keyed, Version
from ari_app.stores.tables import attempt, campaign

_NEVER_MADE = frozenset({Outcome.DENIED, Outcome.NOT_DIALLED})


def change(version: Version, rows: Sequence[Keyed[AttemptRow]]) -> Change:
    """`updated` counts calls on record whose outcome was another."""
    named = {row.campaign for _, row in rows}
    campaigns = {
        each.id: each
        for each in version.connection.execute(
            select(campaign.c.id, campaign.c.principal, campaign.c.purpose).where(campaign.c.id.in_(named))
        )
    }
    if missing := named - campaigns.keys():
        raise StoreConflict(f"there is no campaign {min(missing)}; `garbo campaign list` names those there are")
    query = (
        version.seen_in(attempt, "number_key", "campaign", "at", "outcome")
        .where(
            attempt.c.principal.in_({each.principal for each in campaigns.values()}),
            version.among(attempt.c.number_key, [key for key, _ in rows]),
            attempt.c.call_id.is_(None),
        )
        .order_by(attempt.c.list_version)
    )
    held = {(each.number_key, each.campaign, each.at): each.outcome for each in version.connection.execute(query)}
    updated = unchanged = 0
    new: list[dict[str, object]] = []
    for (key, row), own_id in zip(rows, new_ids(), strict=False):
        call = (key, row.campaign, row.at)
        before = held.get(call)
        if before == row.outcome.value:
            unchanged += 1
            continue
        updated += before is not None
        held[call] = row.outcome.value
        of = campaigns[row.campaign]
        new.append(
            {
                "principal": of.principal,
                "id": own_id,
                "number_key": key,
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
    counts = Counts(added=len(new) - updated, updated=updated, unchanged=unchanged)
    return Change(counts=counts, table=attempt, new=new)
