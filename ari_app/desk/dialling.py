"""
Calls that an operator asks Garbo to begin: the verdict first, then the own phone, then the same gate, then the callee.

The verdict is had before the operator's phone rings, so that nobody picks up for a call that is refused, and so that
the INVITE to the phone can name the call and its script. The channel's id is chosen here: when the phone is answered
the channel comes to the gate like every other, and is told the same verdict again if it still holds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from ari_app.judging.judge import Judge
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door, passage_key
from ari_app.ports.clock import CallIds, Clock
from ari_app.ports.switch import Origination, Originator, SwitchError

_RINGS_FOR = timedelta(seconds=25)
_CHANNEL = "garbo-"


Link: TypeAlias = Callable[[str, datetime], str]
"""Makes the address of a call's script page, good for a while from an instant."""


class DiallingError(Exception):
    """The operator's phone could not be rung; the message says what to do."""


class Following(Protocol):
    """Who follows calls: it hears of this one before its channel exists."""

    def expect(self, record: VerdictRecord, *, channel_id: str, phone: str) -> None:
        """A channel of this id is about to be; this is its verdict."""
        ...

    def left(self, channel_id: str, at: datetime) -> None:
        """There is no such channel after all, or no more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, and from which phone."""

    operator: str
    phone: str
    """As `PJSIP/101`."""


class Dialling:
    """Begins calls."""

    def __init__(
        self,
        *,
        judge: Judge,
        switch: Originator,
        following: Following,
        link: Link,
        clock: Clock,
        ids: CallIds,
    ) -> None:
        """Nothing is opened here; every port is given."""
        self._judge = judge
        self._switch = switch
        self._following = following
        self._link = link
        self._clock = clock
        self._ids = ids

    async def call(self, caller: Caller, *, e164: str, campaign: str) -> VerdictRecord:
        """
        Ring the caller's phone for this callee, if the call is permitted; the verdict tells.

        Raises DiallingError: there is no phone, or the PBX could not ring it; then nothing is counted.
        """
        if not caller.phone:
            raise DiallingError("choose the phone that you sit at first: nobody knows which one to ring")
        channel_id = f"{_CHANNEL}{self._ids.new()}"
        try:
            asterisk_id = await self._switch.asterisk_id()
        except SwitchError as error:
            raise DiallingError("the PBX does not answer; try again shortly") from error
        record = await self._judge.judge(
            Ask(
                dialled=e164,
                door=Door.STASIS,
                campaign=campaign,
                operator=caller.operator,
                endpoint=caller.phone,
                channel_id=channel_id,
                asterisk_id=asterisk_id,
                idempotency_key=passage_key(asterisk_id, channel_id),
                attended=True,
            )
        )
        if record.verdict == "permit" and record.callee is not None:
            await self._ring(caller, record, record.callee, channel_id)
        return record

    async def _ring(self, caller: Caller, record: VerdictRecord, callee: str, channel_id: str) -> None:
        self._following.expect(record, channel_id=channel_id, phone=caller.phone)
        what = Origination(
            channel_id=channel_id,
            endpoint=caller.phone,
            number=callee,
            rings_for=_RINGS_FOR,
            variables={"GARBO_CAMPAIGN": record.campaign, "GARBO_OPERATOR": caller.operator},
            headers=self._headers(record),
        )
        try:
            await self._switch.originate(what)
            rings = await self._switch.watch(channel_id)
        except SwitchError as error:
            self._following.left(channel_id, self._clock.now())
            raise DiallingError(f"the PBX cannot ring {caller.phone}: is it registered?") from error
        if not rings:
            self._following.left(channel_id, self._clock.now())

    def _headers(self, record: VerdictRecord) -> Mapping[str, str]:
        script = {"X-Garbo-Script-URL": self._link(record.call_id, self._clock.now())} if record.script else {}
        return {"X-Garbo-Call": record.call_id, **script}
