"""The connection on a real websocket to a fake ARI."""

import asyncio
import json
import time
from datetime import timedelta
from random import Random

import pytest

from ari_app.asterisk.connection import AriConnection
from ari_app.asterisk.errors import (
    AriConflict,
    AriDisconnected,
    AriForbidden,
    AriNotFound,
    AriRefused,
    AriTimeout,
)
from ari_app.asterisk.rest import Request
from ari_app.asterisk.settings import AriSettings
from ari_app.policy.events import CallAsked, ChannelGone
from ari_app.ports.switch import LiveChannel
from tests.asterisk.conftest import Gate, MachineClock, Observed, changed, running
from tests.fakes.ari import PASSWORD, Answer, FakeAri


async def test_credentials_travel_in_a_header(ari: FakeAri, gate: Gate) -> None:
    """The address holds the application's name and no secret; all events are not asked for."""
    assert ari.addresses == ["/ari/events?app=garbo-a"]
    assert PASSWORD not in ari.addresses[0]


async def test_a_filter_is_set_on_every_connect(ari: FakeAri, gate: Gate) -> None:
    """The application's filter may be gone after any loss, and lets answers through."""
    ari.cut()
    await gate.observed.wait("ari.connected", 2)
    filters = [seen.body for seen in ari.seen if seen.uri == "applications/garbo-a/eventFilter"]
    assert len(filters) == 2
    assert {"type": "RESTResponse"} in filters[1]["allowed"]


async def test_the_pbx_is_known(gate: Gate) -> None:
    """Version, id and start are asked for at connect; a sound version is not complained about."""
    pbx = gate.connection.pbx
    assert pbx is not None
    assert (pbx.version, pbx.asterisk_id) == ("22.10.1", "02:00:00:00:00:01")
    assert gate.connection.bulk_variables
    assert pbx.started_at is not None
    assert pbx.started_at.isoformat() == "2026-11-22T01:13:00.123000+00:00"
    assert gate.observed.named("ari.version_faulty") == []


async def test_a_faulty_version_is_reported(ari: FakeAri, settings: AriSettings) -> None:
    """A version with known faults is named, with them."""
    ari.version = "22.9.0"
    async with running(settings) as gate:
        assert "#1907" in str(gate.observed.named("ari.version_faulty"))


async def test_an_event_is_delivered(ari: FakeAri, gate: Gate) -> None:
    """A channel that comes in asks for its verdict."""
    await ari.emit(ari.stasis_start(ari.add("1.1")))
    asked = await gate.next()
    assert isinstance(asked, CallAsked)
    assert (asked.channel_id, asked.ask.dialled, asked.entry, asked.late) == ("1.1", "3331234567", "7", False)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, AriRefused),
        (403, AriForbidden),
        (404, AriNotFound),
        (409, AriConflict),
        (412, AriRefused),
        (500, AriRefused),
    ],
)
async def test_error_bodies_are_kept(ari: FakeAri, gate: Gate, status: int, kind: type[AriRefused]) -> None:
    """An error answer becomes an exception of its own with Asterisk's status, reason and message."""
    ari.answers["POST", "/continue"] = Answer(status, "so it goes")
    with pytest.raises(AriRefused) as caught:
        await gate.connection.request("POST", "channels/1.1/continue")
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.reason, error.message) == (status, "Fake", "so it goes")


async def test_requests_keep_their_order_without_waiting(ari: FakeAri, gate: Gate) -> None:
    """Several requests go out in one go, and each gets its own answer."""
    first = len(ari.seen)
    asked = [Request("GET", f"channels/{n}/variable", {"variable": "X"}) for n in range(50)]
    sent = gate.connection.in_turn(*asked)
    answers = await asyncio.gather(*sent, return_exceptions=True)
    assert [seen.uri for seen in ari.seen[first:]] == [f"channels/{n}/variable" for n in range(50)]
    assert [str(answer).split(":")[0] for answer in answers] == [f"GET channels/{n}/variable" for n in range(50)]


