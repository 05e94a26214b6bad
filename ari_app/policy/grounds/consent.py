"""The callee's consent, as a ground that may lift a rule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ari_app.policy.consents import ConsentTerms
from ari_app.policy.facts import Facts, known
from ari_app.policy.grounds.begins import first_given
from ari_app.policy.pack import Holding
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentHeld(ConsentTerms):
    """
    The callee has consented to the campaign's principal, as the terms ask.

    Unknown does not lift.

    Source: IT, L. 5/2018 art. 1 c. 5 (specific consent given after enrolment); UK, PECR reg. 21.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> Holding | None:  # noqa: ARG002  the principal's
        """Now, or from when it is given."""
        return first_given(
            now, (consent.given_at for consent in known(facts.consents)), lambda at: self._evidence(facts, at)
        )

    def _evidence(self, facts: Facts, at: datetime) -> str | None:
        consent = self.newest(facts, at)
        return consent.id if consent is not None and not self.is_too_old(consent, at) else None
