"""The desk in a real browser: by keyboard alone, focus and typed text kept, readable, without faults of axe."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Protocol

import pytest
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from ari_app.policy.disposition import Disposition
from ari_app.web.desk.services import DueCallback, Unread
from tests.desk.samples import CARLA, MARIO
from tests.stores.samples import NOW
from tests.web.desk.floor import Floor
from tests.web.pictures import picture
from tests.web.test_browser import FLAGS

SCENES = ("idle", "ringing", "talking", "answers", "refused", "after", "callback", "noted", "keys")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        await running.close()


class Seat:
    """Somebody at a browser, who sees nothing of others."""

    def __init__(self, page: Page, faults: list[str]) -> None:
        """On the desk."""
        self.page = page
        self.faults = faults

    async def keys(self, *keys: str) -> None:
        """Press keys, each once the page has settled and its answer has come."""
        for key in keys:
            await self.settled()
            await self.page.keyboard.press(key)

    async def settled(self) -> None:
        """Nothing has just been swapped in."""
        await expect(self.page.locator("#desk")).to_have_attribute("data-settled", "yes")

    async def reads(self, text: str) -> None:
        """It is on the screen, soon."""
        await expect(self.page.locator("main")).to_contain_text(text)

    async def scene(self, name: str) -> None:
        """The page is about this, soon."""
        await expect(self.page.locator("#desk")).to_have_attribute("data-scene", name)
        await self.settled()


class Sit(Protocol):
    """Seats somebody."""

    async def __call__(
        self, who: str = "anna", *, width: int = 1366, height: int = 768, script: bool = True, dark: bool = False
    ) -> Seat:
        """At a browser of their own, of this size, with JavaScript or without."""
        ...


@pytest.fixture
async def sit(browser: Browser, server: TestServer) -> AsyncIterator[Sit]:
    """Seat somebody; whatever the browser complains of fails the test at its end."""
    faults: list[str] = []

    async def sit(
        who: str = "anna", *, width: int = 1366, height: int = 768, script: bool = True, dark: bool = False
    ) -> Seat:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            timezone_id="Europe/Rome",
            locale={"anna": "it-IT"}.get(who, "en-GB"),
            color_scheme="dark" if dark else "light",
        )
        await context.add_cookies([{"name": "person", "value": who, "url": str(server.make_url("/"))}])
        page = await context.new_page()
        page.on(
            "console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(str(server.make_url("/desk")))
        return Seat(page, faults)

    yield sit
    assert [fault for fault in faults if "409" not in fault and "422" not in fault] == []


async def test_a_call_by_keyboard_alone(sit: Sit, floor: Floor) -> None:
    """From the next contact to the word after the call, without a mouse and without a field."""
    anna = await sit()
    await anna.keys("c")
    await anna.scene("ringing")
    await anna.reads("Carla Conti")
    floor.board.ringing("anna")
    floor.board.answered("anna")
    await anna.scene("talking")
    await anna.keys("Enter")
    await anna.reads("Parlo con Carla Conti?")
    await anna.keys("1")
    await anna.reads("Può opporsi")
    await anna.keys("Backspace")
    await anna.reads("Parlo con Carla Conti?")
    await anna.keys("1")
    await anna.reads("Può opporsi")
    await anna.keys("Space")
    await anna.reads("Che cosa le serve")
    await anna.keys("n")
    await anna.reads("Va benissimo")
    floor.board.ended("anna")
    await anna.scene("after")
    await anna.keys("Enter")
    await anna.reads("Annotato: No alla proposta")
    await anna.keys("Enter")
    await anna.scene("idle")
    call_id = next(iter(floor.needs))
    assert [noted.disposition for noted in floor.words.of_call(call_id)] == [Disposition.REFUSED]
    steps = await floor.steps.of_call(call_id)
    assert [step.step for step in steps][-1] == "no_thank_you"
    assert {duty for step in steps for duty in step.discloses} == {
        "caller",
        "principal",
        "commercial_purpose",
        "right_to_object",
    }


async def test_never_again_needs_its_key_twice(sit: Sit, floor: Floor) -> None:
    """Once asks, Escape takes it back; twice binds, while the call is still on."""
    anna = await sit()
    record = floor.talk()
    await anna.scene("talking")
    await anna.keys("x")
    await anna.reads("La persona non vuole più essere chiamata?")
    await anna.keys("Enter", "1", "n")
    await anna.keys("Escape")
    await expect(anna.page.locator("#never-again")).not_to_have_attribute("open", "")
    assert floor.words.of_call(record.call_id) == ()
    assert len(await floor.steps.of_call(record.call_id)) == 1
    await anna.keys("x", "x")
    await anna.reads("Lo registro subito")
    await anna.reads("Annotato: Mai più")
    (noted,) = floor.words.of_call(record.call_id)
    assert noted.suppression


async def test_keys_are_dead_while_somebody_types(sit: Sit, floor: Floor) -> None:
    """Letters, digits and Enter go into the note; Escape leaves it, and keys live again."""
    anna = await sit()
    record = floor.talk()
    floor.board.ended("anna")
    await anna.scene("after")
    note = anna.page.get_by_label("Nota")
    await note.focus()
    await anna.page.keyboard.type("nxsr 12?")
    await anna.page.keyboard.press("Enter")
    assert await note.input_value() == "nxsr 12?\n"
    assert floor.words.of_call(record.call_id) == ()
    await anna.page.keyboard.press("Escape")
    await anna.keys("s")
    await anna.reads("Annotato: Venduto")
    (noted,) = floor.words.of_call(record.call_id)
    assert noted.note == "nxsr 12?"


@pytest.mark.parametrize("chord", ["Control+s", "Alt+s", "Meta+s", "Shift+S"])
async def test_the_browsers_own_keys_are_left_alone(sit: Sit, floor: Floor, chord: str) -> None:
    """A key with a modifier notes nothing."""
    anna = await sit()
    record = floor.talk()
    floor.board.ended("anna")
    await anna.scene("after")
    await anna.keys(chord)
    await anna.keys("f")
    await expect(anna.page.locator("#state-available")).to_have_attribute("aria-pressed", "true")
    assert floor.words.of_call(record.call_id) == ()


async def test_typing_goes_on_while_the_page_changes_around_it(sit: Sit, floor: Floor) -> None:
    """The call ends under the field: focus, text, caret and the open part stay; the page about it is new."""
    anna = await sit()
    record = floor.talk()
    await anna.scene("talking")
    await anna.keys("d")
    note = anna.page.get_by_label("Nota")
    await note.focus()
    await anna.page.keyboard.type("Ha tre figlie")
    await anna.page.keyboard.press("Home")
    floor.board.ended("anna")
    await anna.scene("after")
    await anna.page.keyboard.type("NB: ")
    assert await note.input_value() == "NB: Ha tre figlie"
    assert await note.evaluate("element => element === document.activeElement")
    await anna.page.keyboard.press("Escape")
    await anna.keys("i")
    await anna.reads("Annotato: Interessato")
    assert floor.words.of_call(record.call_id)[0].note == "NB: Ha tre figlie"


async def test_a_note_outlives_the_next_call(sit: Sit, floor: Floor) -> None:
    """A dialer puts the next one through: its words are on the screen, the note stays below and can still be sent."""
    anna = await sit()
    before = floor.talk()
    floor.board.ended("anna")
    await anna.scene("after")
    note = anna.page.locator(f"#text-{before.call_id}")
    await note.focus()
    await anna.page.keyboard.type("Richiamare la moglie")
    floor.clock.pass_by(timedelta(seconds=30))
    floor.talk(callee=CARLA)
    await anna.scene("talking")
    await anna.reads("Carla Conti")
    assert await note.input_value() == "Richiamare la moglie"
    assert await note.evaluate("element => element === document.activeElement")
    await anna.page.keyboard.press("Escape")
    await anna.keys("Enter")
    await anna.reads("Parlo con Carla Conti?")
    await anna.page.locator(f"#word-refused-{before.call_id}").click()
    await expect(note).to_have_count(0)
    assert floor.words.of_call(before.call_id)[0].note == "Richiamare la moglie"


async def test_a_reload_in_the_middle_restores_the_page(sit: Sit, floor: Floor) -> None:
    """The same step, the same disclosures, the same word."""
    anna = await sit()
    record = floor.talk()
    await anna.scene("talking")
    await anna.keys("Enter")
    await anna.reads("Parlo con Mario Rossi?")
    await anna.keys("1")
    await anna.reads("Può opporsi")
    before = await anna.page.locator("#desk").inner_text()
    await anna.page.reload()
    assert await anna.page.locator("#desk").inner_text() == before
    assert len(await floor.steps.of_call(record.call_id)) == 3


async def test_what_a_form_has_answered_is_not_fetched_again(sit: Sit, floor: Floor) -> None:
    """A step is one request, though every desk of the operator is told of it; what others change is a look."""
    anna = await sit()
    asked: list[str] = []
    anna.page.on("request", lambda request: asked.append(f"{request.method} {request.url.rpartition('/')[2]}"))
    floor.talk()
    await anna.scene("talking")
    before = len(asked)
    await anna.keys("Enter")
    await anna.reads("Parlo con Mario Rossi?")
    floor.board.ended("anna")
    await anna.scene("after")
    assert asked[before:] == ["POST walk", "GET pane"]


async def test_two_desks_of_one_operator_show_the_same(sit: Sit, floor: Floor) -> None:
    """What one does, the other shows at once; and nobody else sees anything."""
    first, second, bruno = await sit(), await sit(), await sit("bruno")
    floor.talk()
    for desk in (first, second):
        await desk.scene("talking")
    await first.keys("Enter")
    await first.reads("Parlo con Mario Rossi?")
    await second.reads("Parlo con Mario Rossi?")
    await second.keys("1")
    await second.reads("Può opporsi")
    await first.reads("Può opporsi")
    await bruno.scene("idle")
    assert "Mario" not in await bruno.page.content()


async def test_a_refusal_stays_until_something_is_done(sit: Sit, floor: Floor) -> None:
    """A callback at night: reason, first allowed hour as a button, what was typed; no news wipes that away."""
    anna = await sit()
    record = floor.talk()
    floor.board.ended("anna")
    await anna.scene("after")
    await anna.keys("c")
    when = anna.page.get_by_label("Quando richiamare")
    assert await when.evaluate("element => element === document.activeElement")
    await when.fill("2026-11-24T22:00")
    await anna.page.keyboard.press("Enter")
    await anna.reads("Si richiama fra le 9 e le 20.")
    async with anna.page.expect_response("**/desk/pane"):
        floor.board.tell("anna")
    await anna.reads("Si richiama fra le 9 e le 20.")
    assert await when.input_value() == "2026-11-24T22:00"
    assert floor.words.of_call(record.call_id) == ()
    await anna.page.get_by_role("button", name="Prometti per").click()
    await anna.reads("Annotato: Richiamare")
    await expect(anna.page.locator("#said.refused")).to_have_count(0)
    assert floor.words.of_call(record.call_id)[0].callback


async def test_enter_in_a_field_never_notes_something_else(sit: Sit, floor: Floor) -> None:
    """In the language's field it notes the language; without JavaScript it does nothing."""
    anna = await sit()
    record = floor.talk()
    floor.board.ended("anna")
    await anna.scene("after")
    await anna.keys("l")
    await anna.page.keyboard.type("de")
    await anna.page.keyboard.press("Enter")
    await anna.reads("Annotato: Altra lingua")
    plain = await sit(script=False)
    await plain.page.locator(f"#more-language-{record.call_id} summary").click()
    await plain.page.get_by_label("Quale lingua").fill("fr")
    await plain.page.keyboard.press("Enter")
    assert [noted.disposition for noted in floor.words.of_call(record.call_id)] == [Disposition.LANGUAGE]


