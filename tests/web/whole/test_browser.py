"""Every page of the wired site in a real browser: in both languages, light and dark, at 1366×768 and enlarged."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from ari_app.policy.request import Role
from ari_app.web.places import places_of
from tests.web.pictures import picture
from tests.web.test_browser import FLAGS
from tests.web.whole.conftest import LANGUAGES, PASSWORD, SCENES, Whole, who

WIDTH, HEIGHT = 1366, 768
SERIOUS = ("serious", "critical")
_DARK = "axe.run(document, {runOnly: ['color-contrast'], resultTypes: ['violations']})"
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
EVERYBODY = ("/scripts", "/scripts/acquisition", "/practice", "/answers", "/answers/price", "/notices", "/feedback")
FLOOR = ("/floor", "/floor/operators", "/floor/campaigns", "/floor/campaigns/autumn", "/floor/calls")
OPERATORS_SHOTS = {
    "/answers": "answers",
    "/notices": "notices",
    "/feedback": "feedback",
    "/phone": "phone",
    "/password": "password",
}
SUPERVISORS_SHOTS = {"/scripts": "scripts", "/scripts/acquisition": "script"}
WRITING = ("/drafts/new", "/drafts/new?script=acquisition", "/new-answer", "/new-answer?id=price")


@pytest.fixture
async def page(whole: Whole) -> AsyncIterator[Page]:
    """A page of a headless Chromium, closed before the site is; what it reports as broken fails the test at its end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        opened = await browser.new_page(
            base_url=whole.url("/"),
            viewport={"width": WIDTH, "height": HEIGHT},
            reduced_motion="reduce",
            timezone_id="Europe/Rome",
        )
        faults: list[str] = []
        opened.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        opened.on("pageerror", lambda error: faults.append(str(error)))
        yield opened
        await browser.close()
    assert [fault for fault in faults if "403" not in fault and "422" not in fault] == []


async def sign_in(page: Page, whole: Whole, person: str) -> None:
    """As `person`, by the form."""
    await page.context.clear_cookies()
    await page.goto(whole.url("/login"))
    await page.locator("#name").fill(person)
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: "/login" not in url)


async def go(page: Page, whole: Whole, path: str) -> None:
    """Open a page and wait for its pictures."""
    await page.goto(whole.url(path))
    await page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")


def _named(found: Sequence[dict[str, Any]], where: str) -> list[str]:
    return [
        f"{where}: {each['id']}: {node['html'][:120]}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


async def faults_of(page: Page, *, language: str, header: bool = True, shot: str = "") -> list[str]:
    """What is wrong with the page that is open; `shot`: of which the manual has an English picture."""
    where = page.url
    if shot and language == "en":
        await picture(page, shot)
    light = await Axe().run(page, options={"resultTypes": ["violations"]})
    wrong = _named(light.response["violations"], where)
    await page.emulate_media(color_scheme="dark")
    wrong += _named((await page.evaluate(_DARK))["violations"], f"{where} in the dark")
    await page.emulate_media(color_scheme="light")
    if await page.evaluate(_OVERFLOW) > 0:
        wrong.append(f"{where}: wider than {WIDTH}")
    await page.set_viewport_size({"width": WIDTH // 2, "height": HEIGHT // 2})
    if await page.evaluate(_OVERFLOW) > 0:
        wrong.append(f"{where}: is scrolled sideways at 200 %")
    await page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    if await page.locator("html").get_attribute("lang") != language:
        wrong.append(f"{where}: not in {language}")
    if await page.locator("h1").count() != 1:
        wrong.append(f"{where}: not one main heading")
    if header and await page.locator("header.site [aria-current]").count() != 1:
        wrong.append(f"{where}: the navigation does not say where this is")
    return wrong


@pytest.mark.parametrize("language", LANGUAGES)
class TestEveryPage:
    """No serious fault that axe-core knows, nothing broken, nothing cut off, in one language of two."""

    async def test_before_anybody_is_signed_in(self, page: Page, whole: Whole, language: str) -> None:
        """The form."""
        await page.set_extra_http_headers({"Accept-Language": language})
        await go(page, whole, "/login")
        assert await faults_of(page, language=language, header=False, shot="login") == []

    async def test_of_an_operator(self, page: Page, whole: Whole, language: str) -> None:
        """The desk in each phase of a call, then whatever the navigation leads to."""
        wrong: list[str] = []
        for scene in SCENES:
            await sign_in(page, whole, who(scene, language))
            await go(page, whole, "/desk")
            assert await page.locator("#desk").get_attribute("data-scene") == scene
            wrong += await faults_of(page, language=language)
        for path in ("/desk/keys", *EVERYBODY, "/phone", "/password"):
            await go(page, whole, path)
            wrong += await faults_of(page, language=language, shot=OPERATORS_SHOTS.get(path, ""))
        await go(page, whole, "/practice?script=acquisition")
        await page.locator("main form button").click()
        await page.locator("#say").wait_for()
        wrong += await faults_of(page, language=language, shot="practice")
        await go(page, whole, "/floor")  # not for them
        wrong += await faults_of(page, language=language, header=False)
        assert wrong == []

    async def test_of_a_supervisor(self, page: Page, whole: Whole, language: str) -> None:
        """The floor, and all that is written."""
        await sign_in(page, whole, who("supervisor", language))
        wrong: list[str] = []
        for path in (*FLOOR, f"/floor/calls/{whole.call_id}", *EVERYBODY, *WRITING):
            await go(page, whole, path)
            wrong += await faults_of(page, language=language, shot=SUPERVISORS_SHOTS.get(path, ""))
        wrong += await self._written(page, whole, language)
        assert wrong == []

    async def test_of_an_auditor(self, page: Page, whole: Whole, language: str) -> None:
        """What they are led to is there, and nothing else; the same of an admin."""
        for role in (Role.AUDITOR, Role.ADMIN):
            await sign_in(page, whole, who(role, language))
            for place in places_of(role):
                await go(page, whole, place.path)
                assert await page.locator("header.site [aria-current]").get_attribute("href") == place.path
            for path in {place.path for each in Role for place in places_of(each)} - {p.path for p in places_of(role)}:
                answer = await page.goto(whole.url(path))
                assert answer is not None
                assert answer.status == 403, path

    async def _written(self, page: Page, whole: Whole, language: str) -> list[str]:
        """A new version with a mistake, mended, and sent to be reviewed."""
        await go(page, whole, "/drafts/new?script=acquisition")
        text = page.locator("textarea[name=body]")
        await text.fill((await text.input_value()).replace('next = "', 'next = "no-such-', 1))
        await page.locator("button[value=submit]").click()
        await page.locator(".findings").wait_for()
        wrong = await faults_of(page, language=language, shot="script-editor")
        await text.fill((await text.input_value()).replace("no-such-", "").replace("Good day", "Good morning"))
        await page.locator("button[value=submit]").click()
        await page.locator("#changes").wait_for()
        wrong += await faults_of(page, language=language, shot="script-review")
        await page.goto(f"{page.url}/preview")
        wrong += await faults_of(page, language=language)
        await go(page, whole, "/scripts/acquisition")
        await page.evaluate("document.querySelector('#picture').scrollIntoView()")
        if language == "en":
            await picture(page, "script-flow")
        return wrong
