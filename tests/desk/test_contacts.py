"""Whom an operator is given next: promises first, nobody who would be refused, nobody twice, and each once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from ari_app.desk.contacts import LEASED_FOR
from ari_app.policy.disposition import Disposition, FlagKind
from ari_app.policy.held import SuppressionPurpose
from ari_app.policy.outcome import Outcome
from ari_app.stores.callbacks import Callbacks
from ari_app.stores.flags import Flags
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tables import contact_turn, suppression
from tests.desk.conftest import MARIO, MONDAY, PAOLA, House
from tests.stores.samples import KEYRING

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def numbers(many: int, *, start: int = 100) -> list[str]:
    """Invented ones."""
    return [f"+39333000{each:04}" for each in range(start, start + many)]


def suppress(house: House, those: list[str]) -> None:
    """Suppress many numbers at once."""
    rows = [
        {
            "id": f"s-{each}",
            "number_key": KEYRING.number_key(each),
            "key_id": KEYRING.key_id,
            "scope": "*",
            "purpose": SuppressionPurpose.MARKETING.value,
            "reason": "asked",
            "source": "test",
            "created_at": MONDAY,
        }
        for each in those
    ]
    house.database.write(lambda connection: connection.execute(insert(suppression), rows))


async def given(house: House, operator: str = "anna", campaign: str = "autumn") -> str | None:
    """The number that this operator is given."""
    found = await house.contacts().next_for(operator, campaign)
    return found.e164 if found else None


async def test_everybody_gets_somebody_of_their_own(house: House) -> None:
    """Asked at once or one after the other; asked again before they called, each gets the same."""
    many = numbers(3)
    house.list_of(*many, name="Somebody")
    desks = house.contacts()
    pair = await asyncio.gather(desks.next_for("anna", "autumn"), house.contacts().next_for("bruno", "autumn"))
    got = [found.e164 for found in pair if found]
    got.append(str(await given(house, "carla")))
    assert sorted(got) == many
    assert [await given(house, operator) for operator in ("anna", "bruno", "carla")] == got
    found = await desks.next_for("anna", "autumn")
    assert found is not None
    assert (found.name, found.callback, found.last_at, found.campaign) == ("Somebody", None, None, "autumn")


async def test_a_lease_runs_out(house: House) -> None:
    """Whoever was given somebody and did not call them has them for some minutes; then others may."""
    house.list_of(MARIO)
    assert await given(house) == MARIO
    assert await given(house, "bruno") is None
    house.clock.pass_by(LEASED_FOR)
    assert await given(house, "bruno") == MARIO
    assert await given(house) is None


async def test_one_number_in_two_campaigns_is_given_once(house: House) -> None:
    """A lease is of the number, whatever it is called for."""
    house.list_of(MARIO)
    house.list_of(MARIO, campaign="spring")
    assert await given(house) == MARIO
    assert await given(house, "bruno", "spring") is None


async def test_who_would_be_refused_is_passed_by(house: House) -> None:
    """And looked at again when the rules say so: a call of today, hours that open tomorrow."""
    house.list_of(MARIO, PAOLA)
    Suppressions(house.database, KEYRING, house.clock).add(MARIO, scope="*", reason="asked", source="test")
    assert await given(house) == PAOLA
    await house.call(PAOLA, outcome=Outcome.NO_ANSWER)
    house.clock.pass_by(timedelta(hours=6))
    assert await given(house) is None
    house.clock.pass_by(timedelta(hours=12))  # the night
    assert await given(house) is None
    house.clock.at = MONDAY + DAY
    assert await given(house) == PAOLA


async def test_nobody_is_called_twice_a_day_unless_promised(house: House) -> None:
    """Though the rules in force would let it pass after some hours; a promise is kept on the same day."""
    house.list_of(MARIO, campaign="spring")
    await house.call(MARIO, campaign="spring", outcome=Outcome.NO_ANSWER)
    house.clock.pass_by(timedelta(hours=5))
    assert (await house.asked(MARIO, campaign="spring")).verdict == "permit"
    assert await given(house, campaign="spring") is None
    Callbacks(house.database, KEYRING, house.clock).promise(
        MARIO, campaign_id="spring", due_at=house.clock.now() + SECOND, operator="anna"
    )
    house.clock.pass_by(timedelta(minutes=1))
    found = await house.contacts().next_for("anna", "spring")
    assert found is not None
    assert found.callback is not None
    assert (found.e164, found.callback.operator) == (MARIO, "anna")


async def test_never_called_comes_first_then_the_longest_ago(house: House) -> None:
    """Whatever order the list has, and however many joined it later."""
    early, later, never = numbers(3)
    house.list_of(later, early, campaign="spring")
    for number in (early, later):
        await house.call(number, campaign="spring", outcome=Outcome.NO_ANSWER)
        house.clock.pass_by(DAY)
    house.list_of(later, early, never, campaign="spring")
    order = []
    for _ in range(3):
        found = await given(house, campaign="spring")
        assert found is not None
        order.append(found)
        await house.call(found, campaign="spring", outcome=Outcome.NO_ANSWER)
    assert order == [never, early, later]


async def test_a_long_list_is_gone_on_with_while_others_were_called(house: House) -> None:
    """Whoever of it was never called comes before all that were, though they have their turns already."""
    many = numbers(700)
    house.list_of(*many, campaign="spring")
    first = await given(house, campaign="spring")
    assert first is not None
    seen = house.rows(contact_turn)
    assert seen < len(many)
    rest = select(contact_turn.c.number_key).where(contact_turn.c.campaign == "spring")
    keys = house.database.read(lambda connection: set(connection.scalars(rest)))
    called = [each for each in many if KEYRING.number_key(each) in keys]
    for each in called:
        await house.call(each, campaign="spring", outcome=Outcome.NO_ANSWER)
    house.clock.pass_by(2 * DAY)
    found = await given(house, campaign="spring")
    assert found is not None
    assert found not in called


async def test_promises_come_before_lists_one_s_own_first(house: House) -> None:
    """Then those of nobody in particular, then those that a colleague left overdue."""
    anna, nobody, bruno, listed = numbers(4)
    house.list_of(listed, campaign="spring")
    promises = Callbacks(house.database, KEYRING, house.clock)
    for number in (anna, nobody, bruno):
        await house.call(number, campaign="spring", operator="carla", outcome=Outcome.NO_ANSWER)
    for number, operator, minutes in ((bruno, "bruno", 1), (nobody, "", 2), (anna, "anna", 3)):
        due_at = house.clock.now() + timedelta(minutes=minutes)
        promises.promise(number, campaign_id="spring", due_at=due_at, operator=operator)
    house.clock.pass_by(timedelta(minutes=3))
    assert [each.e164 for each in await house.contacts().due("anna")] == [nobody, anna]
    order = [await given(house, operator, "spring") for operator in ("anna", "carla", "outsider", "bruno")]
    assert order == [anna, nobody, None, bruno]


async def test_due_within_an_hour_is_told_when_asked(house: House) -> None:
    """Exactly now is due; what is due later only with the time that is looked ahead."""
    await house.call(MARIO, campaign="spring")
    promises = Callbacks(house.database, KEYRING, house.clock)
    promises.promise(MARIO, campaign_id="spring", due_at=MONDAY + timedelta(hours=1), operator="anna")
    contacts = house.contacts()
    assert await contacts.due("anna") == ()
    assert len(await contacts.due("anna", within=timedelta(hours=1))) == 1
    assert await contacts.due("bruno", within=timedelta(hours=1)) == ()
    assert await contacts.due("nobody", within=timedelta(hours=1)) == ()
    house.clock.pass_by(timedelta(hours=1))
    (due,) = await contacts.due("anna")
    assert (due.e164, due.campaign, due.operator) == (MARIO, "spring", "anna")


async def test_a_promise_that_is_refused_keeps_nobody_from_the_rest(house: House) -> None:
    """Twenty that may not be called now and are overdue do not hide the one that may, nor the list."""
    many = numbers(22)
    promises = Callbacks(house.database, KEYRING, house.clock)
    for number in many:
        await house.call(number, campaign="spring", outcome=Outcome.NO_ANSWER)
        promises.promise(number, campaign_id="spring", due_at=house.clock.now() + SECOND)
    suppress(house, many[:21])
    house.clock.pass_by(timedelta(minutes=1))
    contacts = house.contacts()
    found = [await contacts.next_for("anna", "spring") for _ in range(2)]
    assert [each.e164 if each else None for each in found] == [None, many[21]]


async def test_another_language_is_put_off_for_one_operator_alone(house: House) -> None:
    """A colleague who speaks it gets them at once."""
    house.list_of(MARIO, campaign="courteous")
    house.directory.set_operator("bruno", language="de")
    Flags(house.database, KEYRING, house.clock).add(
        MARIO, principal="lumina", kind=FlagKind.LANGUAGE, value="de", source="test"
    )
    contacts = house.contacts()
    assert await contacts.next_for("anna", "courteous") is None
    found = await contacts.next_for("bruno", "courteous")
    assert found is not None
    assert found.e164 == MARIO


async def test_ten_thousand_suppressed_numbers_cost_themselves_once(house: House) -> None:
    """The first asks look at them, a bounded number each; from then on nobody does, before a day is over."""
    many = numbers(9_000, start=1000)
    house.list_of(*many)
    suppress(house, many[:-1])
    contacts, asks = house.contacts(), 1
    while (found := await contacts.next_for("anna", "autumn")) is None:
        asks += 1
        assert asks < 200
    assert found.e164 == many[-1]
    await house.call(many[-1], outcome=Outcome.NO_ANSWER)
    ripe = select(func.count()).where(contact_turn.c.not_before.is_(None))
    for _ in range(100):
        assert await contacts.next_for("anna", "autumn") is None
        if house.database.read(lambda connection: connection.scalar(ripe)) == 0:
            break
    put_off = select(func.count(), func.min(contact_turn.c.not_before))
    assert house.database.read(lambda connection: tuple(connection.execute(put_off).one())) == (9_000, MONDAY + DAY)


async def test_who_left_the_list_is_given_to_nobody(house: House) -> None:
    """A list that is brought anew takes the place of the one before, at once."""
    house.list_of(MARIO, PAOLA)
    assert await given(house) in (MARIO, PAOLA)
    house.clock.pass_by(LEASED_FOR)
    house.list_of(PAOLA)
    assert await given(house) == PAOLA
    await house.call(PAOLA)
    assert await given(house) is None


@pytest.mark.parametrize(
    ("operator", "campaign"), [("outsider", "autumn"), ("nobody", "autumn"), ("anna", "nowhere"), ("anna", "closed")]
)
async def test_nobody_is_given_to_who_may_not_call(house: House, operator: str, campaign: str) -> None:
    """An operator of other campaigns, one that is unknown, a campaign that is unknown or closed."""
    house.list_of(MARIO)
    house.directory.set_campaign("spring", closed=True)
    assert await house.contacts().next_for(operator, "spring" if campaign == "closed" else campaign) is None


async def test_my_day_is_my_own(house: House) -> None:
    """Since midnight where they work: calls, conversations, how long, promises kept, and what was said."""
    yesterday, refused, silent, kept, other = numbers(5)
    house.clock.at = MONDAY - timedelta(hours=10, minutes=30)
    await house.call(yesterday, campaign="spring")
    house.clock.at = MONDAY
    first = await house.call(refused, campaign="spring")
    await house.noting.note(first.call_id, operator="anna", word=Disposition.REFUSED)
    await house.call(silent, campaign="spring", outcome=Outcome.NO_ANSWER)
    Callbacks(house.database, KEYRING, house.clock).promise(
        kept, campaign_id="spring", due_at=MONDAY + SECOND, operator="anna"
    )
    house.clock.pass_by(timedelta(minutes=1))
    last = await house.call(kept, campaign="spring")
    await house.noting.note(last.call_id, operator="anna", word=Disposition.NEVER_AGAIN)
    await house.call(other, campaign="spring", operator="bruno")
    day = await house.contacts().day("anna")
    assert (day.calls, day.conversations, day.talked) == (3, 2, timedelta(minutes=4))
    assert (day.kept, day.refusals, day.never_again, day.sold) == (1, 1, 1, 0)
    assert (await house.contacts().day("carla")).calls == 0
