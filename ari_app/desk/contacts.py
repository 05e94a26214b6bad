"""
Whom an operator calls next, which promises are due, and what the day came to.

Promises come before lists: one's own first, then those that nobody in particular made, then those that their operator
has left overdue. Of lists whoever was never called comes first, then the longest ago. Nobody is offered whom the gate
would refuse: each is judged before, a promise by `Judge.preview`, lists in the bulk, and what was refused is put off
until it may be looked at again, so that a list that begins with ten thousand suppressed numbers costs them once.

A contact is leased for some minutes, so that two who ask at once get two people.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ari_app.judging.bulk import Judged, ListJudge, Reading
from ari_app.judging.judge import Judge
from ari_app.policy.attempts import Attempt, was_conversation
from ari_app.policy.disposition import Disposition
from ari_app.policy.local_time import days_after
from ari_app.policy.numbers import Number, zones
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Campaign, Door, Purpose
from ari_app.ports.bulk import Archive
from ari_app.ports.clock import Clock
from ari_app.ports.contacts import NEVER, ContactBook, DayCall, DueCallback, PutOff, Turn
from ari_app.ports.verdicts import Admission, Verdicts

LEASED_FOR = timedelta(minutes=5)
_FIRST_LOOK, _NEXT_LOOKS = 10, 200
"""Turns in one look: mostly one of the first can be called; else there are many who cannot."""
_JUDGED_AT_ONCE = 50
"""To judge them must not hold up the calls of everybody else."""
_MOST_LOOKED_AT = 5_000
"""Contacts of one ask, and how long it may take; the next ask goes on where this one was."""
_MOST_SECONDS = 1.5
_MOST_PROMISES = 20
_FOR_ANOTHER = frozenset({"language_not_spoken", "operator_not_allowed", "callback_pending"})
"""Denials of this operator: a colleague may call, so nothing is put off for everybody."""
_LASTING = frozenset(
    {
        *("suppressed_global", "suppressed_principal", "suppressed_campaign"),
        *("number_invalid", "person_protected", "wrong_number"),
    }
)
_LOOKED_AT_AGAIN = timedelta(hours=1)
"""After a denial that somebody may mend meanwhile: a screening, a consent."""
_PROMISE_LOOKED_AT_AGAIN = timedelta(minutes=10)
_PROMISE_HOLDS_FOR = timedelta(days=1)
"""A list waits for a promise that is so much overdue, and no longer: nor do the packs let it lift pauses then."""
_LASTING_LOOKED_AT_AGAIN = timedelta(days=1)
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NextContact:
    """Somebody to be called now; the call itself is judged again."""

    e164: str
    campaign: str
    name: str
    """By the campaign's lists; empty: they do not say."""
    callback: DueCallback | None
    """The promise that the call would keep; None: they come from a list."""
    last_at: datetime | None
    """When they were called last for the campaign's principal; None: never, or it is a promised call."""
    leased_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One operator's day in numbers, since midnight where they work."""

    calls: int = 0
    conversations: int = 0
    talked: timedelta = timedelta()
    kept: int = 0
    """Promised calls that were made."""
    refusals: int = 0
    never_again: int = 0
    sold: int = 0


