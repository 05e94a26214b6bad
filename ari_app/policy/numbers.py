"""
What somebody dialled, read as a telephone number.

A number becomes E.164 once, here, with an explicit region. Letters are refused before libphonenumber sees them: it
would read `333abc1234` as a vanity number and dial somebody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A valid number in E.164. Its `repr` masks it, so that logs do."""

    e164: str

    def __repr__(self) -> str:
        """Masked: enough to tell two calls apart, not enough to call anybody."""
        return f"Number({self.masked})"

    @property
    def masked(self) -> str:
        """Country prefix and the last two digits."""
        return mask(self.e164)


@dataclass(frozen=True, slots=True)
class NotANumber:
    """What was dialled is no number that can be called; `why` says so in one word, for the record."""

    why: str
    """`not_dialable` (letters, signs, nothing), `too_long`, `too_short`, `unassigned` or `unknown_country`."""


Callee: TypeAlias = Number | NotANumber


def mask(number: str) -> str:
    """The number with its middle digits starred; short ones are starred whole."""
    return f"{number[:4]}{'*' * (len(number) - 6)}{number[-2:]}" if len(number) > 8 else "*" * len(number)  # noqa: PLR2004


def read_number(dialled: str, *, region: str, strip_prefixes: Sequence[str] = ()) -> Callee:
    """To be written."""
    raise NotImplementedError
