"""Who may come in where: every route of the whole site, with each role and with nobody, and with every broken form."""

from io import BytesIO
from typing import Any

import pytest

from tests.web.site.harness import Person, WiredSite
from tests.web.site.installation import CALLEES

_EVERYBODYS = {"/healthz", "/readyz", "/metrics", "/s/{token}", "/login"}
_BY_TOKEN = "/api/"
_DESK, _CALLERS = {"anna", "bruno", "sara"}, {"anna", "bruno", "sara", "admin"}
_WRITERS, _OVERSEERS = {"sara", "admin"}, {"sara", "aude", "admin"}
_ALL = _CALLERS | {"aude"}
_MAY: dict[tuple[str, str], set[str]] = {
    **{("GET", path): _DESK for path in ("/desk", "/desk/pane", "/desk/keys")},
    **{("POST", f"/desk/{name}"): _DESK for name in ("keys", "walk", "note", "finish", "state", "call")},
    **{("GET", path): _ALL for path in ("/password", "/practice", "/answers", "/answers/{id}")},
    **{("GET", path): _ALL for path in ("/scripts", "/scripts/{id}", "/scripts/{id}/picture.svg", "/notices")},
    **{("POST", path): _ALL for path in ("/password", "/practice", "/notices", "/feedback", "/logout")},
    ("POST", "/scripts/{id}"): _CALLERS,
    ("GET", "/feedback"): _ALL,
    ("POST", "/feedback/export"): _WRITERS,
    **{("GET", f"/floor{what}"): _OVERSEERS for what in ("", "/operators", "/campaigns", "/campaigns/{campaign}")},
    **{("GET", f"/floor/charts/{name}.svg"): _OVERSEERS for name in ("reasons", "hours", "trend")},
    **{(method, "/floor/calls"): _OVERSEERS for method in ("GET", "POST")},
    ("GET", "/floor/calls/{call_id}"): _OVERSEERS,
    ("POST", "/floor/calls/{call_id}/word"): _WRITERS,
    **{(method, "/phone"): _CALLERS for method in ("GET", "POST")},
    ("POST", "/phone/leave"): _CALLERS,
    **{(method, path): _WRITERS for method in ("GET", "POST") for path in ("/drafts/new", "/new-answer")},
    ("POST", "/drafts/{draft}"): _WRITERS,
    ("POST", "/answers/{id}"): _WRITERS,
    **{("GET", f"/drafts/{{draft}}{what}"): _OVERSEERS for what in ("", "/preview", "/picture.svg")},
}
"""Who is let through; whatever becomes of them behind the door."""
_ENDLESS = ("/desk/events", "/floor/events")


def _routes(site: WiredSite) -> list[tuple[str, str]]:
    found = [(route.method, route.resource.canonical) for route in site.app.router.routes() if route.resource]
    return [(method, path) for method, path in found if not path.startswith((_BY_TOKEN, "/static/"))]


def _at(path: str) -> str:
    for name in ("token", "id", "draft", "call_id", "call", "campaign"):
        path = path.replace(f"{{{name}}}", "acquisition")
    return path


def _tells_nothing(text: str) -> bool:
    return not any(word in text for word in ("+39333", "Carla", "Traceback"))


async def test_every_door_lets_in_whom_it_should(site: WiredSite) -> None:
    """A route that nobody has thought of is for nobody: each new one has to be entered here."""
    await site.talk(CALLEES[0])
    for method, path in _routes(site):
        if path in _EVERYBODYS or path in ("/logout", *_ENDLESS):  # the latter would last
            continue
        may = _MAY[("GET" if method == "HEAD" else method, path)]
        for name, person in site.people.items():
            answer = await person.ask(
                method, _at(path), **({"data": {"csrf": person.csrf}} if method == "POST" else {})
            )
            assert (answer.status != 403) == (name in may), (method, path, name, answer.status)
            assert answer.status < 500
            assert answer.status != 403 or _tells_nothing(answer.text)
    for operator in (site.anna, site.bruno):
        assert (await operator.get("/floor/events")).status == 403


