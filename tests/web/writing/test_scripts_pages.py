"""Scripts in the page: written, reviewed, published, rolled back, read and shown."""

import re

import pytest

from ari_app.stores.readings import Readings
from tests.web.writing.conftest import Site, body, hidden


async def test_a_script_is_written_reviewed_and_served(site: Site) -> None:
    """Two people and a reason are all it takes; the history tells of it."""
    draft = await site.draft("sara", body("1"))
    text = await site.get("pia", draft)
    assert "all of it is new" in text
    assert "<ins>" in text
    leads_to = await site.post(
        "pia", draft, action="publish", seen=hidden(text, "seen"), must_read="yes", remark="kindly <said>"
    )
    assert leads_to == "/scripts/adsl"
    assert site.served() == {"adsl": "1"}
    text = await site.get("sara", leads_to)
    for expected in ("kindly &lt;said&gt;", "published", "Good day.", "Welcome back.", "picture.svg"):
        assert expected in text
    assert "Trial" in await site.get("anna", "/scripts")


async def test_the_author_cannot_approve(site: Site) -> None:
    """They are not even offered to; an admin is, and has to say why."""
    draft = await site.draft("sara", body("1"))
    text = await site.get("sara", draft)
    assert 'value="publish"' not in text
    seen = hidden(text, "seen")
    text = await site.post("sara", draft, action="publish", seen=seen, remark="urgent", status=422)
    assert "somebody else has to review it" in text
    assert site.served() == {}
    own = await site.draft("alice", body("2"))
    seen = hidden(await site.get("alice", own), "seen")
    assert "has to write why" in await site.post("alice", own, action="publish", seen=seen, status=422)
    await site.post("alice", own, action="publish", seen=seen, remark="nobody else is in")
    assert site.served() == {"adsl": "2"}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (body("1", "nonsense"), "Line 8", "this is &lt;nonsense&gt;"),
        (body("1").replace('kind = "say"', 'kind = "sing"'), "Line 7", "opening.kind"),
        (body("1") + "[[step\n", "Line 10", "this is no TOML"),
    ],
)
async def test_what_is_wrong_is_told_by_lines_and_nothing_is_lost(site: Site, text: str, line: str, what: str) -> None:
    """It is saved all the same, and cannot go to review."""
    page = await site.post("sara", "/drafts/new", body=text, action="submit", status=422)
    for expected in ("The script is not right yet", line, what):
        assert expected in page
    draft = "/drafts/" + re.findall(r"/drafts/([0-9A-Z]{26})", page)[0]
    page = await site.get("sara", draft)
    assert what in page
    assert text.splitlines()[-1].replace('"', "&#34;").replace("<", "&lt;") in page
    page = await site.post("sara", draft, body=body("1", "Mended."), seen=hidden(page, "seen"), action="submit")
    assert "Mended." in await site.get("pia", draft)


async def test_what_is_wrong_is_told_in_the_readers_language(site: Site) -> None:
    """Who reads Italian reads it in Italian; the file's own words stay."""
    page = await site.post("sara:it", "/drafts/new", body=body("1") + "[[step\n", action="submit", status=422)
    assert "non è TOML: in fondo a un elenco di tabelle serve &#39;]]&#39;" in page


async def test_two_who_write_at_once_lose_nothing(site: Site) -> None:
    """The second is told, keeps their text, and sees how it differs."""
    draft = await site.draft("sara", body("1"), action="save")
    seen = hidden(await site.get("sara", draft), "seen")
    await site.post("pia", draft, action="save", body=body("1", "Hello from Pia."), seen=seen)
    page = await site.post("sara", draft, action="save", body=body("1", "Hello from Sara."), seen=seen, status=422)
    assert "pia has changed the draft" in page
    assert page.count("Hello from Sara.") == 2
    assert "Hello from Pia." in page
    assert hidden(page, "seen") == seen
    assert "Hello from Pia." in await site.get("sara", draft)


