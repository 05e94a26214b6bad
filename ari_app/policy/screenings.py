"""What a public register last answered about the callee, and how long that answer holds."""

from dataclasses import dataclass
from datetime import datetime

from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.held import Screening
from ari_app.policy.pack_file import Said


def newest_answer(
    screenings: tuple[Screening, ...], register: str, now: datetime, *, own_only: bool = False
) -> Screening | None:
    """
    The register's last answer up to `now`, that instant included; None: it has not answered.

    Of two at the same instant the stricter: `listed`, else the one that holds for less long. `own_only` looks at those
    alone that the principal asked for itself.
    """
    newest: Screening | None = None
    for answer in screenings:
        if answer.register != register or answer.answered_at > now or (own_only and not answer.per_controller):
            continue
        if newest is None or _outdoes(answer, newest):
            newest = answer
    return newest


def _outdoes(answer: Screening, other: Screening) -> bool:
    if answer.answered_at != other.answered_at:
        return answer.answered_at > other.answered_at
    if answer.answer != other.answer:
        return answer.answer == "listed"
    return answer.valid_until < other.valid_until


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningTerms:
    """Which answers of a register count, and for how long."""

    registry: Said
    max_age: Duration | None = None
    """Never lengthens what the answer itself says of its validity."""
    per_controller: bool = True
    """Only what the principal asked for itself counts, not what is looked up in a copy that everybody holds."""

    def newest(self, facts: Facts, now: datetime) -> Screening | None:
        """The last answer that counts; None: there is none."""
        return newest_answer(known(facts.screenings), self.registry, now, own_only=self.per_controller)

    def valid_until(self, answer: Screening) -> datetime:
        """The first instant at which the answer holds no longer."""
        if self.max_age is None:
            return answer.valid_until
        return min(answer.valid_until, answer.answered_at + self.max_age)
