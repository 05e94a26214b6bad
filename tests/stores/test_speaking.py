"""Who spoke on a call, put down once, on both engines."""

import asyncio

from sqlalchemy import select

from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.speaking import SqlSpeaking
from ari_app.stores.tables import attempt
from tests.stores.samples import AUTUMN, KEYRING, call, say, wanted


def test_the_first_who_speaks_is_on_record(database: Database) -> None:
    """Neither a second one, nor one for a call that names its own, nor for a call that was never permitted."""
    directory = Directory(database)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    directory.add_campaign(AUTUMN)
    book, request = VerdictBook(database, KEYRING), call()
    book.judge(request, needs=wanted(request), decide=say(request))
    database.write(lambda connection: connection.execute(attempt.update().values(operator="")))
    speaking = SqlSpeaking(database)

    async def say_all() -> list[bool]:
        return [
            await speaking.speaks(call_id, who)
            for call_id, who in ((request.call_id, "anna"), (request.call_id, "bruno"), ("no-such-call", "anna"))
        ]

    assert asyncio.run(say_all()) == [True, False, False]
    assert database.read(lambda connection: connection.scalars(select(attempt.c.operator)).all()) == ["anna"]
