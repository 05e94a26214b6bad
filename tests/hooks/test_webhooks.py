"""Webhooks: kept until taken, signed, sent again at growing intervals, and nothing personal left behind."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from sqlalchemy import select

from ari_app.desk.telling import Telling
from ari_app.hooks import Sender, SenderSettings
from ari_app.main.clocks import Ulids
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.ports.webhooks import Message
from ari_app.stores.database import Database
from ari_app.stores.tables import webhook
from ari_app.stores.webhooks import SqlOutbox
from tests.hooks.conftest import Receiver
from tests.web.conftest import NOW, RECORD

SECRET = b"a test secret, and it says so"
ALL = frozenset({"call.judged", "call.ringing", "call.answered", "call.ended"})


@dataclass
class Hands:
    """A clock that is moved by hand."""

    at: datetime = NOW

    def now(self) -> datetime:
        """What it shows."""
        return self.at


class Heard:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def event(self, name: str, **values: object) -> None:
        """Remember."""
        self.events.append((name, values))

    def measure(self, name: str, value: float) -> None:
        """Not of interest here."""


def message(number: int, *, at: datetime = NOW) -> Message:
    """One of a call."""
    body = json.dumps({"callee": "+393330000001", "n": number})
    return Message(id=f"01M{number:023d}", event="call.judged", call_id=RECORD.call_id, body=body, made_at=at)


@dataclass
class Desk:
    """A sender over an outbox, with a clock and a session."""

    outbox: SqlOutbox
    sender: Sender
    clock: Hands
    heard: Heard

    async def send(self) -> int:
        """What is due now, once."""
        async with aiohttp.ClientSession() as session:
            return await self.sender.send_some(session)


@pytest.fixture
def desk(database: Database, receiver: Receiver) -> Desk:
    """Everything real but the clock."""
    clock, heard, outbox = Hands(), Heard(), SqlOutbox(database)
    sender = Sender(SenderSettings(url=receiver.url, secret=SECRET), outbox, clock=clock, observer=heard)
    return Desk(outbox, sender, clock, heard)


def kept(database: Database) -> list[tuple[str, int, bool, bool]]:
    """Body, tries, delivered, given up; in order."""
    query = select(webhook).order_by(webhook.c.id)
    rows = database.read(lambda connection: connection.execute(query).all())
    return [(row.body, row.tries, row.delivered_at is not None, row.gave_up_at is not None) for row in rows]


async def test_a_message_comes_once_signed_and_its_body_is_forgotten(
    desk: Desk, receiver: Receiver, database: Database
) -> None:
    """The signature is over time and body; afterwards only that it was delivered is known."""
    await desk.outbox.put([message(1)])
    assert (await desk.send(), await desk.send()) == (1, 0)
    ((headers, body),) = receiver.got
    at, made = (part.partition("=")[2] for part in headers["X-Garbo-Signature"].split(","))
    assert made == hmac.new(SECRET, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert int(at) == int(NOW.timestamp())
    assert (headers["X-Garbo-Event"], headers["X-Garbo-Delivery"]) == ("call.judged", message(1).id)
    assert json.loads(body)["n"] == 1
    assert kept(database) == [("", 0, True, False)]


@pytest.mark.parametrize("status", [302, 400, 500, 503])
async def test_what_is_refused_is_sent_again_later(
    desk: Desk, receiver: Receiver, database: Database, status: int
) -> None:
    """Not at once; a redirect is a refusal too, since a signed body goes to no other address."""
    receiver.statuses = [status]
    await desk.outbox.put([message(1)])
    assert (await desk.send(), await desk.send()) == (1, 0)
    desk.clock.at += timedelta(seconds=5)
    assert await desk.send() == 1
    assert len(receiver.got) == 2
    assert kept(database) == [("", 1, True, False)]
    assert [name for name, _ in desk.heard.events] == ["webhook.failed"]


async def test_after_a_day_it_is_given_up(desk: Desk, receiver: Receiver, database: Database) -> None:
    """With an event, and nothing personal is left."""
    receiver.statuses = [500] * 100
    await desk.outbox.put([message(1)])
    sent = 0
    for _ in range(60):
        sent += await desk.send()
        desk.clock.at += timedelta(hours=1)
    assert 20 < sent < 30
    assert kept(database) == [("", sent, False, True)]
    assert desk.heard.events[-1][0] == "webhook.given_up"


async def test_gone_for_good_is_given_up_at_once(desk: Desk, receiver: Receiver, database: Database) -> None:
    """410 says that nobody wants it any more."""
    receiver.statuses = [410]
    await desk.outbox.put([message(1)])
    await desk.send()
    assert kept(database) == [("", 1, False, True)]


async def test_nobody_there_is_a_failure_and_no_secret_is_told(database: Database) -> None:
    """The error names the kind, and neither address nor body."""
    clock, heard, outbox = Hands(), Heard(), SqlOutbox(database)
    settings = SenderSettings(url="http://127.0.0.1:9/secret-path", secret=SECRET)
    desk = Desk(outbox, Sender(settings, outbox, clock=clock, observer=heard), clock, heard)
    await outbox.put([message(1)])
    assert await desk.send() == 1
    said = repr(heard.events) + repr(settings) + repr(message(1))
    assert "secret" not in said
    assert "393330000001" not in said


async def test_two_senders_share_the_work(desk: Desk, receiver: Receiver, database: Database) -> None:
    """What one has taken the other does not get, until the first has had its time."""
    await desk.outbox.put([message(number) for number in range(10)])
    first = await desk.outbox.take(NOW, until=NOW + timedelta(seconds=15), limit=4)
    second = await desk.outbox.take(NOW, until=NOW + timedelta(seconds=15), limit=20)
    assert (len(first), len(second)) == (4, 6)
    assert not {each.id for each in first} & {each.id for each in second}
    later = await desk.outbox.take(NOW + timedelta(seconds=15), until=NOW + timedelta(seconds=30), limit=20)
    assert len(later) == 10


class Full:
    """An outbox whose database is away."""

    async def put(self, messages: Sequence[Message]) -> None:
        """Never."""
        raise StoreUnavailable(f"{len(messages)} messages find nobody")


def telling(outbox: object, heard: Heard, *, events: frozenset[str] = ALL) -> Telling:
    """What tells, with links that say whose they are."""
    return Telling(
        outbox,  # type: ignore[arg-type]  # one method of it is used
        link=lambda call_id, _: f"https://garbo.example/s/{call_id}",
        events=events,
        clock=Hands(),
        ids=Ulids(),
        observer=heard,
    )


async def test_a_call_is_told_step_by_step(desk: Desk, receiver: Receiver) -> None:
    """With the script's address, which a softphone opens; a repeated verdict is told once."""
    told = telling(desk.outbox, desk.heard)
    for _ in range(2):
        told.judged(RECORD, channel_id="1.1", phone="PJSIP/101")
    told.ringing(RECORD.call_id, NOW)
    told.answered(RECORD.call_id, NOW)
    told.ended(RECORD.call_id, "answered", NOW)
    told.ended("nobody's", "answered", NOW)
    await told.flush()
    desk.clock.at = datetime.now(UTC) + timedelta(seconds=1)
    await desk.send()
    bodies = sorted((json.loads(body) for _, body in receiver.got), key=lambda body: str(body["id"]))
    assert [body["event"] for body in bodies] == ["call.judged", "call.ringing", "call.answered", "call.ended"]
    assert {body["script_url"] for body in bodies} == {f"https://garbo.example/s/{RECORD.call_id}"}
    assert (bodies[0]["phone"], bodies[0]["channel_id"], bodies[3]["outcome"]) == ("PJSIP/101", "1.1", "answered")
    assert bodies[0]["callee"] == RECORD.callee


async def test_only_what_is_asked_for_is_told(desk: Desk, receiver: Receiver) -> None:
    """A refused call has no script to show."""
    told = telling(desk.outbox, desk.heard, events=frozenset({"call.judged"}))
    told.judged(replace(RECORD, script=None, verdict="deny"), channel_id="1.1", phone="")
    told.answered(RECORD.call_id, NOW)
    await told.flush()
    await desk.send()
    ((_, body),) = receiver.got
    assert json.loads(body)["script_url"] is None


async def test_a_database_that_is_away_loses_nothing_that_fits(desk: Desk) -> None:
    """What could not be kept waits; beyond a bound it is dropped, and that is told."""
    told = telling(Full(), desk.heard)
    for number in range(10_001):
        told.judged(replace(RECORD, call_id=f"c{number}"), channel_id="", phone="")
    with pytest.raises(StoreUnavailable):
        await told.flush()
    assert [name for name, _ in desk.heard.events] == ["webhook.dropped"]
