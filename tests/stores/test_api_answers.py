"""Answers that are kept, and calls page by page, on both engines."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from ari_app.policy.numbers import Number
from ari_app.policy.retention import Keeping
from ari_app.ports.api_answers import Answer, Before, Sent
from ari_app.ports.call_pages import Asked
from ari_app.ports.tokens import TokenScope
from ari_app.stores.api_answers import SqlApiAnswers
from ari_app.stores.book import VerdictBook
from ari_app.stores.call_pages import SqlCallPages
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.erasing import Erasures
from ari_app.stores.tokens import SqlTokens
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, call, say, wanted

DAY = timedelta(hours=24)


def sent(database: Database, request: bytes = b"POST /api/v1/verdicts") -> Sent:
    """A request under a key."""
    token = SqlTokens(database, SetClock()).create(TokenScope.VERDICTS, principal=None)[0].id
    return Sent(token=token, key="k", request=request, e164=MARIO)


async def test_an_answer_is_kept_for_a_day(database: Database) -> None:
    """Under its token and key, for this request alone; at the end of the day it is asked anew."""
    answers, first = SqlApiAnswers(database, KEYRING), sent(database)
    assert await answers.begin(first, at=NOW) is Before.NOTHING
    assert await answers.begin(first, at=NOW) is Before.UNDER_WAY
    await answers.keep(first, Answer(200, b"{}" * 1000))
    assert await answers.begin(first, at=NOW + DAY - timedelta(seconds=1)) == Answer(200, b"{}" * 1000)
    assert await answers.begin(replace(first, request=b"other"), at=NOW) is Before.ANOTHER
    assert await answers.begin(sent(database), at=NOW) is Before.NOTHING
    assert await answers.begin(first, at=NOW + DAY) is Before.NOTHING


async def test_what_is_forgotten_or_given_up_is_new(database: Database) -> None:
    """A request without an answer blocks its key for a minute."""
    answers, first = SqlApiAnswers(database, KEYRING), sent(database)
    await answers.begin(first, at=NOW)
    await answers.forget(first)
    assert await answers.begin(first, at=NOW) is Before.NOTHING
    assert await answers.begin(first, at=NOW + timedelta(seconds=59)) is Before.UNDER_WAY
    assert await answers.begin(first, at=NOW + timedelta(seconds=60)) is Before.NOTHING


async def test_of_many_at_once_one_is_new(database: Database) -> None:
    """Whichever comes first."""
    answers, first = SqlApiAnswers(database, KEYRING), sent(database)
    told = await asyncio.gather(*(answers.begin(first, at=NOW) for _ in range(10)))
    assert told.count(Before.NOTHING) == 1


async def test_what_is_a_day_old_is_swept(database: Database) -> None:
    """And nothing else."""
    answers = SqlApiAnswers(database, KEYRING)
    old, new = sent(database), sent(database)
    await answers.begin(old, at=NOW)
    await answers.begin(new, at=NOW + timedelta(seconds=1))
    assert await answers.sweep(before=NOW + timedelta(seconds=1), limit=10) == 1
    assert await answers.sweep(before=NOW + timedelta(seconds=1), limit=10) == 0


async def test_calls_come_page_by_page(database: Database) -> None:
    """Newest first and each once, of every campaign of a principal; by number, by campaign."""
    directory, book, pages = Directory(database), VerdictBook(database, KEYRING), SqlCallPages(database, KEYRING)
    for principal in ("fastnet", "telnet"):
        directory.add_principal(principal, name=principal, country="IT")
    campaigns = [AUTUMN, replace(AUTUMN, id="adsl-inverno"), replace(AUTUMN, id="rivale", principal="telnet")]
    for each in campaigns:
        directory.add_campaign(each)
    made = []
    for place in range(9):
        at = NOW + timedelta(seconds=place // 3)
        asked = call(campaign=campaigns[place % 3], callee=Number(f"+3933300000{place:02}"), at=at)
        book.judge(asked, needs=wanted(asked), decide=say(asked))
        made.append(asked.call_id)
    everything = [record.call_id for record in await pages.page(Asked(), limit=100)]
    assert everything == made[::-1]
    seen: list[str] = []
    after = None
    while page := await pages.page(Asked(principal="fastnet", after=after), limit=2):
        seen += [record.call_id for record in page]
        after = (page[-1].decided_at, page[-1].call_id)
    assert seen == [call_id for place, call_id in reversed(list(enumerate(made))) if place % 3 != 2]
    (one,) = await pages.page(Asked(e164="+393330000004"), limit=10)
    assert one.call_id == made[4]
    assert await pages.page(Asked(e164="+393330000004", principal="telnet"), limit=10) == []
    assert len(await pages.page(Asked(campaign="rivale", since=NOW + timedelta(seconds=1)), limit=10)) == 2


async def test_an_answer_goes_with_its_number(database: Database) -> None:
    """Once that is erased; and so does one on many numbers, since it may be among them."""
    answers, one, many = SqlApiAnswers(database, KEYRING), sent(database), replace(sent(database), e164=None)
    other = replace(sent(database), e164="+393330000009")
    for each in (one, many, other):
        await answers.begin(each, at=NOW)
        await answers.keep(each, Answer(200, b"{}"))
    Erasures(database, KEYRING, SetClock()).erase(
        MARIO, principal_id=None, keepings=lambda _: Keeping(), reason="art. 17", by="test"
    )
    assert [await answers.begin(each, at=NOW) for each in (one, many)] == [Before.NOTHING, Before.NOTHING]
    assert await answers.begin(other, at=NOW) == Answer(200, b"{}")
