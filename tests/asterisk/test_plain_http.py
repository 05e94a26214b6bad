"""The connection to an Asterisk without REST over websockets: events over the one, requests over plain HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from ari_app.asterisk.control import AriSwitch
from ari_app.asterisk.errors import AriDisconnected, AriError, AriNotFound, AriRefused, AriTimeout
from ari_app.asterisk.plain_http import version_of
from ari_app.asterisk.rest import Request, Transport
from ari_app.asterisk.settings import AriSettings
from ari_app.policy.events import CallAsked
from tests.asterisk.conftest import Gate, changed, running
from tests.fakes.ari import Answer, FakeAri

CONTINUE = Request("POST", "channels/1.1/continue", {"context": "garbo", "extension": "s", "label": "allow"})


@pytest.fixture
async def ari() -> AsyncIterator[FakeAri]:
    """As of Asterisk 16."""
    async with FakeAri() as fake:
        fake.version, fake.rest_over_websocket, fake.bulk_variables = "16.28.0~dfsg-0+deb11u4", False, False
        yield fake


async def test_an_old_asterisk_is_asked_over_http(ari: FakeAri, gate: Gate) -> None:
    """Its version says so before the application is there; the log says it, and nothing is tried that it cannot."""
    assert gate.connection.transport is Transport.HTTP
    assert gate.observed.named("ari.connected")[0]["rest"] == "http"
    assert ari.seen[0].uri == "asterisk/info"
    assert all(seen.plain for seen in ari.seen)
    assert gate.observed.named("ari.ping_unanswered") == []


@pytest.mark.parametrize(
    ("version", "can", "transport"),
    [
        ("22.4.0", True, "websocket"),
        ("20.14.0", True, "websocket"),
        ("20.13.1", False, "http"),
        ("21.8.0", False, "http"),
        ("GIT-master-0abc", True, "websocket"),
        ("GIT-16-0abc", False, "http"),
    ],
)
async def test_the_transport_is_what_asterisk_can(
    ari: FakeAri, settings: AriSettings, version: str, can: bool, transport: str
) -> None:
    """By its version; one that was built from git is asked, and does not answer if it cannot."""
    ari.version, ari.rest_over_websocket = version, can
    async with running(changed(settings, request_timeout=timedelta(milliseconds=200))) as gate:
        assert gate.connection.transport == transport
        assert (await gate.connection.request("GET", "channels")).body == "[]"


async def test_another_asterisk_is_asked_anew(ari: FakeAri, gate: Gate) -> None:
    """An update while the gate runs: the next connection goes the better way."""
    ari.version, ari.rest_over_websocket = "22.10.1", True
    ari.cut()
    await gate.observed.wait("ari.connected", 2)
    assert gate.connection.transport is Transport.WEBSOCKET


async def test_connections_are_kept(ari: FakeAri, gate: Gate) -> None:
    """One after the other, requests share a connection."""
    for _ in range(20):
        await gate.connection.request("GET", "channels")
    # The websocket took over the first one, on which the version was asked.
    assert len(ari.peers) == 2


async def test_a_burst_takes_no_more_than_its_share_of_sessions(ari: FakeAri, gate: Gate) -> None:
    """Asterisk closes what goes beyond its limit without a word: waiting for one's turn is better."""
    ari.answers["GET", "channels"] = Answer(200, delay_s=0.05)
    await asyncio.gather(*(gate.connection.request("GET", "channels") for _ in range(100)))
    assert len(ari.peers) <= 32


async def test_requests_in_turn_wait_for_one_another(ari: FakeAri, gate: Gate) -> None:
    """However long the first one takes, and whatever it is answered."""
    ari.add("1.1")
    ari.answers["POST", "/variable"] = Answer(500, "so it goes", delay_s=0.05)
    first = len(ari.seen)
    failed, done = await asyncio.gather(
        *gate.connection.in_turn(Request("POST", "channels/1.1/variable"), CONTINUE), return_exceptions=True
    )
    assert isinstance(failed, AriRefused)
    assert not isinstance(done, BaseException)
    assert [seen.uri for seen in ari.seen[first:]] == ["channels/1.1/variable", "channels/1.1/continue"]


async def test_requests_in_turn_have_one_deadline(ari: FakeAri, settings: AriSettings) -> None:
    """A verdict that is counted as failed must not arrive later: what has not gone out by then never does."""
    async with running(changed(settings, request_timeout=timedelta(milliseconds=100))) as gate:
        ari.add("1.1")
        ari.answers["POST", "/variable"] = Answer(None)
        first = len(ari.seen)
        began = asyncio.get_running_loop().time()
        results = await asyncio.gather(
            *gate.connection.in_turn(Request("POST", "channels/1.1/variable"), CONTINUE), return_exceptions=True
        )
        assert [type(result) for result in results] == [AriTimeout, AriTimeout]
        assert asyncio.get_running_loop().time() - began < 1
        assert [seen.uri for seen in ari.seen[first:]] == ["channels/1.1/variable"]


