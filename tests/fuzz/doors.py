"""What a door is to whoever feeds it, and the one number that may get a permit."""

import re
from random import Random
from typing import Protocol

PERMITTED = "+393330000001"
"""Every other number is suppressed."""
_SPELLINGS = frozenset({"3330000001", "+393330000001", "00393330000001"})
_PLAIN = re.compile(r" *\+?[0-9 .\-]*", re.ASCII)
_SEEDS = (
    *("333 0000001", "+39 333 0000001", "0039 333.0000001", "333-000-0001", "+39333 00 00 001", "3330000001"),
    *("112", "1522", "116117", "101", "+390212340000", "333000000", "33300000011", "+39+3330000001", "393330000001"),
    *(
        "+393330000002",
        "3330000001,20,G(x^1)",
        "3330000001&PJSIP/3478812345@trunk",
        "3330000001@other",
        "tel:3330000001",
    ),
    *("3330000001;ruri", "${EXTEN}", "*62", "#3330000001", "0 3330000001", "+3903330000001", "00 39 333 0000001"),
)
_SIGNS = (
    "0123456789 .-+*#,;:&@()[]{}$'\"/\\|%^~\t\n\r\0abcxyzXNZ_!?=<>"
    "\u00a0\u200b\u202e\u0660\u0663\uff0b\uff13\u2460\u00b2\ud800\U0001d7db"
)


class Door(Protocol):
    """One door, opened once and fed with many inputs."""

    permits: int
    """How many there were so far: none at all, and nothing was tried."""

    async def open(self) -> None:
        """Before the first."""

    async def feed(self, random: Random) -> None:
        """Make one input of `random`, put it in and look at what came of it. Raises AssertionError: that was wrong."""

    async def close(self) -> None:
        """After the last; afterwards nothing of it is left."""


def is_permitted(dialled: str) -> bool:
    """Whether this is a spelling of the one number: told without a line of the program's own reading."""
    if _PLAIN.fullmatch(dialled) is None:
        return False
    return "".join(sign for sign in dialled if sign in "+0123456789") in _SPELLINGS


def dialled(random: Random) -> str:
    """Something that somebody dialled: mostly near a number that means something, sometimes anything at all."""
    if random.random() < 0.1:
        return "".join(random.choices(_SIGNS, k=random.choice((0, 1, 3, 10, 40, 2000))))
    text = random.choice(_SEEDS)
    for _ in range(random.choice((0, 0, 1, 1, 2, 4))):
        text = _changed(random, text)
    return text


def _changed(random: Random, text: str) -> str:
    place = random.randint(0, len(text))
    sign = random.choice(_SIGNS)
    match random.randrange(7):
        case 0:
            return text[:place] + sign + text[place:]
        case 1:
            return text[:place] + text[place + 1 :]
        case 2:
            return text[:place] + sign + text[place + 1 :]
        case 3:
            return text[:place] + random.choice(_SEEDS) + text[place:]
        case 4:
            return random.choice(("+", "0", "00", "+39", "0039", " ", "9")) + text
        case 5:
            return text + random.choice((" ", ".", "-", "\n", "\0", "1", "*"))
        case _:
            return " ".join(text)