class Contacts:
    """Finds whom to call. Raises StoreUnavailable."""

    def __init__(
        self,
        *,
        book: ContactBook,
        verdicts: Verdicts,
        judge: Judge,
        archive: Archive,
        reading: Reading,
        clock: Clock,
        zones: Sequence[str],
    ) -> None:
        """`reading` runs what reads the database off the loop; `zones` is where the operators' day begins."""
        self._book = book
        self._verdicts = verdicts
        self._judge = judge
        self._archive = archive
        self._reading = reading
        self._clock = clock
        self._zones = tuple(zones)
        self._not_mine: dict[tuple[str, str, bytes], datetime] = {}

    async def next_for(self, operator_id: str, campaign_id: str) -> NextContact | None:
        """
        The next contact of the campaign for this operator, leased to them; asked again before it was called, the same.

        None: nobody can be called now, or they do not call for this campaign, or nobody was found in the time that one
        ask may take: what was looked at is remembered, and the next ask goes on.
        """
        now = self._clock.now()
        ask = Ask(dialled="", door=Door.CHECK, campaign=campaign_id, operator=operator_id)
        admission = await self._verdicts.admission(ask, default_campaign="")
        campaign = admission.campaign
        if campaign is None or not _may_call(admission, campaign):
            return None
        due = await self._book.callbacks([campaign.id], until=now)
        held = await self._still_leased(operator_id, campaign, due, now)
        if held is not None:
            return held
        promised = await self._from_promises(operator_id, campaign, due, now)
        if promised is not None:
            return promised
        return await self._from_lists(operator_id, admission, campaign, now)

    async def due(self, operator_id: str, *, within: timedelta = timedelta()) -> tuple[DueCallback, ...]:
        """Promises due now, or within this time, of the operator's campaigns: their own and nobody's, oldest first."""
        ask = Ask(dialled="", door=Door.CHECK, operator=operator_id)
        operator = (await self._verdicts.admission(ask, default_campaign="")).operator
        if operator is None or not operator.campaigns:
            return ()
        found = await self._book.callbacks(operator.campaigns, until=self._clock.now() + within)
        return tuple(each for each in found if each.operator in ("", operator_id))

    async def day(self, operator_id: str) -> Day:
        """What the operator's calls of today came to."""
        midnight = days_after(self._clock.now(), 0, self._zones)
        calls = await self._book.calls_of(operator_id, since=midnight)
        return Day(
            calls=len(calls),
            conversations=sum(_was_conversation(each) for each in calls),
            talked=timedelta(seconds=sum(each.talked_s or 0.0 for each in calls)),
            kept=sum(each.kept for each in calls),
            refusals=sum(each.word is Disposition.REFUSED for each in calls),
            never_again=sum(each.word is Disposition.NEVER_AGAIN for each in calls),
            sold=sum(each.word is Disposition.SOLD for each in calls),
        )

    async def _still_leased(
        self, operator_id: str, campaign: Campaign, due: Sequence[DueCallback], now: datetime
    ) -> NextContact | None:
        lease = await self._book.leased(operator_id, campaign.id, now=now)
        if lease is None or lease.called:
            return None
        callback = next((each for each in due if each.number_key == lease.number_key), None)
        e164 = callback.e164 if callback is not None else lease.e164
        if not e164 or (await self._asked(e164, operator_id, campaign)).verdict != "permit":
            return None
        name = callback.name if callback else await self._book.name_of(lease.number_key, campaign=campaign.id)
        return _contact(e164, campaign, name, lease.until, callback=callback)

    async def _from_promises(
        self, operator_id: str, campaign: Campaign, due: Sequence[DueCallback], now: datetime
    ) -> NextContact | None:
        mine = [
            each for each in due if each.e164 and not self._is_remembered(operator_id, campaign, each.number_key, now)
        ]
        for promise in sorted(mine, key=lambda each: _turn_of(each, operator_id))[:_MOST_PROMISES]:
            verdict = await self._asked(promise.e164, operator_id, campaign)
            if verdict.verdict != "permit":
                until = verdict.not_before or now + _PROMISE_LOOKED_AT_AGAIN
                self._remember(operator_id, campaign, promise.number_key, until)
                continue
            leased = await self._lease(promise.number_key, operator_id, campaign, now)
            if leased is not None:
                return _contact(promise.e164, campaign, promise.name, leased, callback=promise)
        return None

    async def _from_lists(
        self, operator_id: str, admission: Admission, campaign: Campaign, now: datetime
    ) -> NextContact | None:
        loop = asyncio.get_running_loop()
        out_of_time = loop.time() + _MOST_SECONDS
        judge = ListJudge(
            self._judge.hearing,
            self._archive,
            admission=admission,
            campaign=campaign,
            now=now,
            reading=self._reading,
        )
        more = await self._book.stock_up(campaign.id, principal=campaign.principal, now=now)
        after: tuple[datetime, bytes] | None = None
        looked_at = 0
        while looked_at < _MOST_LOOKED_AT and loop.time() < out_of_time:
            turns = await self._book.turns(
                campaign.id,
                principal=campaign.principal,
                after=after,
                now=now,
                limit=_NEXT_LOOKS if looked_at else _FIRST_LOOK,
            )
            # Who was never called comes first, so the lists are gone on with until such a one is found.
            if more and (not turns or turns[0].called_at > NEVER):
                more = await self._book.stock_up(campaign.id, principal=campaign.principal, now=now)
                continue
            if not turns:
                return None
            looked_at += len(turns)
            after = (turns[-1].called_at, turns[-1].number_key)
            for turn in await self._callable(turns, judge, operator_id, campaign, now):
                leased = await self._lease(turn.number_key, operator_id, campaign, now)
                if leased is not None:
                    name = await self._book.name_of(turn.number_key, campaign=campaign.id)
                    return _contact(turn.e164, campaign, name, leased, last_at=turn.last_at)
        return None

    async def _callable(
        self, turns: Sequence[Turn], judge: ListJudge, operator_id: str, campaign: Campaign, now: datetime
    ) -> list[Turn]:
        """Those of them who may be called now; of the others it is remembered until when not."""
        gone = [turn.number_key for turn in turns if not turn.e164]
        passed: list[PutOff] = []
        asked: list[Turn] = []
        for turn in turns:
            if not turn.e164 or self._is_remembered(operator_id, campaign, turn.number_key, now):
                continue
            again = _again(turn, now)
            if again is not None:
                passed.append(again)
            else:
                asked.append(turn)
        found: list[Turn] = []
        for turn, judged in await _judged(asked, judge):
            if judged.verdict == "permit":
                found.append(turn)
            elif _FOR_ANOTHER & set(judged.reasons):
                until = judged.not_before or now + _LOOKED_AT_AGAIN
                self._remember(operator_id, campaign, turn.number_key, until)
            else:
                passed.append(
                    PutOff(number_key=turn.number_key, called_at=turn.called_at, not_before=_until(judged, now))
                )
        if passed or gone:
            await self._book.put_off(campaign.id, passed, principal=campaign.principal, gone=gone)
        return found

    def _is_remembered(self, operator_id: str, campaign: Campaign, number_key: bytes, now: datetime) -> bool:
        return self._not_mine.get((operator_id, campaign.id, number_key), now) > now

    def _remember(self, operator_id: str, campaign: Campaign, number_key: bytes, until: datetime) -> None:
        if len(self._not_mine) >= _MOST_REMEMBERED:
            self._not_mine.clear()
        self._not_mine[operator_id, campaign.id, number_key] = until

    async def _asked(self, e164: str, operator_id: str, campaign: Campaign) -> VerdictRecord:
        ask = Ask(dialled=e164, door=Door.CHECK, campaign=campaign.id, operator=operator_id)
        return await self._judge.preview(ask)

    async def _lease(self, number_key: bytes, operator_id: str, campaign: Campaign, now: datetime) -> datetime | None:
        until = now + LEASED_FOR
        who = {"principal": campaign.principal, "campaign": campaign.id, "operator": operator_id}
        return until if await self._book.lease(number_key, **who, now=now, until=until) else None