async def test_a_key_meant_for_a_moment_ago_does_nothing(sit: Sit, floor: Floor) -> None:
    """Enter for the script, pressed in the very moment in which the call ends, does not take the suggested word."""
    anna = await sit()
    record = floor.talk()
    await anna.scene("talking")
    await anna.keys("n")
    await anna.reads("Va benissimo")
    await anna.page.evaluate(
        "new MutationObserver(() => { if (document.getElementById('desk').dataset.scene === 'after')"
        " document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true})) })"
        ".observe(document.getElementById('desk'), {attributes: true, attributeFilter: ['data-scene']})"
    )
    floor.board.ended("anna")
    await anna.scene("after")
    await anna.keys("f")
    await expect(anna.page.locator("#state-available")).to_have_attribute("aria-pressed", "true")
    assert floor.words.of_call(record.call_id) == ()


async def test_nothing_is_said_to_be_done_while_the_store_is_away(sit: Sit, floor: Floor) -> None:
    """The page says that it is interrupted, keeps the note, and takes it once the store is back."""
    anna = await sit()
    record = floor.talk()
    floor.board.ended("anna")
    await anna.scene("after")
    note = anna.page.get_by_label("Nota")
    await note.fill("Importante")
    await note.blur()
    floor.down = True
    await anna.keys("s")
    await anna.reads("Il collegamento con il server è interrotto")
    await expect(anna.page.get_by_text("è registrato")).to_have_count(0)
    assert await note.input_value() == "Importante"
    floor.down = False
    await anna.keys("s")
    await anna.reads("Annotato: Venduto")
    await expect(anna.page.locator("#broken")).to_be_hidden()
    assert floor.words.of_call(record.call_id)[0].note == "Importante"
    anna.faults[:] = [fault for fault in anna.faults if "503" not in fault]


