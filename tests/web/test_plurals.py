"""A count and its noun agree, in both languages."""

import re
from importlib.resources import files

import pytest

from ari_app.web.desk.words import WORDS as DESK
from ari_app.web.floor.shown import Shown
from ari_app.web.floor.words import WORDS as FLOOR
from ari_app.web.plurals import noun


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("it", ["0 chiamate", "1 chiamata", "2 chiamate", "21 chiamate", "1000000 chiamate"]),
        ("en", ["0 calls", "1 call", "2 calls", "21 calls", "1000000 calls"]),
    ],
)
def test_one_is_not_many(language: str, said: list[str]) -> None:
    """None, one, some, and as many as a language may have a form of its own for."""
    words = DESK[language]
    assert [f"{each} {noun(words, 'day_calls', each, language)}" for each in (0, 1, 2, 21, 1_000_000)] == said
    assert Shown("it").noun("complaints_short", 1) == "reclamo"


def test_every_noun_that_stands_after_a_count_has_both_forms() -> None:
    """Whatever a page counts with; a word that never changes says so by having the same form twice."""
    templates = files("ari_app.web") / "templates"
    floor = "".join(
        (templates / "floor" / name).read_text() for name in ("overview.html", "campaign.html", "parts.html")
    )
    counted = set(re.findall(r'shown\.noun\("([a-z_]+)"', floor))
    assert len(counted) == 7
    desk = {"day_calls", "day_conversations", "day_sold"}
    for words, keys in ((FLOOR, counted), (DESK, desk)):
        for language in ("it", "en"):
            assert {f"{key}_one" for key in keys} <= set(words[language])
