"""What is said at the desk, wired: words on calls, the story beside the script, whom to call next."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import phonenumbers

from ari_app.config import Settings, read_keyring
from ari_app.desk.contacts import Contacts
from ari_app.desk.dispositions import Noting
from ari_app.desk.story import Stories
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom, open_courtroom
from ari_app.policy.numbers import Number, zones
from ari_app.ports.clock import Clock
from ari_app.ports.dispositions import Noted, Word
from ari_app.stores.bulk import SqlArchive
from ari_app.stores.contacts import SqlContacts
from ari_app.stores.database import Database
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.needs import SqlNeeds
from ari_app.stores.stories import SqlStories


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWords:
    """The services behind the operator's page."""

    stories: Stories
    noting: Noting
    contacts: Contacts
    needs: SqlNeeds
    """Synchronous, as the stores are: for who marks one as met."""


def desk_words(settings: Settings, room: Courtroom, *, clock: Clock | None = None) -> DeskWords:
    """Over the gate's own judge and database. Raises ConfigError: the key file cannot be read."""
    keyring, clock, database = read_keyring(settings.privacy.hash_key_file), clock or SystemClock(), room.database

    async def reading(work: Callable[[], Sequence[Hashable]]) -> Sequence[Hashable]:
        return await database.on_reader(work)

    return DeskWords(
        stories=Stories(SqlStories(database, keyring), clock),
        noting=Noting(
            words=_Words(database, SqlDispositions(database, keyring)),
            verdicts=room.verdicts,
            judge=room.judge,
            clock=clock,
        ),
        contacts=Contacts(
            book=SqlContacts(database, keyring),
            verdicts=room.verdicts,
            judge=room.judge,
            archive=SqlArchive(database, keyring),
            reading=reading,
            clock=clock,
            zones=zones_of(settings.gate.region),
        ),
        needs=SqlNeeds(database, keyring, clock),
    )


def note(settings: Settings, word: Word, *, supervisor: bool = False) -> Noted:
    """
    Note a word from the command line, whose user vouches for who says it; a correction is a supervisor's.

    Raises NotingError, StoreError, ConfigError.
    """

    async def work() -> Noted:
        database = open_database(settings)
        try:
            room = open_courtroom(settings, database)
            try:
                noting = desk_words(settings, room).noting
                if not supervisor:
                    return await noting.take_down(word)
                return await noting.correct(
                    word.call_id,
                    supervisor=word.operator,
                    recording=word.recording,
                    word=word.disposition,
                    note=word.note,
                    needs=word.needs,
                    due_at=word.due_at,
                    callback_by=word.callback_by,
                    value=word.value,
                )
            finally:
                await room.close()
        finally:
            database.close()

    return asyncio.run(work())


def zones_of(region: str) -> tuple[str, ...]:
    """The clocks of a country, its most usual one first."""
    example = phonenumbers.example_number(region)
    if example is None:
        return ("UTC",)
    return zones(Number(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))) or ("UTC",)


class _Words:
    """Implements desk.dispositions.WordBook on the database's own threads."""

    def __init__(self, database: Database, words: SqlDispositions) -> None:
        self._database = database
        self._words = words

    async def note(self, word: Word) -> Noted:
        return await self._database.on_writer(partial(self._words.note, word))

    async def operators_of(self, call_id: str) -> frozenset[str]:
        return await self._database.on_reader(partial(self._words.operators_of, call_id))
