"""At which phone somebody sits: chosen in the page, said by a program with a token, given back on leaving."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ari_app.ports.phones import Place
from ari_app.ports.tokens import TokenScope
from ari_app.stores.directory import Directory
from ari_app.stores.web_sessions import IDLE
from ari_app.web.sign_in.words import WORDS
from tests.stores.databases import fresh
from tests.web.signing_in import Browser, Site, site_over

SHARED, SEAT = "PJSIP/205", "Local/8600051@default"
PATH = "/api/v1/operators/{}/phone"


@pytest.fixture
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """The site, over plain HTTP."""
    async with site_over(fresh(request, tmp_path, "sqlite")) as running:
        yield running


async def take(browser: Browser, phone: str, path: str = "/phone") -> tuple[int, str]:
    """Choose a phone in the page."""
    token = await browser.form("/phone", "csrf")
    answer, text = await browser.post(path, {"phone": phone, "csrf": token})
    return answer.status, text


async def phones(site: Site, operator: str) -> tuple[str, ...]:
    """Phones whose calls are theirs."""
    return (await site.seats.place(operator)).phones


async def test_a_phone_is_chosen_and_left(site: Site) -> None:
    """From the list or written by hand, as Asterisk names it; the page shows where one is."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        _, text = await browser.get("/phone")
        assert "PJSIP/101" in text
        assert "PJSIP/102" in text
        assert (await take(browser, " local/8600051@default/n "))[0] == 303
        assert await phones(site, "anna") == (SEAT, "PJSIP/101")
        assert SEAT in (await browser.get("/phone"))[1]
        await take(browser, "", "/phone/leave")
        assert await phones(site, "anna") == ("PJSIP/101",)
    assert site.moved == ["anna", "anna"]


