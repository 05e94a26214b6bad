"""Signing in in a real browser: by keyboard alone, at 200 % zoom, without a serious fault of accessibility."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from tests.stores.databases import fresh
from tests.web.signing_in import PASSWORD, Site, site_over
from tests.web.test_browser import FLAGS

NEW = "tre cani nel cortile (test)"


@pytest.fixture
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """The site, over plain HTTP."""
    async with site_over(fresh(request, tmp_path, "sqlite")) as running:
        yield running


@pytest.fixture
async def page(site: Site) -> AsyncIterator[Page]:
    """A page whose own rules nothing breaks."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = await browser.new_context(
            viewport={"width": 1366, "height": 768}, locale="it-IT", base_url=str(site.server.make_url("/"))
        )
        opened = await context.new_page()
        faults: list[str] = []
        opened.on(
            "console", lambda message: faults.append(message.text) if "Content Security" in message.text else None
        )
        opened.on("pageerror", lambda error: faults.append(str(error)))
        yield opened
        await browser.close()
        assert not faults


async def faultless(page: Page) -> None:
    """No serious fault of accessibility, and nothing to be scrolled sideways at 200 %."""
    found = await Axe().run(page)
    assert [each["id"] for each in found.response["violations"] if each["impact"] in ("serious", "critical")] == []
    await page.set_viewport_size({"width": 683, "height": 384})
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    await page.set_viewport_size({"width": 1366, "height": 768})
    assert wide <= 0


async def test_by_keyboard_from_the_form_to_the_phone(site: Site, page: Page) -> None:
    """The first field has the focus; a wrong password is told and leaves the name; every step is an Enter away."""
    site.logins.book.set_password("anna", PASSWORD, must_change=True)
    await page.goto("/phone")
    assert await page.title() == "Accesso · Garbo"
    await faultless(page)
    await page.keyboard.type("anna")
    await page.keyboard.press("Tab")
    await page.keyboard.type("sbagliata")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()
    assert await page.locator("#name").input_value() == "anna"
    await faultless(page)
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/password")
    await faultless(page)
    for text in (PASSWORD, NEW, NEW):
        await page.keyboard.type(text)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk")
    await page.goto("/phone")
    assert await page.locator("html").get_attribute("lang") == "it"
    await page.locator("#phone").fill("local/8600051@default/n")
    await page.keyboard.press("Enter")
    await page.get_by_text("scelto da me").wait_for()
    await faultless(page)
    assert (await site.seats.place("anna")).phones == ("Local/8600051@default", "PJSIP/101")
    await page.locator("#phone").fill("101")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()
    await faultless(page)
    await page.get_by_role("button", name="Esci").press("Enter")
    await page.wait_for_url("**/login")
    await page.goto("/phone")
    assert "PJSIP" not in await page.inner_text("body")


async def test_refusals_are_readable(site: Site, page: Page) -> None:
    """A page for others says so in words."""
    await page.goto("/login?to=/floor")
    await page.locator("#name").fill("anna")
    await page.locator("#password").fill(PASSWORD)
    await page.get_by_role("button", name="Entra").click()
    await page.wait_for_url("**/floor")
    assert await page.get_by_role("heading", level=1).inner_text() == "Non per questo accesso"
    await faultless(page)


async def test_another_sites_page_signs_nobody_in_or_out(site: Site, page: Page) -> None:
    """What it posts here comes without the cookies that count; a link from it finds who is signed in."""
    await page.goto("/login")
    await page.locator("#name").fill("anna")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk")
    here = str(site.server.make_url("/"))
    elsewhere = here.replace("127.0.0.1", "localhost")
    form = f'<form method="post" action="{here}%s"><input name="csrf" value=""></form><a href="{here}desk">x</a>'

    async def serve(path: str) -> None:
        await page.unroute_all()
        await page.route(f"{elsewhere}**", lambda route: route.fulfill(body=form % path, content_type="text/html"))
        await page.goto(f"{elsewhere}evil")

    for path in ("logout", "phone/leave", "login"):
        await serve(path)
        async with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            await page.evaluate("document.forms[0].submit()")
        answer = await posted.value
        assert answer.status in (303, 403)
        assert "cookie" not in {name.lower() for name in await answer.request.all_headers()}
        assert len(site.sessions.book.all()) == 1
    await serve("logout")
    await page.get_by_role("link", name="x").click()
    await page.wait_for_url("**/desk")
    assert "anna Anna Rossi" in await page.inner_text("body")
