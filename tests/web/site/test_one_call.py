"""One call through the whole site: whose it is, and what a word on it does at once."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

from ari_app.desk.dispositions import Noting, NotTheirs
from ari_app.main.desk_words import desk_words
from ari_app.policy.disposition import Disposition
from ari_app.policy.record import VerdictRecord
from ari_app.ports.dispositions import Noted
from tests.web.site.harness import WiredSite
from tests.web.site.installation import CALLEES, ROME, garbo

MARIO, LUCIA = CALLEES[:2]


def _codes(record: VerdictRecord) -> set[str]:
    return {reason.code for reason in record.reasons}


def _noting(site: WiredSite) -> Noting:
    return desk_words(site.settings, site.room, clock=site.clock).noting


async def _noted(site: WiredSite, call_id: str) -> list[Noted]:
    from ari_app.config import read_keyring
    from ari_app.stores.dispositions import SqlDispositions

    words = SqlDispositions(site.room.database, read_keyring(site.settings.privacy.hash_key_file))
    return list(await site.room.database.on_reader(lambda: words.of_call(call_id)))


async def test_a_call_is_its_operators_alone(site: WiredSite) -> None:
    """By its id nobody else walks it, notes on it, finishes it or sees it, while it goes on or after."""
    call = await site.talk(MARIO)
    for _ in range(2):
        for name in ("bruno", "sara", "aude", "admin"):
            person = site.people[name]
            for path, fields in (("walk", {"seq": "0", "move": "go_on"}), ("note", {"word": "sold"})):
                assert (await person.send(f"/desk/{path}", call=call, **fields)).status in (403, 404)
            await person.send("/desk/finish", call=call)
            for path in (f"/desk?call={call}", f"/desk/pane?call={call}"):
                assert MARIO not in (await person.get(path)).text
        assert MARIO in (await site.anna.get("/desk")).text
        await site.hang_up(call)
    assert await _noted(site, call) == []
    assert (await site.anna.send("/desk/note", call=call, word="sold")).status == 303


async def test_never_again_is_for_ever(site: WiredSite) -> None:
    """It binds before the answer; no later word, correction, callback or request of theirs undoes it."""
    call = await site.talk(MARIO)
    assert (await site.anna.send("/desk/walk", call=call, seq="0", move="exit:never_again")).status == 303
    assert "suppressed_principal" in _codes(await site.verdict(MARIO))
    due = (site.clock.now() + timedelta(hours=3)).astimezone(ROME).strftime("%Y-%m-%dT%H:%M")
    later = ("sold", "interested", "wrong_number", "already_customer", "business", "line_dropped", "refused")
    for word in later:
        assert (await site.anna.send("/desk/note", call=call, word=word)).status == 303
        assert "suppressed_principal" in _codes(await site.verdict(MARIO)), word
    assert (await site.anna.send("/desk/note", call=call, word="callback", due=due)).status == 422
    await site.hang_up(call)
    for word in (Disposition.SOLD, Disposition.WRONG_NUMBER, Disposition.HOLDER_ABSENT):
        await _noting(site).correct(call, supervisor="sara", recording="rec-1", word=word)
        assert "suppressed_principal" in _codes(await site.verdict(MARIO))
    permit = ("permit", "add", MARIO, "--principal", "lumina", "--source", "web_form")
    await asyncio.to_thread(garbo, site.folder, *permit)
    assert _codes(await site.verdict(MARIO)) == {"suppressed_principal"}
    again = await site.record(await site.call(MARIO, phone="PJSIP/102"))
    assert again.verdict == "deny"


async def test_never_again_counts_when_they_hang_up_first(site: WiredSite) -> None:
    """The key is pressed a moment after the line is gone: the wish is on record all the same."""
    call = await site.talk(MARIO)
    await site.hang_up(call)
    assert (await site.anna.send("/desk/walk", call=call, seq="0", move="exit:never_again")).status == 303
    assert [each.disposition for each in await _noted(site, call)] == [Disposition.NEVER_AGAIN]
    assert "suppressed_principal" in _codes(await site.verdict(MARIO))


async def test_only_a_supervisor_corrects(site: WiredSite) -> None:
    """Not the operator who noted it, and not an auditor."""
    call = await site.talk(MARIO)
    await site.anna.send("/desk/note", call=call, word="refused")
    for who in ("anna", "bruno", "aude"):
        try:
            await _noting(site).correct(call, supervisor=who, recording="rec-1", word=Disposition.SOLD)
        except NotTheirs:
            continue
        raise AssertionError(who)
    await _noting(site).correct(call, supervisor="sara", recording="rec-1", word=Disposition.SOLD)
    assert [each.disposition for each in await _noted(site, call)] == [Disposition.REFUSED, Disposition.SOLD]


async def test_who_says_to_be_a_customer_is_not_won_until_the_brand_answers(site: WiredSite) -> None:
    """For that brand alone; what it denies opens the way again, what it confirms does not."""
    for callee, answer, denied in ((MARIO, "deny", False), (LUCIA, "confirm", True)):
        call = await site.talk(callee)
        await site.anna.send("/desk/note", call=call, word="already_customer")
        assert "already_customer" in _codes(await site.verdict(callee))
        assert "already_customer" not in _codes(await site.verdict(callee, campaign="autunno"))
        await site.hang_up(call)
        await asyncio.to_thread(
            garbo, site.folder, "customer", answer, callee, "--principal", "lumina", "--by", "Dario"
        )
        assert ("already_customer" in _codes(await site.verdict(callee))) is denied


async def test_a_wrong_number_voids_what_was_known_of_it(site: WiredSite) -> None:
    """Consent and list of that brand count no more; another brand's call is as it was."""
    assert _codes(await site.verdict(MARIO, campaign="autunno")) == set()
    call = await site.talk(MARIO, campaign="autunno")
    await site.anna.send("/desk/note", call=call, word="wrong_number")
    assert {"wrong_number", "consent_missing"} <= _codes(await site.verdict(MARIO, campaign="autunno"))
    assert _codes(await site.verdict(MARIO)) == set()