async def test_who_is_signed_out_loses_nothing(sit: Sit, floor: Floor) -> None:
    """The page stays, and says where to sign in."""
    anna = await sit()
    floor.talk()
    floor.board.ended("anna")
    await anna.scene("after")
    await anna.page.get_by_label("Nota").fill("Importante")
    await anna.page.get_by_label("Nota").blur()
    await anna.page.context.clear_cookies()
    await anna.keys("s")
    await anna.reads("La sessione è finita")
    assert await anna.page.get_by_label("Nota").input_value() == "Importante"


async def test_keys_are_changed_and_shown(sit: Sit, floor: Floor) -> None:
    """A conflict is refused with its reason; the new key works and stands on the button, the old one is dead."""
    anna = await sit()
    await anna.page.goto(anna.page.url + "/keys")
    await anna.page.get_by_label("«No, grazie»").fill("x")
    await anna.page.get_by_role("button", name="Salva").click()
    await anna.reads("il tasto x è già di")
    assert await anna.page.get_by_label("«No, grazie»").input_value() == "x"
    await anna.page.get_by_label("«No, grazie»").fill("j")
    await anna.page.get_by_role("button", name="Salva").click()
    await anna.reads("I tasti sono salvati.")
    await anna.page.get_by_role("link", name="Alla postazione").click()
    floor.talk()
    await anna.scene("talking")
    await expect(anna.page.locator("#no-thank-you kbd")).to_have_text("j")
    await anna.keys("n")
    await anna.reads("Buongiorno, sono Anna")
    await anna.keys("j")
    await anna.reads("Va benissimo")


