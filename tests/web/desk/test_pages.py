"""The desk over HTTP, without a browser's JavaScript: what each state shows, and what each form does."""

import re
from datetime import timedelta

import pytest

from ari_app.policy.disposition import EFFECTS, Disposition
from ari_app.web.desk.keys import OFFERED
from ari_app.web.desk.services import DueCallback, Unread
from tests.desk.samples import MARIO
from tests.stores.samples import NOW
from tests.web.desk.conftest import Client, Desk
from tests.web.desk.floor import PEOPLE, Floor


async def test_nobody_comes_in_without_a_sign_in(client: Client) -> None:
    """A stranger is led to the sign-in, an auditor sees no desk, and a form without its token is refused."""
    async with client.get("/desk", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/login?to=/desk")
    async with client.get("/desk", cookies={"person": "dora"}) as answer:
        assert answer.status == 403
    async with client.post("/desk/state", data={"state": "break"}, cookies={"person": "anna"}) as answer:
        assert answer.status == 403


async def test_without_a_call_the_page_says_what_there_is_to_do(anna: Desk, floor: Floor) -> None:
    """The next contact, callbacks with their times, and what is to be read first."""
    floor.promised.append(
        DueCallback(
            due_at=NOW + timedelta(hours=2),
            e164=MARIO,
            campaign_id="adsl-autunno",
            campaign="ADSL d'autunno",
            name="Mario Rossi",
            overdue=False,
        )
    )
    floor.unread.append(Unread(title="Fibra d'autunno, versione 8", link="/scripts/fibra"))
    floor.unread.append(Unread(title="Sciopero venerdì", link="/notices/1"))
    page = await anna.get()
    for expected in ("Carla Conti", "Chiama", "Mario Rossi", "13:15", "Da leggere prima", "Sciopero venerdì"):
        assert expected in page
    assert "Anna Bianchi" in page
    assert "PJSIP/101" in page
    floor.queue.clear()
    assert "Nessuno da chiamare adesso" in await anna.get()


async def test_while_it_rings_there_is_only_what_the_first_seconds_need(anna: Desk, floor: Floor) -> None:
    """Brand, name, opening words and one reason; the rest of the script and the story wait for the answer."""
    floor.judge()
    floor.board.ringing("anna")
    page = await anna.get("/desk/pane")
    for expected in ("Fastnet", "Mario Rossi", "Buongiorno, sono Anna", "non è ancora stato chiamato"):
        assert expected in page
    for hidden in ("Germania", "vacanze", MARIO, "29 euro", 'id="walk"'):
        assert hidden not in page
    assert "<html" not in page


async def test_the_answer_brings_the_script_and_the_story(anna: Desk, floor: Floor) -> None:
    """With merge fields filled, why the call is allowed, why this script, and what must be said."""
    floor.talk()
    page = await anna.get()
    for expected in ("Buongiorno, sono Anna", "Mario Rossi", MARIO, "Germania", "Richiamare dopo le vacanze"):
        assert expected in page
    for expected in ("bruno", "Non adesso", "Perché la chiamata è ammessa", "core 1", "Diritto di opporsi"):
        assert expected in page
    assert page.count("non ancora detto") == 4
    assert "{{" not in page


async def test_the_walk_goes_by_forms(anna: Desk, floor: Floor) -> None:
    """Go on, answer, back; each move leads back to the desk, and disclosures get their time."""
    record = floor.talk()
    await anna.get()
    assert (await anna.send("/desk/walk", call=record.call_id, seq="0", move="go_on"))[0] == 303
    page = await anna.get()
    assert "Parlo con Mario Rossi?" in page
    assert page.count("non ancora detto") == 1
    assert (await anna.send("/desk/walk", call=record.call_id, seq="1", move="answer:si"))[0] == 303
    page = await anna.get()
    assert "Può opporsi" in page
    assert "Da dove avete il mio numero?" in page
    await anna.send("/desk/walk", call=record.call_id, seq="2", move="back")
    assert "Parlo con Mario Rossi?" in await anna.get()


async def test_a_second_desk_that_is_late_is_told(anna: Desk, floor: Floor) -> None:
    """Nothing moves; it sees the step of now."""
    record = floor.talk()
    await anna.get()
    await anna.send("/desk/walk", call=record.call_id, seq="0", move="go_on")
    status, text = await anna.swap("/desk/walk", call=record.call_id, seq="0", move="exit:no_thank_you")
    assert status == 409
    assert "Un&#39;altra postazione era già andata avanti" in text
    assert "Parlo con Mario Rossi?" in text


async def test_after_the_end_nothing_is_said_any_more(anna: Desk, floor: Floor) -> None:
    """A move that comes after the hang-up is refused and leaves no disclosure."""
    record = floor.talk()
    await anna.get()
    floor.board.ended("anna")
    status, text = await anna.swap("/desk/walk", call=record.call_id, seq="0", move="go_on")
    assert status == 409
    assert "Non più possibile" in text
    assert len(await floor.steps.of_call(record.call_id)) == 1


async def test_never_again_binds_before_the_page_says_so(anna: Desk, floor: Floor) -> None:
    """The exit notes it in the call; with the database down nothing moves, and nobody reads that it was done."""
    record = floor.talk()
    await anna.get()
    floor.down = True
    assert (await anna.send("/desk/walk", call=record.call_id, seq="0", move="exit:never_again"))[0] == 503
    floor.down = False
    assert floor.words.of_call(record.call_id) == ()
    status, text = await anna.swap("/desk/walk", call=record.call_id, seq="0", move="exit:never_again")
    assert status == 200
    (noted,) = floor.words.of_call(record.call_id)
    assert noted.disposition is Disposition.NEVER_AGAIN
    assert noted.suppression
    assert "non la chiameremo più" in text
    assert "Annotato: Mai più" in text
    await anna.send("/desk/walk", call=record.call_id, seq="1", move="back")
    await anna.send("/desk/walk", call=record.call_id, seq="2", move="exit:never_again")
    assert len(floor.words.of_call(record.call_id)) == 1


@pytest.mark.parametrize("word", OFFERED)
async def test_every_word_can_be_noted(anna: Desk, floor: Floor, word: Disposition) -> None:
    """After the call, by its own name; the page says done once it is on record."""
    record = floor.talk()
    floor.board.ended("anna")
    page = await anna.get()
    assert f'value="{word.value}"' in page
    assert "Annotato" not in page
    fields = {"word": word.value, "note": "Gentile", "due": "2026-11-24T10:30", "value": "de"}
    assert (await anna.send("/desk/note", call=record.call_id, **fields))[0] == 303
    (noted,) = floor.words.of_call(record.call_id)
    assert (noted.disposition, noted.operator, noted.note) == (word, "anna", "Gentile")
    assert "è registrato" in await anna.get()


async def test_what_can_never_be_undone_needs_a_second_press(anna: Desk, floor: Floor) -> None:
    """Its button lies inside a part that has to be opened first."""
    floor.talk()
    floor.board.ended("anna")
    page = await anna.get()
    for word in OFFERED:
        effect = EFFECTS.get(word)
        sure = re.search(rf'<details class="sure" id="more-{word.value}-', page) is not None
        more = word in (Disposition.CALLBACK, Disposition.LANGUAGE)
        assert sure == (more or bool(effect and effect.suppresses)), word


async def test_where_the_walk_ended_suggests_a_word(anna: Desk, floor: Floor) -> None:
    """Of a close step; nothing is noted by that."""
    record = floor.talk()
    await anna.get()
    await anna.send("/desk/walk", call=record.call_id, seq="0", move="exit:no_thank_you")
    floor.board.ended("anna")
    page = await anna.get()
    assert re.search(r'value="refused"[^>]*class="suggested"', page)
    assert page.count('class="mark"') == 1
    assert floor.words.of_call(record.call_id) == ()


async def test_a_callback_outside_the_window_is_refused_when_it_is_entered(anna: Desk, floor: Floor) -> None:
    """With the first instant that is allowed as a button; what was typed stays, and the button notes it."""
    record = floor.talk()
    floor.board.ended("anna")
    typed = {"note": "La sera", "needs": "Fibra", "due": "2026-11-24T21:30"}
    status, page = await anna.send("/desk/note", call=record.call_id, word="callback", **typed)
    assert status == 422
    for expected in ("Si richiama fra le 9 e le 20.", "La sera", "Fibra", 'value="2026-11-24T21:30"', "Non annotato"):
        assert expected in page
    assert floor.words.of_call(record.call_id) == ()
    first = re.search(r'name="first" value="([^"]+)"', page)
    assert first is not None
    assert first[1] == "2026-11-25T09:00"
    assert (await anna.send("/desk/note", call=record.call_id, first=first[1], **typed))[0] == 303
    (noted,) = floor.words.of_call(record.call_id)
    assert noted.callback
    assert floor.needs[record.call_id] == ["Fibra"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"word": "callback", "due": ""}, "manca quando richiamare"),
        ({"word": "callback", "due": "domani"}, "manca quando richiamare"),
        ({"word": "callback", "due": "0001-01-01T10:00"}, "manca quando richiamare"),
        ({"word": "callback", "due": "9999-12-31T23:59"}, "manca quando richiamare"),
        ({"word": "callback", "due": "2020-01-01T10:00"}, "contraddice"),
        ({"word": "language", "value": ""}, "manca la lingua"),
        ({"word": "language", "value": "deu"}, "manca la lingua"),
    ],
)
async def test_a_word_that_lacks_something_keeps_what_was_typed(
    anna: Desk, floor: Floor, fields: dict[str, str], said: str
) -> None:
    """It says what, and nothing is noted."""
    record = floor.talk()
    floor.board.ended("anna")
    status, page = await anna.send("/desk/note", call=record.call_id, note="Resta qui", **fields)
    assert status in (409, 422)
    assert said in page
    assert "Resta qui" in page
    assert floor.words.of_call(record.call_id) == ()


