"""Signing in and out over real HTTP and a real database, and what somebody may try who is not let in."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError, FormData
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from ari_app.desk.signing_in import Refused, SigningIn
from ari_app.policy.request import Role
from ari_app.stores.directory import Directory
from ari_app.web.access import person_of
from ari_app.web.sign_in.ways import address_of, own_path
from ari_app.web.sign_in.words import WORDS
from ari_app.web.words import WORDS as SITE_WORDS
from tests.stores.databases import fresh
from tests.web.signing_in import PASSWORD, Site, site_over


class From(asyncio.Transport):
    """A connection from an address."""

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._extra["peer"], 1) if name == "peername" else default  # type: ignore[attr-defined]


PARTS = "multipart/form-data; boundary=x"
NEW = "tre cani nel cortile (test)"


@pytest.fixture
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """The site, over plain HTTP; a lasting answer is looked at again at once."""
    async with site_over(fresh(request, tmp_path, "sqlite"), look_again_s=0.02) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "home"), [("anna", "/desk"), ("sara", "/floor"), ("adam", "/floor"), ("aude", "/floor")]
)
async def test_each_is_led_to_their_own_page(site: Site, name: str, home: str) -> None:
    """Operators to the desk, the others to the floor; the other one's is not for them."""
    async with site.browser() as browser:
        answer = await browser.sign_in(name)
        assert (answer.status, answer.headers["Location"]) == (303, home)
        assert (await browser.get(home))[1].startswith(f"{name} ")
        refused, text = await browser.get("/floor" if home == "/desk" else "/desk")
        assert refused.status == 403
        assert SITE_WORDS["it" if name in ("anna", "sara") else "en"]["forbidden"] in text
        answer, _ = await browser.get("/login")
        assert answer.headers["Location"] == home


async def test_nobody_is_led_to_the_form_and_back(site: Site) -> None:
    """With what was asked for; what would change something is not asked for again."""
    async with site.browser() as browser:
        answer, _ = await browser.get("/desk?a=1&b=x%2By")
        assert answer.headers["Location"] == "/login?to=/desk?a%3D1%26b%3Dx%252By"
        _, text = await browser.get(answer.headers["Location"])
        assert 'name="to" value="/desk?a=1&amp;b=x%2By"' in text
        answer = await browser.sign_in("anna", to="/desk?a=1&b=x%2By")
        assert answer.headers["Location"] == "/desk?a=1&b=x%2By"
    async with site.browser() as browser:
        assert (await browser.post("/desk/note", {}))[0].headers["Location"] == "/login"


@pytest.mark.parametrize(
    "to",
    [
        *("https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example"),
        *("///evil.example", "http:evil.example", "javascript:alert(1)", " /desk", "/desk\r\nX: y", "desk", ""),
        *("/login", "/login?to=/desk", "/login/", "/logout", "/%0d\n", "/\u2044evil.example", "/" + "a" * 2000),
        *("/\u0000", "?to=/desk", "data:text/html,x", "/desk#//evil", "@evil.example", ".evil.example"),
    ],
)
async def test_only_paths_of_our_own_are_led_to(site: Site, to: str) -> None:
    """Whatever is tried, whoever signs in comes to their own page."""
    assert own_path(to) == ""
    async with site.browser() as browser:
        assert (await browser.sign_in("anna", to=to)).headers["Location"] == "/desk"
        answer, _ = await browser.get("/login", params={"to": to})
        assert answer.headers["Location"] == "/desk"


async def test_one_answer_to_whatever_is_wrong(site: Site) -> None:
    """Unknown, wrong, locked: the same page but for the name that was typed, which is no page of script."""
    pages = set()
    async with site.browser() as browser:
        guess = "never-this-one"
        for name, password in [("nobody", PASSWORD), *[("anna", guess)] * 5, ("anna", PASSWORD)]:
            token = await browser.form()
            answer, text = await browser.post("/login", {"name": name, "password": password, "form": token})
            assert answer.status == 403
            assert password not in text
            pages.add(text.replace(f'value="{name}"', ""))
        assert len(pages) == 1
        assert WORDS["en"]["refused"] in pages.pop().replace("&#39;", "'")
        _, text = await browser.post("/login", {"name": '"><script>x', "password": "x", "form": await browser.form()})
        assert "<script>" not in text
    assert {name for name, _ in site.heard.said} == {"session.refused"}
    assert "nobody" not in repr(site.heard.said)


