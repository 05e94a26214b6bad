"""The pages of writing in a real browser: by keyboard, and on paper."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright

from tests.web.test_browser import FLAGS
from tests.web.writing.conftest import Site, body
from tests.web.writing.test_other_pages import ANSWER


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a headless Chromium, as wide as the screens of the floor."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield await browser.new_page(viewport={"width": 1366, "height": 768})
        await browser.close()


async def as_(page: Page, who: str) -> None:
    """Somebody else sits down."""
    await page.set_extra_http_headers({"X-Test-Person": who})


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
