"""Who sits at which phone: `admission` asks the same table for every call, so what is said here holds for the next."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, union
from sqlalchemy.dialects import postgresql, sqlite

from ari_app.ports.clock import Clock
from ari_app.ports.phones import AT_THE_DESK, NoOperator, Place, SatDown, Seat
from ari_app.stores import admission
from ari_app.stores.database import Database
from ari_app.stores.tables import operator, phone, web_session

_LOCK = int.from_bytes(b"garboseat"[:8], "big")
"""Changes of seats come one after another: two people who change places must not wait for each other for ever."""


class PhoneBook:
    """For a caller that may wait. Each method is one transaction. Raises StoreConflict, StoreUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self._database = database
        self._clock = clock

    def sit(self, operator_id: str, text: str, *, said_by: str) -> SatDown:
        """As `ports.phones.Phones`."""
        new = Seat(phone=text, operator=operator_id, since=self._clock.now(), said_by=said_by)

        def work(connection: Connection) -> SatDown:
            self._database.lock(connection, [_LOCK])
            _need_operator(connection, operator_id)
            before = admission.operator_at(connection, text)
            held = _seat(connection, phone.c.phone == text)
            if held is not None and held.operator == operator_id and said_by in (AT_THE_DESK, held.said_by):
                return SatDown(seat=held)  # what was said from outside does not end with the page
            connection.execute(delete(phone).where(phone.c.operator == operator_id))
            _put(connection, new)
            return SatDown(seat=new, instead_of=before.id if before is not None and before.id != operator_id else "")

        return self._database.write(work)

    def leave(self, operator_id: str, *, only_said_by: str = "") -> Seat | None:
        """As `ports.phones.Phones`."""
        theirs = [phone.c.operator == operator_id, *([phone.c.said_by == only_said_by] if only_said_by else [])]

        def work(connection: Connection) -> Seat | None:
            self._database.lock(connection, [_LOCK])
            _need_operator(connection, operator_id)
            held = _seat(connection, *theirs)
            connection.execute(delete(phone).where(*theirs))
            return held

        return self._database.write(work)

    def place(self, operator_id: str) -> Place:
        """As `ports.phones.Phones`."""

        def work(connection: Connection) -> Place:
            own = connection.scalar(select(operator.c.endpoint).where(operator.c.id == operator_id)) or ""
            there = _seat(connection, phone.c.phone == own) if own else None
            return Place(
                seat=_seat(connection, phone.c.operator == operator_id),
                own=own,
                taken=there if there is not None and there.operator != operator_id else None,
            )

        return self._database.read(work)

    def known(self) -> tuple[tuple[str, str], ...]:
        """As `ports.phones.Phones`."""
        named = union(
            select(phone.c.phone), select(operator.c.endpoint.label("phone")).where(operator.c.endpoint != "")
        )
        each = named.subquery()
        owner = select(operator.c.id).where(operator.c.endpoint == each.c.phone).scalar_subquery()
        whose = func.coalesce(phone.c.operator, owner, "")
        query = select(each.c.phone, whose).outerjoin(phone, phone.c.phone == each.c.phone).order_by(each.c.phone)
        return self._database.read(lambda connection: tuple((row[0], row[1]) for row in connection.execute(query)))

    def clear_own(self, operator_id: str) -> None:
        """As `ports.phones.Phones`."""
        own = select(operator.c.endpoint).where(operator.c.id == operator_id).scalar_subquery()

        def work(connection: Connection) -> None:
            self._database.lock(connection, [_LOCK])
            connection.execute(delete(phone).where(phone.c.phone == own, phone.c.operator != operator_id, *_left()))

        self._database.write(work)

    def clear_left(self) -> tuple[Seat, ...]:
        """As `ports.phones.Phones`."""

        def work(connection: Connection) -> tuple[Seat, ...]:
            self._database.lock(connection, [_LOCK])
            found = tuple(_seats(connection, *_left()))
            if found:
                connection.execute(delete(phone).where(*_left()))
            return found

        return self._database.write(work)


class SqlPhones:
    """Implements ports.phones.Phones on the database's own threads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Share the process's database."""
        self.book = PhoneBook(database, clock)
        self._database = database

    async def sit(self, operator: str, phone: str, *, said_by: str) -> SatDown:
        """As the port."""
        return await self._database.on_writer(partial(self.book.sit, operator, phone, said_by=said_by))

    async def leave(self, operator: str, *, only_said_by: str = "") -> Seat | None:
        """As the port."""
        return await self._database.on_writer(partial(self.book.leave, operator, only_said_by=only_said_by))

    async def place(self, operator: str) -> Place:
        """As the port."""
        return await self._database.on_reader(partial(self.book.place, operator))

    async def known(self) -> tuple[tuple[str, str], ...]:
        """As the port."""
        return await self._database.on_reader(self.book.known)

    async def clear_own(self, operator: str) -> None:
        """As the port."""
        await self._database.on_writer(partial(self.book.clear_own, operator))

    async def clear_left(self) -> tuple[Seat, ...]:
        """As the port."""
        return await self._database.on_writer(self.book.clear_left)


def _left() -> list[ColumnElement[bool]]:
    """Chosen in the page by somebody who has no session any more."""
    return [phone.c.said_by == AT_THE_DESK, ~exists().where(web_session.c.operator == phone.c.operator)]


def _put(connection: Connection, seat: Seat) -> None:
    row = {"phone": seat.phone, "operator": seat.operator, "since": seat.since, "said_by": seat.said_by}
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(phone).values(row)
    connection.execute(new.on_conflict_do_update(index_elements=[phone.c.phone], set_=row))


def _seat(connection: Connection, *where: ColumnElement[bool]) -> Seat | None:
    return next(_seats(connection, *where), None)


def _seats(connection: Connection, *where: ColumnElement[bool]) -> Iterator[Seat]:
    rows = connection.execute(select(phone).where(*where).order_by(phone.c.since)).mappings()
    return (
        Seat(phone=row["phone"], operator=row["operator"], since=row["since"], said_by=row["said_by"]) for row in rows
    )


def _need_operator(connection: Connection, operator_id: str) -> None:
    if not connection.scalar(select(exists().where(operator.c.id == operator_id))):
        raise NoOperator(f"there is no operator {operator_id}; `garbo operator list` names those there are")