async def test_silence_ends_at_the_deadline(ari: FakeAri, settings: AriSettings) -> None:
    """A request that is not answered fails in time, and leaves the connection as it is."""
    async with running(changed(settings, request_timeout=timedelta(milliseconds=200))) as gate:
        ari.answers["GET", "channels"] = Answer(None)
        with pytest.raises(AriTimeout):
            await gate.connection.request("GET", "channels")
        assert gate.connection.connected
        ari.answers.clear()
        assert (await gate.connection.request("GET", "channels")).body == "[]"


async def test_a_late_answer_hurts_nobody(ari: FakeAri, settings: AriSettings) -> None:
    """An answer to a request that was given up is reported, and not taken for another's."""
    async with running(changed(settings, request_timeout=timedelta(milliseconds=200))) as gate:
        ari.answers["GET", "channels"] = Answer(200, delay_s=0.3)
        with pytest.raises(AriTimeout):
            await gate.connection.request("GET", "channels")
        await gate.observed.wait("ari.answer_unexpected")
        assert (await gate.connection.request("GET", "asterisk/ping")).status == 200


async def test_who_did_not_run_reads_before_giving_up(ari: FakeAri, settings: AriSettings) -> None:
    """After our own process hung, an answer that came meanwhile counts; silence still ends."""
    async with running(changed(settings, request_timeout=timedelta(milliseconds=200))) as gate:
        for answer, kind in ((Answer(409, "not in Stasis", delay_s=0.05), AriConflict), (Answer(None), AriTimeout)):
            first = len(ari.seen)
            ari.answers["POST", "/continue"] = answer
            (waiting,) = gate.connection.in_turn(Request("POST", "channels/1.1/continue"))
            while len(ari.seen) == first:  # noqa: ASYNC110  until it is sent
                await asyncio.sleep(0)
            time.sleep(0.6)  # noqa: ASYNC251  the fault itself
            with pytest.raises(kind):
                await waiting
        assert gate.connection.connected


async def test_a_cut_fails_what_waits(ari: FakeAri, gate: Gate) -> None:
    """A request under way fails at once when the connection goes, and so does one without a connection."""
    ari.answers["GET", "channels"] = Answer(None)
    (waiting,) = gate.connection.in_turn(Request("GET", "channels"))
    await gate.connection.request("GET", "asterisk/ping")
    ari.refusals.extend([503] * 1000)
    ari.cut()
    with pytest.raises(AriDisconnected):
        await waiting
    await gate.observed.wait("ari.disconnected")
    assert not gate.connection.connected
    with pytest.raises(AriDisconnected):
        await gate.connection.request("GET", "channels")


async def test_an_overlong_request_is_not_sent(ari: FakeAri, gate: Gate) -> None:
    """Asterisk would close the socket on it, and all other calls would suffer."""
    with pytest.raises(AriRefused) as caught:
        await gate.connection.request("POST", "channels/1/variables", body={"variables": {"X": "x" * 70_000}})
    assert caught.value.status == 413
    assert ari.connections == 1


@pytest.mark.parametrize("frame", ["", "{", "[]", '{"no": "type"}', '{"type": "RESTResponse"}', '{"type": 5}'])
async def test_malformed_frames_are_reported(ari: FakeAri, gate: Gate, frame: str) -> None:
    """Nonsense from the other side is reported and survived."""
    await ari.raw(frame)
    await gate.observed.wait("ari.frame_malformed")
    assert (await gate.connection.request("GET", "asterisk/ping")).status == 200


async def test_a_binary_frame_is_reported(ari: FakeAri, gate: Gate) -> None:
    """Asterisk sends none."""
    await ari.binary(b"\x00")
    await gate.observed.wait("ari.frame_malformed")


async def test_unknown_events_are_counted(ari: FakeAri, gate: Gate) -> None:
    """An event of no interest is not delivered, only counted."""
    await ari.raw(json.dumps({"type": "ChannelVarset"}))
    await gate.connection.request("GET", "asterisk/ping")
    assert gate.connection.ignored == {"ChannelVarset": 1}
    assert gate.delivered.empty()