@pytest.mark.parametrize("phone", ["", "101", "PJSIP/1;2", '"><script>', "PJSIP/" + "1" * 200, "PJSIP/${X}"])
async def test_what_is_no_phone_is_told(site: Site, phone: str) -> None:
    """With how one is named; nothing changes, and nothing of it runs."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        status, text = await take(browser, phone)
        assert status == 422
        assert WORDS["it"]["bad_phone"] in text
        assert "<script>" not in text
        assert (await site.seats.place("anna")).seat is None


async def test_who_had_it_before_is_told(site: Site) -> None:
    """In their page and at their desk, until it is given back or they sit down elsewhere."""
    async with site.browser() as anna, site.browser() as bruno:
        await anna.sign_in("anna")
        await bruno.sign_in("bruno")
        await take(bruno, "PJSIP/101")
        assert site.moved == ["bruno", "anna"]
        assert "PJSIP/101 adesso c&#39;è bruno" in (await anna.get("/phone"))[1]
        assert await phones(site, "anna") == ()
        lost = site.seats.lost("anna")
        assert lost is not None
        assert lost.operator == "bruno"
        await take(anna, "PJSIP/101")
        assert (await phones(site, "anna"), await phones(site, "bruno")) == (("PJSIP/101",), ("PJSIP/102",))
        assert "anna has taken the phone PJSIP/101" in (await bruno.get("/phone"))[1]
        await take(bruno, SHARED)
        assert "has taken" not in (await bruno.get("/phone"))[1]
        await take(bruno, "PJSIP/101")
        await take(bruno, "", "/phone/leave")
        assert site.seats.lost("anna") is None


async def test_signing_out_leaves_the_phone(site: Site) -> None:
    """With the last desk of several, and only what was chosen in the page."""
    async with site.browser() as first, site.browser() as second:
        await first.sign_in("anna")
        await second.sign_in("anna")
        await take(first, SHARED)
        await first.post("/logout", {"csrf": await first.form("/phone", "csrf")})
        assert await phones(site, "anna") == (SHARED, "PJSIP/101")
        await second.post("/logout", {"csrf": await second.form("/phone", "csrf")})
        assert await phones(site, "anna") == ("PJSIP/101",)
        await site.seats.sit("anna", SEAT, said_by="01TOKEN")
        await first.sign_in("anna")
        await first.post("/logout", {"csrf": await first.form("/phone", "csrf")})
        assert await phones(site, "anna") == (SEAT, "PJSIP/101")


async def test_a_phone_that_was_left_behind_is_found_again(site: Site) -> None:
    """Who forgot to leave and is signed in no more has left when the owner signs in, or at the next sweep."""
    async with site.browser() as anna, site.browser() as bruno:
        await bruno.sign_in("bruno")
        await take(bruno, "PJSIP/101")
        await anna.sign_in("anna")
        assert await phones(site, "anna") == ()  # somebody sits there now: it is not taken from them
        site.clock.pass_by(IDLE)
        await site.sessions.sweep()
        await anna.sign_in("anna")
        assert await phones(site, "anna") == ("PJSIP/101",)
        await bruno.sign_in("bruno")
        await take(bruno, SHARED)
        site.clock.pass_by(IDLE + timedelta(seconds=1))
        await site.sessions.sweep()
        await site.seats.sweep()
        assert await site.seats.place("bruno") == Place(own="PJSIP/102")


class Program:
    """A dialer or a softphone with a token."""

    def __init__(self, browser: Browser, secret: str) -> None:
        self._browser = browser
        self._secret = secret

    async def send(self, method: str, operator: str, said: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        """Status and document."""
        sent = {"Authorization": f"Bearer {self._secret}", "Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        body = said if isinstance(said, bytes) or said is None else json.dumps(said).encode()
        async with self._browser.client.request(method, PATH.format(operator), data=body, headers=sent) as answer:
            text = await answer.text()
            if answer.status >= 400:
                assert answer.content_type == "application/problem+json"
            return answer.status, json.loads(text) if text else {}


@pytest.fixture
async def program(site: Site) -> AsyncIterator[Program]:
    """One whose token is for the desk."""
    _, secret = site.tokens.create(TokenScope.DESK, principal=None)
    async with site.browser() as browser:
        yield Program(browser, secret)


async def test_a_program_says_who_sits_where(site: Site, program: Program) -> None:
    """And that they left; who had the phone before is named; saying it again changes nothing."""
    status, told = await program.send("PUT", "bruno", {"phone": "pjsip/101"})
    assert (status, told["phone"], told["instead_of"]) == (200, "PJSIP/101", "anna")
    assert await program.send("PUT", "bruno", {"phone": "PJSIP/101"}) == (200, {**told, "instead_of": None})
    assert await phones(site, "anna") == ()
    for _ in range(2):
        assert await program.send("DELETE", "bruno") == (204, {})
    assert await phones(site, "anna") == ("PJSIP/101",)
    assert site.moved == ["bruno", "anna", "bruno", "bruno"]


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"phone": "nonsense"}, "/phone"),
        ({"phone": 101}, ""),
        ({"phone": "PJSIP/1", "more": 1}, ""),
        ({}, ""),
        ([], ""),
        (None, ""),
        (b"{", ""),
        (b"\xff", ""),
        (b'{"phone": "PJSIP/1"' + b" " * 5000 + b"}", ""),
        (b"[" * 3000, ""),
    ],
)
async def test_what_says_nothing_is_refused(site: Site, program: Program, said: Any, pointer: str) -> None:
    """422 with a pointer; nothing changes."""
    status, told = await program.send("PUT", "bruno", said)
    assert (status, told["errors"][0]["pointer"]) == (422, pointer)
    assert (await site.seats.place("bruno")).seat is None


async def test_who_may_say_so(site: Site, program: Program) -> None:
    """A token for the desk that holds, and no cookie; there has to be such an operator."""
    Directory(site.database).add_principal("fastnet", name="Fastnet", country="IT")
    _, other = site.tokens.create(TokenScope.CUSTOMERS, principal="fastnet")
    entry, revoked = site.tokens.create(TokenScope.DESK, principal=None)
    site.tokens.revoke(entry.id)
    for method in ("PUT", "DELETE"):
        for bearer, status in ((other, 403), (revoked, 401), ("garbo_x", 401), ("", 401)):
            said = {"phone": SHARED} if method == "PUT" else None
            assert (await program.send(method, "bruno", said, Authorization=f"Bearer {bearer}"))[0] == status
    async with site.browser() as browser:
        await browser.sign_in("anna")
        async with browser.client.put(PATH.format("anna"), json={"phone": SHARED}) as answer:
            assert answer.status == 401
    assert (await program.send("PUT", "nobody", {"phone": SHARED}))[0] == 404
    assert (await program.send("DELETE", "nobody"))[0] == 404
    assert (await program.send("PUT", "bruno", {"phone": SHARED}, Content_Type="text/plain"))[0] == 415
    assert (await site.seats.place("bruno")).seat is None


async def test_a_database_that_is_gone_is_to_be_tried_again(site: Site, program: Program) -> None:
    """503, and nothing is believed to have changed."""
    site.database.close()
    assert (await program.send("PUT", "bruno", {"phone": SHARED}))[0] == 503
    assert (await program.send("DELETE", "bruno"))[0] == 503