async def test_a_review_sees_what_changes(site: Site) -> None:
    """Line by line against what is served; what changed since it was opened is not approved."""
    await site.publish(body("1"))
    draft = await site.draft("sara", body("2", "Good <evening>."))
    page = await site.get("pia", draft)
    assert re.search(r"<del>.*Good day\.", page)
    assert re.search(r"<ins>.*Good &lt;evening&gt;\.", page)
    seen = hidden(page, "seen")
    await site.post("sara", draft, action="take_back")
    await site.post("sara", draft, action="submit", body=body("2", "Bad evening."), seen=seen)
    page = await site.post("pia", draft, action="publish", seen=seen, status=422)
    assert "has changed the draft" in page
    assert site.served() == {"adsl": "1"}


async def test_a_draft_is_returned_with_a_remark(site: Site) -> None:
    """Whoever wrote it finds it above the text; a remark that is missing costs nothing."""
    draft = await site.draft("sara", body("1"))
    seen = hidden(await site.get("pia", draft), "seen")
    assert "A text is missing" in await site.post("pia", draft, action="give_back", seen=seen, status=422)
    await site.post("pia", draft, action="give_back", seen=seen, remark="kinder, please")
    page = await site.get("sara", draft)
    assert "kinder, please" in page
    assert "<textarea" in page
    assert "returned" in await site.get("sara", "/scripts")


async def test_a_new_version_begins_with_what_is_served(site: Site) -> None:
    """Its version is raised to one that is free; a remark about a taken one comes at publishing."""
    await site.publish(body("1"))
    await site.publish(body("2", "Hello."))
    page = await site.get("sara", "/drafts/new?script=adsl&version=1")
    assert "version = &#34;3&#34;" in page
    assert "Good day." in page
    draft = await site.draft("sara", body("2", "Good evening."))
    seen = hidden(await site.get("pia", draft), "seen")
    assert "raise it" in await site.post("pia", draft, action="publish", seen=seen, status=422)
    assert "new-script" in await site.get("sara", "/drafts/new")
    await site.get("sara", "/drafts/new?script=nothing", status=404)


async def test_a_rollback_needs_a_reason(site: Site) -> None:
    """And is told in the history; an operator cannot."""
    await site.publish(body("1"))
    await site.publish(body("2", "Hello."))
    assert "A text is missing" in await site.post(
        "sara", "/scripts/adsl", action="roll_back", version="1", why=" ", status=422
    )
    assert "This is not yours" in await site.post(
        "anna", "/scripts/adsl", action="roll_back", version="1", why="so", status=422
    )
    assert site.served() == {"adsl": "2"}
    await site.post("sara", "/scripts/adsl", action="roll_back", version="1", why="people complained")
    assert site.served() == {"adsl": "1"}
    assert "people complained" in await site.get("aldo", "/scripts/adsl")


async def test_an_operator_reads_and_says_so(site: Site) -> None:
    """What is unread stands on top; once it is read it does not; the supervisor sees who has."""
    await site.publish(body("1"))
    page = await site.get("anna", "/scripts")
    assert "To be read before the next call" in page
    assert "has to be read before the next call" in await site.get("anna", "/scripts/adsl")
    assert await site.post("anna", "/scripts/adsl", action="read", version="1") == "/scripts"
    assert "There is nothing to read" in await site.get("anna", "/scripts")
    assert Readings(site.database, site.clock).has_read("anna", "adsl", "1")
    page = await site.get("anna", "/scripts/adsl")
    assert "You have read this version" in page
    assert 'value="read"' not in page
    assert "<li>anna</li>" in await site.get("sara", "/scripts/adsl")
    assert "no version 9" in await site.post("anna", "/scripts/adsl", action="read", version="9", status=422)
    assert "There is nothing to read" in await site.get("bruno", "/scripts")


async def test_an_auditor_only_looks(site: Site) -> None:
    """They see the script and who has read it; nothing asks them to read it, and saying so is refused."""
    await site.publish(body("1"))
    page = await site.get("aldo", "/scripts/adsl")
    assert "Good day." in page
    assert 'value="read"' not in page
    assert "has to be read" not in page
    for action in ("read", "roll_back"):
        await site.post("aldo", "/scripts/adsl", action=action, version="1", why="so", status=403)
    assert not Readings(site.database, site.clock).has_read("aldo", "adsl", "1")
    for who in ("sara", "alice"):
        await site.post(who, "/scripts/adsl", action="read", version="1")
        assert Readings(site.database, site.clock).has_read(who, "adsl", "1")


