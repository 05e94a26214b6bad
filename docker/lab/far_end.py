"""
The called side: a carrier's switch behind a trunk, or an operator's phone that is rung.

It answers, rings or refuses, by default or by called number, and remembers every INVITE.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from docker.lab import sip_log
from docker.lab.children import Stoppable
from docker.lab.configuration import fill
from docker.lab.ports import PortBlock
from docker.lab.sipp import SCENARIOS, Sipp, milliseconds


class Behaviour(Enum):
    """What the far end does with a call; the value is its final SIP status."""

    ANSWER = "200 OK"
    BUSY = "486 Busy Here"
    NO_ANSWER = "487 Request Terminated"
    """Rings for ever."""
    REJECT = "603 Decline"
    FAIL = "503 Service Unavailable"
    NOT_FOUND = "404 Not Found"
    FORWARD = "302 Moved Temporarily"
    """Sends the caller to `forward_to`."""


_LABELS = {
    Behaviour.ANSWER: "answer",
    Behaviour.BUSY: "busy",
    Behaviour.NO_ANSWER: "noanswer",
    Behaviour.REJECT: "reject",
    Behaviour.FAIL: "fail",
    Behaviour.NOT_FOUND: "notfound",
    Behaviour.FORWARD: "forward",
}
_REFUSALS = (Behaviour.BUSY, Behaviour.REJECT, Behaviour.FAIL, Behaviour.NOT_FOUND, Behaviour.FORWARD)
# A CANCEL may come while it rings.
_RING = '<recv request="CANCEL" timeout="{}" ontimeout="pick_up" next="cancelled"/>\n  <label id="pick_up"/>'
# SIPp wants a number; a day is longer than any test.
_FOR_EVER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """An INVITE that reached the far end; header names are in lower case."""

    number: str
    from_user: str
    from_name: str
    asserted_identity: str
    """The user part of P-Asserted-Identity, "" without one."""
    headers: dict[str, str]
    call_id: str
    received_at: datetime


class FarEnd(Stoppable):
    """A running far end; a context manager that ends it.

    Audio that reaches it is echoed. Numbers that end in a key of `by_suffix` are treated as it says, the first match
    holds, all others by `behaviour`. `ring` is how long it rings before it answers, `talk` how long it stays on before
    it hangs up by itself, `forward_to` a SIP URI, or a number at its own address. `folder` takes the logs (default: a
    temporary folder).
    """

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.2",
        behaviour: Behaviour = Behaviour.ANSWER,
        by_suffix: Mapping[str, Behaviour] | None = None,
        ring: timedelta = timedelta(0),
        talk: timedelta = _FOR_EVER,
        forward_to: str = "",
        folder: Path | None = None,
    ) -> None:
        """Listen on `host`:`port` until `stop`; the parameters are told in the class.

        Raises: SippError, NoPortsFreeError
        """
        self.host, self.port = host, port
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="garbo-far-end-")
        work = Path(self._temporary.name) if self._temporary else Path(tempfile.mkdtemp(prefix="far-end-", dir=folder))
        self._media = PortBlock.claim(host, 10, fixed=9)
        words = _words(
            behaviour,
            by_suffix or {},
            ring,
            talk,
            forward_to if ":" in forward_to else f"sip:{forward_to}@{host}:{port}",
        )
        # An even port, as RTP wants; SIPp echoes on the next but one as well.
        media_port = self._media.first + 2
        options = [
            "-i",
            host,
            "-bind_local",
            "-p",
            str(port),
            "-mi",
            host,
            "-mp",
            str(media_port),
            "-rtp_echo",
            "-trace_msg",
        ]
        try:
            self._sipp = Sipp(work, "far_end.xml", words, options)
            self._sipp.await_listening(host, port)
            self._log = sip_log.MessageLog(self._sipp.messages)
        except BaseException:
            self._tidy()
            raise

    def messages(self) -> list[sip_log.SipMessage]:
        """Every SIP message so far, in order."""
        return self._log.messages()

    def invites(self) -> list[Invite]:
        """Every call that reached it so far, in order; repeated sendings count once."""
        seen: dict[str, Invite] = {}
        for message in self.messages():
            if message.method == "INVITE" and message.direction == "received" and message.call_id not in seen:
                seen[message.call_id] = _invite(message)
        return list(seen.values())

    def await_invites(self, count: int, timeout: timedelta = timedelta(seconds=5)) -> list[Invite]:
        """The calls so far, once there are `count` or `timeout` has passed."""
        return sip_log.poll(self.invites, lambda invites: len(invites) >= count, timeout)

    @property
    def is_running(self) -> bool:
        """Whether SIPp lives."""
        return self._sipp.is_running

    def stop(self) -> None:
        """End it, dropping its calls; may be called twice. What it heard is gone then, unless it has a `folder`."""
        self._sipp.stop()
        self._tidy()

    def _tidy(self) -> None:
        self._media.release()
        if self._temporary:
            self._temporary.cleanup()


def _words(
    behaviour: Behaviour, by_suffix: Mapping[str, Behaviour], ring: timedelta, talk: timedelta, forward_to: str
) -> dict[str, str]:
    choose, branch = [], []
    for index, (suffix, chosen) in enumerate(by_suffix.items()):
        pattern = f"INVITE sip:[^@]*{suffix}@"
        choose.append(f'      <ereg regexp="{pattern}" search_in="msg" assign_to="match{index}"/>')
        branch.append(f'  <nop next="{_LABELS[chosen]}" test="match{index}"/>')
    refusal = (SCENARIOS / "refusal.xml").read_text()
    refusals = [
        fill(
            refusal,
            {
                "LABEL": _LABELS[each],
                "STATUS": each.value,
                "HEADER": f"Contact: <{forward_to}>\n" if each is Behaviour.FORWARD else "",
            },
            where="refusal.xml",
        )
        for each in _REFUSALS
    ]
    return {
        "CHOOSE": "\n".join(choose),
        "BRANCH": "\n".join(branch),
        "OTHERWISE": _LABELS[behaviour],
        # Even the shortest time-out takes SIPp 10 ms.
        "RING": _RING.format(milliseconds(ring)) if ring else "",
        "TALK_MS": milliseconds(talk),
        "REFUSALS": "".join(refusals),
    }


def _invite(message: sip_log.SipMessage) -> Invite:
    sender = message.headers.get("from", "")
    return Invite(
        number=sip_log.uri_user(message.start),
        from_user=sip_log.uri_user(sender),
        from_name=sip_log.display_name(sender),
        asserted_identity=sip_log.uri_user(message.headers.get("p-asserted-identity", "")),
        headers=message.headers,
        call_id=message.call_id,
        received_at=message.at,
    )
