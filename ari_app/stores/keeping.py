"""What stores have in common that know numbers by principal: it has to exist, and its rows have to be found."""

from sqlalchemy import ColumnElement, Connection, Table, exists, select

from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.tables import principal, verdict


def need_principal(connection: Connection, principal_id: str) -> None:
    """Raise StoreConflict unless there is this principal."""
    if not connection.scalar(select(exists().where(principal.c.id == principal_id))):
        raise StoreConflict(
            f"there is no principal {principal_id}; add it with `garbo principal add {principal_id} --name …`"
        )


def is_on(table: Table, key: bytes, principal_id: str | None) -> list[ColumnElement[bool]]:
    """
    The conditions for a table's rows on a number, of one principal or (None) of all.

    Indexes begin with the principal, so all are named; only verdicts, of which some have none, are found by the number.
    """
    meant = [table.c.number_key == key]
    if principal_id is not None:
        return [*meant, table.c.principal == principal_id]
    return meant if table is verdict else [*meant, table.c.principal.in_(select(principal.c.id))]
