"""Texts that would be script, stored wherever people can write or import something, and read in a real browser."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, async_playwright

from tests.web.site.harness import Person, WiredSite, wired
from tests.web.site.installation import CALLEES, PASSWORD, garbo
from tests.web.test_browser import FLAGS

_TAIL = '<img src=x data-hurt onerror="window.hurt=1"><script data-hurt>window.hurt=1;alert(1)</script>'
_LINK = '<svg data-hurt onload=alert(2)><a data-hurt href="javascript:alert(3)">x</a>'
HURT = f"\"'></title></textarea></script>{_TAIL}{_LINK}"
"""Out of an attribute, a title, a field and a script; whatever becomes an element is found by `data-hurt`."""
_PAGES = {
    "eva": ("/desk", "/notices", "/feedback", "/answers", "/answers/whence", "/scripts", "/practice", "/password"),
    "sara": (
        *("/floor", "/floor/calls", "/floor/operators", "/floor/campaigns", "/floor/campaigns/autunno", "/notices"),
        *("/feedback", "/answers", "/answers/whence", "/new-answer?id=whence", "/drafts/new", "/phone", "/scripts"),
    ),
}


@pytest.fixture
async def chromium() -> AsyncIterator[BrowserContext]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield await browser.new_context()
        await browser.close()


def _import(folder: Path) -> None:
    """The campaign's contacts once more, with texts of somebody who means harm."""
    with (folder / "hurt.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("number", "name", "list_source", "party"))
        rows.writerows((callee, f"Carla {HURT}", f"form {HURT}", "") for callee in CALLEES)
    garbo(folder, "import", "contacts", folder / "hurt.csv", "--campaign", "autunno", "--approved-by", f"Dario {HURT}")


async def _store(site: WiredSite, eva: Person) -> str:
    """Notes, needs, notices, feedback and answers; the id of the call."""
    call = await site.talk(CALLEES[0], campaign="autunno", phone="PJSIP/105")
    typed = {"note": f"una nota {HURT}", "needs": HURT[:150]}
    assert (await eva.send("/desk/note", call=call, word="interested", **typed)).status == 303
    said = {"title": f"avviso {HURT[:60]}", "text": HURT}
    assert (await site.sara.send("/notices", action="add", campaign="", expires="", **said)).status == 303
    told = {"topic": "script", "text": HURT, "campaign": "autunno", "call_id": call}
    assert (await eva.send("/feedback", **told)).status == 303
    words = {f"{what}_{code}": HURT for what in ("question", "text") for code in ("it", "en")}
    assert (await site.sara.send("/new-answer", id="whence", topic="numbers", principal="", **words)).status == 303
    return call


async def test_what_people_write_is_text_to_every_browser(
    folder: Path, chromium: BrowserContext, tmp_path: Path
) -> None:
    """Names, imports, notes, needs, notices, feedback, answers, addresses: read as written, nothing of it runs."""
    name = HURT[:64]
    garbo(folder, "operator", "add", "eva", "--language", "it", "--endpoint", "PJSIP/105", "--name", name)
    garbo(folder, "operator", "password", "eva", "--stdin", "--keep", said=f"{PASSWORD}\n")
    _import(folder)
    async with wired(folder) as site:
        eva = await site.browser("eva")
        call = await _store(site, eva)
        shown, ran = 0, []
        for person, pages in ((eva, _PAGES["eva"]), (site.sara, (*_PAGES["sara"], f"/floor/calls/{call}"))):
            await chromium.clear_cookies()
            cookies = [
                {"name": each.key, "value": each.value, "url": str(site.root)} for each in person.client.cookie_jar
            ]
            await chromium.add_cookies(cookies)  # type: ignore[arg-type]  # plain mappings
            page = await chromium.new_page()
            page.on("dialog", lambda dialog: ran.append(dialog.message))
            for path in (*pages, f"/nothing/{HURT}", f"/floor/calls?campaign={HURT}", f"/login?to={HURT}"):
                await page.goto(f"{site.root.origin()}{path}", wait_until="domcontentloaded")
                assert await page.locator("[data-hurt]").count() == 0, path
                assert await page.evaluate("window.hurt === undefined"), path
                shown += "data-hurt" in await page.content()
            await page.close()
        assert ran == []
        assert shown >= 8  # it was there to be run
