"""
The FastAGI door: one question a connection, answered with the same variables as a channel in Stasis is given.

    verdict,NUMBER,ENTRY,CAMPAIGN,OPERATOR,CALL,ASTERISK,BEFORE     may this channel call that number?
    ended,TOLD                                                      how the call went (`calls.agi_ending`)

FastAGI pushes no events. What became of a call is told by the dialplan: by the channel's hangup handler, or, of the
call before, with the next question (`BEFORE`). An end that is never told is closed by `sweep` as unobserved.

The dialplan dials on nothing but the token of this channel, this passage and this number, which is set last. Until it
was sent, a permit whose channel has left was surely not dialled; after that, only the end of the channel tells.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime

from ari_app.calls.agi_ending import ToldEnding, read_ending
from ari_app.calls.closing import close
from ari_app.calls.telling import CarefulWatch, NobodyWatches
from ari_app.calls.variables import Signing, variables
from ari_app.judging.judge import Judge
from ari_app.judging.turnstile import Overloaded
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door, passage_key
from ari_app.ports.agi import AgiChannel, AgiEnded, AgiError, AgiMalformed, AgiRefused, AgiRequest
from ari_app.ports.call_watch import CallWatch
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.switch import endpoint
from ari_app.ports.verdicts import Ending, StoreConflict, StoreError, Verdicts

VERDICT, ENDED = "verdict", "ended"
"""Scripts of the dialplan's `AGI(agi://…/SCRIPT,…)`."""
_ARGUMENTS = 7
_LOCAL = "Local/"
_PAST = {"permit": "permitted", "defer": "deferred", "deny": "denied", "exempt": "exempted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgiPorts:
    """Everything outside that this door talks to."""

    judge: Judge
    verdicts: Verdicts
    observer: Observer
    clock: Clock
    signing: Signing
    watch: CallWatch = field(default_factory=NobodyWatches)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    ask: Ask
    entry: str
    before: ToldEnding | None


class AgiDoor:
    """All questions that come over FastAGI to one gate."""

    def __init__(self, ports: AgiPorts, *, gate: str) -> None:
        """`gate` is this process's name: the calls whose end it has to see are recorded under it."""
        self.verdicts, self.observer = ports.verdicts, ports.observer
        self.watch: CallWatch = CarefulWatch(ports.watch, ports.observer)
        self._judge = ports.judge
        self._clock = ports.clock
        self._signing = ports.signing
        self._gate = gate

    async def answer(self, request: AgiRequest, channel: AgiChannel) -> None:
        """Answer one question, whatever it is and whatever breaks. Raises AgiError: nobody is there to be answered."""
        try:
            match request.script:
                case "verdict":
                    await self._answer_verdict(request, channel)
                case "ended":
                    await self._answer_ended(request, channel)
                case other:
                    raise AgiMalformed(f"there is {VERDICT} and {ENDED}, and no {other!r}")
        except AgiMalformed as error:
            self.observer.event("agi.malformed", channel_id=request.channel_id, cause=str(error))
            await _unavailable(channel)
        except Overloaded:
            await _unavailable(channel)
        except AgiError:
            raise
        except Exception as error:  # noqa: BLE001  a fault of ours in one call: it is denied, and never left unanswered
            self.observer.event("call.broken", channel_id=request.channel_id, cause=repr(error))
            await _unavailable(channel)

    async def sweep(self) -> None:
        """Close calls whose end was never told, once their permit has expired. Raises StoreError."""
        now = self._clock.now()
        for call in await self.verdicts.open_calls(gate=self._gate):
            if call.decided_at + self._signing.permit_valid > now:
                break  # they come in the order of their verdicts
            if call.door is Door.FASTAGI:
                await close(self, call.call_id, Ending(outcome=Outcome.UNOBSERVED, ended_at=now))

    async def _answer_verdict(self, request: AgiRequest, channel: AgiChannel) -> None:
        question = _read_question(request)
        # A gate that was frozen finds questions whose channels have long gone on. Judging them would count them, so
        # the channel has to say first that it still waits, and for this very passage.
        if await channel.get("garbo_entry") != question.entry:
            raise AgiMalformed("the channel does not wait for this answer")
        before = self._proven(question.before)
        if before is not None and before.is_answered:
            await self._close_before(before)  # a further question is a further call, and must find the first one ended
        started = time.perf_counter()
        async with self._judge.heard(question.ask) as record:
            if before is not None and before.call_id != record.call_id:
                await self._close_before(before)
            await self._tell(channel, record, question, before)
        took_ms = (time.perf_counter() - started) * 1000
        self.observer.measure("verdict_ms", took_ms)
        self.observer.event(
            f"call.{_PAST[record.verdict]}",
            call_id=record.call_id,
            campaign=record.campaign,
            reasons=[reason.code for reason in record.reasons],
            repeated=record.repeated,
            door=Door.FASTAGI.value,
            ms=round(took_ms, 2),
        )

    async def _tell(
        self, channel: AgiChannel, record: VerdictRecord, question: _Question, before: ToldEnding | None
    ) -> None:
        """Set the variables, the verdict after all that belongs to it, and the token last."""
        ask = question.ask
        told = variables(record, entry=question.entry, now=self._clock.now(), signing=self._signing)
        told = {"GARBO_SCRIPT": "", "GARBO_SCRIPT_URL": "", **told}  # of another gate that was interrupted
        verdict = told.pop("GARBO_VERDICT")
        permitted = record.verdict == "permit"
        if permitted:
            seen = before.seen() if before is not None and before.call_id == record.call_id else ""
            told["garbo_live"] = f"{record.call_id}.{self._signing.keyring.ending(record.call_id)}.{seen}"
        token_sent = False
        try:
            for name, value in told.items():
                await channel.set(name, value)
            await channel.set("GARBO_VERDICT", verdict)
            if record.number is not None:
                token_sent = True
                await channel.set("GARBO_TOKEN", f"{ask.channel_id}/{question.entry}/{ask.dialled}/{record.number}")
        except AgiError as error:
            self.observer.event("call.unanswered", call_id=record.call_id, cause=repr(error))
            if permitted and not record.repeated and (not token_sent or isinstance(error, AgiEnded | AgiRefused)):
                await self._give_back(record)
                return
            if not permitted:
                raise
        if record.verdict != "exempt":
            self.watch.judged(record, channel_id=ask.channel_id, phone=ask.endpoint)

    async def _give_back(self, record: VerdictRecord) -> None:
        """A permit that reached nobody. Another gate may have been given the same meanwhile: then it stays."""
        try:
            await self.verdicts.release(record.call_id, gate=self._gate, at=self._clock.now())
        except StoreError as error:  # the reservation counts until the sweep
            self.observer.event("call.unclosed", call_id=record.call_id, cause=repr(error))

    async def _answer_ended(self, request: AgiRequest, channel: AgiChannel) -> None:
        told = self._proven(read_ending(",".join(request.arguments)))
        if told is None:
            self.observer.event("agi.ending_unknown", channel_id=request.channel_id)
            await channel.set("GARBO_TOLD", "no")
            return
        try:
            await self._close(told, self._clock.now())
        except StoreConflict:
            await channel.set("GARBO_TOLD", "no")
        except StoreError as error:
            self.observer.event("call.unclosed", call_id=told.call_id, cause=repr(error))
            await channel.set("GARBO_TOLD", "later")
        else:
            await channel.set("GARBO_TOLD", "yes")

    def _proven(self, told: ToldEnding | None) -> ToldEnding | None:
        """The end of a call that we permitted; anybody who reaches the port can make others up."""
        if told is None or not self._signing.keyring.is_ending(told.call_id, told.proof):
            return None
        return told

    async def _close_before(self, before: ToldEnding) -> None:
        try:
            await self._close(before, self._clock.now())
        except StoreError as error:  # strictly read until the sweep: it counts, and as nobody knows how it went
            self.observer.event("call.unclosed", call_id=before.call_id, cause=repr(error))

    async def _close(self, told: ToldEnding, now: datetime) -> None:
        """One outcome, and told. Raises StoreError."""
        ending = told.ending(now)
        if ending.answered_at is not None:
            self.watch.answered(told.call_id, ending.answered_at)
        await close(self, told.call_id, ending)


def _read_question(request: AgiRequest) -> _Question:
    said = (*request.arguments, *("",) * (_ARGUMENTS - len(request.arguments)))
    dialled, entry, campaign, operator, call_id, asterisk_id, before = said[:_ARGUMENTS]
    if not dialled or not entry:
        raise AgiMalformed(f"{VERDICT} is asked with the number and the passage, and more")
    ask = Ask(
        dialled=dialled,
        door=Door.FASTAGI,
        campaign=campaign,
        operator=operator,
        endpoint=endpoint(request.channel_name),
        channel_id=request.channel_id,
        asterisk_id=asterisk_id,
        idempotency_key=passage_key(asterisk_id, request.channel_id),
        call_id=call_id,
        attended=not request.channel_name.startswith(_LOCAL),
    )
    return _Question(ask=ask, entry=entry, before=read_ending(before))


async def _unavailable(channel: AgiChannel) -> None:
    """Never an empty reply: the dialplan goes on to the next gate, or denies."""
    await channel.set("GARBO_REASON", "facts_unavailable")
    await channel.set("GARBO_VERDICT", "unavailable")