async def test_a_refusal_comes_no_sooner_for_one_than_for_another(site: Site) -> None:
    """Every refusal waits until the same time has passed."""
    slow = SigningIn(
        logins=site.logins,
        sessions=site.sessions,
        seats=site.seats,
        clock=site.clock,
        observer=site.heard,
        refusal_after=timedelta(milliseconds=150),
    )
    loop = asyncio.get_running_loop()
    for name in ("nobody", "anna"):
        began = loop.time()
        answer = await slow.sign_in(name, "wrong", address="192.0.2.1", before="")
        assert answer == Refused()
        assert loop.time() - began >= 0.149


async def test_a_spelling_is_no_way_around_the_lock(site: Site) -> None:
    """Spaces are the same name and count together; other letters are other names, and nobody's."""
    async with site.browser() as browser:
        for name in ("anna", " anna", "anna ", "\tanna", "anna\u00a0"):
            await browser.sign_in(name, "wrong")
        for name in ("anna", " anna ", "ANNA", "Anna", "an\u00adna", "\uff41nna", "anna\u0000", "anna%00", "anna'--"):
            assert (await browser.sign_in(name)).status == 403
        site.clock.pass_by(timedelta(seconds=30))
        assert (await browser.sign_in("ANNA")).status == 403
        assert (await browser.sign_in(" anna ")).status == 303


async def test_an_address_has_only_so_many_tries(site: Site) -> None:
    """Then it is told how long to wait, whatever name comes next; a neighbour is not; nor is a forger believed."""
    async with site.browser() as browser:
        token = await browser.form()

        async def tried(address: str, name: str, password: str) -> int:
            fields = {"name": name, "password": password, "form": token}
            answer, _ = await browser.post("/login", fields, headers={"X-Forwarded-For": address})
            return answer.status

        for number in range(30):
            assert await tried("192.0.2.1", f"nobody{number}", "x") == 403
        assert await tried("192.0.2.1", "anna", PASSWORD) == 429
        assert await tried("::ffff:192.0.2.1", "anna", PASSWORD) == 429
        assert await tried("192.0.2.7, 192.0.2.1", "anna", PASSWORD) == 429
        assert await tried("192.0.2.1", "nobody", "x") == 429
        assert await tried("192.0.2.2", "anna", PASSWORD) == 303
        site.clock.pass_by(timedelta(seconds=10))
        assert await tried("192.0.2.1", "anna", PASSWORD) == 303
        assert await tried("192.0.2.1", "anna", "x") == 403
        fields = {"name": "anna", "password": PASSWORD, "form": token}
        answer, text = await browser.post("/login", fields, headers={"X-Forwarded-For": "192.0.2.1"})
        assert (answer.status, answer.headers["Retry-After"]) == (429, "10")
        assert "10 seconds" in text


async def test_a_session_from_elsewhere_is_not_taken_up(site: Site) -> None:
    """Fixation: what a browser brings along, known or made up, is never the session after signing in."""
    async with site.browser() as attacker, site.browser() as victim:
        await attacker.sign_in("bruno")
        theirs = attacker.cookies["garbo"]
        form = await victim.form()
        for planted in ("A" * 43, "x", theirs):
            victim.plant(garbo=planted)
            answer, _ = await victim.post("/login", {"name": "anna", "password": PASSWORD, "form": form})
            assert answer.status == 303
            assert victim.cookies["garbo"] != planted
            assert (await victim.get("/desk"))[1] == "anna Anna Rossi"
        answer, _ = await attacker.get("/desk")
        assert answer.status == 303  # the planted one ended when it was replaced


async def test_each_sign_in_is_another_session(site: Site) -> None:
    """The one that the browser had is over, the other browsers' are not."""
    async with site.browser() as first, site.browser() as second:
        form = await first.form()
        await first.sign_in("anna")
        await second.sign_in("anna")
        before = first.cookies["garbo"]
        await first.post("/login", {"name": "anna", "password": PASSWORD, "form": form})
        assert first.cookies["garbo"] != before
        assert await site.sessions.of(before) is None
        assert (await second.get("/desk"))[0].status == 200
        assert len(site.sessions.book.all()) == 2