async def test_the_list_of_keys_opens_and_closes_by_key(sit: Sit, floor: Floor) -> None:
    """While it is open no other key does anything."""
    anna = await sit()
    await anna.keys("?")
    await expect(anna.page.locator("#keys")).to_be_visible()
    await anna.keys("c")
    await anna.page.keyboard.press("Escape")
    await expect(anna.page.locator("#keys")).to_be_hidden()
    await anna.scene("idle")
    assert floor.board.of("anna") is None


async def test_it_works_without_javascript(sit: Sit, floor: Floor) -> None:
    """By forms and by loading it again."""
    record = floor.talk()
    anna = await sit(script=False)
    await anna.reads("ricaricarla quando squilla")
    await anna.page.get_by_role("button", name="Avanti").click()
    await anna.page.get_by_role("button", name=re.compile("Sono un'altra persona")).click()
    await anna.reads("Mi scusi, richiamerò.")
    floor.board.ended("anna")
    await anna.page.reload()
    await anna.page.locator(f"#word-holder_absent-{record.call_id}").click()
    await anna.reads("Annotato: Titolare assente")
    await anna.page.get_by_role("button", name="Fine, al prossimo").click()
    await anna.reads("Prossimo contatto")


async def stage(seat: Seat, floor: Floor, who: str, scene: str) -> None:
    """Bring the desk of `who` to this scene."""
    page = seat.page
    if scene == "idle":
        at, floor.promiser = NOW + timedelta(hours=1), who
        floor.promised += [
            DueCallback(
                due_at=at + timedelta(minutes=20 * n),
                e164=MARIO,
                campaign_id="adsl-autunno",
                campaign="ADSL d'autunno",
                name=name,
                overdue=n == 0,
            )
            for n, name in enumerate(("Mario Rossi", "Lucia Ferri", "Paolo De Santis"))
        ]
        floor.unread += [
            Unread(title="Fibra d'autunno, 8", link="/scripts/fibra"),
            Unread(title="Sciopero", link="/notices/1"),
        ]
        floor.board.tell(who)
        await seat.reads("Sciopero")
    elif scene == "refused":
        floor.judge(who, verdict="defer")
        await seat.scene("refused")
    elif scene == "keys":
        await page.goto(page.url + "/keys")
    elif scene == "ringing":
        floor.judge(who)
        floor.board.ringing(who)
        await seat.scene("ringing")
    else:
        floor.talk(who)
        await seat.scene("talking")
        if scene == "answers":
            await seat.keys("Enter")
            await expect(page.locator(".answers")).to_be_visible()
        if scene in ("after", "callback", "noted"):
            await seat.keys("n")
            await expect(page.locator("#over")).to_be_visible()
            floor.board.ended(who)
            await seat.scene("after")
        if scene == "callback":
            await seat.keys("c")
            await page.locator("[name=due]").fill("2026-11-24T22:00")
            await page.keyboard.press("Enter")
            await expect(page.locator("#said.refused")).to_be_visible()
        if scene == "noted":
            await seat.keys("s")
            await expect(page.locator(".noted")).to_be_visible()


