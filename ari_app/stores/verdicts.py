"""The book of verdicts for the gate: ports.verdicts on the database's own threads, one hop a transaction."""

from datetime import datetime
from functools import partial

from ari_app.policy.keyring import Keyring
from ari_app.policy.needs import Needs
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest, Door
from ari_app.ports.verdicts import Admission, Decide, Ending, OpenCall, Redeeming
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database


class SqlVerdicts:
    """Implements ports.verdicts.Verdicts; `book` has the same methods for a caller that may wait."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """Share the database with the other stores of the process: on SQLite it owns the only writer thread."""
        self.book = VerdictBook(database, keyring)
        self._database = database

    async def admission(self, ask: Ask, *, default_campaign: str) -> Admission:
        """As the port; who only asks lets calls go first."""
        look = partial(self.book.admission, ask, default_campaign=default_campaign)
        return await self._database.on_reader(look, ahead=ask.door not in (Door.CHECK, Door.API))

    async def judge(
        self, request: CallRequest, *, needs: Needs, decide: Decide, redeeming: Redeeming | None = None
    ) -> VerdictRecord:
        """As the port; `decide` runs on the database's thread. A commit that has begun is not cancelled."""
        return await self._database.on_writer(
            partial(self.book.judge, request, needs=needs, decide=decide, redeeming=redeeming)
        )

    async def preview(self, request: CallRequest, *, needs: Needs, decide: Decide) -> VerdictRecord:
        """As the port; `decide` runs on the database's thread."""
        return await self._database.on_reader(partial(self.book.preview, request, needs=needs, decide=decide))

    async def confirm(self, call_id: str, *, at: datetime) -> None:
        """As the port."""
        await self._database.on_writer(partial(self.book.confirm, call_id, at=at))

    async def close(self, call_id: str, ending: Ending) -> bool:
        """As the port. Raises StoreConflict: there is no verdict of this call."""
        return await self._database.on_writer(partial(self.book.close, call_id, ending))

    async def release(self, call_id: str, *, gate: str, at: datetime) -> bool:
        """As the port."""
        return await self._database.on_writer(partial(self.book.release, call_id, gate=gate, at=at))

    async def open_calls(self, *, gate: str) -> tuple[OpenCall, ...]:
        """As the port."""
        return await self._database.on_reader(partial(self.book.open_calls, gate=gate))

    async def show(self, call_id: str) -> VerdictRecord | None:
        """As the port."""
        return await self._database.on_reader(partial(self.book.show, call_id))