async def test_a_call_that_does_not_go_out_says_why_and_when(anna: Desk, bruno: Desk, floor: Floor) -> None:
    """In plain words, with the instant from which it is allowed if there is one; it goes away when it was read."""
    record = floor.judge(verdict="defer")
    page = await anna.get()
    for expected in ("Non adesso", "si può dalle 9", "Codice di condotta", "lun 23 nov, 11:16"):
        assert expected in page
    assert (await anna.send("/desk/finish", call=record.call_id))[0] == 303
    assert "Prossimo contatto" in await anna.get()
    floor.judge("bruno", verdict="deny")
    page = await bruno.get()
    for expected in ("This call does not go out", "customer of Fastnet already", "Waiting alone will not help"):
        assert expected in page


async def test_two_operators_are_apart(anna: Desk, bruno: Desk, floor: Floor) -> None:
    """Neither sees, walks, notes or closes a call of the other."""
    record = floor.talk()
    page = await bruno.get()
    assert "Mario" not in page
    assert record.call_id not in page
    assert (await bruno.send("/desk/walk", call=record.call_id, seq="0", move="go_on"))[0] == 404
    assert (await bruno.send("/desk/note", call=record.call_id, word="sold"))[0] == 404
    await bruno.send("/desk/finish", call=record.call_id)
    assert floor.board.of("anna") is not None
    assert floor.words.of_call(record.call_id) == ()
    assert (await bruno.send("/desk/note", call="01JNOCALL", word="sold"))[0] == 404