async def test_a_request_of_a_cancelled_caller_is_forgotten(ari: FakeAri, gate: Gate) -> None:
    """Whoever no longer waits leaves nothing behind."""
    ari.answers["GET", "channels"] = Answer(200, delay_s=0.05)
    asking = asyncio.create_task(gate.connection.request("GET", "channels"))
    await gate.connection.request("GET", "asterisk/ping")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_reconnects_after_each_loss(ari: FakeAri, gate: Gate) -> None:
    """Cut or closed, the connection comes back and works."""
    ari.cut()
    await gate.observed.wait("ari.connected", 2)
    await ari.close()
    await gate.observed.wait("ari.connected", 3)
    assert (await gate.connection.request("GET", "asterisk/ping")).status == 200


async def test_booting_is_passing(ari: FakeAri, settings: AriSettings) -> None:
    """404 and 503 at connect are an Asterisk that is still coming up, and no fault of the configuration."""
    ari.refusals.extend([404, 503])
    async with running(settings) as gate:
        assert len(gate.observed.named("ari.connect_failed")) == 2
        assert gate.observed.named("ari.configuration_refused") == []


async def test_a_wrong_password_is_said(ari: FakeAri, settings: AriSettings) -> None:
    """401 is reported as a fault of the configuration, and tried again in case it is mended."""
    ari.refusals.extend([401, 403])
    async with running(settings) as gate:
        assert len(gate.observed.named("ari.configuration_refused")) == 2


async def test_a_read_only_user_is_said(ari: FakeAri, settings: AriSettings) -> None:
    """A user that may only read cannot gate, and never counts as connected."""
    ari.answers["PUT", "/eventFilter"] = Answer(403, "Write access denied")
    async with running(settings, wait=False) as gate:
        told = await gate.observed.wait("ari.configuration_refused")
        assert "Write access denied" in str(told["error"])
        assert not gate.connection.connected


async def test_an_asterisk_without_rest_over_websockets_is_said(ari: FakeAri, settings: AriSettings) -> None:
    """Requests that are never answered are found out at connect."""
    ari.answers["GET", "asterisk/ping"] = Answer(None)
    async with running(changed(settings, request_timeout=timedelta(milliseconds=50)), wait=False) as gate:
        await gate.observed.wait("ari.ping_unanswered")
        assert not gate.connection.connected


async def test_a_pbx_that_is_away_is_waited_for(ari: FakeAri, gate: Gate) -> None:
    """The connection comes back by itself once Asterisk listens again."""
    await ari.stop()
    await gate.observed.wait("ari.connect_failed")
    await ari.listen()
    await gate.observed.wait("ari.connected", 2)


async def test_a_second_gate_with_our_name_is_loud(ari: FakeAri, settings: AriSettings) -> None:
    """A gate whose name was taken is not ready, but can still send its verdicts; it takes the name back later."""
    async with running(changed(settings, backoff_slow=timedelta(milliseconds=300))) as gate:
        await ari.emit({"type": "ApplicationReplaced"})
        await gate.observed.wait("ari.application_replaced")
        assert not gate.connection.connected
        assert (await gate.connection.request("GET", "asterisk/ping")).status == 200
        await gate.observed.wait("ari.connected", 2)
        assert gate.connection.connected


async def test_events_wait_for_the_resync(ari: FakeAri, settings: AriSettings) -> None:
    """Live channels first, then what came meanwhile, in order; requests work during the resync; nothing is lost."""
    channels = [ari.add(f"1.{n}") for n in range(200)]
    ari.burst.extend(ari.frame(ari.stasis_start(channel)) for channel in channels[1:])
    connections: list[AriConnection] = []

    async def resync(live: tuple[LiveChannel, ...]) -> None:
        await ari.emit(
            {"type": "ChannelDestroyed", "cause": 16, "channel": {"id": "1.0", "name": "PJSIP/101-00000000"}}
        )
        await connections[0].request("GET", "asterisk/ping")
        assert not connections[0].connected

    async with running(settings, on_connected=resync, wait=False) as gate:
        connections.append(gate.connection)
        live = await gate.next()
        events = [await gate.next() for _ in range(200)]
    assert isinstance(live, tuple)
    assert [channel.asks for channel in live] == [False] + [True] * 199
    assert all(channel.in_gate for channel in live)
    assert [event.channel_id for event in events if isinstance(event, CallAsked)] == [f"1.{n}" for n in range(1, 200)]
    assert isinstance(events[-1], ChannelGone)


