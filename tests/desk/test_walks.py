"""The walk of a live call: recorded step by step, the same at every desk, and no further than the call allows."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from ari_app.desk.walks import Walks
from ari_app.policy.record import VerdictRecord
from ari_app.policy.scripts import Script, WalkError
from ari_app.ports.live_calls import Phase
from ari_app.ports.verdicts import StoreConflict
from ari_app.ports.walks import BACK, WalkStep
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.holdings import Holdings
from ari_app.stores.walks import SqlWalkSteps
from tests.desk.samples import DISCLOSURES, MARIO, OneScript, fill_directory, judged, live, situation_of
from tests.fakes.world import BuiltIn
from tests.stores.samples import KEYRING, NOW, SetClock


@dataclass
class UpsellGate:
    """Implements desk.walks.Offers: judges under the upsell campaign, on record."""

    database: Database
    verdict: str = "permit"
    asked: list[str] = field(default_factory=list)

    async def ask(self, call_id: str, *, operator: str) -> VerdictRecord | None:
        """The second verdict; none where there is no upsell campaign."""
        self.asked.append(call_id)
        if not self.verdict:
            return None
        return judged(VerdictBook(self.database, KEYRING), operator=operator, verdict=self.verdict)


@dataclass
class Scene:
    """One call, answered, and what walks it."""

    walks: Walks
    steps: SqlWalkSteps
    offers: UpsellGate
    clock: SetClock
    record: VerdictRecord

    async def at(self) -> str:
        """Id of the step where the call stands."""
        standing = await self.walks.look(live(self.record), self.record)
        assert standing is not None
        return standing.walk.at


@pytest.fixture
def scene(database: Database) -> Scene:
    """A call to a prospect."""
    return staged(database, "acquisition")


def staged(database: Database, purpose: str) -> Scene:
    """A call for this purpose."""
    book, clock = fill_directory(database), SetClock()
    steps, offers = SqlWalkSteps(database), UpsellGate(database)
    walks = Walks(steps=steps, scripts=OneScript(), offers=offers, situation_of=situation_of, clock=clock)
    return Scene(walks, steps, offers, clock, judged(book, purpose=purpose))


async def test_each_step_is_on_record_when_it_is_come_to(scene: Scene) -> None:
    """The first look begins; a disclosure is met by the step after it, at that instant."""
    call, record = live(scene.record), scene.record
    assert await scene.at() == "saluto"
    scene.clock.pass_by(timedelta(seconds=9))
    moved = await scene.walks.go_on(call, record, seq=0, operator="anna")
    assert moved.standing.walk.at == "persona"
    assert moved.standing.disclosed_at == dict.fromkeys(DISCLOSURES[:3], NOW + timedelta(seconds=9))
    scene.clock.pass_by(timedelta(seconds=4))
    await scene.walks.answer(call, record, "si", seq=1, operator="anna")
    rows = await scene.steps.of_call(record.call_id)
    assert [(row.seq, row.step, row.answer, row.at - NOW) for row in rows] == [
        (0, "saluto", "", timedelta(0)),
        (1, "persona", "", timedelta(seconds=9)),
        (2, "diritti", "si", timedelta(seconds=13)),
    ]
    assert [row.discloses for row in rows] == [(), DISCLOSURES[:3], ()]
    assert {row.operator for row in rows} == {"anna"}


async def test_a_page_that_is_loaded_anew_stands_where_the_call_does(scene: Scene) -> None:
    """Whatever was walked, back and forth; looking changes nothing."""
    call, record, walks = live(scene.record), scene.record, scene.walks
    await scene.at()
    await walks.go_on(call, record, seq=0, operator="anna")
    await walks.answer(call, record, "dopo", seq=1, operator="anna")
    await walks.back(call, record, seq=2, operator="anna")
    assert await scene.at() == "persona"
    await walks.answer(call, record, "si", seq=3, operator="anna")
    await walks.go_on(call, record, seq=4, operator="anna")
    fresh = Walks(
        steps=scene.steps, scripts=OneScript(), offers=scene.offers, situation_of=situation_of, clock=scene.clock
    )
    standing = await fresh.look(call, record)
    assert standing is not None
    assert (standing.walk.at, standing.seq) == ("bisogni", 5)
    assert [taken.step for taken in standing.walk.taken] == ["saluto", "persona", "diritti"]
    assert [step.answer for step in standing.steps] == ["", "", "dopo", BACK, "si", ""]


async def test_of_two_desks_that_move_at_once_one_wins(scene: Scene) -> None:
    """The other one is told where the call stands, and no step is taken twice."""
    await scene.at()
    both = await asyncio.gather(
        *(scene.walks.go_on(live(scene.record), scene.record, seq=0, operator="anna") for _ in range(5))
    )
    assert sorted(moved.late for moved in both) == [False, True, True, True, True]
    assert {moved.standing.walk.at for moved in both} == {"persona"}
    assert len(await scene.steps.of_call(scene.record.call_id)) == 2


async def test_desks_that_look_first_at_once_begin_once(scene: Scene) -> None:
    """One first step."""
    stood = await asyncio.gather(*(scene.walks.look(live(scene.record), scene.record) for _ in range(5)))
    assert {standing.seq for standing in stood if standing} == {0}
    assert len(await scene.steps.of_call(scene.record.call_id)) == 1


async def test_a_late_move_changes_nothing(scene: Scene) -> None:
    """Neither an old answer nor an old exit; one from the future does not either."""
    call, record = live(scene.record), scene.record
    await scene.at()
    await scene.walks.go_on(call, record, seq=0, operator="anna")
    for seq in (-1, 0, 7):
        moved = await scene.walks.leave(call, record, "no_thank_you", seq=seq, operator="anna")
        assert moved.late
    assert await scene.at() == "persona"


@pytest.mark.parametrize("phase", [Phase.DIALLED, Phase.RINGING, Phase.ENDED, Phase.REFUSED])
async def test_nothing_is_said_to_nobody(scene: Scene, phase: Phase) -> None:
    """Before the answer and after the end no step is recorded, so that no disclosure is claimed."""
    with pytest.raises(WalkError):
        await scene.walks.go_on(live(scene.record, phase), scene.record, seq=-1, operator="anna")
    assert await scene.steps.of_call(scene.record.call_id) == ()


async def test_a_step_left_by_an_exit_was_not_said_to_its_end(scene: Scene) -> None:
    """Its disclosures are owed still; a way back to it and on meets them."""
    call, record, walks = live(scene.record), scene.record, scene.walks
    await scene.at()
    left = await walks.leave(call, record, "no_thank_you", seq=0, operator="anna")
    assert left.standing.walk.over
    assert left.standing.disclosed_at == {}
    assert left.standing.owed == DISCLOSURES
    await walks.back(call, record, seq=1, operator="anna")
    assert list((await walks.go_on(call, record, seq=2, operator="anna")).standing.disclosed_at) == [*DISCLOSURES[:3]]


async def test_a_move_that_the_script_lacks_is_refused(scene: Scene) -> None:
    """With what there is, and without a row."""
    call, record = live(scene.record), scene.record
    await scene.at()
    for move in (
        scene.walks.answer(call, record, "si", seq=0, operator="anna"),
        scene.walks.back(call, record, seq=0, operator="anna"),
        scene.walks.leave(call, record, "saluti", seq=0, operator="anna"),
    ):
        with pytest.raises(WalkError):
            await move
    assert len(await scene.steps.of_call(record.call_id)) == 1


async def test_an_offer_in_a_care_call_asks_first(database: Database) -> None:
    """Denied, the walk stays; permitted, the second verdict stands beside the step, and is asked for once."""
    scene = staged(database, "care")
    call, record, walks = live(scene.record), scene.record, scene.walks
    await scene.at()
    await walks.go_on(call, record, seq=0, operator="anna")
    await walks.answer(call, record, "si", seq=1, operator="anna")
    scene.offers.verdict = "deny"
    refused = await walks.go_on(call, record, seq=2, operator="anna")
    assert refused.no_offer
    assert refused.second is not None
    assert refused.second.reasons[0].code == "already_customer"
    assert await scene.at() == "diritti"
    scene.offers.verdict = ""
    assert (await walks.go_on(call, record, seq=2, operator="anna")).no_offer
    scene.offers.verdict = "permit"
    moved = await walks.go_on(call, record, seq=2, operator="anna")
    assert moved.standing.walk.at == "proposta"
    assert moved.standing.steps[-1].offer_call
    await walks.back(call, record, seq=3, operator="anna")
    await walks.go_on(call, record, seq=4, operator="anna")
    assert len(scene.offers.asked) == 3


class CareScript:
    """Implements desk.walks.Scripts: the care script as it is shipped."""

    async def script(self, script_id: str, script_version: str) -> Script | None:
        """Under whatever name it is asked for."""
        return replace(BuiltIn().scripts["care"], id=script_id, version=script_version)


async def test_a_care_script_goes_on_without_the_offer_that_was_refused(database: Database) -> None:
    """The offer stands on record as come to and not said; a page that is loaded anew stands behind it."""
    scene = staged(database, "care")
    call, record = live(scene.record), scene.record
    walks = Walks(
        steps=scene.steps, scripts=CareScript(), offers=scene.offers, situation_of=situation_of, clock=scene.clock
    )
    await walks.look(call, record)
    await walks.go_on(call, record, seq=0, operator="anna")
    for seq, answer in enumerate(("yes", "well", "offer"), start=1):
        await walks.answer(call, record, answer, seq=seq, operator="anna")
    scene.offers.verdict = "deny"
    moved = await walks.go_on(call, record, seq=4, operator="anna")
    assert (moved.no_offer, moved.standing.walk.at, moved.standing.seq) == (True, "no_offer", 6)
    assert moved.second is not None
    assert [step.step for step in moved.standing.steps][-2:] == ["offer", "no_offer"]
    assert not any(step.offer_call for step in moved.standing.steps)
    again = await walks.look(call, record)
    assert again is not None
    assert again.walk.at == "no_offer"


async def test_an_offer_in_a_sales_call_needs_no_second_verdict(scene: Scene) -> None:
    """It was permitted for that."""
    call, record, walks = live(scene.record), scene.record, scene.walks
    await scene.at()
    await walks.go_on(call, record, seq=0, operator="anna")
    await walks.answer(call, record, "si", seq=1, operator="anna")
    await walks.go_on(call, record, seq=2, operator="anna")
    await walks.answer(call, record, "lavoro", seq=3, operator="anna")
    assert await scene.at() == "proposta"
    assert scene.offers.asked == []


async def test_without_its_script_a_call_has_no_walk(scene: Scene) -> None:
    """A version that is gone, or a call that has no script, is no error until somebody moves."""
    choice = scene.record.script
    assert choice is not None
    for record in (
        replace(scene.record, script=None),
        replace(scene.record, script=replace(choice, version="8")),
    ):
        assert await scene.walks.look(live(record), record) is None
        with pytest.raises(WalkError):
            await scene.walks.go_on(live(record), record, seq=0, operator="anna")


async def test_a_record_of_another_script_is_not_walked(scene: Scene, database: Database) -> None:
    """It is told, not guessed at."""

    class Changed(OneScript):
        async def script(self, script_id: str, script_version: str) -> Script | None:
            found = await super().script(script_id, script_version)
            return replace(found, steps=found.steps[1:]) if found else None

    await scene.at()
    await scene.walks.go_on(live(scene.record), scene.record, seq=0, operator="anna")
    other = Walks(
        steps=scene.steps, scripts=Changed(), offers=scene.offers, situation_of=situation_of, clock=scene.clock
    )
    with pytest.raises(WalkError):
        await other.look(live(scene.record), scene.record)


async def test_steps_need_their_call(database: Database) -> None:
    """A walk of nobody's is refused by the database."""
    fill_directory(database)
    lone = WalkStep(
        call_id="01JNOBODY", seq=0, step="saluto", answer="", discloses=(), operator="anna", at=NOW, offer_call=None
    )
    with pytest.raises(StoreConflict):
        await SqlWalkSteps(database).add(lone)


async def test_who_asks_what_is_held_is_told_the_walk(scene: Scene, database: Database) -> None:
    """Each step with its instant, beside what was noted of the call."""
    await scene.at()
    await scene.walks.go_on(live(scene.record), scene.record, seq=0, operator="anna")
    (held,) = Holdings(database, KEYRING).of(MARIO)["calls"]
    assert [(step["step"], step["discloses"]) for step in held["walk"]] == [
        ("saluto", ""),
        ("persona", "caller principal commercial_purpose"),
    ]
