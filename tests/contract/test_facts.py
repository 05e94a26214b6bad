"""Every fact on every book of verdicts: the fake in memory, SQLite and PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import FACT_NAMES, Unknown, known
from ari_app.policy.held import (
    Callback,
    CallerIdEntry,
    Consent,
    ConsentForm,
    Contact,
    Customer,
    CustomerStatus,
    Flag,
    OneOffPermit,
    Screening,
    SilentCalls,
)
from ari_app.policy.needs import Needs
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.ports.verdicts import Ending, Verdicts
from tests.contract.worlds import RIVAL, WINTER, World, facts_of
from tests.stores.samples import AUTUMN, MARIO, NOW, call, once, record, say, wanted

DAY = timedelta(days=1)
ODD = timedelta(days=3, microseconds=7)
"""An instant that ends in zeros, or in none, must come back to the microsecond."""
SECOND = "+393330000002"
THIRD = "+393330000003"
CURRENT = Customer(status=CustomerStatus.CURRENT, products=("adsl",), person="p-1")


async def ended(
    book: Verdicts, outcome: Outcome, *, redeems: str = "", callee: str = MARIO, talked: timedelta | None = None
) -> str:
    """A call that was permitted just before and ended so."""
    request = call(callee=Number(callee), at=NOW - timedelta(minutes=5))
    whole = replace(record(request), redeems=redeems)
    await book.judge(request, needs=wanted(request), decide=lambda _facts: whole)
    answered = None if talked is None else NOW - talked
    await book.close(request.call_id, Ending(outcome=outcome, ended_at=NOW, answered_at=answered))
    return request.call_id


async def test_facts_nobody_asked_for_are_unknown(book: Verdicts) -> None:
    """What no pack reads is not looked up, and says so."""
    facts = await facts_of(book, call(), Needs(facts=frozenset({"customer"})))
    assert known(facts.customer).status is CustomerStatus.NONE
    unasked = {name for name in FACT_NAMES if getattr(facts, name) == Unknown("store", "not asked for")}
    assert unasked == set(FACT_NAMES) - {"customer"}


async def test_consents_come_whole(world: World, book: Verdicts) -> None:
    """A consent has its form, its proof and its instants, to the microsecond."""
    given = Consent(
        id="c-1",
        purpose="marketing",
        form=ConsentForm.WRITTEN,
        given_at=NOW - ODD,
        text_version="3",
        evidence='a "signed" à è',
    )
    world.consent(given)
    assert known((await facts_of(book, call())).consents) == (given,)
    assert known((await facts_of(book, call(campaign=RIVAL))).consents) == ()


async def test_a_withdrawal_ends_every_consent_before_it(world: World, book: Verdicts) -> None:
    """A later list that has forgotten the withdrawal brings no consent back."""
    given = Consent(
        id="c-1", purpose="marketing", form=ConsentForm.EXPRESS, given_at=NOW - DAY, text_version="", evidence=""
    )
    world.consent(replace(given, id="c-2", withdrawn_at=NOW))
    world.consent(given)
    assert {each.withdrawn_at for each in known((await facts_of(book, call())).consents)} == {NOW}


async def test_screenings_come_whole(world: World, book: Verdicts) -> None:
    """Every answer is seen, with whether it was asked by the principal for itself."""
    clear = Screening(register="RPO", answer="clear", answered_at=NOW - ODD, valid_until=NOW.replace(microsecond=0))
    listed = Screening(
        register="TPS", answer="listed", answered_at=NOW - DAY, valid_until=NOW + DAY, per_controller=False
    )
    world.screening(clear)
    world.screening(listed)
    found = known((await facts_of(book, call())).screenings)
    assert sorted(found, key=lambda each: each.register) == [clear, listed]


@pytest.mark.parametrize("listed", [True, False, None])
async def test_contacts_are_the_campaign_s(world: World, book: Verdicts, listed: bool | None) -> None:
    """An entry of the campaign's list comes whole; the list of another campaign has no part in it."""
    held = Contact(
        list_id="l-1",
        list_source="fair",
        approved_by="dpo",
        imported_at=NOW - ODD,
        agency="callia",
        listed=listed,
        party="business",
        language="de",
        person="p-9",
        generated=True,
    )
    world.contact(held)
    assert known((await facts_of(book, call())).contacts) == (held,)
    assert known((await facts_of(book, call(campaign=WINTER))).contacts) == ()


async def test_a_list_takes_the_place_of_the_one_before(world: World, book: Verdicts) -> None:
    """Once a list is published anew, the entries it had before count no more."""
    held = Contact(list_id="l-1", list_source="fair", approved_by="", imported_at=NOW)
    world.contact(held)
    world.contact(replace(held, list_source="web"), e164=MARIO)
    world.contact(replace(held, list_id="l-2"), e164=SECOND)
    assert [each.list_source for each in known((await facts_of(book, call())).contacts)] == ["web"]


