"""The pages of writing in a real browser: by keyboard, enlarged, and without a fault that axe-core knows."""

from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from tests.web.writing.conftest import Site, body
from tests.web.writing.test_other_pages import ANSWER

# The flags of PBX.md 11: Debian's own Chromium, as root, that calls nobody.
_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a headless Chromium, as wide as the screens of the floor."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        yield await browser.new_page(viewport={"width": 1366, "height": 768})
        await browser.close()


async def as_(page: Page, who: str) -> None:
    """Somebody else sits down."""
    await page.set_extra_http_headers({"X-Test-Person": who})


async def seen(page: Page, site: Site, path: str) -> None:
    """No fault that axe-core knows, and nothing to be scrolled sideways at 100 and 200 %."""
    for width in (1366, 683):
        await page.set_viewport_size({"width": width, "height": 768 * width // 1366})
        await page.goto(str(site.client.make_url(path)))
        overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, path
        found = await Axe().run(page)
        assert [(each["id"], path) for each in found.response["violations"]] == []


async def test_every_page_can_be_used_by_everybody(page: Page, site: Site) -> None:
    """For each role, in both languages, empty and filled; and nothing is reported as broken."""
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    await as_(page, "anna")
    for path in ("/scripts", "/answers", "/notices", "/feedback"):
        await seen(page, site, path)
    await site.publish(body("1"))
    await site.publish(body("2", "Hello."))
    waiting = await site.draft("sara", body("3", "Good evening."))
    wrong = await site.draft("sara", body("4", "nonsense"), action="save")
    await site.post("sara", "/new-answer", status=303, **ANSWER)
    await site.post("pia", "/answers/price-rise", action="approve", version="1")
    await site.post("sara", "/notices", action="add", title="Router", text="Out of stock.")
    await site.post("anna", "/feedback", action="add", campaign="adsl-autunno", topic="letter", text="Angry.")
    everybody = ("/scripts", "/scripts/adsl", "/practice", "/answers", "/answers/price-rise", "/notices", "/feedback")
    await as_(page, "anna:it")
    for path in everybody:
        await seen(page, site, path)
    await as_(page, "pia")
    for path in (*everybody, waiting, f"{waiting}/preview", wrong, "/drafts/new", "/new-answer"):
        await seen(page, site, path)
    assert faults == []


async def test_a_script_is_written_by_keyboard_alone(page: Page, site: Site) -> None:
    """From the list to the editor, the text, and its review, without a mouse."""
    await as_(page, "sara")
    await page.goto(str(site.client.make_url("/scripts")))
    await page.get_by_role("link", name="Write a new script").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/drafts/new")
    await page.get_by_label("Text of the script").focus()
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(body("1"))
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/drafts/01*")
    assert await page.get_by_role("heading", level=1).inner_text() == "Review a script"
    assert "Good day." in await page.inner_text(".changes")


async def test_the_book_is_printed_without_its_tools(page: Page, site: Site) -> None:
    """Questions and answers with their dates, and no form or menu."""
    await site.post("sara", "/new-answer", status=303, **ANSWER)
    await site.post("pia", "/answers/price-rise", action="approve", version="1")
    await as_(page, "anna")
    await page.goto(str(site.client.make_url("/answers")))
    await page.emulate_media(media="print")
    assert await page.get_by_text("Because of inflation.").is_visible()
    assert await page.get_by_text("Approved 22 Nov 2026").is_visible()
    for hidden in ("nav", "form"):
        assert not await page.locator(hidden).first.is_visible()
