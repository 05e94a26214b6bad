"""What is noted at the desk: whose word counts, what is refused, and what the very next verdict makes of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ari_app.desk.dispositions import NotTheirs, WordRefused
from ari_app.policy.disposition import Disposition
from ari_app.policy.held import SuppressionPurpose
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tables import callback, disposition, need, suppression
from tests.desk.conftest import MARIO, MONDAY, PAOLA, House
from tests.stores.samples import KEYRING

SUNDAY = MONDAY + timedelta(days=6)
EIGHT_ON_MONDAY = MONDAY + timedelta(days=6, hours=23)
"""Nine in the morning in Rome, when the hours open."""


async def test_never_again_is_a_denial_before_the_page_says_done(house: House) -> None:
    """For all marketing of the brand, whichever campaign or agency; another brand is not meant."""
    call = await house.call(MARIO)
    noted = await house.noting.note(call.call_id, operator="anna", word=Disposition.NEVER_AGAIN)
    assert noted.suppression is not None
    for campaign in ("autumn", "spring", "courteous"):
        assert "suppressed_principal" in await house.codes(MARIO, campaign=campaign)
    assert await house.codes(MARIO, campaign="theirs") == []
    assert await house.codes(MARIO, campaign="care") == []


@pytest.mark.parametrize("campaign", ["survey", "care"])
async def test_never_again_ends_the_campaign_it_was_said_in(house: House, campaign: str) -> None:
    """Though it is no marketing, which an objection to marketing would not stop."""
    call = await house.call(MARIO, campaign=campaign)
    await house.noting.note(call.call_id, operator="anna", word=Disposition.NEVER_AGAIN)
    assert await house.codes(MARIO, campaign=campaign) == ["suppressed_campaign"]
    assert "suppressed_principal" in await house.codes(MARIO, campaign="autumn")


@pytest.mark.parametrize(
    ("word", "value", "code"),
    [
        (Disposition.REFUSED, "", "refused_recently"),
        (Disposition.COMPLAINT, "", "complaint_open"),
        (Disposition.LANGUAGE, "de", "language_not_spoken"),
        (Disposition.DECEASED, "", "person_protected"),
        (Disposition.MINOR, "", "person_protected"),
        (Disposition.VULNERABLE, "", "person_protected"),
        (Disposition.WRONG_NUMBER, "", "wrong_number"),
        (Disposition.ALREADY_CUSTOMER, "", "already_customer"),
    ],
)
async def test_a_word_binds_the_next_call(house: House, word: Disposition, value: str, code: str) -> None:
    """Each by the rule that is made for it, months after the call where only the person changes it."""
    house.list_of(MARIO, campaign="courteous")
    call = await house.call(MARIO, campaign="courteous")
    await house.noting.note(call.call_id, operator="anna", word=word, value=value)
    assert code in await house.codes(MARIO, campaign="courteous")
    house.clock.pass_by(timedelta(days=35))
    assert (code in await house.codes(MARIO, campaign="courteous")) is (word is not Disposition.REFUSED)


async def test_a_business_is_only_said_to_be_one(house: House) -> None:
    """Nobody loses a consumer's protection by one word of an operator."""
    call = await house.call(MARIO)
    noted = await house.noting.note(call.call_id, operator="anna", word=Disposition.BUSINESS)
    assert (noted.flag, noted.suppression, noted.callback) == (None, None, None)


async def test_only_who_was_on_the_call_notes_it(house: House) -> None:
    """Or a supervisor; nothing is written for anybody else."""
    call = await house.call(MARIO)
    for other in ("bruno", "outsider", "nobody", ""):
        with pytest.raises(NotTheirs):
            await house.noting.note(call.call_id, operator=other, word=Disposition.NEVER_AGAIN)
    assert await house.codes(MARIO, campaign="care") == []
    noted = await house.noting.note(call.call_id, operator="carla", word=Disposition.SOLD)
    assert (noted.operator, noted.disposition) == ("carla", Disposition.SOLD)
    with pytest.raises(NotTheirs):
        await house.noting.note("no such call", operator="anna", word=Disposition.SOLD)
    with pytest.raises(WordRefused, match="no verdict"):
        await house.noting.note("no such call", operator="carla", word=Disposition.SOLD)