async def test_a_loss_during_the_resync_loses_no_event(ari: FakeAri, settings: AriSettings) -> None:
    """What came before the cut is delivered after the next resync."""
    ari.burst.append(ari.frame(ari.stasis_start(ari.add("1.1"))))
    resyncs = 0

    async def resync(live: tuple[LiveChannel, ...]) -> None:
        nonlocal resyncs
        resyncs += 1
        if resyncs == 1:
            ari.cut()
            await asyncio.Event().wait()

    async with running(settings, on_connected=resync) as gate:
        assert isinstance(await gate.next(), tuple)
        assert isinstance(await gate.next(), tuple)
        asked = await gate.next()
        assert isinstance(asked, CallAsked)
        assert asked.channel_id == "1.1"


async def test_a_failing_resync_ends_the_connection_loudly(ari: FakeAri, settings: AriSettings) -> None:
    """A fault of our own is not retried in silence."""

    async def resync(live: tuple[LiveChannel, ...]) -> None:
        raise LookupError("a fault of ours")

    observed = Observed()
    connection = AriConnection(settings, clock=MachineClock(), observer=observed, random=Random(1))  # noqa: S311
    with pytest.raises(LookupError):
        await connection.run(lambda _: None, resync)


async def test_a_backlog_is_late(ari: FakeAri, gate: Gate) -> None:
    """A channel that waited longer than the deadline is marked, by Asterisk's own time stamp."""
    ari.ahead = -timedelta(seconds=1)
    await ari.emit(ari.stasis_start(ari.add("1.1")))
    asked = await gate.next()
    assert isinstance(asked, CallAsked)
    assert asked.late


@pytest.mark.parametrize("wrong", [timedelta(hours=-3), timedelta(hours=3)])
async def test_a_wrong_clock_makes_nothing_late(ari: FakeAri, settings: AriSettings, wrong: timedelta) -> None:
    """Asterisk's clock counts, whatever ours says."""
    async with running(settings, wrong=wrong) as gate:
        assert abs(gate.connection.clock_offset + wrong) < timedelta(milliseconds=200)
        await gate.next()
        await ari.emit(ari.stasis_start(ari.add("1.1")))
        fresh = await gate.next()
        ari.ahead = -timedelta(seconds=1)
        await ari.emit(ari.stasis_start(ari.add("1.2")))
        old = await gate.next()
        assert isinstance(fresh, CallAsked)
        assert isinstance(old, CallAsked)
        assert (fresh.late, old.late) == (False, True)


async def test_clocks_are_compared_again(ari: FakeAri, settings: AriSettings) -> None:
    """A clock that is set while connected is noticed."""
    async with running(changed(settings, clock_interval=timedelta(milliseconds=10))) as gate:
        ari.ahead = timedelta(minutes=5)
        async with asyncio.timeout(5):
            while gate.connection.clock_offset < timedelta(minutes=4):  # noqa: ASYNC110  an estimate tells nobody that it changed
                await asyncio.sleep(0.005)


async def test_unanswered_pings_end_the_connection(ari: FakeAri, settings: AriSettings) -> None:
    """A socket on which requests are no longer answered is given up: perhaps a filter of another hand eats them."""
    quick = changed(settings, clock_interval=timedelta(milliseconds=10), request_timeout=timedelta(milliseconds=200))
    async with running(quick) as gate:
        ari.filter = {"StasisStart"}
        await gate.observed.wait("ari.connected", 2)
        assert gate.observed.named("ari.ping_unanswered")