async def test_an_earlier_call_of_ones_own_can_still_be_noted(anna: Desk, floor: Floor) -> None:
    """A dialer may be quicker than an operator's note."""
    before = floor.talk()
    floor.board.ended("anna")
    floor.clock.pass_by(timedelta(minutes=1))
    floor.talk(callee="+393330005678")
    assert (await anna.send("/desk/note", call=before.call_id, word="refused", note="tardi"))[0] == 303
    (noted,) = floor.words.of_call(before.call_id)
    assert noted.note == "tardi"


async def test_a_live_call_is_not_closed_by_a_stale_button(anna: Desk, floor: Floor) -> None:
    """Only what has ended is done with."""
    record = floor.talk()
    await anna.send("/desk/finish", call=record.call_id)
    assert floor.board.of("anna") is not None


async def test_calling_is_judged_like_any_other(anna: Desk, floor: Floor) -> None:
    """The click leads to the same screen; a campaign that is not theirs is refused with the reason."""
    status, page = await anna.send("/desk/call", e164=MARIO, campaign="other")
    assert status == 422
    assert "Campagna sconosciuta." in page
    assert (await anna.send("/desk/call", e164=MARIO, campaign="adsl-autunno"))[0] == 303
    assert "Sta squillando" in await anna.get()


async def test_a_call_that_came_meanwhile_is_not_overtaken(anna: Desk, floor: Floor) -> None:
    """The click does nothing while another call is on the desk."""
    floor.talk()
    first = floor.board.of("anna")
    await anna.send("/desk/call", e164="+393330005678", campaign="adsl-autunno")
    assert floor.board.of("anna") == first


