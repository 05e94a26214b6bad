"""The AMI link on a misbehaving AMI: what panoramisk 1.4 gets wrong by itself is answered (PBX.md section 5)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from ari_app.asterisk.ami import Ami
from ari_app.asterisk.ami_session import AmiSettings
from ari_app.policy.lines import Line, LineBegan, LineChanged, LineEvent
from ari_app.ports.lines import LinesUnavailable
from tests.fakes.ami import SECRET, USER, FakeAmi

QUICK = timedelta(milliseconds=200)


@dataclass
class Heard:
    """What the link told, and what it reported."""

    events: list[LineEvent] = field(default_factory=list)
    resyncs: list[tuple[Line, ...]] = field(default_factory=list)
    losses: int = 0
    reported: list[str] = field(default_factory=list)

    def event(self, name: str, **values: object) -> None:
        self.reported.append(name)
        assert SECRET not in repr(values)

    def measure(self, name: str, value: float) -> None:
        pass

    def lost(self) -> None:
        self.losses += 1

    def now(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)


def settings(ami: FakeAmi) -> AmiSettings:
    """Of that AMI, in a hurry."""
    return AmiSettings(
        host="127.0.0.1",
        port=ami.port,
        user=USER,
        secret=SECRET,
        request_timeout=QUICK,
        connect_timeout=QUICK,
        ping_every=timedelta(milliseconds=100),
        backoff_base=timedelta(milliseconds=10),
        backoff_cap=timedelta(milliseconds=50),
    )


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110  what was told is a plain list
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(ami: FakeAmi, heard: Heard) -> AsyncIterator[Ami]:
    """The link, whether or not it is connected."""
    link = Ami(settings(ami), clock=heard, observer=heard, random=Random(1))  # noqa: S311  jitter
    task = asyncio.create_task(link.run(heard.events.append, heard.resyncs.append, heard.lost))
    try:
        yield link
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def ami() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


async def test_nothing_is_sent_again_after_a_lost_connection(ami: FakeAmi) -> None:
    """Least of all an Originate: it would call somebody twice, or somebody whose permit is old."""
    heard = Heard()
    async with running(ami, heard) as link:
        await until(lambda: link.connected)
        ami.deaf.add("Originate")
        asking = asyncio.create_task(
            link.originate("Local/1@garbo-outbound/n", context="c", exten="1", variables={}, timeout_s=20)
        )
        await until(lambda: len(ami.named("Originate")) == 1)
        ami.drop()
        with pytest.raises(LinesUnavailable):
            await asking
        await until(lambda: len(heard.resyncs) == 2 and link.connected)
        await link.lines()
        assert len(ami.named("Originate")) == 1
        assert heard.losses == 1


async def test_a_peer_that_is_silent_is_left(ami: FakeAmi) -> None:
    """A half-open connection takes pings and answers none: it is ended, reported, and tried again."""
    heard = Heard()
    async with running(ami, heard) as link:
        await until(lambda: link.connected)
        ami.deaf.add("Ping")
        await until(lambda: "ami.disconnected" in heard.reported)
        ami.deaf.clear()
        await until(lambda: link.connected and ami.connections > 1)


async def test_questions_without_an_answer_leave_nothing(ami: FakeAmi) -> None:
    """Each ends at its deadline and is forgotten; an answer that comes too late is nobody's."""
    heard = Heard()
    async with running(ami, heard) as link:
        await until(lambda: link.connected)
        ami.deaf.add("Getvar")
        for _ in range(3):
            with pytest.raises(LinesUnavailable):
                await link.variable("PJSIP/trunk-1", "X")
        late = ami.named("Getvar")[-1]["ActionID"]
        ami.say(f"Response: Success\r\nActionID: {late}\r\nVariable: X\r\nValue: 1\r\n\r\n")
        assert await link.lines() == ()
        session = link._session
        assert session is not None
        assert len(session.responses) <= 1  # a ping may be on its way


async def test_asking_before_there_is_a_connection_says_so(ami: FakeAmi) -> None:
    """At once, and not when there is one."""
    link = Ami(settings(ami), clock=Heard(), observer=Heard(), random=Random(1))  # noqa: S311  jitter
    with pytest.raises(LinesUnavailable):
        await link.hang_up("PJSIP/trunk-1", cause=21)
    assert not link.connected


async def test_a_refused_login_is_told_and_never_taken_for_a_connection(ami: FakeAmi) -> None:
    """The configuration is wrong; the secret is not in the report."""
    heard, ami.secret = Heard(), "another-not-a-secret"
    async with running(ami, heard) as link:
        await until(lambda: heard.reported == ["ami.configuration_refused"])
        assert not link.connected
        assert heard.losses == 0
    assert heard.resyncs == []


async def test_an_asterisk_that_is_not_there_is_tried_again(ami: FakeAmi) -> None:
    """Until it is."""
    heard = Heard()
    await ami.close()
    async with running(ami, heard) as link:
        await until(lambda: heard.reported.count("ami.connect_failed") > 2)
        await ami.listen()
        await until(lambda: link.connected)


