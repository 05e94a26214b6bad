"""
Contact lists of a campaign.

A list is written whole under its version, what has not changed too: published, it takes the place of the one that had
its id before, and whoever is not in it any more is no contact by it any more.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import and_, func, insert, select

from ari_app.ports.lists import Approval, ContactRow, Counts
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.imports.version import Change, Keyed, Version
from ari_app.stores.tables import campaign, contact, contact_list, list_version

_SAID = ("list_source", "listed", "party", "language", "person", "generated", "household", "name")


def change(version: Version, approval: Approval, rows: Sequence[Keyed[ContactRow]]) -> Change:
    """`updated` counts entries that the list had already, but otherwise, or approved otherwise."""
    principal = version.connection.scalar(select(campaign.c.principal).where(campaign.c.id == approval.campaign))
    if principal is None:
        raise StoreConflict(f"there is no campaign {approval.campaign}; `garbo campaign list` names those there are")
    list_ids = {row.list_id for _, row in rows}
    before = _before(version, principal, approval.campaign, [key for key, _ in rows], list_ids)
    same = {"principal": principal, "campaign": approval.campaign, "list_version": version.id}
    approved = {"approved_by": approval.approved_by, "agency": approval.agency}
    added = unchanged = 0
    new: list[dict[str, object]] = []
    for key, row in rows:
        said = {column: getattr(row, column) for column in _SAID} | approved
        held, since = before.get((key, row.list_id), (None, version.started_at))
        added += held is None
        unchanged += held == said
        # To say the same again is no news: it does not make good a number that turned out to be somebody else's.
        at = since if held == said else version.started_at
        sealed = version.keyring.sealed_number(row.e164)
        own = {"number_key": key, "sealed_number": sealed, "list_id": row.list_id, "imported_at": at}
        new.append({**same, **own, **said})
    return Change(
        counts=Counts(added=added, unchanged=unchanged, updated=len(rows) - added - unchanged),
        table=contact,
        new=new,
        first=partial(_name_lists, campaign_id=approval.campaign, list_ids=list_ids),
    )


def empty(version: Version, campaign_id: str, list_id: str) -> int:
    """Note that this version holds the list, without entries, if there is such a list; how many it had."""
    same = (contact_list.c.campaign == campaign_id, contact_list.c.list_id == list_id)
    newest = version.connection.scalar(
        select(func.max(contact_list.c.list_version))
        .join(list_version, list_version.c.id == contact_list.c.list_version)
        .where(*same, list_version.c.published_at.is_not(None))
    )
    if newest is None:
        return 0
    _name_lists(version, campaign_id=campaign_id, list_ids={list_id})
    principal = select(campaign.c.principal).where(campaign.c.id == campaign_id).scalar_subquery()
    had = select(func.count()).where(
        contact.c.principal == principal,
        contact.c.campaign == campaign_id,
        contact.c.list_id == list_id,
        contact.c.list_version == newest,
    )
    return version.connection.scalar(had) or 0


def _name_lists(version: Version, *, campaign_id: str, list_ids: set[str]) -> None:
    """Note which lists this version holds."""
    query = select(contact_list.c.list_id).where(
        contact_list.c.campaign == campaign_id, contact_list.c.list_id.in_(list_ids), version.own(contact_list)
    )
    new = list_ids - set(version.connection.scalars(query))
    if new:
        rows = [{"campaign": campaign_id, "list_id": each, "list_version": version.id} for each in sorted(new)]
        version.connection.execute(insert(contact_list), rows)


def _before(
    version: Version, principal: str, campaign_id: str, keys: Sequence[bytes], list_ids: set[str]
) -> dict[tuple[bytes, str], tuple[dict[str, Any], datetime]]:
    """The entries that these lists have now, and since when."""
    newest = (
        select(contact_list.c.list_id, func.max(contact_list.c.list_version).label("version"))
        .join(list_version, list_version.c.id == contact_list.c.list_version)
        .where(
            contact_list.c.campaign == campaign_id,
            contact_list.c.list_id.in_(list_ids),
            list_version.c.published_at.is_not(None),
        )
        .group_by(contact_list.c.list_id)
        .subquery()
    )
    columns = (*_SAID, "approved_by", "agency")
    rows = version.connection.execute(
        select(contact.c.number_key, contact.c.list_id, contact.c.imported_at, *(contact.c[name] for name in columns))
        .join(newest, and_(newest.c.list_id == contact.c.list_id, newest.c.version == contact.c.list_version))
        .where(
            contact.c.principal == principal,
            contact.c.campaign == campaign_id,
            version.among(contact.c.number_key, keys),
        )
    )
    return {(key, of): (dict(zip(columns, said, strict=True)), since) for key, of, since, *said in rows}
