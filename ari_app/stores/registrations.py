"""Registers that agencies and principals are in; every verdict reads those of its campaign (`admission`)."""

from sqlalchemy import Connection, and_, delete, exists, insert, select

from ari_app.policy.request import Registration
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.tables import agency, principal, registration


class Registrations:
    """Each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the process's database."""
        self._database = database

    def add(self, holder_id: str, new: Registration) -> None:
        """Add an entry of an agency or a principal; one of the same register and number is replaced."""

        def work(connection: Connection) -> None:
            table = agency if new.holder == "agency" else principal
            if not connection.scalar(select(exists().where(table.c.id == holder_id))):
                raise StoreConflict(
                    f"there is no {new.holder} {holder_id}; `garbo {new.holder} list` names those there are"
                )
            same = {
                "holder_kind": new.holder,
                "holder_id": holder_id,
                "register": new.register,
                "number": new.number,
            }
            this = and_(*(registration.c[name] == value for name, value in same.items()))
            connection.execute(delete(registration).where(this))
            connection.execute(insert(registration), {**same, "valid_until": new.valid_until})

        self._database.write(work)

    def all(self) -> tuple[tuple[str, Registration], ...]:
        """Every entry with the id of its holder, by holder and register."""
        query = select(registration).order_by(
            registration.c.holder_kind, registration.c.holder_id, registration.c.register, registration.c.number
        )

        def work(connection: Connection) -> tuple[tuple[str, Registration], ...]:
            return tuple(
                (
                    row.holder_id,
                    Registration(
                        register=row.register, holder=row.holder_kind, number=row.number, valid_until=row.valid_until
                    ),
                )
                for row in connection.execute(query)
            )

        return self._database.read(work)
