"""The book of answers, notices, feedback and practice in the page; and every word in both languages."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest

import ari_app
from ari_app.web.writing.words import WRITING
from tests.web.writing.conftest import Site, body, hidden

ANSWER = {
    "id": "price-rise",
    "topic": "billing",
    "question_it": "Perché è aumentato il prezzo?",
    "question_en": "Why did the <price> go up?",
    "text_it": "Per l'inflazione.",
    "text_en": "Because of inflation.",
}
PACKAGE = Path(ari_app.__file__).parent


async def approved(site: Site) -> None:
    """One answer that counts."""
    await site.post("sara", "/new-answer", status=303, **ANSWER)
    await site.post("pia", "/answers/price-rise", action="approve", version="1")


async def test_an_answer_is_written_approved_and_found(site: Site) -> None:
    """By its author never; until it is approved operators do not see it."""
    assert await site.post("sara", "/new-answer", status=303, **ANSWER) == "/answers/price-rise"
    assert "To be approved" in await site.get("pia", "/answers")
    assert "price" not in await site.get("anna", "/answers")
    await site.get("anna", "/answers/price-rise", status=404)
    page = await site.post("sara", "/answers/price-rise", action="approve", version="1", status=422)
    assert "somebody else has to approve it" in page
    await site.post("pia", "/answers/price-rise", action="approve", version="1")
    page = await site.get("anna", "/answers?q=PERCHE+inflation")
    for expected in ("Why did the &lt;price&gt; go up?", "Because of inflation.", "Approved 22 Nov 2026", "by pia"):
        assert expected in page
    assert "Perché è aumentato" in await site.get("anna:it", "/answers?q=")
    assert "No answer holds these words" in await site.get("anna", "/answers?q=sconto")
    assert "Because of inflation." in await site.get("anna", "/answers/price-rise")
    assert "No answer" not in await site.get("anna", "/answers?principal=fastnet")


async def test_an_answer_is_withdrawn(site: Site) -> None:
    """At once; who oversees still sees what it said."""
    await approved(site)
    await site.post("anna", "/answers/price-rise", action="withdraw", status=403)
    await site.post("sara", "/answers/price-rise", action="withdraw")
    await site.get("anna", "/answers/price-rise", status=404)
    page = await site.get("aldo", "/answers/price-rise")
    assert "does not count" in page
    assert 'action="/answers' not in page
    assert "already" in await site.post("sara", "/answers/price-rise", action="withdraw", status=422)


async def test_a_form_that_is_wrong_keeps_what_was_written(site: Site) -> None:
    """With what is missing; a new version begins with the words of the last."""
    page = await site.post("sara", "/new-answer", **(ANSWER | {"id": "no space"}), status=422)
    assert "An id has letters" in page
    assert "Because of inflation." in page
    page = await site.post("sara", "/new-answer", **(ANSWER | {"principal": "nobody"}), status=422)
    assert "no principal nobody" in page
    await approved(site)
    assert "Because of inflation." in await site.get("sara", "/new-answer?id=price-rise")
    assert 'action="/new-answer"' in await site.get("sara", "/new-answer")
    await site.get("sara", "/new-answer?id=nothing", status=404)
    await site.get("anna", "/new-answer", status=403)
    await site.post("sara", "/answers/price-rise", action="approve", version="x", status=400)


async def test_a_notice_is_told_and_read(site: Site) -> None:
    """To those it is for; supervisors see who has read it, and end it."""
    await site.post("sara", "/notices", action="add", title="Router <B>", text="Out of stock.", campaign="adsl-autunno")
    page = await site.get("anna", "/notices")
    assert "Router &lt;B&gt;" in page
    assert "to be read" in page
    assert "Router" not in await site.get("bruno", "/notices")
    await site.post("anna", "/notices", action="read", notice=hidden(page, "notice"))
    assert "to be read" not in await site.get("anna", "/notices")
    page = await site.get("sara", "/notices")
    assert "<td>anna</td>" in page
    await site.post("sara", "/notices", action="end", notice=hidden(page, "notice"))
    assert "No notice." in await site.get("anna", "/notices")
    assert "expired" in await site.get("sara", "/notices")
    assert 'action="/notices' not in await site.get("aldo", "/notices")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"expires": "31/12/2026"}, "Write the day as"),
        ({"expires": "2020-01-01"}, "expired already"),
        ({"expires": "9999-12-31"}, "Write the day as"),
        ({"campaign": "two words"}, "Write the id of a campaign"),
        ({"campaign": "nowhere"}, "no campaign nowhere"),
        ({"title": " "}, "A text is missing"),
    ],
)
async def test_a_notice_that_is_wrong_keeps_what_was_written(site: Site, wrong: dict[str, str], told: str) -> None:
    """And says what would be right."""
    fields = {"action": "add", "title": "Router", "text": "Out of stock, for now.", "expires": "2026-12-24"} | wrong
    page = await site.post("sara", "/notices", **fields, status=422)
    assert told in page
    assert "Out of stock, for now." in page


async def test_operators_write_no_notices(site: Site) -> None:
    """Nor end them; auditors neither."""
    for who in ("anna", "aldo"):
        assert "not yours" in await site.post(who, "/notices", action="add", title="a", text="b", status=422)
        assert "not yours" in await site.post(who, "/notices", action="end", notice="x", status=422)
    await site.post("anna", "/notices", action="eat", status=400)


async def test_feedback_reaches_the_brand(site: Site) -> None:
    """Said by an operator, passed on by a supervisor, taken away without personal data unless that is asked for."""
    said = {"campaign": "adsl-autunno", "topic": "letter", "text": "It angers <people>, says 333 000 1234."}
    await site.post("anna", "/feedback", status=303, action="add", call_id="c1", **said)
    assert "It angers &lt;people&gt;" in await site.get("anna", "/feedback")
    page = await site.get("sara", "/feedback")
    file = await site.post("sara", "/feedback/export", format="csv", status=200)
    assert "It angers <people>" in file
    assert not [word for word in ("anna", "c1", "333") if word in file]
    (row,) = json.loads(await site.post("sara", "/feedback/export", format="json", personal="yes", status=200))
    assert (row["operator"], row["call_id"], row["text"]) == ("anna", "c1", said["text"])
    await site.post("sara", "/feedback", action="pass_on", feedback=hidden(page, "feedback"))
    assert "passed on 22 Nov 2026" in await site.get("anna", "/feedback")
    for who in ("anna", "aldo"):
        await site.post(who, "/feedback/export", format="csv", status=403)
    assert "It angers" in await site.get("aldo", "/feedback")


async def test_feedback_that_is_wrong_keeps_what_was_written(site: Site) -> None:
    """An empty topic, a campaign of others; whoever calls for nobody is told so."""
    fields = {"action": "add", "campaign": "adsl-autunno", "topic": " ", "text": "A letter angers people."}
    page = await site.post("anna", "/feedback", **fields, status=422)
    assert "A text is missing" in page
    assert "A letter angers people." in page
    page = await site.post("anna", "/feedback", **(fields | {"topic": "x", "campaign": "gas"}), status=422)
    assert "You do not call for the campaign gas" in page
    assert "no such feedback" in await site.post("sara", "/feedback", action="pass_on", feedback="x", status=422)


async def test_practice_begins_with_what_is_known(site: Site) -> None:
    """The persona, the first words filled for them, and all that the page needs to go on."""
    await site.publish(body("1"))
    page = await site.get("anna", "/practice?script=adsl")
    assert '<option value="adsl" selected>' in page
    page = await site.post("anna", "/practice", script="adsl", persona="customer", language="it", status=200)
    for expected in ("Bentornato, Anna (current, it).", "A customer for years", 'value="no_thank_you"', "They listen."):
        assert expected in page
    assert (hidden(page, "version"), hidden(page, "taken")) == ("1", "[]")
    assert hidden(page, "seed").isdigit()
    await site.publish(body("2", "Hello."))
    kept = {name: hidden(page, name) for name in ("script", "version", "persona", "language", "seed", "taken")}
    page = await site.post("anna", "/practice", **kept, choice="stop", status=200)
    assert "How it went" in page
    assert "Bentornato" in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"taken": "["}, "not those of this script"),
        ({"taken": '{"a": 1}'}, "not those of this script"),
        ({"taken": '[["opening", 1]]'}, "not those of this script"),
        ({"taken": '[["elsewhere", ""]]'}, "not those of this script"),
        ({"taken": "[" * 100_000}, "not those of this script"),
        ({"choice": "perhaps"}, "not those of this script"),
        ({"choice": "back"}, "not those of this script"),
        ({"persona": "the pope"}, "There is no such person"),
        ({"script": "nothing"}, "There is no script nothing"),
        ({"version": "9"}, "There is no script adsl 9"),
    ],
)
async def test_a_practice_that_somebody_made_up_begins_again(site: Site, fields: dict[str, str], told: str) -> None:
    """Whatever the form says."""
    await site.publish(body("1"))
    known = {"script": "adsl", "version": "1", "persona": "customer", "language": "xx", "seed": "x", "taken": "[]"}
    page = await site.post("anna", "/practice", **(known | fields), status=422)
    assert told in page
    assert "Who answers" in page


def test_every_word_is_said_in_both_languages() -> None:
    """With the same gaps to fill."""
    italian, english = WRITING["it"], WRITING["en"]
    assert list(italian) == list(english)
    for key in italian:
        gaps = [{name for _, name, _, _ in Formatter().parse(words[key]) if name} for words in (italian, english)]
        assert gaps[0] == gaps[1], key
        assert italian[key].strip()
        assert english[key].strip()


def test_every_word_that_a_page_names_is_there() -> None:
    """In templates and for every refusal of the desk; and none is left that nobody says."""
    templates = "".join(path.read_text() for path in (PACKAGE / "web" / "templates" / "writing").glob("*.html"))
    pages = "".join(path.read_text() for path in (PACKAGE / "web" / "writing").glob("*_pages.py"))
    desk = [path.read_text() for path in (PACKAGE / "desk").glob("*.py")]
    refusing = "".join(text for text in desk if "desk.refusals import" in text or "class Refused(" in text)
    codes = re.findall(r'\bRefused\(\s*"([a-z_]+)"', refusing + pages)
    known, named = set(WRITING["en"]), set(re.findall(r"words\.([a-z_]+)", templates))
    assert named <= known
    assert len(codes) > 20
    assert {f"refused_{code}" for code in codes} <= known
    built = ("state_", "kind_", "variant_", "how_", "says_", "lang_", "refused_")
    unsaid = {word for word in known - named if f'"{word}"' not in pages + templates and not word.startswith(built)}
    assert unsaid == {"conflict"}
    assert {word for word in known if word.startswith("refused_")} - {f"refused_{code}" for code in codes} == set()
