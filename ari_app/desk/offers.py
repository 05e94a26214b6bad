"""
The second verdict: may what is for sale be offered in a call that was permitted without it?

Care and service calls hold no offer (RULES 6.0). Whoever comes to one in such a call asks here first: the judge decides
under the upsell campaign that the call's own campaign names, as for a call of its own, and the verdict is on record
before a word of the offer is on the screen. A permit counts at once, as a conversation of that campaign, whatever
becomes of the call after it: so a refusal, or a second agency, meets it. What is noted of the call is noted of it too.

    NoOffer    nothing can be offered in this call, whatever the rules say
"""

from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door
from ari_app.ports.clock import Clock
from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import Ending, Verdicts

Why: TypeAlias = Literal["not_theirs", "not_answered", "over", "not_permitted", "nothing_to_offer"]

_TEXTS: dict[Why, str] = {
    "not_theirs": "this is not the call that the operator is on",
    "not_answered": "nobody has answered yet",
    "over": "the call is over",
    "not_permitted": "the call was not permitted",
    "nothing_to_offer": "its campaign names no campaign to offer under",
}


class NoOffer(Exception):  # noqa: N818  nothing failed: there is nothing to judge
    """There is no live call of the operator's in which something can be offered; `why` is the reason in a word."""

    def __init__(self, why: Why) -> None:
        """Keep the reason."""
        super().__init__(_TEXTS[why])
        self.why: Why = why


class Lines(Protocol):
    """Who is on which call."""

    def of(self, operator: str) -> LiveCall | None:
        """The operator's newest call, until its after-call work is over."""
        ...


class Judging(Protocol):
    """Where a verdict comes about."""

    async def judge(self, ask: Ask) -> VerdictRecord:
        """The verdict, committed; or a denial `facts_unavailable` that is on no record."""
        ...


class Offers:
    """Asks for the second verdict, once for a call."""

    def __init__(self, *, judge: Judging, verdicts: Verdicts, lines: Lines, clock: Clock, observer: Observer) -> None:
        """`lines` are the desks of this gate."""
        self._judge = judge
        self._verdicts = verdicts
        self._lines = lines
        self._clock = clock
        self._observer = observer

    async def ask(self, call_id: str, *, operator: str) -> VerdictRecord:
        """
        The verdict on an offer in this call, recorded; a permit has been counted, or it is none.

        Asked again for the same call, a permit that still holds is the same one (`repeated`), and counts once. Raises
        NoOffer; StoreError: the book could not be reached, and nothing may be offered.
        """
        self._need_live(call_id, operator)
        first = await self._verdicts.show(call_id)
        if first is None or first.verdict != "permit" or not first.callee:
            raise NoOffer("not_permitted")
        offered = await self._offered(first)
        self._need_live(call_id, operator)  # reading takes its time, and a call can end meanwhile
        record = await self._judge.judge(
            Ask(
                dialled=first.callee,
                door=Door.DESK,
                campaign=offered,
                operator=operator,
                asterisk_id=first.evidence.asterisk_id,
                idempotency_key=f"offer:{call_id}",
                attended=True,
            )
        )
        if record.verdict == "permit" and record.outcome is None:
            await self._count(record, within=call_id, at=self._clock.now())
        if not record.repeated:
            codes = ",".join(dict.fromkeys(reason.code for reason in record.reasons))
            self._observer.event(
                "offer.judged", call_id=call_id, offer=record.call_id, verdict=record.verdict, reasons=codes
            )
        return record

    def _need_live(self, call_id: str, operator: str) -> None:
        live = self._lines.of(operator)
        if live is None or live.call_id != call_id or live.operator != operator:
            raise NoOffer("not_theirs")
        if live.phase is Phase.ENDED:
            raise NoOffer("over")
        if live.phase is not Phase.ANSWERED:
            raise NoOffer("not_permitted" if live.phase is Phase.REFUSED else "not_answered")

    async def _offered(self, first: VerdictRecord) -> str:
        """The upsell campaign of the call's own campaign, as it stands now."""
        asked = Ask(dialled="", door=Door.DESK, campaign=first.campaign)
        campaign = (await self._verdicts.admission(asked, default_campaign="")).campaign
        if campaign is None or not campaign.offers:
            raise NoOffer("nothing_to_offer")
        return campaign.offers

    async def _count(self, record: VerdictRecord, *, within: str, at: datetime) -> None:
        """
        Counted at once, and not when the call ends: a gate that dies meanwhile forgets nobody's peace.

        How long they talk of it is not known, which rules read as long enough to be a conversation.
        """
        await self._verdicts.confirm(record.call_id, at=at)
        await self._verdicts.close(record.call_id, Ending(outcome=Outcome.ANSWERED, ended_at=at, within=within))