async def _judged(turns: Sequence[Turn], judge: ListJudge) -> list[tuple[Turn, Judged]]:
    found: list[tuple[Turn, Judged]] = []
    for start in range(0, len(turns), _JUDGED_AT_ONCE):
        some = turns[start : start + _JUDGED_AT_ONCE]
        found += zip(some, (await judge.judge([turn.e164 for turn in some])).judged, strict=True)
    return found


def _may_call(admission: Admission, campaign: Campaign) -> bool:
    operator = admission.operator
    return operator is not None and not campaign.closed and operator.id in (campaign.operators or {operator.id})


def _turn_of(promise: DueCallback, operator_id: str) -> tuple[int, datetime]:
    whose = 0 if promise.operator == operator_id else 1 if not promise.operator else 2
    return whose, promise.due_at


def _again(turn: Turn, now: datetime) -> PutOff | None:
    """Why a turn is not taken whatever the rules say, and when it comes again; None: it may be taken."""
    called_at = turn.last_at if turn.last_at is not None else turn.called_at
    if turn.promised_for is not None and turn.promised_for > now - _PROMISE_HOLDS_FOR:
        # A promised call is made as one, when it is due; the list waits until it was.
        again = max(turn.promised_for, now) + _LOOKED_AT_AGAIN
        return PutOff(number_key=turn.number_key, called_at=called_at, not_before=again)
    if turn.last_at is None:
        return None
    tomorrow = days_after(turn.last_at, 1, zones(Number(turn.e164)) or ("UTC",))
    if tomorrow > now:  # nobody is called from a list twice a day
        return PutOff(number_key=turn.number_key, called_at=called_at, not_before=tomorrow)
    if called_at > turn.called_at:  # it was called since it got its turn: there are others before it
        return PutOff(number_key=turn.number_key, called_at=called_at, not_before=None)
    return None


def _until(judged: Judged, now: datetime) -> datetime:
    if judged.not_before is not None:
        return judged.not_before
    return now + (_LASTING_LOOKED_AT_AGAIN if _LASTING & set(judged.reasons) else _LOOKED_AT_AGAIN)


def _contact(
    e164: str,
    campaign: Campaign,
    name: str,
    until: datetime,
    *,
    callback: DueCallback | None = None,
    last_at: datetime | None = None,
) -> NextContact:
    return NextContact(
        e164=e164, campaign=campaign.id, name=name, callback=callback, last_at=last_at, leased_until=until
    )


def _was_conversation(call: DayCall) -> bool:
    if call.outcome is None and call.word is None:
        return False  # it is under way, and nobody has said anything yet
    attempt = Attempt(
        call_id=call.call_id,
        campaign="",
        purpose=Purpose.SERVICE,
        at=call.at,
        outcome=call.outcome,
        disposition=call.word,
    )
    return was_conversation(attempt)
