"""Health, readiness and the script page, over HTTP."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from aiohttp.test_utils import TestClient

from ari_app.policy.record import Reason
from tests.web.conftest import CALL_ID, KEYRING, LINK, NOW, RECORD, InventedPages

Client: TypeAlias = "TestClient[Any, Any]"


async def get(client: Client, path: str) -> tuple[int, str]:
    """Status and text of a page."""
    async with client.get(path) as answer:
        return answer.status, await answer.text()


async def test_alive(client: Client) -> None:
    """A process that answers at all is alive."""
    assert (await get(client, "/healthz"))[0] == 200


async def test_ready_only_if_every_part_is(client: Client, parts: dict[str, bool]) -> None:
    """One part that is down makes it 503, and is named."""
    assert (await get(client, "/readyz"))[0] == 200
    parts["ari"] = False
    status, text = await get(client, "/readyz")
    assert status == 503
    assert '"ari": false' in text


async def test_the_script_page_has_what_the_operator_needs(client: Client) -> None:
    """The words for this very person, why these, who is called, for whom, and which packs judged."""
    status, text = await get(client, LINK)
    assert status == 200
    for expected in (
        *(
            "Offerta d&#39;autunno",
            "<p>Bentornato.</p>",
            "Ha &lt;un minuto&gt;?",
            "È stato cliente di &lt;Fastnet&gt;.",
        ),
        *("+393471234501", "adsl-autunno", "fastnet", "+390844123456", "fibra", "anna", "risposto"),
        *("non indicato", "non ancora noto", "bozza, non verificata da nessuno", 'lang="it"', "è stato cliente"),
    ):
        assert expected in text
    assert "Buongiorno" not in text


async def test_the_page_speaks_the_records_language(client: Client, pages: InventedPages) -> None:
    """English for an operator who reads English; what is not spoken at all becomes English too."""
    for language in ("en", "fi"):
        pages.change(language=language)
        _, text = await get(client, LINK)
        assert 'lang="en"' in text
        assert "What to say" in text


@pytest.mark.parametrize(
    "link",
    [
        "/s/nonsense",
        LINK[:-1] + ("A" if LINK[-1] != "A" else "B"),
        "/s/" + KEYRING.link(CALL_ID, NOW),
        "/s/" + KEYRING.link("01KB0000000000000000000002", NOW + timedelta(hours=1)),
        "/elsewhere",
    ],
)
async def test_a_link_that_opens_nothing_says_nothing(client: Client, link: str) -> None:
    """Forged, expired, forgotten and made up: the same courteous 404."""
    status, text = await get(client, link)
    assert status == 404
    assert text == (await get(client, "/s/other"))[1]
    assert "+39" not in text


@pytest.mark.parametrize("path", [LINK, "/s/nonsense", "/static/garbo.css", "/healthz", "/nowhere"])
async def test_every_answer_is_guarded(client: Client, path: str) -> None:
    """No cache, no referrer, no index, no frame, nothing inline."""
    async with client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        text = await answer.text()
    assert "style=" not in text
    assert "<script" not in text


async def test_a_refused_call_shows_why(client: Client, pages: InventedPages) -> None:
    """Reasons with their source instead of a script."""
    reason = Reason(
        code="already_customer", rule="core/already_customer", force="house", text="È già cliente.", source="X"
    )
    pages.change(verdict="deny", script=None, reasons=(reason,))
    _, text = await get(client, LINK)
    assert "Perché la chiamata non è ammessa" in text
    assert "È già cliente." in text
    assert "non c&#39;è un testo" in text


@pytest.mark.parametrize("facts", [{}, {"customer": {"source": "db", "cause": "down"}, "attempts": {"source": "db"}}])
async def test_what_is_not_known_is_said_so(client: Client, pages: InventedPages, facts: dict[str, Any]) -> None:
    """Unknown or erased facts are never shown as if there were none."""
    pages.change(evidence=replace(RECORD.evidence, facts=facts))
    _, text = await get(client, LINK)
    assert "Non si sa se ci siano stati contatti." in text
    assert "non si sa" in text


async def test_shadow_mode_is_shown(client: Client, pages: InventedPages) -> None:
    """Nobody takes a shadow verdict for a real one."""
    pages.change(mode="shadow")
    assert "Modalità ombra" in (await get(client, LINK))[1]


async def test_without_a_database_the_page_asks_for_patience(client: Client, pages: InventedPages) -> None:
    """503, and not a word about what failed."""
    pages.unavailable = True
    status, text = await get(client, LINK)
    assert status == 503
    assert "no database" not in text


async def test_a_vanished_script_leaves_the_rest(client: Client, pages: InventedPages) -> None:
    """Who is called and why is still shown."""
    pages.change(script=RECORD.script and type(RECORD.script)(id="x", version="1", variant="v", language="it", why="w"))
    status, text = await get(client, LINK)
    assert status == 200
    assert "+393471234501" in text