async def test_a_key_pressed_twice_counts_once(house: House) -> None:
    """A minute later, from two desks at once, and with the needs of both."""
    call = await house.call(MARIO)
    due_at = MONDAY + timedelta(days=2)
    say: dict[str, Any] = {
        "operator": "anna",
        "word": Disposition.CALLBACK,
        "due_at": due_at,
        "callback_by": "anna",
        "note": "later",
    }
    both = await asyncio.gather(*(house.noting.note(call.call_id, **say, needs=("fibre",)) for _ in range(2)))
    house.clock.pass_by(timedelta(minutes=1))
    third = await house.noting.note(call.call_id, **say, needs=("fibre", "a second line"))
    assert both == [third, third]
    story = await house.stories.of(await house.asked(MARIO))
    assert [promise.id for promise in story.promises] == [third.callback]
    assert [need.text for need in story.needs] == ["fibre", "a second line"]
    assert [past.word for past in story.contacts] == [Disposition.CALLBACK]


async def test_a_promise_on_a_sunday_is_refused_when_it_is_entered(house: House) -> None:
    """With the rule's own words and the first instant that is allowed, at which it is taken."""
    call = await house.call(MARIO)
    say: dict[str, Any] = {"operator": "anna", "word": Disposition.CALLBACK, "callback_by": "anna"}
    with pytest.raises(WordRefused) as refused:
        await house.noting.note(call.call_id, **say, due_at=SUNDAY)
    assert [reason.code for reason in refused.value.reasons] == ["outside_calling_window"]
    assert refused.value.code == "not_then"
    assert refused.value.first_allowed == EIGHT_ON_MONDAY
    assert house.rows(disposition) == 0
    assert await house.noting.note(call.call_id, **say, due_at=EIGHT_ON_MONDAY)
    house.clock.at = EIGHT_ON_MONDAY
    assert (await house.asked(MARIO)).verdict == "permit"


async def test_a_promise_is_judged_as_a_promise(house: House) -> None:
    """The pauses that it lifts do not stand in its way, a second call of the same day neither."""
    house.list_of(MARIO, campaign="courteous")
    call = await house.call(MARIO, campaign="courteous")
    due_at = MONDAY + timedelta(hours=2)
    noted = await house.noting.note(
        call.call_id, operator="anna", word=Disposition.CALLBACK, due_at=due_at, callback_by="anna"
    )
    assert noted.callback is not None
    assert "contacted_recently" in await house.codes(MARIO, campaign="courteous")
    house.clock.at = due_at
    assert (await house.asked(MARIO, campaign="courteous")).verdict == "permit"
    assert await house.codes(MARIO, campaign="courteous", operator="bruno") == ["callback_pending"]


async def test_a_promise_that_no_rule_lets_be_kept_is_refused(house: House) -> None:
    """After a suppression there is no first instant at all; other denials may be mended by then."""
    call = await house.call(MARIO)
    say: dict[str, Any] = {"operator": "anna", "word": Disposition.CALLBACK, "due_at": MONDAY + timedelta(days=1)}
    house.directory.set_campaign("autumn", closed=True)
    assert await house.noting.note(call.call_id, **say)
    Suppressions(house.database, KEYRING, house.clock).add(MARIO, scope="*", reason="letter", source="test")
    with pytest.raises(WordRefused) as refused:
        await house.noting.note(call.call_id, **{**say, "due_at": MONDAY + timedelta(days=2)})
    assert [reason.code for reason in refused.value.reasons] == ["suppressed_global"]
    assert refused.value.first_allowed is None


