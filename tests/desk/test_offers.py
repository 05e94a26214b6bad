"""The second verdict: asked of the live call alone, counted once, and met by whoever calls next."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from ari_app.desk.offers import NoOffer, Offers
from ari_app.policy.attempts import Attempt
from ari_app.policy.disposition import Disposition
from ari_app.policy.held import Suppression, SuppressionPurpose
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Door, Operator, Purpose
from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.ports.verdicts import StoreUnavailable
from tests.fakes.world import CALLEE, START, World, campaign

pytestmark = pytest.mark.looptime


@dataclass
class OnTheLine:
    """Implements desk.offers.Lines."""

    calls: dict[str, LiveCall] = field(default_factory=dict)

    def of(self, operator: str) -> LiveCall | None:
        """As it was put."""
        return self.calls.get(operator)


class Desk:
    """A world with a care campaign that offers, and one operator in a call of it."""

    def __init__(self, world: World) -> None:
        """Nothing has been asked."""
        self.world = world
        self.lines = OnTheLine()
        self.offers = Offers(
            judge=world.judge, verdicts=world.verdicts, lines=self.lines, clock=world.clock, observer=world.heard
        )
        self.call_id = ""

    async def answered(self) -> None:
        """Anna's care call is answered."""
        record = await self.world.judge.judge(self.world.ask(campaign="care"))
        assert record.verdict == "permit"
        await self.world.verdicts.confirm(record.call_id, at=self.world.clock.now())
        self.call_id = record.call_id
        self.phase(Phase.ANSWERED)

    def phase(self, phase: Phase, *, operator: str = "anna") -> None:
        """How far Anna's call has come."""
        now = self.world.clock.now()
        self.lines.calls["anna"] = LiveCall(
            call_id=self.call_id,
            gate="garbo-a",
            campaign="care",
            operator=operator,
            phone="PJSIP/101",
            phase=phase,
            decided_at=now,
            changed_at=now,
        )

    async def asks(self) -> VerdictRecord:
        """Anna comes to an offer."""
        return await self.offers.ask(self.call_id, operator="anna")

    def counted(self) -> list[tuple[str, str | None]]:
        """Campaign and outcome of each attempt that counts, in order."""
        held = [each for each in self.world.verdicts.held.values() if each.state == "confirmed"]
        return [(each.record.campaign, each.ending.outcome if each.ending else None) for each in held]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Anna speaks with somebody for the care campaign."""
    world = World()
    world.verdicts.put_campaign(campaign(id="care", purpose=Purpose.CARE, offers="more"))
    world.verdicts.put_campaign(campaign(id="more", purpose=Purpose.UPSELL, product="tv"))
    world.verdicts.put_operator(Operator(id="anna", endpoint="PJSIP/101", language="en", campaigns=("care", "more")))
    desk = Desk(world)
    await desk.answered()
    yield desk
    await world.judge.close()


async def test_a_permitted_offer_is_on_record_and_counts_at_once(desk: Desk) -> None:
    """Under its own campaign, as a conversation within the call; no call was put through by it."""
    record = await desk.asks()
    assert (record.verdict, record.campaign, record.evidence.door) == ("permit", "more", Door.DESK)
    assert desk.counted() == [("care", None), ("more", Outcome.ANSWERED)]
    held = desk.world.verdicts.held[record.call_id]
    assert held.ending is not None
    assert (held.ending.within, held.ending.answered_at) == (desk.call_id, None)
    told = [values for name, values in desk.world.heard.events if name == "offer.judged"]
    assert told == [{"call_id": desk.call_id, "offer": record.call_id, "verdict": "permit", "reasons": ""}]


async def test_an_offer_is_counted_once_however_often_it_is_asked(desk: Desk) -> None:
    """One after the other, all at once, and after it was counted: one verdict, that does not deny itself."""
    given = await asyncio.gather(*(desk.asks() for _ in range(5)))
    given.append(await desk.asks())
    assert {(each.verdict, each.call_id) for each in given} == {("permit", given[0].call_id)}
    assert [each.repeated for each in given].count(False) == 1
    assert len(desk.counted()) == 2


async def test_the_next_offer_to_them_meets_this_one(desk: Desk) -> None:
    """A second care call of the day may be made, but offers nothing more."""
    await desk.asks()
    await asyncio.sleep(3600)
    desk.world.verdicts.put_operator(replace(desk.world.verdicts.operators["anna"]))
    record = await desk.world.judge.judge(desk.world.ask(campaign="care", channel="chan-2"))
    assert record.verdict == "permit"
    desk.call_id = record.call_id
    desk.phase(Phase.ANSWERED)
    again = await desk.asks()
    assert (again.verdict, [each.code for each in again.reasons]) == ("defer", ["contacted_recently"])


async def test_what_forbids_the_upsell_forbids_the_offer(desk: Desk) -> None:
    """Marketing that they objected to does not come in by the back door, and stays forbidden when asked again."""
    desk.world.verdicts.put_suppression(
        CALLEE,
        Suppression(
            id="s",
            scope="principal:lumina",
            purpose=SuppressionPurpose.MARKETING,
            reason="never_again",
            source="operator",
            created_at=START,
        ),
    )
    for _ in range(2):
        record = await desk.asks()
        assert (record.verdict, [each.code for each in record.reasons]) == ("deny", ["suppressed_principal"])
    assert desk.counted() == [("care", None)]


async def test_a_marketing_call_lately_defers_the_offer_and_the_care_call_itself_does_not(desk: Desk) -> None:
    """A no of last week to anybody who called for the principal."""
    desk.world.verdicts.put_attempt(
        "lumina",
        CALLEE,
        Attempt(
            call_id="old",
            campaign="autumn",
            purpose=Purpose.ACQUISITION,
            at=START - timedelta(days=7),
            outcome=Outcome.ANSWERED,
            disposition=Disposition.REFUSED,
        ),
    )
    assert (await desk.asks()).verdict == "defer"


@pytest.mark.parametrize(
    ("phase", "why"),
    [
        (Phase.DIALLED, "not_answered"),
        (Phase.RINGING, "not_answered"),
        (Phase.REFUSED, "not_permitted"),
        (Phase.ENDED, "over"),
    ],
)
async def test_only_a_live_call_holds_an_offer(desk: Desk, phase: Phase, why: str) -> None:
    """Nothing is judged before somebody answered, or once they are gone."""
    desk.phase(phase)
    with pytest.raises(NoOffer) as caught:
        await desk.asks()
    assert caught.value.why == why
    assert len(desk.world.verdicts.held) == 1


async def test_another_operators_call_is_not_theirs(desk: Desk) -> None:
    """Nor one that nobody is on, nor one that is not the newest."""
    with pytest.raises(NoOffer, match="not the call"):
        await desk.offers.ask(desk.call_id, operator="bruno")
    with pytest.raises(NoOffer, match="not the call"):
        await desk.offers.ask("01OTHER", operator="anna")
    desk.phase(Phase.ANSWERED, operator="bruno")
    with pytest.raises(NoOffer, match="not the call"):
        await desk.asks()


async def test_a_campaign_that_offers_nothing_has_no_second_verdict(desk: Desk) -> None:
    """Nor a call that is on no record."""
    desk.world.verdicts.put_campaign(campaign(id="care", purpose=Purpose.CARE))
    with pytest.raises(NoOffer, match="names no campaign"):
        await desk.asks()
    desk.call_id = "01NOWHERE"
    desk.phase(Phase.ANSWERED)
    with pytest.raises(NoOffer, match="not permitted"):
        await desk.asks()


async def test_without_the_book_nothing_is_offered(desk: Desk) -> None:
    """A permit that could not be counted is none; a late one is given back, and asked anew it counts."""
    desk.world.verdicts.unavailable = True
    with pytest.raises(StoreUnavailable):
        await desk.asks()
    desk.world.verdicts.unavailable = False
    desk.world.verdicts.slow_answer = timedelta(seconds=1)
    late = await desk.asks()
    assert (late.verdict, late.reasons[0].code) == ("deny", "facts_unavailable")
    desk.world.verdicts.slow_answer = timedelta()
    await asyncio.sleep(5)
    record = await desk.asks()
    assert (record.verdict, record.repeated) == ("permit", False)
    assert desk.counted() == [("care", None), ("more", Outcome.ANSWERED)]
