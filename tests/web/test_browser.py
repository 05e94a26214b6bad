"""The script page in a real browser: it can be read, and nothing in it breaks its own rules."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright

from tests.web.conftest import LINK

# The flags of PBX.md 11: Debian's own Chromium, as root, that calls nobody.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a headless Chromium; without one the test fails, because nothing else would look at the page."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield await browser.new_page(viewport={"width": 1280, "height": 800})
        await browser.close()


async def test_the_operator_reads_the_script(page: Page, server: TestServer) -> None:
    """The words stand in view without scrolling, styled, and nothing is reported as broken."""
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(request.url))
    await page.goto(str(server.make_url(LINK)))
    assert await page.title() == "Offerta d'autunno · Garbo"
    words = page.get_by_text("Bentornato.")
    box = await words.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 800
    size = await words.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert size >= 20
    assert [await heading.inner_text() for heading in await page.get_by_role("heading", level=1).all()] == [
        "Offerta d'autunno"
    ]
    assert await page.locator("html").get_attribute("lang") == "it"
    assert not faults


@pytest.mark.parametrize("width", [640, 320])
async def test_it_can_be_read_enlarged(page: Page, server: TestServer, width: int) -> None:
    """At 200 and 400 % zoom (a window of half and a quarter of 1280) nothing has to be scrolled sideways."""
    await page.set_viewport_size({"width": width, "height": 400})
    await page.goto(str(server.make_url(LINK)))
    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    assert await page.get_by_text("Bentornato.").is_visible()


async def test_a_dead_link_is_courteous(page: Page, server: TestServer) -> None:
    """It says what to do, and shows no number."""
    answer = await page.goto(str(server.make_url("/s/nonsense")))
    assert answer is not None
    assert answer.status == 404
    assert "+39" not in await page.inner_text("body")
