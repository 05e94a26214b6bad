"""Which pages are for whom, and which of them a page belongs to."""

import pytest

from ari_app.policy.request import Role
from ari_app.web.places import place_at, places_of
from ari_app.web.words import WORDS

FLOOR = ["floor", "campaigns", "calls", "operators"]
BOOKS = ["scripts", "practice", "answers", "notices", "feedback"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.OPERATOR, ["desk", *BOOKS, "phone", "password"]),
        (Role.SUPERVISOR, [*FLOOR, "desk", *BOOKS, "phone", "password"]),
        (Role.ADMIN, [*FLOOR, *BOOKS, "phone", "password"]),
        (Role.AUDITOR, [*FLOOR, *BOOKS, "password"]),
    ],
)
def test_each_role_is_led_to_its_own(role: Role, expected: list[str]) -> None:
    """An operator never to the floor; an auditor to no phone; who does not speak with callees not to the desk."""
    assert [place.id for place in places_of(role)] == expected


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/floor", "floor"),
        ("/floor/campaigns/adsl-autunno", "campaigns"),
        ("/floor/calls/01KB0000000000000000000001", "calls"),
        ("/desk/keys", "desk"),
        ("/drafts/new", "scripts"),
        ("/drafts/01KB0000000000000000000001/preview", "scripts"),
        ("/new-answer", "answers"),
        ("/phone", "phone"),
        ("/scripts-of-old", ""),
        ("/", ""),
    ],
)
def test_a_page_belongs_to_the_nearest_place(path: str, place: str) -> None:
    """By its address, whole parts of it; a page of its own inside another wins."""
    assert place_at(path) == place


def test_every_place_has_its_word() -> None:
    """In both languages."""
    ids = {place.id for role in Role for place in places_of(role)}
    for language, words in WORDS.items():
        assert {f"place_{each}" for each in ids} <= words.keys(), language
