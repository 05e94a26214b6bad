"""
The book of verdicts in memory: for `judging/` and `calls/` in virtual time, without threads.

It passes the same contract as the SQL store (`tests/contract/test_verdicts.py`). Its hooks make it slow or unavailable.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ari_app.policy.attempts import Attempt
from ari_app.policy.facts import Facts
from ari_app.policy.needs import Needs
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest, Campaign, Door, Operator
from ari_app.ports.reservations import GivenBack
from ari_app.ports.verdicts import (
    Admission,
    Decide,
    Ending,
    OpenCall,
    Redeemed,
    Redeeming,
    StoreConflict,
    StoreUnavailable,
)
from tests.fakes.holdings import Holdings, Made


@dataclass(slots=True)
class Held:
    """A verdict on record, with what became of its attempt."""

    record: VerdictRecord
    attempt: Attempt | None = None
    """None: it was no permit."""
    state: str | None = None
    """`reserved`, `confirmed` or `released`; None: it was no permit."""
    confirmed_at: datetime | None = None
    ending: Ending | None = None
    gate: str = ""
    """Who follows it."""
    held_until: datetime | None = None
    """It is reserved; None: it was not asked for ahead, or is redeemed."""
    channel_id: str = ""
    """That redeemed it."""
    door: Door | None = None
    """Over which it was redeemed."""


@dataclass(slots=True)
class MemoryVerdicts(Holdings):
    """Implements ports.verdicts.Verdicts. Set `campaigns`, `operators` and the facts directly, or by `put_…`."""

    campaigns: dict[str, Campaign] = field(default_factory=dict)
    operators: dict[str, Operator] = field(default_factory=dict)
    seats: dict[str, str] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    """Every verdict, by call id, in the order of their commits."""
    locked: list[tuple[str, ...]] = field(default_factory=list)
    """The lock keys of each transaction that committed a verdict."""
    unavailable: bool = False
    """Hook: every method raises StoreUnavailable, and nothing is written."""
    slow: timedelta = timedelta()
    """Hook: this long before a transaction; cancelled meanwhile, it never happens."""
    commit_takes: timedelta = timedelta()
    """Hook: this long for each verdict, one after the other, as a disk does it."""
    slow_answer: timedelta = timedelta()
    """Hook: this long after a commit; cancelled meanwhile, it has happened all the same, as with a real database."""
    on_commit: Callable[[VerdictRecord], None] | None = None
    """Hook: told of each verdict the moment it is committed."""
    unreadable: set[str] = field(default_factory=set)
    """Hook: calls of which `show` knows nothing."""
    _keys: dict[str, str] = field(default_factory=dict)
    _disk: asyncio.Lock = field(default_factory=asyncio.Lock)

    def put_campaign(self, campaign: Campaign) -> None:
        """Add or replace a campaign."""
        self.campaigns[campaign.id] = campaign

    def put_operator(self, operator: Operator) -> None:
        """Add or replace an operator."""
        self.operators[operator.id] = operator

    async def admission(self, ask: Ask, *, default_campaign: str) -> Admission:
        """As the port."""
        await self._begin()
        who = self._operator(ask)
        named = ask.campaign
        if not named and who is not None and len(who.campaigns) == 1:
            named = who.campaigns[0]
        named = named or default_campaign
        campaign = self.campaigns.get(named)
        if campaign is not None and ask.principal not in ("", campaign.principal):
            campaign = None
        if campaign is not None:
            admits = frozenset(each.id for each in self.operators.values() if named in each.campaigns)
            campaign = replace(campaign, operators=campaign.operators | admits)
        return Admission(
            campaign_id=named,
            campaign=campaign,
            operator_id=who.id if who is not None else ask.operator,
            operator=who,
        )

    async def judge(
        self, request: CallRequest, *, needs: Needs, decide: Decide, redeeming: Redeeming | None = None
    ) -> VerdictRecord:
        """As the port: nothing else runs between reading the facts and the commit."""
        await self._begin()
        if self.commit_takes:
            async with self._disk:
                await asyncio.sleep(self.commit_takes.total_seconds())
        found = self._told_before(request)
        if redeeming is not None and not (found is not None and found.record.verdict == "permit"):
            reserved = self._claimed(request)
            if reserved is not None:
                return await self._redeem(reserved, redeeming, request, needs)
        judged = Redeemed(request=request, decide=decide)
        if redeeming is not None and found is not None and found.channel_id:
            judged = redeeming(self.operators.get(found.record.operator))
        record = judged.decide(self._facts(judged.request, needs, besides=found.record.call_id if found else ""))
        if found is not None and found.record.verdict == record.verdict:
            found.gate = record.evidence.gate
            return replace(self._whole(found), repeated=True)
        return await self._write(judged.request, record, needs)

    def _told_before(self, request: CallRequest) -> Held | None:
        """What its key was told, if that is not over."""
        found = self.held.get(self._keys.get(request.idempotency_key, ""))
        within = request.ask.door is Door.DESK and found and found.ending and found.ending.outcome is Outcome.ANSWERED
        if found is not None and found.record.verdict == "permit" and found.ending is not None and not within:
            return None  # its call has ended: this is another one, and meets it
        return found

    def _claimed(self, request: CallRequest) -> Held | None:
        """The reservation that it names, if it may have it."""
        named = self.held.get(request.ask.call_id)
        if named is None or named.held_until is None or named.ending is not None:
            return None
        e164 = request.callee.e164 if isinstance(request.callee, Number) else None
        if (named.record.callee, named.record.campaign) != (e164, request.campaign_id):
            return None
        if named.held_until <= request.asked_at:
            self._release(named, request.asked_at)
            return None
        named.held_until = None
        return named

    def _release(self, reserved: Held, at: datetime) -> None:
        reserved.held_until, reserved.state = None, "released"
        reserved.ending = Ending(outcome=Outcome.NOT_DIALLED, ended_at=at)

    async def _redeem(self, reserved: Held, redeeming: Redeeming, request: CallRequest, needs: Needs) -> VerdictRecord:
        judged = redeeming(self.operators.get(reserved.record.operator))
        record = judged.decide(self._facts(judged.request, needs, besides=reserved.record.call_id))
        if record.verdict != "permit":
            self._release(reserved, request.asked_at)
            return await self._write(judged.request, record, needs)
        operator = judged.request.operator_id
        reserved.gate, reserved.channel_id = record.evidence.gate, request.ask.channel_id
        reserved.door = request.ask.door
        if reserved.attempt is not None:
            reserved.attempt = replace(reserved.attempt, operator=operator, attended=judged.request.attended)
        if request.idempotency_key:
            self._keys[request.idempotency_key] = reserved.record.call_id
        await self._answer()
        return replace(self._whole(reserved), operator=operator)

    async def _write(self, request: CallRequest, record: VerdictRecord, needs: Needs) -> VerdictRecord:
        if record.call_id in self.held:
            raise StoreConflict(f"call {record.call_id} has a verdict already")
        principal = request.campaign.principal if request.campaign else ""
        self.locked.append(needs.locks_with(principal, self.persons_at(request, needs)))
        held = self.held[record.call_id] = _held(record, request)
        if request.ask.ahead is not None and record.verdict == "permit":
            held.held_until = record.decided_at + request.ask.ahead.held_for
        if request.idempotency_key:
            self._keys[request.idempotency_key] = record.call_id
        if self.on_commit is not None:
            self.on_commit(record)
        await self._answer()
        return record

    async def preview(
        self,
        request: CallRequest,
        *,
        needs: Needs,
        decide: Decide,
    ) -> VerdictRecord:
        """As the port."""
        await self._begin()
        return decide(self._facts(request, needs))

    async def confirm(self, call_id: str, *, at: datetime) -> None:
        """As the port."""
        await self._begin()
        held = self.held.get(call_id)
        if held is not None and held.state in ("reserved", "released"):
            held.state, held.confirmed_at = "confirmed", at
        await self._answer()

    async def close(self, call_id: str, ending: Ending) -> bool:
        """As the port. Raises StoreConflict: there is no verdict of this call."""
        await self._begin()
        held = self.held.get(call_id)
        if held is None:
            raise StoreConflict(f"there is no verdict of call {call_id}")
        if held.ending is not None or held.record.verdict in ("deny", "defer"):
            return False
        if held.state == "confirmed" and ending.outcome in (Outcome.NOT_DIALLED, Outcome.DENIED):
            return False
        held.ending = ending
        if held.state is not None:
            held.state = "released" if ending.outcome in (Outcome.NOT_DIALLED, Outcome.DENIED) else "confirmed"
            if not ending.within:
                self.count(held.record.campaign, ending.outcome, ending.answered_at or ending.ended_at)
        await self._answer()
        return True

    async def release(self, call_id: str, *, gate: str, at: datetime) -> bool:
        """As the port."""
        held = self.held.get(call_id)
        if held is None or held.gate != gate or held.state != "reserved":
            await self._begin()
            return False
        return await self.close(call_id, Ending(outcome=Outcome.NOT_DIALLED, ended_at=at))

    async def open_calls(self, *, gate: str) -> tuple[OpenCall, ...]:
        """As the port."""
        await self._begin()
        found = [
            held
            for held in self.held.values()
            if held.state is not None and held.ending is None and held.gate == gate and held.held_until is None
        ]
        return tuple(
            OpenCall(
                call_id=held.record.call_id,
                channel_id=held.channel_id or held.record.evidence.channel_id,
                decided_at=held.record.decided_at,
                dialled=held.state == "confirmed",
                door=held.door or Door(held.record.evidence.door),
            )
            for held in sorted(found, key=lambda held: (held.record.decided_at, held.record.call_id))
        )

    async def held_until(self, call_id: str) -> datetime | None:
        """As ports.reservations."""
        held = self.held.get(call_id)
        return held.held_until if held is not None else None

    async def give_back(self, call_id: str, *, at: datetime) -> GivenBack:
        """As ports.reservations."""
        held = self.held.get(call_id)
        if held is not None and held.held_until is not None:
            self._release(held, at)
        ended = held.ending.outcome if held is not None and held.ending is not None else None
        return GivenBack.RELEASED if ended is Outcome.NOT_DIALLED else GivenBack.NOT_HELD

    async def release_due(self, *, at: datetime, limit: int) -> Sequence[str]:
        """As ports.reservations."""
        due = [key for key, each in self.held.items() if each.held_until is not None and each.held_until <= at][:limit]
        for call_id in due:
            self._release(self.held[call_id], at)
        return due

    async def forget_over(self, *, limit: int) -> int:  # noqa: ARG002  nothing is kept here beside the calls
        """As ports.reservations."""
        return 0

    async def show(self, call_id: str) -> VerdictRecord | None:
        """As the port."""
        await self._begin()
        held = self.held.get(call_id) if call_id not in self.unreadable else None
        return self._whole(held) if held is not None else None

    async def _begin(self) -> None:
        if self.slow:
            await asyncio.sleep(self.slow.total_seconds())
        if self.unavailable:
            raise StoreUnavailable("the database did not answer: made so by the test")

    async def _answer(self) -> None:
        if self.slow_answer:
            await asyncio.sleep(self.slow_answer.total_seconds())

    def _operator(self, ask: Ask) -> Operator | None:
        if ask.operator:
            return self.operators.get(ask.operator)
        if ask.endpoint in self.seats:
            return self.operators.get(self.seats[ask.endpoint])
        at_phone = (each for each in self.operators.values() if ask.endpoint and each.endpoint == ask.endpoint)
        return next(at_phone, None)

    def _whole(self, held: Held) -> VerdictRecord:
        if held.record.verdict in ("deny", "defer"):
            return held.record.with_outcome(Outcome.DENIED.value)
        return held.record.with_outcome(held.ending.outcome.value) if held.ending is not None else held.record

    def _facts(self, request: CallRequest, needs: Needs, *, besides: str = "") -> Facts:
        made = [
            Made(principal=held.record.principal or "", e164=held.record.callee or "", attempt=_attempt(held))
            for held in self.held.values()
            if held.attempt is not None
            and held.state != "released"
            and held.record.call_id not in (request.call_id, besides)
        ]
        return self.facts(request, needs, made)


def _held(record: VerdictRecord, request: CallRequest) -> Held:
    if record.verdict != "permit":
        return Held(record)
    if request.campaign is None:
        raise StoreConflict("a permit without a campaign cannot be counted")
    attempt = Attempt(
        call_id=record.call_id,
        campaign=request.campaign.id,
        purpose=request.campaign.purpose,
        at=record.decided_at,
        operator=record.operator,
        subject=request.subject,
        attended=request.attended,
        one_off_permit=record.redeems,
    )
    return Held(record, attempt, "reserved", gate=record.evidence.gate)


def _attempt(held: Held) -> Attempt:
    """As it stands by what became of the call."""
    if held.attempt is None:
        raise StoreConflict("no attempt was made")
    ending = held.ending
    if ending is None or ending.outcome in (Outcome.NOT_DIALLED, Outcome.DENIED):
        return held.attempt  # if it was said to be over, it was dialled after all: nobody knows how it went
    talked = ending.ended_at - ending.answered_at if ending.answered_at is not None else None
    return replace(held.attempt, outcome=ending.outcome, talked=talked)