@pytest.mark.parametrize(
    ("word", "more", "said", "code"),
    [
        (Disposition.CALLBACK, {}, "instant", "not_possible"),
        (Disposition.CALLBACK, {"due_at": MONDAY}, "past", "past"),
        (Disposition.CALLBACK, {"due_at": datetime(9999, 12, 31, tzinfo=UTC)}, "366 days", "far"),
        (Disposition.LANGUAGE, {}, "language", "not_possible"),
        (Disposition.NEVER_AGAIN, {"due_at": MONDAY + timedelta(days=1)}, "nobody is called back", "not_possible"),
        (Disposition.REFUSED, {"due_at": MONDAY + timedelta(days=1)}, "nobody is called back", "not_possible"),
        (Disposition.SOLD, {"needs": ["x" * 301]}, "300", "unfit"),
        (Disposition.SOLD, {"needs": [str(each) for each in range(21)]}, "20", "unfit"),
        (Disposition.SOLD, {"note": "x" * 2_001}, "2000", "unfit"),
        (Disposition.SOLD, {"note": "a\0b"}, "cannot be kept", "unfit"),
        (Disposition.SOLD, {"needs": ["\ud800"]}, "cannot be kept", "unfit"),
    ],
)
async def test_a_word_that_cannot_be_is_refused_whole(
    house: House, word: Disposition, more: dict[str, Any], said: str, code: str
) -> None:
    """What lacks or contradicts something leaves no trace."""
    call = await house.call(MARIO)
    with pytest.raises(WordRefused, match=said) as refused:
        await house.noting.note(call.call_id, operator="anna", word=word, **more)
    assert refused.value.code == code
    for table in (disposition, need, callback, suppression):
        assert house.rows(table) == 0


async def test_a_supervisor_corrects_by_the_recording(house: House) -> None:
    """Both words stay on record, a mis-keyed "never again" stays a suppression, the operator changes nothing more."""
    call = await house.call(MARIO)
    await house.noting.note(call.call_id, operator="anna", word=Disposition.NEVER_AGAIN)
    correct: dict[str, Any] = {"recording": "rec-7.wav", "word": Disposition.NOT_NOW}
    with pytest.raises(NotTheirs):
        await house.noting.correct(call.call_id, supervisor="anna", **correct)
    with pytest.raises(WordRefused, match="recording"):
        await house.noting.correct(call.call_id, supervisor="carla", **{**correct, "recording": " "})
    noted = await house.noting.correct(call.call_id, supervisor="carla", **correct)
    assert (noted.recording, noted.operator, noted.disposition) == ("rec-7.wav", "carla", Disposition.NOT_NOW)
    assert "suppressed_principal" in await house.codes(MARIO)
    (held,) = Suppressions(house.database, KEYRING, house.clock).show(MARIO)
    assert (held.lifted_at, held.suppression.purpose) == (None, SuppressionPurpose.MARKETING)
    with pytest.raises(WordRefused, match="corrected"):
        await house.noting.note(call.call_id, operator="anna", word=Disposition.SOLD)
    assert (await house.noting.correct(call.call_id, supervisor="carla", **correct)) == noted
    again = await house.noting.correct(call.call_id, supervisor="carla", **{**correct, "word": Disposition.SOLD})
    words = house.database.read(
        lambda c: c.exec_driver_sql("SELECT disposition, recording FROM disposition ORDER BY seq").all()
    )
    assert [tuple(each) for each in words] == [
        ("never_again", None),
        ("not_now", "rec-7.wav"),
        (again.disposition.value, "rec-7.wav"),
    ]


async def test_a_corrected_wrong_number_is_right_again(house: House) -> None:
    """What it had voided counts as before; PAOLA's number was never touched."""
    house.list_of(MARIO, PAOLA, campaign="courteous", name="Mario Rossi")
    call = await house.call(MARIO, campaign="courteous")
    await house.noting.note(call.call_id, operator="anna", word=Disposition.WRONG_NUMBER)
    assert (await house.stories.of(call)).name == ""
    house.clock.pass_by(timedelta(minutes=5))
    await house.noting.correct(call.call_id, supervisor="carla", recording="rec-8", word=Disposition.NOT_NOW)
    assert (await house.stories.of(call)).name == "Mario Rossi"
    assert "wrong_number" not in await house.codes(MARIO, campaign="courteous")
    assert await house.codes(PAOLA, campaign="courteous") == []
