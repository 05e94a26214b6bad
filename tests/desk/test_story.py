"""The story beside the script: only this brand's, newest first, in one look."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.held import CustomerStatus
from ari_app.policy.outcome import Outcome
from ari_app.stores.callbacks import Callbacks
from ari_app.stores.flags import Flags
from ari_app.stores.tables import consent, customer
from tests.desk.conftest import MARIO, MONDAY, House
from tests.stores.samples import KEYRING

DAY = timedelta(days=1)


def a_customer(house: House, *, principal: str = "lumina", person: str = "C-1") -> None:
    """The principal's word of now that Mario is a customer."""
    row: dict[str, Any] = {
        "principal": principal,
        "number_key": KEYRING.number_key(MARIO),
        "status": "current",
        "person": person,
    }
    row |= {"products": '["fibra"]', "since": MONDAY - 400 * DAY, "as_of": house.clock.now()}
    house.database.write(lambda connection: connection.execute(insert(customer), row))


async def test_the_story_is_whole(house: House) -> None:
    """Name, how they stand with the brand, what was said by whom, what is owed and what is noted."""
    house.list_of(MARIO, name="Mario Rossi", campaign="care")
    first = await house.call(MARIO, campaign="care")
    await house.noting.note(first.call_id, operator="anna", word=Disposition.NOT_NOW, note="after six")
    house.clock.pass_by(timedelta(hours=1))
    second = await house.call(MARIO, campaign="care", operator="bruno", outcome=Outcome.NO_ANSWER)
    a_customer(house)
    Flags(house.database, KEYRING, house.clock).add(
        MARIO, principal="lumina", kind=FlagKind.HOURS, value="17:00-20:00", source="anna"
    )
    promised = Callbacks(house.database, KEYRING, house.clock).promise(
        MARIO, campaign_id="care", due_at=MONDAY + DAY, operator="anna"
    )
    house.clock.pass_by(timedelta(hours=1))
    story = await house.stories.of(await house.call(MARIO, campaign="care", outcome=None))
    assert (story.name, story.person) == ("Mario Rossi", "C-1")
    assert (story.customer.status, story.customer.products) == (CustomerStatus.CURRENT, ("fibra",))
    assert [(past.call_id, past.operator, past.word, past.note) for past in story.contacts] == [
        (second.call_id, "bruno", None, ""),
        (first.call_id, "anna", Disposition.NOT_NOW, "after six"),
    ]
    assert story.promises == (promised,)
    assert story.flags_in("en") == ("asked to be called at 17:00-20:00",)
    assert story.flags_in("it") == ("ha chiesto di essere chiamato tra le 17:00-20:00",)


async def test_another_brand_s_history_is_nobody_s_business(house: House) -> None:
    """Neither its calls nor its promises, needs, flags and names."""
    house.list_of(MARIO, campaign="theirs", principal="rival", name="Mario of the rival")
    call = await house.call(MARIO, campaign="theirs")
    a_customer(house, principal="rival")
    due_at = MONDAY + DAY
    await house.noting.note(
        call.call_id, operator="anna", word=Disposition.CALLBACK, due_at=due_at, needs=("gas",), callback_by="anna"
    )
    Flags(house.database, KEYRING, house.clock).add(MARIO, principal="rival", kind=FlagKind.COMPLAINT, source="x")
    story = await house.stories.of(await house.asked(MARIO))
    assert (story.name, story.person, story.customer.status) == ("", "", CustomerStatus.NONE)
    assert (story.contacts, story.promises, story.flags, story.needs) == ((), (), (), ())


@pytest.mark.parametrize("profiling", [False, True])
async def test_a_need_is_told_where_it_was_said(house: House, profiling: bool) -> None:
    """On calls of that campaign; for any other of the brand only with a consent to profiling."""
    call = await house.call(MARIO)
    await house.noting.note(call.call_id, operator="anna", word=Disposition.INTERESTED, needs=("  a second \n line ",))
    if profiling:
        given: dict[str, Any] = {
            "id": "c-1",
            "principal": "lumina",
            "number_key": KEYRING.number_key(MARIO),
            "purpose": "profiling",
        }
        given |= {"key_id": KEYRING.key_id, "given_at": MONDAY, "text_version": "1", "evidence": "signed"}
        house.database.write(lambda connection: connection.execute(insert(consent), given))
    house.clock.pass_by(timedelta(minutes=1))
    told = await house.stories.of(await house.asked(MARIO))
    assert [need.text for need in told.needs] == ["a second line"]
    elsewhere = await house.stories.of(await house.asked(MARIO, campaign="care"))
    assert len(elsewhere.needs) == profiling


async def test_who_is_protected_is_not_spelt_out(house: House) -> None:
    """Every flag has words in both languages, and none of them says that somebody is a child or ill."""
    for kind in FlagKind:
        value = "de" if kind in (FlagKind.LANGUAGE, FlagKind.HOURS) else ""
        Flags(house.database, KEYRING, house.clock).add(MARIO, principal="lumina", kind=kind, value=value, source="x")
    story = await house.stories.of(await house.asked(MARIO))
    assert len(story.flags) == len(FlagKind)
    for language in ("it", "en"):
        assert len(story.flags_in(language)) == len(FlagKind) - 2


async def test_there_is_no_story_of_what_is_no_number(house: House) -> None:
    """It is empty, as is that of somebody of whom nothing is known."""
    for dialled in ("abc", MARIO):
        story = await house.stories.of(await house.asked(dialled))
        assert (story.name, story.contacts, story.customer.status) == ("", (), CustomerStatus.NONE)
