"""
How calls went, as the calling phone saw it: read from the logs of its SIPp.
"""

import math
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from docker.lab.sip_log import SipMessage

_OK = 200
# Date, seconds, sent or received, Call-ID, CSeq, start line; between tabs.
_SHORT = re.compile(
    r"(?P<at>\S+\t\S+)\t\S+\t[SR]\t(?P<call>[^\t]*)\t"
    r"CSeq:\s*\d+ (?P<answers>\w+)\t(?:SIP/2\.0 (?P<status>\d{3})|(?P<method>\w+) )"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """How one call went, as the phone saw it."""

    status: int
    """The final SIP code of the INVITE; 0 if none came."""
    provisional: tuple[tuple[int, bool], ...]
    """Each provisional code in order, and whether media came with it."""
    setup: timedelta | None
    """From the INVITE to its final code."""
    reason: str
    """The Reason header of the final code or, if that has none, of the BYE; "" without either."""
    ended_by: str
    """`caller` or `far end` for an answered call, else ""."""
    messages: tuple[SipMessage, ...] = field(repr=False)

    @classmethod
    def of(cls, messages: Sequence[SipMessage]) -> Self:
        """From the messages of one call, in order; also while it is still going on."""
        to_invite = [m for m in messages if m.direction == "received" and m.answers == "INVITE" and m.status]
        final = next((m for m in to_invite if m.status >= _OK), None)
        byes = [m for m in messages if m.method == "BYE"]
        sent = next((m for m in messages if m.method == "INVITE" and m.direction == "sent"), None)
        reasons = [m.headers["reason"] for m in [*([final] if final else []), *byes] if "reason" in m.headers]
        return cls(
            status=final.status if final else 0,
            provisional=tuple((m.status, m.has_sdp) for m in to_invite if m.status < _OK),
            setup=final.at - sent.at if final and sent else None,
            reason=reasons[0] if reasons else "",
            ended_by="" if not byes else "caller" if byes[0].direction == "sent" else "far end",
            messages=tuple(messages),
        )

    @property
    def answered(self) -> bool:
        """Whether somebody picked up."""
        return self.status == _OK

    @property
    def early_media(self) -> bool:
        """Whether media was offered before the final code."""
        return any(sdp for _, sdp in self.provisional)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """How many calls went how."""

    placed: int
    by_status: dict[int, int]
    """Calls by their final SIP code; under 0 those that never got one."""
    setup_ms: tuple[float, ...] = field(repr=False)
    """From INVITE to the final code, each call, ascending."""

    @classmethod
    def read(cls, short_messages: Path) -> Self:
        """From SIPp's short message log."""
        sent: dict[str, datetime] = {}
        final: dict[str, tuple[int, datetime]] = {}
        for line in short_messages.read_text(errors="replace").splitlines() if short_messages.exists() else ():
            found = _SHORT.match(line)
            if found is None:
                continue
            at = datetime.fromisoformat(found["at"].replace("\t", " ")).astimezone()
            if found["method"] == "INVITE":
                sent.setdefault(found["call"], at)
            elif found["status"] and int(found["status"]) >= _OK and found["answers"] == "INVITE":
                final.setdefault(found["call"], (int(found["status"]), at))
        by_status = Counter(status for status, _ in final.values())
        if len(sent) > len(final):
            by_status[0] = len(sent) - len(final)
        setups = sorted(
            (at - sent[call]) / timedelta(milliseconds=1) for call, (_, at) in final.items() if call in sent
        )
        return cls(placed=len(sent), by_status=dict(sorted(by_status.items())), setup_ms=tuple(setups))

    def percentile(self, percent: float) -> float:
        """That percentile of `setup_ms` by nearest rank; NaN without calls."""
        if not self.setup_ms:
            return math.nan
        return self.setup_ms[max(0, math.ceil(percent / 100 * len(self.setup_ms)) - 1)]

    @property
    def mean_ms(self) -> float:
        """The mean of `setup_ms`; NaN without calls."""
        return statistics.fmean(self.setup_ms) if self.setup_ms else math.nan