async def test_a_callback_at_night_is_refused_and_offered_in_the_morning(site: WiredSite) -> None:
    """What was typed stays, the first allowed instant is promised by a click, and the call goes out then."""
    call = await site.talk(MARIO, campaign="autunno")
    await site.hang_up(call)
    night = site.clock.now().astimezone(ROME).strftime("%Y-%m-%dT21:30")
    typed = {"note": "chiede di <b>fibra</b>", "needs": "più velocità\n<script>x</script>"}
    refused = await site.anna.send("/desk/note", call=call, word="callback", due=night, **typed)
    assert refused.status == 422
    assert "chiede di &lt;b&gt;fibra&lt;/b&gt;" in refused.text
    (first,) = re.findall(r'name="first" value="([^"]*)"', refused.text)
    assert first.endswith("T09:00")
    assert await _noted(site, call) == []
    assert (await site.anna.send("/desk/note", call=call, first=first, **typed)).status == 303
    assert _codes(await site.verdict(MARIO, campaign="autunno")) != set()
    site.clock.set(datetime.fromisoformat(first).replace(tzinfo=ROME).astimezone(UTC) + timedelta(minutes=1))
    anna = await site.browser("anna")
    assert MARIO in (await anna.get("/desk")).text
    await site.talk(MARIO, campaign="autunno")
    shown = (await anna.get("/desk")).text
    assert "più velocità" in shown
    assert "&lt;script&gt;x" in shown
    assert "<script>x" not in shown


async def test_what_cannot_be_promised_or_kept_is_said_in_words(site: WiredSite) -> None:
    """The past, the year 9999, a note as long as a book and a sign that no database keeps: nothing is written."""
    call = await site.talk(MARIO)
    for fields in (
        {"word": "callback", "due": "2020-01-01T10:00"},
        {"word": "callback", "due": "0001-01-01T00:00"},
        {"word": "callback", "due": "9999-12-31T23:59"},
        {"word": "callback", "due": "soon"},
        {"word": "sold", "note": "x" * 2_001},
        {"word": "sold", "note": "a\0b"},
        {"word": "sold", "needs": "\n".join(str(each) for each in range(21))},
        {"word": "language", "value": "éé"},
    ):
        assert (await site.anna.send("/desk/note", call=call, **fields)).status == 422, fields
    assert (await site.anna.send("/desk/note", call=call, word="machine")).status == 400
    assert await _noted(site, call) == []
    lines = "x\r\n" * 600  # browsers send two signs for the one that they count
    assert (await site.anna.send("/desk/note", call=call, word="sold", note=lines)).status == 303


async def test_two_desks_at_once_count_once(site: WiredSite) -> None:
    """The same word ten times is one, one step is walked once, and of several words at once none is lost."""
    call, other = await site.talk(MARIO), await site.browser("anna")
    desks = (site.anna, other) * 5
    await asyncio.gather(*(desk.send("/desk/note", call=call, word="refused", note="x") for desk in desks))
    assert len(await _noted(site, call)) == 1
    moved = await asyncio.gather(*(desk.send("/desk/walk", call=call, seq="0", move="go_on") for desk in desks))
    assert sorted(answer.status for answer in moved) == [303, *[409] * 9]
    words = ("sold", "never_again", "interested", "not_now")
    await asyncio.gather(
        *(desk.send("/desk/note", call=call, word=word) for desk, word in zip(desks, words, strict=False))
    )
    assert {each.disposition.value for each in await _noted(site, call)} == {"refused", *words}
    assert "suppressed_principal" in _codes(await site.verdict(MARIO))
