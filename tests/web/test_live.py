"""Streams over a real server: who hears what, who ends when, and that nobody waits for a browser."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.resources import files

import aiohttp
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from ari_app.web.live import Pace
from ari_app.web.live.room import MOST_STREAMS
from ari_app.web.live.words import WORDS
from tests.web.live import Site, event, eventually, listening, live_site
from tests.web.test_browser import FLAGS

QUICK = Pace(
    heartbeat=timedelta(milliseconds=200),
    drop_after=timedelta(seconds=1),
    floor_at_most_every=timedelta(milliseconds=100),
    retry=timedelta(milliseconds=50),
)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site whose streams wait long."""
    async with live_site(Pace()) as running:
        yield running


@pytest.fixture
async def quick() -> AsyncIterator[Site]:
    """A site whose streams wait briefly."""
    async with live_site(QUICK) as running:
        yield running


async def test_a_stream_begins_with_a_look_and_goes_on_with_each_change(site: Site) -> None:
    """With the mark of the change, and once how long to wait before connecting anew; nothing in it is personal."""
    async with listening(site) as stream:
        assert (stream.status, stream.headers["Content-Type"]) == (200, "text/event-stream")
        first = await event(stream)
        assert (first["event"], first["data"]) == ("changed", site.bells.mark("anna"))
        assert 1000 <= int(first["retry"]) <= 2000
        site.bells.ring("anna")
        assert site.bells.mark("anna") != first["data"]
        assert await event(stream) == {"event": "changed", "data": site.bells.mark("anna")}
        assert site.room.desks == 1
        assert site.present.at == {"anna": 1}


async def test_an_operator_hears_nothing_of_anothers_calls(site: Site) -> None:
    """Whoever has how many desks: each of theirs is told, and no other."""
    async with listening(site) as one, listening(site) as two, listening(site, who="bruno.operator") as bruno:
        for stream in (one, two, bruno):
            await event(stream)
        site.bells.ring("anna")
        assert [(await event(stream))["data"] for stream in (one, two)] == [site.bells.mark("anna")] * 2
        with pytest.raises(TimeoutError):
            await event(bruno, within_s=0.1)


async def test_nobody_listens_who_is_not_signed_in(site: Site) -> None:
    """They are led to the way in; and the floor is not for operators, but for those who look at it."""
    for path in ("/desk/events", "/floor/events"):
        async with (
            aiohttp.ClientSession() as browser,
            browser.get(site.server.make_url(path), allow_redirects=False) as answer,
        ):
            assert (answer.status, answer.headers["Location"]) == (303, f"/login?to={path}")
    async with listening(site, "/floor/events") as stream:
        assert stream.status == 403
    assert (site.room.desks, site.room.floors) == (0, 0)
    for who in ("sara.supervisor", "ugo.admin", "ada.auditor"):
        async with listening(site, "/floor/events", who=who) as stream:
            assert stream.status == 200


async def test_the_floor_is_told_of_everything_but_not_all_the_time(quick: Site) -> None:
    """A hundred changes are a few looks, and the last one is not missed."""
    async with listening(quick, "/floor/events", who="sara.supervisor") as stream:
        await event(stream)
        for place in range(100):
            quick.bells.ring(f"operator {place}")
            await asyncio.sleep(0.002)
        heard = 0
        while (await event(stream)).get("event") != "still":
            heard += 1
        assert 1 <= heard <= 8


async def test_while_nothing_happens_the_stream_is_kept_alive(quick: Site) -> None:
    """By a comment for what lies between, and an event that the page can hear."""
    async with listening(quick) as stream:
        await event(stream)
        said = [await event(stream) for _ in range(4)]
        assert {"event": "still", "data": quick.bells.mark("anna")} in said
        assert {"": "ping"} in said
        quick.bells.ring("anna")
        assert {"event": "changed", "data": quick.bells.mark("anna")} in [await event(stream) for _ in range(3)]


async def test_a_browser_that_left_is_noticed(quick: Site) -> None:
    """Its operator is not at the desk any more."""
    async with listening(quick) as stream:
        await event(stream)
    await eventually(lambda: quick.room.desks == 0)
    assert quick.present.at == {"anna": 0}


async def test_a_session_that_is_over_ends_the_stream(site: Site) -> None:
    """At once, and nothing of it stays."""
    async with listening(site) as stream:
        await event(stream)
        site.end_sessions()
        with pytest.raises((EOFError, aiohttp.ClientError)):
            await event(stream)
    await eventually(lambda: site.room.desks == 0)


