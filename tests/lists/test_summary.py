"""The page about a judged list: what it tells, in which words, and that nothing in it runs or comes from elsewhere."""

import re
from array import array
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as Xml
from zoneinfo import ZoneInfo

import pytest

from ari_app.judging.bulk import Answer, Judged
from ari_app.lists import InputError
from ari_app.lists.checking import ListReport
from ari_app.lists.summary import ListStory, write_summary
from ari_app.lists.summary_words import WORDS, share
from ari_app.lists.tally import Tally
from ari_app.policy.phrases import GATE_TEXTS
from ari_app.policy.reason_words import REASON_WORDS, reason_words
from ari_app.policy.request import Mode
from ari_app.policy.rule_codes import CODES, codes_of
from tests.architecture.test_structure import STABLE
from tests.fakes.world import BuiltIn, campaign

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
PACKS = [BuiltIn().packs[name] for name in ("core", "it")]
FREE, BARRED = Judged("permit", script="courtesy"), Judged("deny", (("suppressed_global", "core/not_suppressed"),))


def later(days: int) -> Judged:
    """Deferred to the morning of a day to come."""
    at = datetime(2026, 11, 24, 8, 0, tzinfo=UTC) + timedelta(days=days)
    return Judged("defer", (("outside_calling_window", "it/calling_hours"),), not_before=at)


def story(*judged: tuple[Judged, int], name: str = "list.csv") -> ListStory:
    """A list with so many of each."""
    tally = Tally(ZoneInfo("Europe/Rome"))
    rows = [each for each, count in judged for _ in range(count)]
    tally.add(Answer(rows, array("Q")))
    report = ListReport(tally=tally, sha256="ab" * 32, seconds=1.0)
    whole = campaign(packs=("it",), principal_name="Lumina <b>& Co</b>")
    return ListStory(name=name, report=report, campaign=whole, operator="", now=NOW, packs=PACKS)


def page(told: ListStory, folder: Path, *, language: str = "en", name: str = "s.html") -> str:
    """The page as it is written."""
    write_summary(told, folder / name, language=language)
    assert {each.name for each in folder.iterdir()} == {name}
    return (folder / name).read_text(encoding="utf-8")


MIXED = story((FREE, 12_000), (later(1), 900), (later(3), 100), (BARRED, 2_345), name='<script>"list".csv')


def test_the_page_tells_now_later_and_never(tmp_path: Path) -> None:
    """With their shares, the reasons in plain words, the rules with their sources, and by what was judged."""
    text = page(MIXED, tmp_path)
    assert "3,345 of 15,345 contacts would be skipped" in text
    for told in ("12,000", "78.2 %", "1,000", "2,345", "Asked never to be called", "core/not_suppressed", "GDPR"):
        assert told in text
    for told in ("Wed", "25 Nov", "900", "Fri", "27 Nov", "09:00 (CET)", "Tue 24 Nov 2026, 23:00 (CET)", "ab" * 32):
        assert told in text
    assert text.count("draft, not reviewed by a lawyer") == 2


def test_the_page_speaks_italian(tmp_path: Path) -> None:
    """Numbers and days too; a language that it does not speak is English."""
    text = page(MIXED, tmp_path, language="it")
    assert '<html lang="it">' in text
    for told in (
        "3.345 di 15.345 contatti verrebbero saltati",
        "78,2 %",
        "Ha chiesto di non essere chiamato",
        "25 nov",
    ):
        assert told in text
    assert '<html lang="en">' in page(MIXED, tmp_path, language="xy")


