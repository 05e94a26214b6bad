"""What the stores that people fill by hand have in common: their principal has to exist."""

from sqlalchemy import Connection, exists, select

from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.tables import principal


def need_principal(connection: Connection, principal_id: str) -> None:
    """Raise StoreConflict unless there is this principal."""
    if not connection.scalar(select(exists().where(principal.c.id == principal_id))):
        raise StoreConflict(
            f"there is no principal {principal_id}; add it with `garbo principal add {principal_id} --name …`"
        )
