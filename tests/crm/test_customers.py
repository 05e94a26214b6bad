"""Live look-ups over real HTTP: whatever the CRM does, a verdict has its fact or its Unknown, in time."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from ari_app.crm import Crm, CrmSettings, Hearing, HttpCustomers, LastKnown
from ari_app.crm.line import MOST_BYTES
from ari_app.policy.facts import Known, Unknown
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.ports.live_customers import LiveAnswer
from tests.crm.invented import InventedCrm, Mood, cut_off, endless, hung_up, says, until
from tests.fakes.live_customers import MemoryAnswers
from tests.fakes.world import Heard
from tests.stores.samples import NOW, SetClock

MARIO = "+393330001234"
NOBODY = Customer(status=CustomerStatus.NONE)
CURRENT = Customer(status=CustomerStatus.CURRENT)
WORDS = {"active": CustomerStatus.CURRENT, "none": CustomerStatus.NONE}
CERTIFICATE = Path(__file__).with_name("localhost.pem")
PATIENT = timedelta(seconds=20)
"""For tests in which the answer must come, however busy the machine is."""


@dataclass
class Office:
    """The look-ups of one brand, and all that is around them."""

    customers: HttpCustomers
    memory: MemoryAnswers
    clock: SetClock
    heard: Heard

    async def ask(self, e164: str = MARIO) -> Known[Customer] | Unknown:
        """What a verdict would go by."""
        return await self.customers.of("fastnet", e164)

    def events(self) -> list[str]:
        """What was told, but for figures."""
        return [name for name in self.heard.names() if name != "crm_ms"]

    def told(self) -> str:
        """All of that, as text."""
        return json.dumps([event for event in self.heard.events if event[0] != "crm_ms"])


@asynccontextmanager
async def office(url: str, **changes: object) -> AsyncIterator[Office]:
    """Look-ups with these settings."""
    settings = replace(CrmSettings(url=url, words=WORDS, timeout=PATIENT), **changes)  # type: ignore[arg-type]  # fields by name
    memory, clock, heard = MemoryAnswers(), SetClock(), Heard()
    last_known = LastKnown(memory, heard)
    crm = Crm("fastnet", settings, Hearing(last_known=last_known, clock=clock, observer=heard))
    customers = HttpCustomers({"fastnet": crm}, last_known)
    try:
        yield Office(customers, memory, clock, heard)
    finally:
        await customers.close()


def cause(answer: Known[Customer] | Unknown) -> str:
    """Why it is not known."""
    assert isinstance(answer, Unknown), answer
    assert answer.source == "crm"
    return answer.cause


async def test_it_is_asked_about_the_number_and_with_its_headers(crm: InventedCrm) -> None:
    """A plus in a query is a space unless it is written %2B; nothing compressed is asked for."""
    headers = (("Authorization", "Bearer a-test-secret"),)
    async with office(crm.url, headers=headers) as there:
        crm.mood = says('{"status": "active", "products": ["fibra"]}')
        answer = await there.ask()
    assert answer == Known(Customer(status=CustomerStatus.CURRENT, products=("fibra",)), NOW)
    (asked,) = crm.asked
    assert (asked.query["phone"], asked.raw_path if isinstance(asked, web.Request) else "") == (
        MARIO,
        "/customers?phone=%2B393330001234",
    )
    assert asked.headers["Authorization"] == "Bearer a-test-secret"
    assert asked.headers["Accept-Encoding"] == "identity"
    assert there.events() == []
    assert "crm_ms" in there.heard.names()


async def test_digits_may_stand_in_the_path(crm: InventedCrm) -> None:
    """Without the plus."""
    async with office(f"http://127.0.0.1:{crm.port}/by-phone/{{digits}}") as there:
        assert await there.ask() == Known(NOBODY, NOW)
    assert crm.asked[0].path == "/by-phone/393330001234"


async def test_only_who_has_a_crm_is_asked(crm: InventedCrm) -> None:
    """Other principals have their lists."""
    async with office(crm.url) as there:
        assert there.customers.asks("fastnet")
        assert not there.customers.asks("telnet")


@pytest.mark.parametrize("status", [404, 204])
async def test_a_number_that_it_does_not_know_is_nobodys(crm: InventedCrm, status: int) -> None:
    """Or not known, where that is said; neither counts as a failure."""
    crm.mood = says("", status=status)
    async with office(crm.url) as there:
        assert await there.ask() == Known(NOBODY, NOW)
    async with office(crm.url, not_found="unknown", failures=1, last_known=timedelta(days=9)) as there:
        there.memory.held["fastnet", MARIO] = Known(NOBODY, NOW)
        for _ in range(3):
            assert "does not know" in cause(await there.ask())
        assert there.events() == []


@pytest.mark.parametrize(
    ("mood", "said", "tries"),
    [
        (says("oops", status=500), "answered 500", 2),
        (says("busy", status=503), "answered 503", 2),
        (says("slower", status=429), "answered 429", 1),
        (says("{}", status=401), "answered 401", 1),
        (says("{}", status=410), "answered 410", 1),
        (says('{"status": "none"}', status=302, Location="/elsewhere"), "redirects are refused", 1),
        (says("<html>none</html>", content_type="text/html"), "no JSON", 1),
        (says('{"status": "none"'), "no JSON", 1),
        (says(""), "no JSON", 1),
        (says('{"status": "none"}', Content_Encoding="zstd"), "compressed", 1),
        (says(" " * (MOST_BYTES + 1)), "longer than 256 KiB", 1),
        (endless, "longer than 256 KiB", 1),
        (cut_off, "the connection failed", 2),
    ],
)
async def test_what_is_no_answer_is_unknown(crm: InventedCrm, mood: Mood, said: str, tries: int) -> None:
    """Asked twice only where that may help; no URL and no number in what is told."""
    crm.mood = mood
    async with office(crm.url) as there:
        assert said in cause(await there.ask())
        assert there.events() == ["crm.failed"]
        assert "333" not in there.told()
        assert str(crm.port) not in there.told()
    assert len(crm.asked) == tries


async def test_a_second_try_may_succeed(crm: InventedCrm) -> None:
    """One answer of 500 is not the end."""
    async with office(crm.url) as there:
        await crm.first(says("oops", status=502))
        assert await there.ask() == Known(NOBODY, NOW)
        assert there.events() == []


async def test_any_content_type_will_do(crm: InventedCrm) -> None:
    """What is JSON is JSON."""
    crm.mood = says('{"status": "none"}', content_type="text/plain")
    async with office(crm.url) as there:
        assert await there.ask() == Known(NOBODY, NOW)


async def test_a_word_that_nobody_explained_is_unknown(crm: InventedCrm) -> None:
    """It is no failure, and no earlier answer stands in: something has changed. The word itself is not logged."""
    crm.mood = says('{"status": "Mario Rossi"}')
    async with office(crm.url, failures=1, last_known=timedelta(days=9)) as there:
        there.memory.held["fastnet", MARIO] = Known(NOBODY, NOW)
        for _ in range(2):
            assert "cannot be read: status" in cause(await there.ask())
        assert there.events() == ["crm.unread", "crm.unread"]
        assert "Rossi" not in there.told()


async def test_one_that_hangs_costs_its_own_time_and_no_more(crm: InventedCrm) -> None:
    """Well before the verdict's deadline; it is not asked again, since no time is left."""
    crm.mood = crm.hang
    async with office(crm.url, timeout=timedelta(milliseconds=60)) as there, asyncio.timeout(10):
        assert cause(await there.ask()) == "no answer within 60 ms"
    assert len(crm.asked) == 1


