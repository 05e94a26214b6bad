"""
Imported lists, in versions: rows are written under a version that nobody sees until one update publishes it.

How a batch is put is in `imports/`: a module a kind says what is to be written, `putting` writes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Table, delete, exists, func, insert, or_, select, update

from ari_app.policy.held import Screening
from ari_app.policy.keyring import Keyring
from ari_app.ports.clock import Clock
from ari_app.ports.lists import (
    Answered,
    Approval,
    AttemptRow,
    CallerIdRow,
    ConsentRow,
    ContactRow,
    Counts,
    CustomerRow,
    Delivered,
    ListFile,
    ScreeningBatch,
    ScreeningRow,
    Submission,
    SuppressionRow,
)
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.imports import attempts, caller_ids, consents, contacts, customers, screenings, suppressions
from ari_app.stores.imports.putting import Putting
from ari_app.stores.imports.version import Version, open_version
from ari_app.stores.tables import (
    attempt,
    caller_id,
    consent,
    contact,
    contact_list,
    customer,
    list_version,
    principal,
    screening,
    submission,
    suppression,
)

_DATED = frozenset({"customers:delivery"})
"""
Kinds whose rows have instants of their own: what is left out of them is older than what is visible, and stays so
whatever is published meanwhile.
"""
_ASKED_AT_ONCE = 500
"""Numbers in one query: SQLite takes no more than some thousand parameters on any machine."""
_VERSIONED: tuple[Table, ...] = (
    *(suppression, consent, screening, customer, caller_id, attempt),
    *(contact, contact_list),
)


class SqlLists:
    """Implements ports.lists.DeliveryStore. Raises StoreConflict: the version is published, or there is none."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock) -> None:
        """The keyring hides the numbers; they are not kept."""
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._putting = Putting(database, keyring)

    def begin(self, file: ListFile) -> int:
        """As the port. Raises StoreConflict: there is no such principal."""
        values = {
            "kind": file.kind,
            "principal": file.principal,
            "file_name": file.file_name,
            "sha256": file.sha256,
        }

        def work(connection: Connection) -> int:
            self._lock_list(connection, file.kind, file.principal)
            known = select(principal.c.id).where(principal.c.id == file.principal)
            if file.principal is not None and connection.scalar(known) is None:
                raise StoreConflict(
                    f"there is no principal {file.principal}; add it with `garbo principal add {file.principal} …`"
                )
            version: int = connection.execute(
                insert(list_version).values(started_at=self._clock.now(), **values).returning(list_version.c.id)
            ).scalar_one()
            return version

        return self._database.write(work)

    def put_suppressions(self, version: int, rows: Sequence[SuppressionRow]) -> Counts:
        """As the port."""
        return self._putting.numbers(version, rows, partial(suppressions.change, now=self._clock.now()))

    def put_customers(self, version: int, principal: str, rows: Sequence[CustomerRow]) -> Counts:
        """As the port."""
        return self._putting.numbers(version, rows, lambda own, some: customers.change(own, principal, some))

    def put_consents(self, version: int, principal: str, rows: Sequence[ConsentRow]) -> Counts:
        """As the port."""
        return self._putting.numbers(version, rows, lambda own, some: consents.change(own, principal, some))

    def put_contacts(self, version: int, approval: Approval, rows: Sequence[ContactRow]) -> Counts:
        """As the port."""
        return self._putting.numbers(version, rows, lambda own, some: contacts.change(own, approval, some))

    def empty_contacts(self, version: int, approval: Approval, list_id: str) -> int:
        """As the port."""
        return self._database.write(
            lambda connection: contacts.empty(
                open_version(connection, version, self._keyring), approval.campaign, list_id
            )
        )

    def put_attempts(self, version: int, rows: Sequence[AttemptRow]) -> Counts:
        """As the port."""
        return self._putting.numbers(version, rows, attempts.change)

    def put_caller_ids(self, version: int, rows: Sequence[CallerIdRow]) -> Counts:
        """As the port."""
        return self._putting.ranges(version, rows, caller_ids.change)

    def put_screenings(self, version: int, batch: ScreeningBatch, rows: Sequence[ScreeningRow]) -> Counts:
        """As the port."""
        return self._putting.numbers(version, rows, lambda own, some: screenings.change(own, batch, some))

    def newest_answers(
        self, principal: str, register: str, numbers: Iterable[str], *, now: datetime
    ) -> Mapping[str, Screening]:
        """As the port."""
        found: dict[str, Screening] = {}
        asked = iter(numbers)
        while some := {self._keyring.number_key(number): number for number in islice(asked, _ASKED_AT_ONCE)}:
            newest = partial(screenings.newest, principal=principal, register=register, keys=tuple(some), now=now)
            found |= {some[key]: answer for key, answer in self._database.read(newest).items()}
        return found

    def record_export(self, principal: str, register: str, *, file_name: str, digest: str, numbers: int) -> datetime:
        """As the port."""
        now = self._clock.now()
        row = {"principal": principal, "register": register, "digest": digest, "exported_at": now}
        row |= {"file_name": file_name, "numbers": numbers}
        self._database.write(lambda connection: connection.execute(insert(submission), row))
        return now

    def submissions(self, principal: str, register: str, digest: str) -> tuple[Submission, ...]:
        """As the port."""
        query = _submissions(principal, register, digest).order_by(submission.c.exported_at)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return tuple(Submission(exported_at=row.exported_at, returned=row.returned) for row in rows)

    def publish(self, version: int, report: Mapping[str, object], *, answered: Answered | None = None) -> None:
        """
        As the port. Raises StoreConflict: another version of the same list was published since this one was begun.

        Rows were left out because the visible ones said the same; they may not any more. See `_DATED`.
        """

        self._putting.settle(version)

        def work(connection: Connection) -> None:
            own = open_version(connection, version, self._keyring)
            self._lock_list(connection, own.kind, own.principal)
            own = open_version(connection, version, self._keyring)  # it may have been published during the wait
            if own.kind not in _DATED and connection.scalar(_published_since(own)):
                raise StoreConflict(
                    f"another import of {own.kind} was published while this one ran, and its rows may be newer; "
                    "nothing was changed: run the import again"
                )
            change = update(list_version).where(list_version.c.id == version)
            kept = msgspec.json.encode(report).decode()
            connection.execute(change.values(published_at=self._clock.now(), report=kept))
            if answered is not None:
                _mark_answered(connection, answered)

        self._database.write(work)

    def abandon(self, version: int) -> None:
        """As the port; what is not there any more is no error."""
        self._putting.let_go(version)
        self._database.write(lambda connection: open_version(connection, version, self._keyring))
        for table in _VERSIONED:
            self._putting.drop(version, table)
        self._database.write(
            lambda connection: connection.execute(delete(list_version).where(list_version.c.id == version))
        )

    def unpublished(self) -> tuple[int, ...]:
        """Versions that were begun and neither published nor abandoned: imports under way, or ones that died."""
        query = select(list_version.c.id).where(list_version.c.published_at.is_(None)).order_by(list_version.c.id)
        return self._database.read(lambda connection: tuple(connection.scalars(query)))

    def delivered(self, file: ListFile) -> Delivered | None:
        """As the port."""
        query = (
            select(list_version.c.sha256, list_version.c.report)
            .where(
                list_version.c.kind == file.kind,
                list_version.c.principal == file.principal,
                list_version.c.file_name == file.file_name,
                list_version.c.published_at.is_not(None),
            )
            .order_by(list_version.c.id.desc())
            .limit(1)
        )
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else Delivered(row.sha256, msgspec.json.decode(row.report, type=dict[str, object]))

    def _lock_list(self, connection: Connection, kind: str, owner: str | None) -> None:
        """Versions of one list are begun and published one at a time, so that their instants tell the order."""
        self._database.lock(connection, [self._keyring.lock_number(f"list:{kind}:{owner or ''}")])


def _published_since(own: Version) -> Select[tuple[bool]]:
    """Whether a version of the same list was begun later and is published, or was published while this one was put."""
    return select(
        exists().where(
            list_version.c.id != own.id,
            list_version.c.kind == own.kind,
            list_version.c.principal.is_not_distinct_from(own.principal),
            list_version.c.published_at.is_not(None),
            or_(list_version.c.id > own.id, list_version.c.published_at >= own.started_at),
        )
    )


def _submissions(principal: str, register: str, digest: str) -> Select[Any]:
    return select(submission).where(
        submission.c.principal == principal, submission.c.register == register, submission.c.digest == digest
    )


def _mark_answered(connection: Connection, answered: Answered) -> None:
    """The newest export that can have led to this answer, and has none yet, has it now."""
    of = _submissions(answered.principal, answered.register, answered.submitted).subquery()
    newest = select(func.max(of.c.exported_at)).where(of.c.returned == "", of.c.exported_at <= answered.answered_at)
    connection.execute(
        update(submission)
        .where(
            submission.c.principal == answered.principal,
            submission.c.register == answered.register,
            submission.c.digest == answered.submitted,
            submission.c.exported_at == newest.scalar_subquery(),
        )
        .values(returned=answered.returned)
    )