async def test_callbacks_flags_and_caller_ids_come_whole(world: World, book: Verdicts) -> None:
    """A promise, what is noted of the person, and whose the caller id is."""
    promised = Callback(
        id="b-1", campaign=AUTUMN.id, operator="anna", promised_at=NOW - ODD, due_at=NOW + timedelta(hours=3)
    )
    noted = Flag(kind=FlagKind.HOURS, value="17:00-20:00", since=NOW - ODD)
    owned = CallerIdEntry(owner="fastnet", registered_in="ROC SAN")
    world.callback(promised)
    world.flag(noted)
    world.caller_id(owned)
    facts = await facts_of(book, call())
    assert known(facts.callbacks) == (promised,)
    assert known(facts.flags) == (noted,)
    assert known(facts.caller_ids) == (owned,)
    elsewhere = await facts_of(book, call(campaign=replace(RIVAL, caller_id="+390299999999")))
    assert known(elsewhere.callbacks) == ()
    assert known(elsewhere.flags) == ()
    assert known(elsewhere.caller_ids) == ()


async def test_a_customer_s_enquiry_is_known(world: World, book: Verdicts) -> None:
    """When a customer asked last comes back to the microsecond."""
    world.customer(replace(CURRENT, inquired_at=NOW - ODD))
    assert known((await facts_of(book, call())).customer).inquired_at == NOW - ODD


async def test_attempts_come_whole(world: World, book: Verdicts) -> None:
    """What rules count by: subject, length, whether an operator waited, and the permit that was used."""
    request = call(at=NOW - DAY, campaign=replace(AUTUMN, product="fibre"))
    request = replace(request, ask=replace(request.ask, attended=True))
    whole = replace(record(request), redeems="o-1")
    await book.judge(request, needs=wanted(request), decide=lambda _facts: whole)
    answered = NOW - DAY + timedelta(seconds=12)
    talked = timedelta(seconds=61, microseconds=250_001)
    await book.close(
        request.call_id, Ending(outcome=Outcome.ANSWERED, ended_at=answered + talked, answered_at=answered)
    )
    (found,) = known((await facts_of(book, call())).attempts)
    assert (found.talked, found.attended, found.one_off_permit) == (talked, True, "o-1")
    assert (found.same_number, found.outcome, found.at) == (True, Outcome.ANSWERED, NOW - DAY)


async def test_an_attempt_s_subject_is_its_campaign_s(world: World, book: Verdicts) -> None:
    """The campaign's product, else its sector."""
    fibre = replace(AUTUMN, id="fibra", product="fibre")
    world.campaign(fibre)
    for campaign in (AUTUMN, fibre):
        request = call(campaign=campaign, at=NOW - DAY)
        await book.judge(request, needs=wanted(request, locked=False), decide=say(request))
    subjects = {each.campaign: each.subject for each in known((await facts_of(book, call())).attempts)}
    assert subjects == {AUTUMN.id: "telecom", "fibra": "fibre"}


# One-off permits.


@pytest.mark.parametrize(
    ("outcome", "uses"),
    [
        (Outcome.ANSWERED, 1),
        (Outcome.ABANDONED, 1),
        (Outcome.UNOBSERVED, 1),
        (Outcome.BUSY, 0),
        (Outcome.NO_ANSWER, 0),
        (Outcome.NOT_DIALLED, 0),
    ],
)
async def test_a_permit_is_used_by_a_conversation(world: World, book: Verdicts, outcome: Outcome, uses: int) -> None:
    """Only a call that spoke to somebody uses a permit up; a busy line does not."""
    granted = OneOffPermit(id="o-1", source="web_form", granted_at=NOW - DAY, expires_at=NOW + ODD)
    world.one_off_permit(granted)
    await ended(book, outcome, redeems="o-1")
    assert known((await facts_of(book, call())).one_off_permits) == (replace(granted, uses=uses),)


async def test_a_call_under_way_uses_its_permit(world: World, book: Verdicts) -> None:
    """Nobody else may use it meanwhile; the call itself does not meet its own use."""
    world.one_off_permit(OneOffPermit(id="o-1", source="web_form", granted_at=NOW - DAY))
    request = call()
    whole = replace(record(request), redeems="o-1")
    await book.judge(request, needs=wanted(request), decide=lambda _facts: whole)
    assert known((await facts_of(book, call())).one_off_permits)[0].uses == 1
    assert known((await facts_of(book, request)).one_off_permits)[0].uses == 0


# Wrong numbers.