async def test_nobody_listens(crm: InventedCrm) -> None:
    """A port that is closed is told without address."""
    await crm.stop()
    async with office(crm.url) as there:
        assert cause(await there.ask()) == "the connection failed: ClientConnectorError"
        assert str(crm.port) not in there.told()


async def test_a_name_that_nobody_knows(crm: InventedCrm) -> None:
    """Resolved or not, there is no answer."""
    async with office("http://crm.invalid/?n={number}") as there:
        assert "the connection failed" in cause(await there.ask())


async def test_failures_in_a_row_open_the_breaker_and_one_answer_closes_it(crm: InventedCrm) -> None:
    """While it is open nothing is sent; both are told once."""
    crm.mood = says("oops", status=400)
    async with office(crm.url, failures=3, pause=timedelta(milliseconds=200)) as there:
        answers = [cause(await there.ask()) for _ in range(6)]
        assert "left alone" in answers[-1]
        assert there.events().count("crm.opened") == 1
        crm.mood = says('{"status": "none"}')
        async with asyncio.timeout(20):
            while True:
                if isinstance(await there.ask(), Known):
                    break
                await asyncio.sleep(0.01)
        assert there.events().count("crm.closed") == 1
        assert await there.ask() == Known(NOBODY, NOW)


async def test_while_one_tries_the_others_are_answered_at_once(crm: InventedCrm) -> None:
    """Half open: a CRM that comes back is not overrun; and a caller who hangs up does not keep it closed."""
    crm.mood = says("oops", status=400)
    async with office(crm.url, failures=1, pause=timedelta(0)) as there:
        await there.ask()
        crm.mood = crm.hang
        asked = len(crm.asked)
        trying = asyncio.create_task(there.ask())
        await until(lambda: len(crm.asked) > asked)
        assert "left alone" in cause(await there.ask())
        trying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trying
        crm.mood = says('{"status": "none"}')
        assert await there.ask() == Known(NOBODY, NOW)


