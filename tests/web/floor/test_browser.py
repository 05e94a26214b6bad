"""The floor in a real browser: readable, accessible, at rest under the reader's eyes, and pictures for the manual."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from tests.stores.a_day import WINTER
from tests.stores.samples import AUTUMN
from tests.web.floor.conftest import House, Seen
from tests.web.pictures import picture
from tests.web.test_browser import FLAGS

WIDTH, HEIGHT = 1366, 768
PAGES = ("/floor", "/floor/operators", "/floor/campaigns", f"/floor/campaigns/{WINTER.id}", "/floor/calls")
_SERIOUS = ("serious", "critical")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a headless Chromium as a supervisor's screen shows it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        await browser.close()


async def sign_in(page: Page, server: TestServer, who: str) -> None:
    """As `who`."""
    await page.context.add_cookies([{"name": "person", "value": who, "url": str(server.make_url("/"))}])


async def go(page: Page, server: TestServer, path: str) -> list[str]:
    """Open a page and wait for its pictures; what the browser reports as broken is collected."""
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(request.url))
    await page.goto(str(server.make_url(path)))
    await page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    return faults


async def serious(page: Page) -> list[str]:
    """What axe-core finds that matters."""
    found = await Axe().run(page)
    return [
        f"{each['id']}: {node['html']}"
        for each in found.response["violations"]
        if each["impact"] in _SERIOUS
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("who", ["sara", "sam"])
async def test_every_page_is_accessible_and_whole(page: Page, server: TestServer, who: str, spoken: str) -> None:
    """No serious fault, nothing blocked or broken, no sideways scrolling; in Italian and in English."""
    await sign_in(page, server, who)
    for path in (*PAGES, f"/floor/calls/{spoken}"):
        faults = await go(page, server, path)
        assert await serious(page) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth") <= WIDTH, path
        assert faults == [], path


async def test_in_the_dark_as_well(page: Page, server: TestServer) -> None:
    """Contrast holds for who has chosen a dark screen."""
    await page.emulate_media(color_scheme="dark")
    await sign_in(page, server, "sara")
    await go(page, server, "/floor")
    assert await serious(page) == []


@pytest.mark.parametrize(("width", "height"), [(WIDTH // 2, HEIGHT // 2), (320, 400)])
async def test_it_can_be_read_enlarged(page: Page, server: TestServer, spoken: str, width: int, height: int) -> None:
    """At 200 and about 400 % zoom the page itself never scrolls sideways; wide tables do, by keyboard too."""
    await page.set_viewport_size({"width": width, "height": height})
    await sign_in(page, server, "sara")
    for path in (*PAGES, f"/floor/calls/{spoken}"):
        await go(page, server, path)
        overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, path


async def test_the_cards_are_in_view_at_once(page: Page, server: TestServer) -> None:
    """Of the overview the figures fill the first screen; nothing is to be scrolled to know how the day goes."""
    await sign_in(page, server, "sara")
    await go(page, server, "/floor")
    box = await page.locator(".cards").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= HEIGHT


class TestLive:
    """The page keeps itself as things stand, and lets its reader be."""

    async def test_numbers_change_while_focus_place_and_open_tables_stay(
        self, page: Page, server: TestServer, house: House
    ) -> None:
        """By the clock, where nobody tells of changes."""
        await page.clock.install()
        await sign_in(page, server, "sara")
        await go(page, server, "/floor")
        await page.locator("#reasons-table summary").click()
        link = page.locator("#live-calls a").first
        await link.focus()
        focused = await page.evaluate("document.activeElement.id")
        await page.evaluate("window.scrollTo(0, 500)")
        before = await page.locator("#as-of time").inner_text()
        house.clock.pass_by(timedelta(seconds=65))
        house.health["ari"] = False
        await page.clock.run_for(6000)
        await page.wait_for_function("(was) => document.querySelector('#as-of time').innerText !== was", arg=before)
        await page.get_by_text("NON funziona", exact=True).wait_for()
        assert await page.evaluate("document.activeElement.id") == focused != ""
        assert await page.evaluate("window.scrollY") == 500
        assert await page.locator("#reasons-table").get_attribute("open") is not None

    async def test_a_gate_that_is_gone_leaves_the_last_figures(self, page: Page, server: TestServer) -> None:
        """With the time they are of."""
        await page.clock.install()
        await sign_in(page, server, "sara")
        await go(page, server, "/floor")
        await page.context.set_offline(True)
        await page.clock.run_for(12_000)
        assert await page.locator("#as-of time").is_visible()
        assert await page.locator(".cards li").count() == 10


async def test_a_call_is_found_and_corrected_by_keyboard_alone(
    page: Page, server: TestServer, house: House, spoken: str
) -> None:
    """From the form to the correction, and no number in any address on the way."""
    number = next(said.callee for said, *_ in house.past.made if said.call_id == spoken)
    assert number is not None
    addresses: list[str] = []
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    await sign_in(page, server, "sara")
    await go(page, server, "/floor/calls")
    await page.get_by_label("Numero di telefono o codice").focus()
    await page.keyboard.type(number)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Chiamate verso").wait_for()
    await page.locator(f"a[href='/floor/calls/{spoken}']").focus()
    await page.keyboard.press("Enter")
    await page.locator("#correct summary").focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Esito giusto").focus()
    await page.keyboard.type("interessata")
    await page.keyboard.press("Tab")
    await page.keyboard.type("rec-2026-17")
    await page.keyboard.press("Enter")
    await page.get_by_text("La correzione è agli atti").wait_for()
    assert house.corrected[0]["recording"] == "rec-2026-17"
    assert [address for address in addresses if number[-7:] in address] == []


async def test_pictures_of_the_day(page: Page, server: TestServer, showroom: House) -> None:
    """For the manual; made when asked for."""
    showroom.scope = Seen(teams=(frozenset({"nord"}), frozenset({"", "sud"})))
    await sign_in(page, server, "sam")
    await go(page, server, "/floor")
    await picture(page, "floor-overview")
    await page.evaluate("document.querySelector('#reasons').scrollIntoView()")
    await picture(page, "floor-charts")
    shots = {
        "floor-campaign": f"/floor/campaigns/{AUTUMN.id}",
        "floor-shadow": f"/floor/campaigns/{WINTER.id}",
        "floor-calls": "/floor/calls",
    }
    for name, path in shots.items():
        await go(page, server, path)
        await picture(page, name)


async def test_pictures_of_a_call(page: Page, server: TestServer, spoken: str) -> None:
    """The same."""
    await sign_in(page, server, "sam")
    await go(page, server, f"/floor/calls/{spoken}")
    await picture(page, "floor-call")
    await page.locator("#correct summary").click()
    await page.evaluate("document.querySelector('#walk').scrollIntoView()")
    await picture(page, "floor-correct")
