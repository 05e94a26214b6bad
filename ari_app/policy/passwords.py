"""
Which passwords are not taken: too short, too long, too simple, one's own name, or what everybody takes.

No sign of a certain kind is asked for, and none expires: both lead to worse ones.

Source: NIST SP 800-63B-4, 3.1.1.2.
"""

import re
import unicodedata
from enum import StrEnum

SHORTEST = 12
LONGEST = 200
_LEAST_DIFFERENT = 5
_LEAST_BESIDE_NAME = 8
_NAME_LETTERS = 3
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
# The commonest of published lists, as far as they are or are easily made long enough; compared without case and
# without the digits and signs at either end.
_COMMON = frozenset(
    {
        *(
            "password",
            "passwordpassword",
            "passw0rd",
            "p@ssword",
            "p@ssw0rd",
            "passwort",
            "parola",
            "segreta",
            "secret",
        ),
        *("qwerty", "qwertyuiop", "qwertyui", "qwertz", "qwertzuiop", "azerty", "azertyuiop", "asdfghjkl", "zxcvbnm"),
        *("qwertyasdfgh", "qwertyasdfghzxcvbn", "asdfghjklzxcvbnm", "qwertyuiopasdfghjkl", "qazwsxedc", "qazwsxedcrfv"),
        *("iloveyou", "tiamo", "amoremio", "letmein", "welcome", "benvenuto", "buongiorno", "administrator", "admin"),
        *("changeme", "cambiami", "changeit", "default", "superman", "batman", "football", "baseball", "juventus"),
        *(
            "sunshine",
            "princess",
            "principessa",
            "monkey",
            "dragon",
            "starwars",
            "pokemon",
            "forzanapoli",
            "forzainter",
        ),
        *(
            "callcenter",
            "callcentre",
            "callcenterpassword",
            "asterisk",
            "vicidial",
            "garbo",
            "garbogarbo",
            "garbopassword",
        ),
        *("supervisor", "operator", "operatore", "telefono", "abcdefgh", "abcdefghijkl", "abcdefghijklm", "trustno"),
        *("correcthorsebatterystaple", "q1w2e3r4t5y6", "q1w2e3r4t5y", "q1w2e3r4t", "a1b2c3d4e5f", "a1b2c3d4e5f6"),
    }
)
_RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "1q2w3e4r5t6y7u8i9o0p")


class Weakness(StrEnum):
    """Why a password is not taken."""

    SHORT = "short"
    LONG = "long"
    NAME = "name"
    COMMON = "common"
    SIMPLE = "simple"


def plain_password(text: str) -> str:
    """The password as it is hashed: keyboards write the same letter in more than one way (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def weakness_of(password: str, *, names: tuple[str, ...]) -> Weakness | None:
    """What is wrong with a password for whoever is called so; None: it is taken. Exactly the shortest is enough."""
    plain = plain_password(password)
    if len(plain) < SHORTEST:
        return Weakness.SHORT
    if max(len(plain), len(password)) > LONGEST:
        return Weakness.LONG
    folded = plain.casefold()
    for name in names:
        held = plain_password(name).casefold()
        rest = folded.replace(held, "").replace(held[::-1], "") if len(held) >= _NAME_LETTERS else folded
        if rest != folded and (len(rest) < _LEAST_BESIDE_NAME or _is_common(rest)):
            return Weakness.NAME
    if _is_common(folded):
        return Weakness.COMMON
    return Weakness.SIMPLE if len(set(folded)) < _LEAST_DIFFERENT else None


def _is_common(folded: str) -> bool:
    return folded in _COMMON or _EDGES.sub("", folded) in _COMMON or any(folded in run for run in _RUNS)