async def test_the_state_is_set_and_shown(anna: Desk, floor: Floor) -> None:
    """Break and back; in a call only the switchboard says."""
    await anna.send("/desk/state", state="break")
    assert re.search(r'id="state-break"[^>]*aria-pressed="true"', await anna.get())
    assert (await anna.send("/desk/state", state="in_call"))[0] == 400
    floor.talk()
    status, page = await anna.send("/desk/state", state="break")
    assert status == 409
    assert "durante una chiamata" in page


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/desk/walk", {"call": "", "seq": "x", "move": "go_on"}),
        ("/desk/walk", {"seq": "0", "move": "fly"}),
        ("/desk/walk", {"seq": "0"}),
        ("/desk/note", {"word": "machine"}),
        ("/desk/note", {"word": ""}),
        ("/desk/note", {}),
    ],
)
async def test_forms_that_no_page_sends_are_refused(
    anna: Desk, floor: Floor, path: str, fields: dict[str, str]
) -> None:
    """Without a trace."""
    record = floor.talk()
    await anna.get()
    status, _ = await anna.send(
        path, **{"call": record.call_id, **{k: v for k, v in fields.items() if v or k != "call"}}
    )
    assert status == 400
    assert floor.words.of_call(record.call_id) == ()
    assert len(await floor.steps.of_call(record.call_id)) == 1


async def test_an_offer_that_is_not_allowed_stays_away(anna: Desk, floor: Floor) -> None:
    """In a care call the second verdict's reasons are shown, and the walk stands where it stood."""
    record = floor.talk(purpose="care")
    await anna.get()
    await anna.send("/desk/walk", call=record.call_id, seq="0", move="go_on")
    await anna.send("/desk/walk", call=record.call_id, seq="1", move="answer:si")
    status, page = await anna.send("/desk/walk", call=record.call_id, seq="2", move="go_on")
    assert status == 422
    assert "non si può proporre nulla" in page
    assert "È già cliente di Fastnet." in page
    assert "29 euro" not in page
    floor.offer = ""
    assert (await anna.send("/desk/walk", call=record.call_id, seq="2", move="go_on"))[0] == 422
    floor.offer = "permit"
    await anna.send("/desk/walk", call=record.call_id, seq="2", move="go_on")
    assert "29 euro" in await anna.get()


async def test_whatever_people_are_called_is_only_text(anna: Desk, floor: Floor) -> None:
    """Markup in a note is shown, not run."""
    record = floor.talk()
    floor.board.ended("anna")
    mark = '"><script>alert(1)</script></textarea>'
    status, page = await anna.send("/desk/note", call=record.call_id, word="callback", note=mark, due=mark)
    assert status == 422
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


async def test_the_database_that_is_away_is_said_so(anna: Desk, floor: Floor) -> None:
    """503, and the token of nobody in it."""
    floor.talk()
    floor.down = True
    async with anna.client.get("/desk", cookies={"person": "anna"}) as answer:
        assert answer.status == 503
        assert PEOPLE["anna"].csrf not in await answer.text()