async def test_many_sign_in_at_once(site: Site) -> None:
    """Each gets a session of their own, and none gets another's."""

    async def one(name: str) -> tuple[str, str]:
        async with site.browser() as browser:
            await browser.sign_in(name)
            return browser.cookies["garbo"], (await browser.get("/desk"))[1]

    found = await asyncio.gather(*(one(name) for name in ["anna", "bruno"] * 4))
    assert len({secret for secret, _ in found}) == 8
    assert [text for _, text in found] == ["anna Anna Rossi", "bruno bruno"] * 4


async def test_cookies_are_for_the_server_alone(site: Site) -> None:
    """No script reads them, no other site sends them along with what it posts."""
    async with site.browser() as browser:
        answer, _ = await browser.get("/login")
        form = answer.headers["Set-Cookie"]
        session = (await browser.sign_in("anna")).headers["Set-Cookie"]
        for cookie, same_site in ((form, "Strict"), (session, "Lax")):
            assert {"HttpOnly", "Path=/", f"SameSite={same_site}"} <= set(re.split("; ", cookie))
            assert "Secure" not in cookie
            assert "Domain" not in cookie


async def test_over_https_cookies_never_go_without_it(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """And no neighbouring host can set them: their names say so to the browser."""
    async with (
        site_over(fresh(request, tmp_path, "sqlite"), secure=True) as site,
        site.browser(Cookie="__Host-garbo-form=" + "A" * 43) as browser,
    ):
        fields = {"name": "anna", "password": PASSWORD, "form": "A" * 43}
        answer, _ = await browser.post("/login", fields)
        assert answer.status == 303
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-garbo=")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=Lax"} <= set(re.split("; ", cookie))


async def test_a_form_that_is_not_ours_signs_nobody_in(site: Site) -> None:
    """Without the browser's own token, or with another: the form again, with a fresh one that works."""
    async with site.browser() as browser, site.browser() as other:
        for token in ("", "A" * 43, await other.form()):
            answer, text = await browser.post("/login", {"name": "anna", "password": PASSWORD, "form": token})
            assert answer.status == 403
            assert WORDS["en"]["stale"] in text
            assert "garbo" not in browser.cookies
        found = re.search(r'name="form" value="([^"]+)"', text)
        assert found is not None
        fields = {"name": "anna", "password": PASSWORD, "form": found[1]}
        assert (await browser.post("/login", fields))[0].status == 303


@pytest.mark.parametrize("path", ["/logout", "/password", "/phone", "/phone/leave", "/desk/note"])
async def test_what_changes_something_needs_the_sessions_token(site: Site, path: str) -> None:
    """On each of them: none, another's, the form's, the cookie's, in the address; and nothing happens."""
    async with site.browser() as browser, site.browser() as other:
        await browser.sign_in("anna")
        await other.sign_in("bruno")
        theirs = await other.form("/phone", "csrf")
        fields = {"old": PASSWORD, "new": NEW, "again": NEW, "phone": "PJSIP/205"}
        for token in ("", theirs, "A" * 43, browser.cookies["garbo"], browser.cookies["garbo-form"]):
            answer, text = await browser.post(path, fields | {"csrf": token})
            assert answer.status == 403
            assert SITE_WORDS["it"]["forbidden"] in text
        own = await browser.form("/phone", "csrf")
        answer, _ = await browser.post(f"{path}?csrf={own}", fields)
        assert answer.status == 403
        async with browser.client.post(path, json={"csrf": own}) as refused:
            assert refused.status == 403
        assert (await site.seats.place("anna")).seat is None
        assert (await browser.get("/desk"))[0].status == 200
        assert await site.logins.proves("anna", PASSWORD) is not None
        answer, _ = await browser.post(path, fields | {"csrf": own})
        assert answer.status in (200, 303)


async def test_the_token_goes_in_a_header_too(site: Site) -> None:
    """For pages that send without a form."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        own = await browser.form("/phone", "csrf")
        async with browser.client.post("/desk/note", headers={"X-CSRF-Token": own}) as answer:
            assert answer.status == 200


async def test_every_page_that_changes_something_is_guarded(site: Site) -> None:
    """Every route of this part that is not read is one of those above, the form, or the API's with its tokens."""
    changing = {
        (route.method, route.resource.canonical)
        for route in site.app.router.routes()
        if route.method not in ("GET", "HEAD") and route.resource is not None
    }
    assert changing == {
        *(("POST", path) for path in ("/login", "/logout", "/password", "/phone", "/phone/leave", "/desk/note")),
        ("PUT", "/api/v1/operators/{operator}/phone"),
        ("DELETE", "/api/v1/operators/{operator}/phone"),
        ("POST", "/api/v1/principals/{principal}/customers"),
    }


