"""A small sample of `make fuzz`: what it finds, it must find in the whole run as well as here."""

import pytest

from tests.fuzz.doors import PERMITTED, is_permitted
from tests.fuzz.feeding import DOORS, feed_all

SAMPLE = {"bodies": 250}


@pytest.mark.parametrize("door", DOORS)
async def test_a_door_takes_whatever_comes(door: str) -> None:
    """No crash, no leak, no permit that the rules did not give."""
    fed = await feed_all(door, inputs=SAMPLE.get(door, 1500), seed=20261124)
    assert fed.faults == []


@pytest.mark.parametrize(
    ("dialled", "permitted"),
    [
        (PERMITTED, True),
        ("00 39 333.000-0001", True),
        ("3330000001 ", True),
        ("3330000002", False),
        ("3330000001\n", False),
        ("393330000001", False),
        ("+33330000001", False),
        ("3330000001,20", False),
    ],
)
def test_the_measure_itself_is_right(dialled: str, permitted: bool) -> None:
    """What the fuzzer holds verdicts against, by hand."""
    assert is_permitted(dialled) == permitted