async def test_what_it_said_last_stands_in_for_a_while(crm: InventedCrm) -> None:
    """With its own instant; exactly as old as allowed is young enough, and a number it never spoke of is unknown."""
    async with office(crm.url, last_known=timedelta(hours=24)) as there:
        crm.mood = says('{"status": "active"}')
        assert await there.ask() == Known(CURRENT, NOW)
        await there.customers.last_known.flush()
        crm.mood = says("oops", status=403)
        there.clock.pass_by(timedelta(hours=24))
        assert await there.ask() == Known(CURRENT, NOW)
        assert "never said" in cause(await there.ask("+393330009999"))
        there.clock.pass_by(timedelta(microseconds=1))
        assert "too old" in cause(await there.ask())
        there.memory.down = True
        assert "could not be looked up" in cause(await there.ask())


async def test_what_is_not_written_yet_counts_as_well(crm: InventedCrm) -> None:
    """The answer of a moment ago is newer than the one on record."""
    async with office(crm.url, last_known=timedelta(hours=24)) as there:
        there.memory.held["fastnet", MARIO] = Known(NOBODY, NOW - timedelta(hours=1))
        crm.mood = says('{"status": "active"}')
        await there.ask()
        crm.mood = says("oops", status=403)
        assert await there.ask() == Known(CURRENT, NOW)


async def test_by_default_nothing_stands_in(crm: InventedCrm) -> None:
    """Unknown denies."""
    async with office(crm.url) as there:
        there.memory.held["fastnet", MARIO] = Known(NOBODY, NOW)
        crm.mood = says("oops", status=403)
        assert cause(await there.ask()) == "it answered 403"


async def test_good_answers_are_kept_and_a_database_that_is_down_costs_no_verdict(crm: InventedCrm) -> None:
    """Written beside the verdicts; what could not be written is told as a count."""
    async with office(crm.url) as there:
        keeping = asyncio.create_task(there.customers.last_known.run())
        await there.ask()
        await until(lambda: bool(there.memory.held))
        there.memory.down = True
        assert await there.ask("+393330000002") == Known(NOBODY, NOW)
        await until(lambda: "crm.unkept" in there.events())
        assert set(there.memory.held) == {("fastnet", MARIO)}
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def test_many_at_once_share_few_connections(crm: InventedCrm) -> None:
    """Sixty callers, three connections, sixty answers."""
    async with office(crm.url, connections=3) as there:
        answers = await asyncio.gather(*(there.ask(f"+3933300{n:05}") for n in range(60)))
        assert set(answers) == {Known(NOBODY, NOW)}
    assert len(crm.asked) == 60
    assert len({request.transport for request in crm.asked}) <= 3