async def test_the_log_says_nothing_of_who_came_and_went(site: Site) -> None:
    """Neither name nor phone nor secret: it would be a record of somebody's working time, and of more."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        secret = browser.cookies["garbo"]
        csrf = await browser.form("/phone", "csrf")
        await browser.post("/phone", {"phone": "PJSIP/205", "csrf": csrf})
        await browser.post("/logout", {"csrf": csrf})
    assert [name for name, _ in site.heard.said] == ["session.begun", "phone.taken", "phone.left"]
    for word in ("anna", "PJSIP", secret, csrf, PASSWORD):
        assert word not in repr(site.heard.said)


async def test_signing_out_ends_it_at_the_server(site: Site) -> None:
    """A copied cookie is worth nothing afterwards; the browser's is taken back; a link cannot sign anybody out."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        copied = browser.cookies["garbo"]
        assert (await browser.get("/logout"))[0].status == 405
        answer, _ = await browser.post("/logout", {"csrf": await browser.form("/phone", "csrf")})
        assert (answer.status, answer.headers["Location"]) == (303, "/login")
        assert "garbo" not in browser.cookies
        answer, _ = await browser.get("/desk", headers={"Cookie": f"garbo={copied}"})
        assert answer.status == 303


async def test_a_password_that_another_chose_is_changed_first(site: Site) -> None:
    """No page but that one and the way out, until it is; then they are where they wanted to be."""
    site.logins.book.set_password("anna", PASSWORD, must_change=True)
    async with site.browser() as browser:
        assert (await browser.sign_in("anna", to="/desk")).headers["Location"] == "/password"
        for path in ("/desk", "/phone", "/nowhere", "/login"):
            answer, _ = await browser.get(path)
            assert (answer.status, answer.headers["Location"]) == (303, "/password")
        answer, text = await browser.get("/password")
        assert WORDS["it"]["must_change"] in text
        fields = {"old": PASSWORD, "new": NEW, "again": NEW, "csrf": await browser.form("/password", "csrf")}
        answer, _ = await browser.post("/password", fields)
        assert (answer.status, answer.headers["Location"]) == (303, "/desk")
        assert (await browser.get("/desk"))[0].status == 200
        assert WORDS["it"]["must_change"] not in (await browser.get("/password"))[1]


async def test_a_changed_password_ends_all_other_sessions(site: Site) -> None:
    """This browser has a new one; a wrong, weak, unequal or unchanged one changes nothing and is told as such."""
    async with site.browser() as browser, site.browser() as other:
        await browser.sign_in("anna")
        await other.sign_in("anna")
        before, csrf = browser.cookies["garbo"], await browser.form("/password", "csrf")
        for fields, status, said in [
            ({"old": "wrong", "new": NEW, "again": NEW}, 403, "old_refused"),
            ({"old": PASSWORD, "new": NEW, "again": NEW + "x"}, 422, "not_same"),
            ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, 422, "unchanged"),
            ({"old": PASSWORD, "new": "xyzzy", "again": "xyzzy"}, 422, "weak_short"),
            ({"old": PASSWORD, "new": "anna12345678", "again": "anna12345678"}, 422, "weak_name"),
            ({"old": PASSWORD, "new": "password1234", "again": "password1234"}, 422, "weak_common"),
        ]:
            answer, text = await browser.post("/password", fields | {"csrf": csrf})
            assert answer.status == status
            assert WORDS["it"][said].replace("'", "&#39;") in text
            assert fields["new"] not in text
        assert (await other.get("/desk"))[0].status == 200
        answer, _ = await browser.post("/password", {"old": PASSWORD, "new": NEW, "again": NEW, "csrf": csrf})
        assert answer.status == 303
        assert browser.cookies["garbo"] != before
        assert await site.sessions.of(before) is None
        assert (await other.get("/desk"))[0].status == 303
        assert (await browser.get("/desk"))[0].status == 200
        assert (await other.sign_in("anna")).status == 403
        assert (await other.sign_in("anna", NEW)).status == 303


