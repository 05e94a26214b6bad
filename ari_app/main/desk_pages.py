"""The operator's desk, wired: its walks, its keys and its verdicts are of this database; the other parts are given."""

from collections.abc import Callable

from ari_app.desk.walks import Offers, Walks
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom
from ari_app.policy.record import VerdictRecord
from ari_app.policy.scripts import Script, Situation
from ari_app.ports.dispositions import Dispositions, Noted
from ari_app.stores.directory import Directory
from ari_app.stores.key_maps import SqlKeyMaps
from ari_app.stores.walks import SqlWalkSteps
from ari_app.web.application import Room
from ari_app.web.desk import DeskServices, desk_room
from ari_app.web.desk.services import Contacts, Desks, Dialling, Noting, Phones, Reading, States, Stories, Wording


def desk_pages(
    room: Courtroom,
    *,
    dispositions: Dispositions,
    offers: Offers,
    situation_of: Callable[[VerdictRecord], Situation],
    desks: Desks,
    states: States,
    stories: Stories,
    wording: Wording,
    noting: Noting,
    contacts: Contacts,
    dialling: Dialling,
    reading: Reading,
    phones: Phones,
) -> Room:
    """The desk as a part of the site."""
    clock = SystemClock()
    calls = _Calls(room, dispositions)
    walks = Walks(
        steps=SqlWalkSteps(room.database), scripts=calls, offers=offers, situation_of=situation_of, clock=clock
    )
    return desk_room(
        DeskServices(
            desks=desks,
            states=states,
            calls=calls,
            walks=walks,
            stories=stories,
            wording=wording,
            noting=noting,
            contacts=contacts,
            dialling=dialling,
            reading=reading,
            phones=phones,
            key_maps=SqlKeyMaps(room.database),
            clock=clock,
        )
    )


class _Calls:
    """Verdicts, scripts and words on record, read on the database's own threads."""

    def __init__(self, room: Courtroom, dispositions: Dispositions) -> None:
        self._room = room
        self._dispositions = dispositions
        self._directory = Directory(room.database)

    async def call(self, call_id: str) -> VerdictRecord | None:
        return await self._room.verdicts.show(call_id)

    async def script(self, script_id: str, script_version: str) -> Script | None:
        return await self._room.database.on_reader(lambda: self._room.scripts.version(script_id, script_version))

    async def noted(self, call_id: str) -> tuple[Noted, ...]:
        return await self._room.database.on_reader(lambda: self._dispositions.of_call(call_id))

    async def brand(self, record: VerdictRecord) -> str:
        campaign = await self._room.database.on_reader(lambda: self._directory.campaign(record.campaign))
        return (campaign.principal_name if campaign else "") or record.principal or ""
