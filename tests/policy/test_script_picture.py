"""The picture of a flow: well-formed, complete, legible to those who hear it, and the same in the docs as today."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ari_app.policy.scripts import Script, StepKind, parse_script
from ari_app.policy.scripts.layout import Box, arrange
from ari_app.policy.scripts.picture import picture
from ari_app.policy.scripts.picture_words import WORDS, bare_words
from tests.policy.examples import HOME

SVG = "{http://www.w3.org/2000/svg}"
DOCS = HOME.parent / "docs" / "pictures"
SHIPPED = sorted(path.stem for path in (HOME / "scripts").glob("*.toml"))


def shipped(name: str) -> Script:
    """A script as it is shipped."""
    return parse_script((HOME / "scripts" / f"{name}.toml").read_text("utf-8"), name=f"{name}.toml")


def read(svg: str) -> ElementTree.Element:
    """The picture as XML: our own, just drawn."""
    return ElementTree.fromstring(svg)  # noqa: S314


def texts(svg: str) -> str:
    """Everything that can be read in the picture, on one line."""
    return " ".join(" ".join(element.itertext()) for element in read(svg).iter(f"{SVG}text"))


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("name", SHIPPED)
def test_a_picture_names_every_step_and_every_way(name: str, language: str) -> None:
    """Each step stands there once with its kind; each answer that leads somewhere is told."""
    script = shipped(name)
    told = texts(picture(script, language))
    for step in script.steps:
        assert step.id in told
        for answer in step.answers:
            assert answer.text[language].split()[0] in told
    for kind in StepKind:
        assert WORDS[language][kind] in told


def test_a_picture_stands_alone_and_can_be_heard() -> None:
    """Title and description, no script, no style, nothing fetched."""
    svg = picture(shipped("care"), "it")
    root = read(svg)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "flow-title flow-text"
    title, text = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert text is not None
    assert "care" in (title.text or "")
    assert "Sì, sono io → well" in (text.text or "")
    assert not [element for element in root.iter() if element.tag in (f"{SVG}style", f"{SVG}script", f"{SVG}image")]
    assert "style=" not in svg
    assert "href" not in svg
    assert svg.count("http") == 1  # the name of SVG itself


def test_words_are_escaped_and_never_break_the_picture() -> None:
    """Marks, control characters and long words."""
    script = shipped("care")
    odd = replace(script.steps[0], text={"it": "<b>\x00\x0b & \ud800" + "w" * 500, "en": "x"})
    svg = picture(replace(script, title={"it": '<T> & "q"', "en": "x"}, steps=(odd, *script.steps[1:])), "it")
    assert "<b>" not in svg
    assert read(svg).tag == f"{SVG}svg"


def test_a_language_that_the_script_lacks_is_told_in_its_first() -> None:
    """With English words around it."""
    told = texts(picture(shipped("care"), "de"))
    assert "Buongiorno" in told
    assert "Ends" in told


def test_fields_and_ifs_are_shown_as_marks() -> None:
    """As a person reads them."""
    text = '{% if a.b %}Dal {{ a.b }}. {% else %}Ciao {% endif %}a {{ c.d | default("voi") }}'
    assert bare_words(text) == "[Dal ‹a.b›. / Ciao] a ‹c.d›"


def test_the_picture_in_the_docs_is_the_one_that_is_drawn() -> None:
    """`garbo scripts flow care --language en -o docs/pictures/care.svg` draws it anew."""
    assert (DOCS / "care.svg").read_text("utf-8") == picture(shipped("care"), "en")


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(data=st.data(), count=st.integers(1, 9))
def test_no_box_stands_on_another_and_no_line_passes_through_one(data: st.DataObject, count: int) -> None:
    """Whatever leads wherever, circles included."""
    ids = [f"s{place}" for place in range(count)]
    boxes = [Box(id=box, width=100, height=data.draw(st.integers(20, 90)), below=10) for box in ids]
    ends = st.sampled_from(ids)
    layout = arrange(boxes, data.draw(st.lists(st.tuples(ends, ends), max_size=14)))
    spans = [(layout.spots[box.id], box) for box in boxes]
    for place, (spot, box) in enumerate(spans):
        assert spot.x >= 0
        assert spot.x + box.width <= layout.width + 0.01
        assert spot.y + box.height <= layout.height + 0.01
        for other_spot, other in spans[:place]:
            apart_x = spot.x >= other_spot.x + other.width or other_spot.x >= spot.x + box.width
            apart_y = spot.y >= other_spot.y + other.height or other_spot.y >= spot.y + box.height
            assert apart_x or apart_y
        for x, top, foot in (through for way in layout.passages.values() for through in way):
            assert not (spot.x < x < spot.x + box.width and spot.y < foot and top < spot.y + box.height)