async def test_a_connection_that_was_closed_meanwhile_is_made_anew(crm: InventedCrm) -> None:
    """The CRM was restarted between two calls."""
    async with office(crm.url) as there:
        await there.ask()
        await crm.stop()
        await crm.start()
        assert await there.ask() == Known(NOBODY, NOW)
        crm.mood = hung_up
        assert "the connection failed" in cause(await there.ask())


async def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    """And one that is named in the configuration is trusted."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 18\r\nConnection: close\r\n\r\n{"status": "none"}')
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context, family=socket.AF_INET)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/?n={{number}}"
    try:
        async with office(url) as there:
            assert cause(await there.ask()) == "its certificate is not to be trusted"
        async with office(url, ca_file=CERTIFICATE) as there:
            assert await there.ask() == Known(NOBODY, NOW)
    finally:
        server.close()
        await server.wait_closed()


DRIP = b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n"


@pytest.mark.parametrize(
    ("sent", "ends", "said"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", True, "the connection failed"),
        (b"\x15\x03\x03\x00\x02\x02\x50", True, "the connection failed"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", True, "the connection failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", True, "the connection failed"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", True, "the connection failed"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b'{"status": ', True, "no JSON"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, False, "no answer within"),
        (DRIP, False, "no answer within"),
        (DRIP + b'\r\n{"status"', False, "no answer within"),
    ],
)
async def test_what_is_hardly_http_is_no_answer(sent: bytes, ends: bool, said: str) -> None:
    """Another service on the port, a broken proxy, an answer that stays half."""
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        if not ends:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/?n={{number}}"
    try:
        async with office(url, timeout=PATIENT if ends else timedelta(milliseconds=100)) as there, asyncio.timeout(30):
            assert said in cause(await there.ask())
            assert "333" not in there.told()
    finally:
        over.set()
        server.close()
        await server.wait_closed()


async def test_too_many_that_wait_to_be_kept_are_dropped_and_told() -> None:
    """Memory is bounded; a number that waits already is renewed."""
    memory, heard = MemoryAnswers(), Heard()
    last_known = LastKnown(memory, heard)
    for n in range(10_003):
        last_known.said(LiveAnswer("fastnet", f"+39{n}", Known(NOBODY, NOW)))
    last_known.said(LiveAnswer("fastnet", "+390", Known(CURRENT, NOW)))
    await last_known.flush()
    assert len(memory.held) == 10_000
    assert memory.held["fastnet", "+390"] == Known(CURRENT, NOW)
    assert heard.events == [("crm.unkept", {"answers": 3, "cause": "too many waited to be kept"})]


async def test_what_was_being_written_when_the_gate_stopped_is_written_at_its_end() -> None:
    """A database that takes its time loses nothing."""
    memory, heard, began = SlowAnswers(), Heard(), asyncio.Event()
    memory.began = began
    last_known = LastKnown(memory, heard)
    last_known.said(LiveAnswer("fastnet", MARIO, Known(NOBODY, NOW)))
    writing = asyncio.create_task(last_known.flush())
    await began.wait()
    assert await last_known.of("fastnet", MARIO) == Known(NOBODY, NOW)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert memory.held == {}
    memory.began = None
    await last_known.flush()
    assert memory.held == {("fastnet", MARIO): Known(NOBODY, NOW)}


@dataclass
class SlowAnswers(MemoryAnswers):
    """Says that it began, and does not end, as long as somebody listens for that."""

    began: asyncio.Event | None = None

    async def keep(self, answers: Sequence[LiveAnswer]) -> None:
        if self.began is not None:
            self.began.set()
            await asyncio.Event().wait()
        await super().keep(answers)