async def test_what_was_given_up_is_not_sent(ari: FakeAri, gate: Gate) -> None:
    """Whoever no longer waits for a turn has nothing sent."""
    ari.add("1.1")
    ari.answers["POST", "/variable"] = Answer(204, delay_s=0.05)
    first, second = gate.connection.in_turn(Request("POST", "channels/1.1/variable"), CONTINUE)
    second.cancel()
    await first
    await gate.connection.request("GET", "asterisk/ping")
    assert ari.channels["1.1"].label is None


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_connection_that_broke_is_tried_once_more(ari: FakeAri, gate: Gate, carried_out: bool) -> None:
    """Whether the first request arrived or not: the channel has gone on, and the caller is told so."""
    ari.add("1.1")
    ari.stale.append(carried_out)
    (answer,) = gate.connection.in_turn(CONTINUE)
    assert (await answer).status == 204
    assert ari.channels["1.1"].label == "allow"


async def test_a_connection_that_keeps_breaking_is_given_up(ari: FakeAri, gate: Gate) -> None:
    """Twice is enough."""
    ari.add("1.1")
    ari.stale.extend([False, False])
    (answer,) = gate.connection.in_turn(CONTINUE)
    with pytest.raises(AriDisconnected):
        await answer


async def test_a_missing_label_is_no_channel_that_left(ari: FakeAri, gate: Gate) -> None:
    """After a broken connection as well: the channel still waits, and that is not to be taken for success."""
    ari.add("1.1")
    ari.stale.append(False)
    with pytest.raises(AriNotFound):
        await gate.connection.request("POST", CONTINUE.uri, query={**CONTINUE.query, "label": "nowhere"})


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (web.Response(status=404, text="<html>Nothing to see here</html>", content_type="text/html"), AriDisconnected),
        (web.json_response({"message": "Asterisk not booted"}, status=503), AriDisconnected),
        (web.Response(status=302, headers={"Location": "/elsewhere"}), AriRefused),
        (web.json_response({"message": "Channel not found"}, status=404), AriNotFound),
        (web.Response(status=200, body=b"\xff\xfe"), AriError),
    ],
)
async def test_who_is_not_ari_carries_nothing_out(
    ari: FakeAri, gate: Gate, told: web.Response, kind: type[AriError]
) -> None:
    """An HTTP server without ARI's modules, an Asterisk that boots, a proxy: none is taken for an answer."""
    ari.raw_answers["GET", "channels"] = told
    with pytest.raises(kind):
        (await gate.connection.request("GET", "channels")).read(list)


async def test_a_wrong_password_is_said(ari: FakeAri, settings: AriSettings) -> None:
    """Before any websocket is opened."""
    async with running(changed(settings, password="wrong"), wait=False) as gate:
        await gate.observed.wait("ari.configuration_refused")
        assert ari.connections == 0


async def test_a_lost_websocket_fails_what_waits(ari: FakeAri, gate: Gate) -> None:
    """Without its events no request has a meaning; the next connection begins with none."""
    ari.answers["GET", "channels"] = Answer(None)
    (waiting,) = gate.connection.in_turn(Request("GET", "channels"))
    await gate.connection.request("GET", "asterisk/ping")
    ari.answers.clear()
    ari.cut()
    with pytest.raises(AriDisconnected):
        await waiting
    await gate.observed.wait("ari.connected", 2)


@pytest.mark.parametrize("ahead", [timedelta(minutes=-5), timedelta(minutes=5)])
async def test_clocks_are_compared(ari: FakeAri, settings: AriSettings, ahead: timedelta) -> None:
    """By the time stamp in the body: HTTP's own has whole seconds."""
    ari.ahead = ahead
    async with running(settings) as gate:
        assert abs(gate.connection.clock_offset - ahead) < timedelta(milliseconds=200)


async def test_an_event_may_come_behind_the_list(ari: FakeAri, settings: AriSettings) -> None:
    """A channel that came in just now is listed before its event is here; it is not refused as forgotten."""
    channel = ari.add("1.1")

    async def behind() -> None:
        async with asyncio.timeout(5):
            while not any(seen.uri == "channels" for seen in ari.seen):  # noqa: ASYNC110  the fake tells nobody
                await asyncio.sleep(0.001)
        await ari.emit(ari.stasis_start(channel))

    event = asyncio.create_task(behind())
    async with running(settings) as gate:
        (live,) = await gate.next()  # type: ignore[misc]  # a resync
        assert live.asks
        assert isinstance(await gate.next(), CallAsked)
    await event


async def test_odd_values_arrive_as_they_are(ari: FakeAri, gate: Gate) -> None:
    """Signs that mean something in an address, in JSON or to a dialplan function."""
    told = {"A": "", "__B": 'a,b;"c"\\d', "C": "(1)[2] %2B+ &=?#", "D": "è 'ü' ${EXTEN} $[1]", "E": ""}
    channel = ari.add("1.1+2 %41")
    await AriSwitch(gate.connection, ari.app).refuse(channel.channel_id, told)
    assert channel.variables == told
    assert channel.label == "refuse"


async def test_the_version_can_be_asked_without_a_gate(ari: FakeAri, settings: AriSettings) -> None:
    """No application is registered for it; an Asterisk that is away is an error."""
    assert (await version_of(settings)).startswith("16.28.0")
    assert ari.connections == 0
    await ari.stop()
    with pytest.raises(AriDisconnected):
        await version_of(settings)