async def test_a_wrong_number_voids_what_came_before(world: World, book: Verdicts) -> None:
    """Consents, customer and contacts from before the flag are void; newer ones have been verified again."""
    for place, given_at in enumerate((NOW - 2 * DAY, NOW - DAY, NOW - timedelta(hours=1))):
        world.consent(
            Consent(
                id=f"c-{place}",
                purpose="marketing",
                form=ConsentForm.EXPRESS,
                given_at=given_at,
                text_version="",
                evidence="",
            )
        )
    world.customer(CURRENT, as_of=NOW - 2 * DAY)
    world.contact(Contact(list_id="l", list_source="", approved_by="", imported_at=NOW - DAY))
    world.flag(Flag(kind=FlagKind.WRONG_NUMBER, value="p-1", since=NOW - DAY))
    facts = await facts_of(book, call())
    assert [each.id for each in known(facts.consents)] == ["c-2"]
    assert known(facts.customer) == Customer(status=CustomerStatus.NONE)
    assert known(facts.contacts) == ()
    before = await facts_of(book, call(at=NOW - DAY - timedelta(hours=1)))
    assert known(before.customer) == CURRENT


@pytest.mark.parametrize(("person", "seen"), [("p-1", False), ("p-2", True), ("", True)])
async def test_who_is_not_at_a_number_never_is(world: World, book: Verdicts, person: str, seen: bool) -> None:
    """A list that names the same person on the same number again is void for ever; another person is not."""
    world.flag(Flag(kind=FlagKind.WRONG_NUMBER, value="p-1", since=NOW - 2 * DAY))
    world.contact(Contact(list_id="l", list_source="", approved_by="", imported_at=NOW - DAY, person=person))
    assert bool(known((await facts_of(book, call())).contacts)) is seen


# Persons.


async def test_attempts_on_other_numbers_of_the_person_are_seen(world: World, book: Verdicts) -> None:
    """By customer list and by contact list, marked as another number's; not where nothing is counted by person."""
    world.customer(CURRENT)
    world.customer(CURRENT, e164=SECOND)
    world.contact(
        Contact(list_id="l", list_source="", approved_by="", imported_at=NOW, person="p-1"),
        e164=THIRD,
        campaign=WINTER.id,
    )
    for number in (SECOND, THIRD, "+393330000009"):
        await ended(book, Outcome.BUSY, callee=number)
    found = known((await facts_of(book, call())).attempts)
    assert [each.same_number for each in found] == [False, False]
    alone = await facts_of(book, call(), Needs(facts=frozenset({"attempts"})))
    assert known(alone.attempts) == ()


async def test_a_person_s_word_is_the_newest(world: World, book: Verdicts) -> None:
    """A number that has become somebody else's counts for them alone."""
    world.customer(CURRENT)
    world.customer(CURRENT, e164=SECOND, as_of=NOW - DAY)
    world.customer(replace(CURRENT, person="p-2"), e164=SECOND)
    await ended(book, Outcome.BUSY, callee=SECOND)
    assert known((await facts_of(book, call())).attempts) == ()


async def test_twenty_asks_on_three_numbers_of_one_person_get_one_permit(world: World) -> None:
    """A cap of one by person holds over all their numbers, whoever asks, and nobody waits for ever."""
    numbers = (MARIO, SECOND, THIRD)
    for number in numbers:
        world.customer(CURRENT, e164=number)
    gates = [world.gate() for _ in range(4)]
    requests = [call(callee=Number(numbers[place % 3])) for place in range(20)]
    given = await asyncio.gather(
        *(
            gates[place % 4].judge(request, needs=wanted(request), decide=once(request))
            for place, request in enumerate(requests)
        )
    )
    assert sorted(each.verdict for each in given) == ["deny"] * 19 + ["permit"]


# What the campaign did.


async def test_silent_calls_are_counted_by_the_hour(book: Verdicts) -> None:
    """Answered and silent calls count once each, also when closed twice, in every window they lie in."""
    for outcome in (Outcome.ANSWERED, Outcome.ANSWERED, Outcome.ABANDONED, Outcome.BUSY):
        call_id = await ended(book, outcome)
        await book.close(call_id, Ending(outcome=outcome, ended_at=NOW))
    windows = (DAY, timedelta(days=30), None)
    needs = Needs(facts=frozenset({"silent_calls"}), silent_windows=windows)
    found = known((await facts_of(book, call(at=NOW + 2 * DAY), needs)).silent_calls)
    assert found == (
        SilentCalls(window=DAY, put_through=0, silent=0),
        SilentCalls(window=timedelta(days=30), put_through=2, silent=1),
        SilentCalls(window=None, put_through=2, silent=1),
    )
    other = known((await facts_of(book, call(campaign=WINTER), needs)).silent_calls)
    assert other[2] == SilentCalls(window=None, put_through=0, silent=0)


async def test_office_numbers_are_the_others_of_the_last_day(book: Verdicts) -> None:
    """Distinct numbers the campaign called within 24 hours, but for this one, released and older ones."""
    for number in (SECOND, SECOND, THIRD, MARIO):
        await ended(book, Outcome.BUSY, callee=number)
    await ended(book, Outcome.NOT_DIALLED, callee="+393330000009")
    assert known((await facts_of(book, call())).office_numbers) == 2
    assert known((await facts_of(book, call(at=NOW + DAY))).office_numbers) == 0
    assert known((await facts_of(book, call(campaign=WINTER))).office_numbers) == 0
