"""
The calling side: an operator's phone, and many of them at once.

A phone is known to the exchange by its loopback address: 127.0.0.11 to .13 are operators 101 to 103, .14 is for load.

Errors: `docker.lab.sipp.SippError`.
"""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from pathlib import Path
from urllib.parse import quote

from docker.lab import sip_log
from docker.lab.call_result import CallResult, LoadResult
from docker.lab.children import Stoppable
from docker.lab.ports import PortBlock
from docker.lab.sipp import Sipp, milliseconds

# Every refusal that Asterisk can send; SIPp takes a list only.
_FINALS = (
    *(300, 302, 400, 401, 403, 404, 405, 406, 407, 408, 410, 415, 416, 420, 421, 423),
    *(480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 491, 493),
    *(500, 501, 502, 503, 504, 505, 513, 600, 603, 604, 606),
)
_MEDIA_PORTS = 100
# ITU-T G.711, table 5: one period of 1 kHz at 0 dBm0 in A-law.
_TONE = bytes.fromhex("34212134b4a1a1b4")
_TONE_PERIODS = 8000


class Audio(Enum):
    """What a phone sends while a call is up."""

    SILENT = "nothing"
    TONE = "a tone of 1 kHz"
    ECHO = "what it hears"


_Parts = tuple[Sipp, PortBlock, tempfile.TemporaryDirectory[str] | None]


class Caller:
    """A phone at one address that dials what it is told to."""

    def __init__(
        self, port: int, *, source: str = "127.0.0.11", host: str = "127.0.0.1", folder: Path | None = None
    ) -> None:
        """A phone at `source` whose exchange is `host`:`port`; `folder` takes the logs (default: a temporary one)."""
        self.source, self._exchange, self._folder = source, f"{host}:{port}", folder

    def start(
        self,
        number: str,
        *,
        talk: timedelta = timedelta(seconds=1),
        cancel_after: timedelta | None = None,
        audio: Audio = Audio.SILENT,
        headers: Mapping[str, str] | None = None,
        from_user: str = "phone",
        from_name: str = "",
    ) -> "PlacedCall":
        """Dial `number`, any string at all, and return at once; it is escaped as a SIP URI needs it.

        Once answered the phone hangs up after `talk`; unanswered it gives up after `cancel_after` (None: never), which
        needs a provisional answer to have come.

        Raises: SippError, NoPortsFreeError
        """
        words = _words(talk, cancel_after, audio, headers or {}, from_user, from_name)
        return PlacedCall(*self._place([number], words, audio, ["-m", "1", "-trace_msg"]))

    def load(
        self,
        numbers: Sequence[str],
        *,
        rate: float,
        duration: timedelta,
        talk: timedelta = timedelta(seconds=1),
        headers: Mapping[str, str] | None = None,
    ) -> "PlacedLoad":
        """Dial `rate` calls per second for `duration`, taking `numbers` in turn, over and over, and return at once.

        Raises: SippError, NoPortsFreeError
        """
        calls = max(1, round(rate * duration.total_seconds()))
        words = _words(talk, None, Audio.SILENT, headers or {}, "load", "")
        # SIPp's rate is a whole number: 2.5 a second are 25 in ten seconds.
        options = ["-m", str(calls), "-r", str(round(rate * 10)), "-rp", "10000", "-l", str(calls), "-trace_shortmsg"]
        return PlacedLoad(*self._place(numbers, words, Audio.SILENT, options))

    def _place(self, numbers: Sequence[str], words: Mapping[str, str], audio: Audio, options: Sequence[str]) -> _Parts:
        temporary = None if self._folder else tempfile.TemporaryDirectory(prefix="garbo-caller-")
        work = Path(temporary.name) if temporary else Path(tempfile.mkdtemp(prefix="caller-", dir=self._folder))
        # Only what can do no harm in a URI or in SIPp's own file format stays as it is.
        (work / "numbers.csv").write_text(
            "SEQUENTIAL\n" + "".join(f"{quote(number, safe='+*')}\n" for number in numbers)
        )
        (work / "tone.alaw").write_bytes(_TONE * _TONE_PERIODS)
        media = PortBlock.claim(self.source, _MEDIA_PORTS, fixed=9)
        ports = ["-p", str(media.first + 1), "-mi", self.source, "-mp", str(media.first + 4)]
        echo = ["-rtp_echo"] if audio is Audio.ECHO else []
        try:
            address = ["-i", self.source, "-bind_local", *ports, *echo]
            sipp = Sipp(work, "caller.xml", words, [self._exchange, *address, "-inf", "numbers.csv", *options])
        except BaseException:
            media.release()
            if temporary:
                temporary.cleanup()
            raise
        return sipp, media, temporary


