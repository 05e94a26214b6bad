"""A call that the callee asked for, once."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.grounds.begins import first_given
from ari_app.policy.held import OneOffPermit
from ari_app.policy.pack import Holding
from ari_app.policy.pack_file import Said, one_or_many
from ari_app.policy.request import CallRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAskedFor:
    """
    The callee asked the campaign's principal for this call, and it has not been made `max_uses` times.

    `source` names how they may have asked (`inbound_call`, `web_form` …; none named: anyhow). It holds from when it was
    granted until it expires or is `ttl` old (equal: no longer). Of several the oldest is used up first. The facts are
    the principal's own, so that a request to one is none to another. Unknown does not lift.

    Source: IT, L. 5/2018 art. 1 c. 5 (a call asked for, one-off); Codice di condotta art. 10 c. 3.
    """

    source: Annotated[tuple[Said, ...], one_or_many] = ()
    max_uses: Annotated[int, Field(ge=1)] = 1
    ttl: Duration | None = None
    same_principal_only: Literal[True] = True

    reads: ClassVar[tuple[str, ...]] = ("one_off_permits",)
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def holds(self, request: CallRequest, facts: Facts, now: datetime) -> Holding | None:  # noqa: ARG002  the principal's
        """Now, or from when it is granted; the call redeems it."""
        permits = [permit for permit in known(facts.one_off_permits) if self._is_meant(permit)]
        permits.sort(key=lambda permit: (permit.granted_at, permit.id))
        holding = first_given(
            now,
            (permit.granted_at for permit in permits),
            lambda at: next((permit.id for permit in permits if self._stands(permit, at)), None),
        )
        return replace(holding, redeems=holding.evidence) if holding else None

    def _is_meant(self, permit: OneOffPermit) -> bool:
        return permit.uses < self.max_uses and (not self.source or permit.source in self.source)

    def _stands(self, permit: OneOffPermit, at: datetime) -> bool:
        return (
            permit.granted_at <= at
            and (permit.expires_at is None or at < permit.expires_at)
            and (self.ttl is None or at < permit.granted_at + self.ttl)
        )