async def test_guessing_from_within_is_locked_too(site: Site) -> None:
    """Who finds a desk open does not find the password by trying."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        csrf = await browser.form("/password", "csrf")
        for old in (*("wrong",) * 5, PASSWORD):
            fields = {"old": old, "new": NEW, "again": NEW, "csrf": csrf}
            assert (await browser.post("/password", fields))[0].status == 403


async def test_who_is_removed_is_out(site: Site) -> None:
    """With the next page; another role sees its own pages with the next one."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        Directory(site.database).set_operator("anna", role=Role.SUPERVISOR)
        assert (await browser.get("/desk"))[0].status == 403
        assert (await browser.get("/floor"))[0].status == 200
        Directory(site.database).remove_operator("anna")
        assert (await browser.get("/floor"))[0].status == 303
        assert (await browser.sign_in("anna")).status == 403


async def test_an_answer_that_lasts_ends_with_the_session(site: Site) -> None:
    """A desk that is connected is cut off, not only refused its next page."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        async with browser.client.get("/desk/events") as answer:
            assert await answer.content.readline() == b"open\n"
            site.sessions.book.end_some(operator_id="anna")
            with pytest.raises(ClientPayloadError):
                await answer.content.read()


@pytest.mark.parametrize("way", ["out", "in again", "password"])
async def test_what_ends_a_session_here_ends_its_answers_at_once(
    request: pytest.FixtureRequest, tmp_path: Path, way: str
) -> None:
    """Another tab's stream does not wait for the next look; a colleague's goes on."""
    async with (
        site_over(fresh(request, tmp_path, "sqlite"), look_again_s=3600) as site,
        site.browser() as browser,
        site.browser() as other,
    ):
        await browser.sign_in("anna")
        await other.sign_in("sara")
        csrf = await browser.form("/password", "csrf")
        async with browser.client.get("/desk/events") as answer, other.client.get("/desk/events") as theirs:
            assert await answer.content.readline() == await theirs.content.readline() == b"open\n"
            match way:
                case "out":
                    await browser.post("/logout", {"csrf": csrf})
                case "in again":
                    fields = {"name": "anna", "password": PASSWORD, "form": browser.cookies["garbo-form"]}
                    assert (await browser.post("/login", fields))[0].status == 303
                case _:
                    fields = {"csrf": csrf, "old": PASSWORD, "new": NEW, "again": NEW}
                    assert (await browser.post("/password", fields))[0].status == 303
            with pytest.raises(ClientPayloadError):
                async with asyncio.timeout(20):
                    await answer.content.read()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await theirs.content.read()


async def test_an_open_desk_is_in_use(site: Site) -> None:
    """Somebody who waits for calls for hours is not signed out meanwhile."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        async with browser.client.get("/desk/events") as answer:
            assert await answer.content.readline() == b"open\n"
            for _ in range(3):
                site.clock.pass_by(timedelta(hours=1, minutes=50))
                await site.sessions.next_look()
                await site.sessions.next_look()
            assert len(site.sessions.book.all()) == 1


async def test_pages_without_sign_in_cost_nothing(site: Site) -> None:
    """Health, metrics, files and links are not looked up, cookie or not; nor is a browser without a cookie."""
    async with site.browser() as browser:
        await browser.get("/desk")
        await browser.get("/nowhere")
        assert site.sessions.looked_up == 0
        await browser.sign_in("anna")
        before = site.sessions.looked_up
        for path in ("/healthz", "/readyz", "/metrics", "/static/garbo.css", "/s/x", "/api/v1/operators/anna/phone"):
            await browser.get(path)
        assert site.sessions.looked_up == before
        await browser.get("/desk")
        assert site.sessions.looked_up == before + 1


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 5000, "\u00e9" * 43, "'; --", "a=b; garbo="])
async def test_a_cookie_that_is_none_is_nobody(site: Site, cookie: str) -> None:
    """Empty, made up, endless, or nonsense: the form."""
    async with site.browser(Cookie=f"garbo={cookie}") as browser:
        answer, _ = await browser.get("/desk")
        assert answer.status == 303


async def test_other_methods_and_too_much_are_told_in_words(site: Site) -> None:
    """In the language of whoever asks; the API is told as it is used to, with what it may do."""
    async with site.browser(**{"Accept-Language": "it"}) as browser:
        answer, text = await browser.get("/logout")
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        assert SITE_WORDS["it"]["other_method"] in text
        body = BytesIO(b"name=" + b"x" * 2**21)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer, text = await browser.post("/login", body, headers=form)
        assert answer.status == 413
        assert SITE_WORDS["it"]["too_large"] in text
        answer, _ = await browser.get("/api/v1/operators/anna/phone")
        assert (answer.status, answer.content_type) == (405, "application/problem+json")
        assert "PUT" in answer.headers["Allow"]