async def test_a_script_is_shown_as_somebody(site: Site) -> None:
    """The words for a customer, filled in; in the language that is asked for."""
    await site.publish(body("1"))
    page = await site.get("anna", "/scripts/adsl?as=customer&language=it")
    assert "Bentornato, Anna (current, it)." in page
    assert "Buongiorno." not in page
    assert "NAME" in await site.get("anna", "/scripts/adsl?language=it")
    assert "Good day." in await site.get("anna", "/scripts/adsl?as=nobody&language=xx")
    draft = await site.draft("sara", body("2", "Hello."))
    assert "Bentornato, Pia (current, it)." in await site.get("pia", f"{draft}/preview?as=customer&language=it")


async def test_the_picture_is_a_file_of_its_own(site: Site) -> None:
    """As SVG, also of a draft."""
    await site.publish(body("1"))
    assert "<title>adsl it</title>" in await site.get("anna", "/scripts/adsl/picture.svg?version=1&language=it")
    draft = await site.draft("sara", body("2"))
    assert "<title>adsl en</title>" in await site.get("pia", f"{draft}/picture.svg")
    await site.get("anna", "/scripts/adsl/picture.svg?version=9", status=404)


async def test_each_role_sees_its_own(site: Site) -> None:
    """Operators see what is served and no draft; auditors see all and change nothing."""
    await site.publish(body("1"))
    await site.publish(body("2", "Hello."))
    draft = await site.draft("sara", body("3"))
    for path in (draft, f"{draft}/preview", "/drafts/new"):
        await site.get("anna", path, status=403)
    assert draft not in await site.get("anna", "/scripts")
    for path in ("/scripts/adsl?version=1", "/scripts/adsl/picture.svg?version=1"):
        await site.get("anna", path, status=404)
        await site.get("aldo", path)
    assert "History" not in await site.get("anna", "/scripts/adsl")
    page = await site.get("aldo", draft)
    assert 'action="/drafts' not in page
    await site.get("aldo", f"{draft}/preview")
    await site.post("aldo", draft, action="take_back", status=403)
    await site.post("anna", draft, action="take_back", status=403)
    await site.get("aldo", "/drafts/new", status=403)


@pytest.mark.parametrize("path", ["/scripts/adsl", "/drafts/new", "/new-answer", "/notices", "/feedback", "/practice"])
async def test_a_form_without_its_token_does_nothing(site: Site, path: str) -> None:
    """Whoever is signed in."""
    await site.post("alice", path, token="", status=403)
    await site.post("alice", path, token="another", status=403)


@pytest.mark.parametrize("path", ["/scripts", "/drafts/new", "/answers", "/notices", "/feedback", "/practice"])
async def test_nobody_comes_in_without_signing_in(site: Site, path: str) -> None:
    """They are led to the door."""
    async with site.client.get(path, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"].split("?")[0]) == (303, "/login")


async def test_what_is_not_there_is_not_found(site: Site) -> None:
    """Neither script nor draft, and no action that no button has."""
    for path in ("/scripts/nothing", "/drafts/nothing", "/drafts/nothing/preview", "/drafts/nothing/picture.svg"):
        await site.get("sara", path, status=404)
    draft = await site.draft("sara", body("1"))
    await site.post("sara", draft, action="eat", status=400)
    await site.post("sara", "/scripts/adsl", action="eat", status=400)
    broken = await site.draft("sara", "id = ", action="save")
    await site.get("sara", f"{broken}/preview", status=303)
    await site.get("sara", f"{broken}/picture.svg", status=404)
    page = await site.post("sara", "/drafts/new", action="save", body="  ", status=422)
    assert "A text is missing" in page
    for text, told in (("# line\n" * 3_001, "more than 3000 lines"), ("# " + "x" * 100_000, "longer than 100000")):
        assert told in await site.post("sara", "/drafts/new", action="save", body=text, status=422)