async def test_what_comes_before_the_list_is_told_after_it(ami: FakeAmi) -> None:
    """Nothing is lost between the login and the list, and the list comes first."""
    heard = Heard()
    ami.add("PJSIP/trunk-1")
    told = "".join(f"{key}: {value}\r\n" for key, value in ami.channels["PJSIP/trunk-1"].items())
    ami.before_list = [f"Event: Newchannel\r\n{told}\r\n"]
    async with running(ami, heard) as link:
        await until(lambda: link.connected)
    assert [line.name for line in heard.resyncs[0]] == ["PJSIP/trunk-1"]
    assert [type(event) for event in heard.events] == [LineBegan]


async def test_a_message_without_an_end_is_not_kept_for_ever(ami: FakeAmi) -> None:
    """A megabyte is enough."""
    heard = Heard()
    async with running(ami, heard) as link:
        await until(lambda: link.connected)
        ami.say("Event: Newchannel\r\n" + "X" * 2**21)
        await until(lambda: "ami.disconnected" in heard.reported)


@pytest.mark.parametrize(
    "text",
    [
        "Response: Success\r\nMessage: a\r\nMessage: b\r\nActionID: {id}\r\n\r\n",
        "\r\n\r\n\r\n\r\n",
        "Event: Hangup\r\nCause: ²\r\nUniqueid: 1\r\nChannel: a\r\n\r\n",
        "Event: DialBegin\r\n\r\n",
        "Event: Rename\r\nUniqueid: 1\r\n\r\n",
        "Event: Newchannel\r\nUniqueid: 1\r\nUniqueid: 2\r\nChannel: x\r\nChanVariable: A=1\r\nChanVariable: B\r\n\r\n",
        "\0\xff: \r\n: : \r\n\r\n",
    ],
)
async def test_what_cannot_be_read_harms_nobody(ami: FakeAmi, text: str) -> None:
    """It is left out, or the connection is begun anew; never an exception that ends the link."""
    heard = Heard()
    async with running(ami, heard) as link:
        await until(lambda: link.connected)
        ami.say(text.replace("{id}", ami.seen[-1]["ActionID"]))
        ami.tell("Newchannel", Channel="PJSIP/trunk-9", Uniqueid="9")
        ami.tell("Newchannel", Channel="PJSIP/trunk-9", Uniqueid="9")
        await until(
            lambda: (
                any(isinstance(e, LineBegan) and e.line.id == "9" for e in heard.events)
                or "ami.disconnected" in heard.reported
            )
        )
        await until(lambda: link.connected)


async def test_a_line_break_begins_no_action(ami: FakeAmi) -> None:
    """What is asked for may come from somebody else's text."""
    async with running(ami, Heard()) as link:
        await until(lambda: link.connected)
        with pytest.raises(ValueError, match="one line"):
            await link.variable("PJSIP/trunk-1\r\n\r\nAction: Originate", "X")
    assert ami.named("Getvar") == []


async def test_a_fault_of_a_watcher_ends_the_run(ami: FakeAmi) -> None:
    """So that it is started again and reported, rather than gone on half told."""

    def faulty(event: LineEvent) -> None:
        raise RuntimeError("a watcher's fault")

    heard = Heard()
    link = Ami(settings(ami), clock=heard, observer=heard, random=Random(1))  # noqa: S311  jitter
    task = asyncio.create_task(link.run(faulty, heard.resyncs.append))
    await until(lambda: link.connected)
    ami.tell("Newchannel", Channel="PJSIP/trunk-9", Uniqueid="9")
    with pytest.raises(RuntimeError, match="a watcher's fault"):
        async with asyncio.timeout(5):
            await task


async def test_a_new_name_keeps_the_line(ami: FakeAmi) -> None:
    """Rename tells the name alone; the line is known."""
    heard = Heard()
    id_ = ami.add("PJSIP/trunk-1", permit="a.b.c")
    async with running(ami, heard) as link:
        await until(lambda: link.connected)
        ami.tell("Rename", Channel="PJSIP/trunk-1", Newname="PJSIP/trunk-1<MASQ>", Uniqueid=id_)
        await until(lambda: len(heard.events) == 1)
    event = heard.events[0]
    assert isinstance(event, LineChanged)
    assert (event.line.name, event.was, event.line.permit) == ("PJSIP/trunk-1<MASQ>", "PJSIP/trunk-1", "a.b.c")


async def test_the_console_answers_line_by_line(ami: FakeAmi) -> None:
    """With empty lines, in UTF-8."""
    async with running(ami, Heard()) as link:
        await until(lambda: link.connected)
        assert await link.command("core show version") == "Asterisk 22.10.1\n\nbuilt è"


async def test_a_shutdown_is_an_end(ami: FakeAmi) -> None:
    """Asterisk says so before it goes."""
    heard = Heard()
    async with running(ami, heard) as link:
        await until(lambda: link.connected)
        ami.tell("Shutdown", Shutdown="Cleanly")
        await until(lambda: heard.losses == 1)