async def test_a_form_of_files_is_no_password(site: Site) -> None:
    """What is no text counts as empty; nobody is signed in by it, and nothing breaks."""
    async with site.browser() as browser:
        token = await browser.form()
        form = FormData({"name": "anna", "form": token})
        form.add_field("password", b"un gatto", filename="x.txt")
        async with browser.client.post("/login", data=form, allow_redirects=False) as answer:
            assert answer.status == 403


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"name=\xff&form=x", "application/x-www-form-urlencoded"),
        (b"name=x", "application/x-www-form-urlencoded; charset=nonsense"),
        (b"--x\r\nno header", PARTS),
        (b"", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n\xff\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_what_is_no_form_is_told(site: Site, body: bytes, content_type: str) -> None:
    """Signed in or not: nothing breaks, and nothing happens."""
    async with site.browser() as browser:
        for path in ("/login", "/phone", "/logout"):
            answer, _ = await browser.post(path, body, headers={"Content-Type": content_type})
            assert answer.status in (303, 400, 403)
        await browser.sign_in("anna")
        for path in ("/login", "/phone", "/logout"):
            answer, _ = await browser.post(path, body, headers={"Content-Type": content_type})
            assert answer.status in (400, 403)
        assert len(site.sessions.book.all()) == 1


async def test_a_token_that_is_no_text_is_none(site: Site) -> None:
    """A header of any bytes is refused as a wrong one."""
    async with site.browser() as browser:
        await browser.sign_in("anna")
        host, port = site.server.host, site.server.port
        reader, writer = await asyncio.open_connection(host, port)
        head = f"POST /desk/note HTTP/1.1\r\nHost: x\r\nCookie: garbo={browser.cookies['garbo']}\r\n".encode()
        writer.write(head + b"X-CSRF-Token: \xff\xfe\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"403"
        await reader.read()
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ([], "127.0.0.1"),
        (["192.0.2.1"], "192.0.2.1"),
        (["198.51.100.1, 192.0.2.1"], "192.0.2.1"),
        (["198.51.100.1", "192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1:5060"], "192.0.2.1"),
        (["[2001:db8::1]:443"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["nonsense"], "nonsense"),
    ],
)
async def test_the_proxy_says_who_asks(said: list[str], address: str) -> None:
    """The last entry, which it wrote itself."""
    headers = CIMultiDict([("X-Forwarded-For", each) for each in said])
    near, far = (
        make_mocked_request("GET", "/", headers=headers, transport=From({"peer": peer}))
        for peer in ("127.0.0.1", "203.0.113.9")
    )
    assert (address_of(near), address_of(far)) == (address, "203.0.113.9")
    assert (
        address_of(make_mocked_request("GET", "/", headers=headers, transport=From({"peer": "203.0.113.9"})))
        == "203.0.113.9"
    )


async def test_without_a_database_patience_is_asked_for(site: Site) -> None:
    """No page shows what failed, and nobody is let in."""
    async with site.browser() as browser:
        token = await browser.form()
        await browser.sign_in("bruno")
        site.database.close()
        answer, text = await browser.post("/login", {"name": "anna", "password": PASSWORD, "form": token})
        assert answer.status == 503
        assert "database" not in text
        assert (await browser.get("/desk"))[0].status == 503


def test_both_languages_are_complete() -> None:
    """Each says everything the other says, with the same places to fill."""
    for words in (WORDS, SITE_WORDS):
        assert words["it"].keys() == words["en"].keys()
        for name, text in words["it"].items():
            assert text.strip()
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", words["en"][name])), name


def test_words_that_templates_name_are_there() -> None:
    """A template that asks for a word that is not there fails here, not before a person."""
    for template in files("ari_app.web").joinpath("templates", "sign_in").iterdir():
        named = set(re.findall(r"words\.(\w+)", template.read_text(encoding="utf-8")))
        assert named <= WORDS["it"].keys(), template.name


def test_nobody_is_nobody() -> None:
    """A page that forgot to say whom it is for fails, rather than showing somebody else's."""
    with pytest.raises(KeyError):
        person_of(make_mocked_request("GET", "/desk"))