class _Placed(Stoppable):
    """What a call and a load have in common: a SIPp at work."""

    def __init__(self, sipp: Sipp, media: PortBlock, temporary: tempfile.TemporaryDirectory[str] | None) -> None:
        """For `Caller`."""
        self._sipp, self._media, self._temporary = sipp, media, temporary

    @property
    def is_running(self) -> bool:
        """Whether it is still going on."""
        return self._sipp.is_running

    def stop(self) -> None:
        """End it, hanging up nothing, as a phone that loses power; may be called twice."""
        self._sipp.stop()
        self._media.release()
        if self._temporary:
            self._temporary.cleanup()


class PlacedCall(_Placed):
    """A call under way; a context manager that ends it."""

    def messages(self) -> list[sip_log.SipMessage]:
        """Every SIP message so far, in order."""
        return sip_log.read_messages(self._sipp.messages)

    def so_far(self) -> CallResult:
        """How the call stands; its status is 0 until the final code has come."""
        return CallResult.of(self.messages())

    def await_status(self, timeout: timedelta = timedelta(seconds=10)) -> CallResult:
        """How the call stands once its final code has come, or `timeout` has passed: an answered one is then up."""
        return sip_log.poll(self.so_far, lambda result: result.status != 0, timeout)

    def wait(self, timeout: timedelta = timedelta(seconds=60)) -> CallResult:
        """How the call went, once it has ended.

        Raises: SippError after `timeout`, or when the call could not even be placed
        """
        try:
            self._sipp.wait(timeout)
            return self.so_far()
        finally:
            self.stop()


class PlacedLoad(_Placed):
    """Many calls under way; a context manager that ends them."""

    def wind_down(self) -> None:
        """Dial no more; `wait` then waits for the calls under way."""
        self._sipp.wind_down()

    def wait(self, timeout: timedelta = timedelta(minutes=5)) -> LoadResult:
        """How the calls went, once all have ended.

        Raises: SippError after `timeout`, or when no call could even be placed
        """
        try:
            self._sipp.wait(timeout)
            return LoadResult.read(self._sipp.short_messages)
        finally:
            self.stop()


def _words(
    talk: timedelta,
    cancel_after: timedelta | None,
    audio: Audio,
    headers: Mapping[str, str],
    from_user: str,
    from_name: str,
) -> dict[str, str]:
    give_up = f'timeout="{milliseconds(cancel_after)}" ontimeout="give_up"' if cancel_after is not None else ""
    finals = [f'  <recv response="{code}" optional="true" next="refused"/>' for code in _FINALS]
    play = '  <nop><action><exec rtp_stream="tone.alaw,-1,8,PCMA/8000"/></action></nop>'
    name = f'"{from_name}" ' if from_name else ""
    return {
        "FROM": f"{name}<sip:{quote(from_user, safe='+')}@[local_ip]:[local_port]>",
        "HEADERS": "".join(f"{name}: {value}\n" for name, value in headers.items()),
        "MEDIA_PORT": "rtpstream_audio_port" if audio is Audio.TONE else "media_port",
        "FINALS": "\n".join(finals),
        "GIVE_UP": give_up,
        "AUDIO": play if audio is Audio.TONE else "",
        "TALK_MS": milliseconds(talk),
    }