async def test_nobody_is_let_in_nowhere(site: WiredSite) -> None:
    """Whoever is not signed in is led to the form, and reads nothing."""
    await site.talk(CALLEES[0])
    nobody = await site.browser("nobody", signed_in=False)
    for method, path in _routes(site):
        if path in _EVERYBODYS:
            continue
        answer = await nobody.ask(method, _at(path))
        assert (answer.status, answer.headers["Location"].startswith("/login")) == (303, True), (method, path)
        assert _tells_nothing(answer.text)


async def test_what_changes_something_needs_the_sessions_token(site: WiredSite) -> None:
    """Without it, with an empty one, and with a colleague's: the same refusal."""
    for method, path in _routes(site):
        if method in ("GET", "HEAD") or path == "/login":
            continue
        for name, person in site.people.items():
            for token in ({}, {"csrf": ""}, {"csrf": site.people["bruno" if name != "bruno" else "anna"].csrf}):
                answer = await person.ask(method, _at(path), data=token)
                assert answer.status == 403, (method, path, name, token)
                assert _tells_nothing(answer.text)


def _broken(person: Person) -> dict[str, dict[str, Any]]:
    token, form = {"X-CSRF-Token": person.csrf}, "application/x-www-form-urlencoded"
    said = f"csrf={person.csrf}&".encode()
    return {
        "json": {"json": {"a": 1}, "headers": token},
        "text": {"data": b"hello", "headers": {**token, "Content-Type": "text/plain"}},
        "no boundary": {"data": b"--x\r\n", "headers": {**token, "Content-Type": "multipart/form-data"}},
        "a part breaks off": {
            "data": b"--x\r\nbroken",
            "headers": {**token, "Content-Type": "multipart/form-data; boundary=x"},
        },
        "no such charset": {"data": said, "headers": {**token, "Content-Type": f"{form}; charset=nope"}},
        "no text": {"data": said + b"call=%ff%fe&note=\xff\xfe&body=\xff", "headers": {"Content-Type": form}},
        "huge": {"data": BytesIO(said + b"note=" + b"x" * 3_000_000), "headers": {"Content-Type": form}},
        "a huge number": {"data": {"csrf": person.csrf, "call": "x", "seq": "9" * 5_000, "move": "go_on"}},
        "nul": {
            "data": {"csrf": person.csrf, "call": "\0", "body": "\0", "title": "\0", "e164": "\0", "campaign": "\0"}
        },
        "very many fields": {"data": {"csrf": person.csrf, **{f"f{at}": "x" for at in range(5_000)}}},
    }


@pytest.mark.parametrize("who", ["anna", "sara"])
async def test_a_form_that_is_none_is_refused_in_words(site: WiredSite, who: str) -> None:
    """Whatever is sent, nothing breaks, and what is no form does not count as an empty one."""
    person = site.people[who]
    for method, path in _routes(site):
        if method in ("GET", "HEAD") or path in ("/login", "/logout"):
            continue
        for how, sent in _broken(person).items():
            answer = await person.ask(method, _at(path), **sent)
            assert answer.status < 500, (path, how)
            if how in ("json", "text", "no boundary", "a part breaks off", "no such charset", "no text", "huge"):
                unread = path in ("/phone/leave",)  # it reads no field
                assert unread or answer.status in (400, 403, 404, 413), (path, how, answer.status)


async def test_other_methods_are_named(site: WiredSite) -> None:
    """A page answers HEAD as GET, without its text; what it does not know it refuses, and says what there is."""
    for path in ("/desk", "/scripts", "/password"):
        assert (await site.anna.ask("HEAD", path)).status == 200
        for method in ("OPTIONS", "PUT", "DELETE", "PATCH"):
            refused = await site.anna.ask(method, path)
            assert (refused.status, "GET" in refused.headers["Allow"]) == (405, True)
    assert (await site.anna.ask("HEAD", "/desk/events")).status == 405