@pytest.mark.parametrize("name", ["s.html", "s.svg"])
def test_nothing_runs_and_nothing_comes_from_elsewhere(tmp_path: Path, name: str) -> None:
    """Names are told as they are, whatever is in them; there is no script, no link, no number of anybody."""
    text = page(MIXED, tmp_path, name=name)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|src=|href=|url\(|@import|\bon\w+=", text)


def test_the_chart_alone_is_an_image(tmp_path: Path) -> None:
    """Well-formed SVG, whose bars are as long as what they tell and end inside of it."""
    root = Xml.fromstring(page(MIXED, tmp_path, name="s.svg"))  # noqa: S314  it is our own
    boxes = [each for each in root.iter("{http://www.w3.org/2000/svg}rect") if each.get("class") in ("now", "never")]
    wide = {str(each.get("class")): float(each.get("width", "0")) for each in boxes if each.get("height") == "30"}
    assert wide["now"] / wide["never"] == pytest.approx(12_000 / 2_345, rel=0.01)
    height = float(root.get("height", "0"))
    assert all(float(each.get("y", "0")) < height for each in root.iter("{http://www.w3.org/2000/svg}text"))


def test_many_days_are_told_together(tmp_path: Path) -> None:
    """After the first ones the rest is one column, and nobody is lost."""
    text = page(story(*((later(day), 1) for day in range(1, 31))), tmp_path)
    columns = re.findall(r'<rect class="later"[^>]*rx="2"><title>[^<]*: (\d+)</title>', text)
    assert len(columns) == 14
    assert sum(map(int, columns)) == 30


@pytest.mark.parametrize("name", ["s.html", "s.svg"])
def test_an_empty_list_and_one_without_objections(tmp_path: Path, name: str) -> None:
    """There is a page about them too."""
    assert "The list holds no contacts" in page(story(), tmp_path, name=name)
    assert "0 of 5 contacts would be skipped" in page(story((FREE, 5)), tmp_path, name=name)
    assert "Never gated" in page(story((FREE, 5), (Judged("exempt"), 1)), tmp_path, name=name)


def test_shadow_is_told(tmp_path: Path) -> None:
    """With what was noted and stopped nobody."""
    noted = story((replace_objections(FREE, "holiday"), 3))
    told = replace(noted, campaign=replace(noted.campaign, packs_mode=Mode.SHADOW))
    text = page(told, tmp_path)
    assert "Shadow mode" in text
    assert "A public holiday: 3" in text


def replace_objections(judged: Judged, code: str) -> Judged:
    """The same, with a note."""
    return judged._replace(objections=((code, "it/calling_hours"),))


def test_it_is_told_where_it_cannot_be_written(tmp_path: Path) -> None:
    """The list has been judged all the same, and the message says so."""
    with pytest.raises(InputError, match="the list was judged, but its summary cannot be written"):
        write_summary(MIXED, tmp_path / "none" / "s.html", language="it")
    (tmp_path / "s.html").mkdir()
    with pytest.raises(InputError, match="needs a file"):
        write_summary(MIXED, tmp_path / "s.html", language="it")


def test_every_reason_has_its_words() -> None:
    """Each code that a rule or the gate can give, in both languages; an unknown one is told as it is."""
    rules = [rule for pack in BuiltIn().packs.values() for rule in pack.rules]
    given = {code for rule in rules for code in codes_of(rule.kind)}
    given |= {code for codes in CODES.values() if isinstance(codes, tuple) for code in codes}
    texts = {"language_not_theirs", "script_unread", "customers_denied", "care_missing", "no_rules", "pack_missing"}
    given |= GATE_TEXTS.keys() - texts
    assert given | STABLE <= REASON_WORDS.keys()
    assert {frozenset(said) for said in REASON_WORDS.values()} == {frozenset(("it", "en"))}
    assert max(len(words) for said in REASON_WORDS.values() for words in said.values()) < 60
    assert reason_words("something_new", "it") == "something_new"


def test_both_languages_say_the_same_things() -> None:
    """No word is missing in one of them."""
    assert WORDS["it"].keys() == WORDS["en"].keys()


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 0, "0 %"),
        (0, 9, "0 %"),
        (9, 9, "100 %"),
        (1, 10**6, "0.1 %"),
        (10**6 - 1, 10**6, "99.9 %"),
        (1, 3, "33.3 %"),
    ],
)
def test_shares(part: int, whole: int, told: str) -> None:
    """Few are not told as nobody, nor almost all as all."""
    assert share(part, whole, "en") == told
