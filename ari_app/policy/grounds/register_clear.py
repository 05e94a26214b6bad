"""A public register's word that the callee is not in it, as a ground that may lift a rule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ari_app.policy.facts import Facts, known
from ari_app.policy.grounds.begins import first_given
from ari_app.policy.pack import Holding
from ari_app.policy.request import CallRequest
from ari_app.policy.screenings import ScreeningTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterClear(ScreeningTerms):
    """
    The last answer of `registry` is that the callee is not listed, and it still holds.

    It holds as long as it does for `registry_screening`. Unknown does not lift.

    Source: IT, Codice di condotta art. 10 c. 2 (listed numbers that are not in the register).
    """

    reads: ClassVar[tuple[str, ...]] = ("screenings",)
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> Holding | None:  # noqa: ARG002  the principal's
        """Now, or from when the register answers so."""
        return first_given(
            now, (answer.answered_at for answer in known(facts.screenings)), lambda at: self._evidence(facts, at)
        )

    def _evidence(self, facts: Facts, at: datetime) -> str | None:
        answer = self.newest(facts, at)
        if answer is None or answer.answer != "clear" or at >= self.valid_until(answer):
            return None
        return f"{self.registry} {answer.answered_at.isoformat()}"