@pytest.mark.parametrize("who", ["anna", "bruno"])
@pytest.mark.parametrize("scene", SCENES)
async def test_every_scene_can_be_used_and_read(sit: Sit, floor: Floor, who: str, scene: str) -> None:
    """No serious finding of axe, light or dark; 1366×768 needs no scrolling, 200 % cuts nothing off."""
    seat = await sit(who, dark=who == "anna")
    await stage(seat, floor, who, scene)
    page = seat.page
    found = await Axe().run(page)
    serious = [each for each in found.response["violations"] if each["impact"] in ("serious", "critical")]
    assert serious == [], found.generate_report()
    assert await page.locator("html").get_attribute("lang") == {"anna": "it", "bruno": "en"}[who]
    for matters in await page.locator("h1, button.main, .words, .opening, .groups button, .exits button").all():
        if await matters.is_visible() and scene != "keys":
            box = await matters.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 768, await matters.inner_text()
    if who == "bruno":
        await page.mouse.move(0, 767)
        await picture(page, f"desk-{scene}")
    await page.set_viewport_size({"width": 683, "height": 384})
    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    cut = await page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.checkVisibility() && e.clientWidth && "
        "e.scrollWidth > e.clientWidth + 1 && !e.matches('.scrolls, input, textarea'))"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert cut == []