async def test_a_server_that_stops_ends_the_streams_first(site: Site) -> None:
    """It does not wait for browsers that would listen for ever."""
    async with AsyncExitStack() as browsers:
        streams = [await browsers.enter_async_context(listening(site, who=f"o{n}.operator")) for n in range(20)]
        for stream in streams:
            await event(stream)
        loop = asyncio.get_running_loop()
        before = loop.time()
        await site.server.close()
        assert loop.time() - before < 5, "twenty streams did not cost a time-out each"
        for stream in streams:
            with pytest.raises((EOFError, aiohttp.ClientError)):
                await event(stream)
    assert site.room.desks == 0


async def test_a_browser_that_comes_back_looks_again(site: Site) -> None:
    """What happened in between is not told: it is seen."""
    async with listening(site) as stream:
        await event(stream)
    site.bells.ring("anna")
    async with listening(site) as stream:
        assert (await event(stream))["data"] == site.bells.mark("anna")


async def test_a_person_has_only_so_many_streams(site: Site) -> None:
    """A page at fault that opens them without end gets no more; others are not concerned."""
    async with AsyncExitStack() as browsers:
        for _ in range(MOST_STREAMS):
            await event(await browsers.enter_async_context(listening(site)))
        async with listening(site) as stream:
            assert stream.status == 429
        async with listening(site, who="bruno.operator") as stream:
            await event(stream)
    await eventually(lambda: site.room._by_person == {})


async def test_two_hundred_desks_are_told_and_a_dead_one_keeps_nobody_waiting(quick: Site) -> None:
    """One takes nothing any more: it is dropped, and the others do not notice."""
    dead = socket.socket()
    dead.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    dead.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(dead, (quick.server.host, quick.server.port))
    asked = b"GET /floor/events HTTP/1.1\r\nHost: test\r\nCookie: person=sara.supervisor\r\n\r\n"
    await loop.sock_sendall(dead, asked)
    async with AsyncExitStack() as browsers:
        streams = [
            await browsers.enter_async_context(listening(quick, who=f"operator{place}.operator"))
            for place in range(200)
        ]
        for stream in streams:
            await event(stream)
        assert quick.room.desks == 200
        for turn in range(12):
            for place in range(200):
                quick.bells.ring(f"operator{place}")
            heard = await asyncio.gather(*(changed(stream) for stream in streams))
            assert {mark.partition(".")[2] for mark in heard} == {str(turn + 1)}
        await eventually(lambda: quick.room.floors == 0, within_s=30)
    dead.close()
    await eventually(lambda: quick.room.desks == 0)


async def changed(stream: aiohttp.ClientResponse) -> str:
    """The mark of the next change."""
    while (said := await event(stream, within_s=20)).get("event") != "changed":
        pass
    return said["data"]


def test_what_a_page_says_of_its_connection_is_there_in_both_languages() -> None:
    """A message that is missing would be an empty line."""
    assert {language: set(words) for language, words in WORDS.items()} == {"it": {"lost"}, "en": {"lost"}}
    assert all(text for words in WORDS.values() for text in words.values())


def test_the_script_keeps_to_the_rules_of_the_pages() -> None:
    """Nothing from elsewhere, nothing that the content security policy forbids."""
    text = files("ari_app.web").joinpath("static", "live.js").read_text("utf-8")
    assert not re.search(r"https?://|eval\(|innerHTML|document\.write", text)


async def signed_in_page(browser: Browser) -> Page:
    """A page of operator anna's browser."""
    context = await browser.new_context()
    await context.add_cookies([{"name": "person", "value": "anna.operator", "domain": "127.0.0.1", "path": "/"}])
    return await context.new_page()


async def test_a_real_browser_looks_again_and_says_when_it_hears_nothing() -> None:
    """On each change, and once more after the gate was away; meanwhile the page says so in a line."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = await signed_in_page(browser)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        line, looks = page.locator("[data-live-connection]"), page.locator("#looks")
        async with live_site(QUICK) as site:
            port = site.server.port
            await page.goto(str(site.server.make_url("/test")))
            await expect(looks).to_have_text("1")
            site.bells.ring("anna")
            await expect(looks).to_have_text("2")
            await expect(line).to_have_text("")
        await expect(line).to_have_text(WORDS["it"]["lost"])
        async with live_site(QUICK, port=port):
            await expect(looks).to_have_text("3")
            await expect(line).to_have_text("")
        await browser.close()
    assert faults == []


async def test_a_browser_whose_session_is_over_is_led_to_the_way_in() -> None:
    """Its stream is refused, and the page finds out why."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = await signed_in_page(browser)
        looks = page.locator("#looks")
        async with live_site(QUICK) as site:
            await page.goto(str(site.server.make_url("/test")))
            await expect(looks).to_have_text("1")
            await page.context.clear_cookies()
            site.end_sessions()
            await page.wait_for_url("**/login?to=/test", timeout=20_000)
        await browser.close()
