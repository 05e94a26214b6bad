"""Which passwords are not taken."""

import pytest

from ari_app.policy.passwords import LONGEST, SHORTEST, Weakness, plain_password, weakness_of

ANNA = ("anna.rossi", "Anna")


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("un gatto sul tetto", None),
        ("kX9-twel-ve-s", None),
        ("è già mezzanotte", None),
        ("abcdefg hij", Weakness.SHORT),
        ("un gatto 12x", None),
        ("x" * LONGEST, Weakness.SIMPLE),
        ("gatto tetto " * 17, Weakness.LONG),
        ("anna.rossi12", Weakness.NAME),
        ("ANNA.ROSSI!!", Weakness.NAME),
        ("issor.anna99", Weakness.NAME),
        ("anna123456789", Weakness.NAME),
        ("passwordanna", Weakness.NAME),
        ("anna.rossi va al mare", None),
        ("Password1234!", Weakness.COMMON),
        ("123password123", Weakness.COMMON),
        ("QwertyUiop12", Weakness.COMMON),
        ("123456789012", Weakness.COMMON),
        ("Callcenter2026", Weakness.COMMON),
        ("ababababababab", Weakness.SIMPLE),
        ("            ", Weakness.SIMPLE),
    ],
)
def test_weak_ones(password: str, weak: Weakness | None) -> None:
    """Too short, too long, little more than one's name, what everybody takes, the same few signs; all else is good."""
    assert weakness_of(password, names=ANNA) is weak


def test_the_shortest_is_enough() -> None:
    """Exactly as many signs as are asked for; one fewer is too few."""
    assert weakness_of("un gatto 12x", names=()) is None
    assert len("un gatto 12x") == SHORTEST
    assert weakness_of("un gatto 12", names=()) is Weakness.SHORT


def test_one_password_however_the_keyboard_writes_it() -> None:
    """A composed letter and its parts are the same, and count as one sign."""
    assert plain_password("perche\u0301") == plain_password("perch\u00e9")
    assert weakness_of("e\u0301" * 6, names=()) is Weakness.SHORT


def test_a_short_name_is_no_hindrance() -> None:
    """Two letters stand in any sentence; an empty name is nobody's."""
    assert weakness_of("mare e monti al sole", names=("al", "", "e")) is None
