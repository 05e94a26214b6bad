"""A public register was asked, said that the callee is not in it, and said so lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from ari_app.policy.facts import Facts
from ari_app.policy.held import Screening
from ari_app.policy.pack import Finding
from ari_app.policy.phrases import NEVER
from ari_app.policy.request import CallRequest
from ari_app.policy.screenings import ScreeningTerms

_WHY: dict[str, Mapping[str, str]] = {
    "register_listed": {"it": "vi è iscritto", "en": "it is listed there"},
    "screening_missing": {"it": "non risulta alcuna verifica", "en": "it was not screened"},
    "screening_expired": {"it": "la verifica è troppo vecchia", "en": "the screening is too old"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened(ScreeningTerms):
    """
    The last answer of `registry` is that the callee is not listed, and it still holds.

    It holds until its own end or until it is `max_age` old, whichever comes first; at that instant it holds no longer.
    That somebody is listed holds until the register says otherwise. With `refresh_before_campaign` the answer must not
    be older than the campaign (exactly as old passes); if nobody knows when that was set up, none is recent enough.

    Source: IT, L. 5/2018 art. 1 c. 12, DPR 26/2022 (15 days, each controller for itself, before each campaign); UK,
    PECR reg. 21 (28 days); US, 16 CFR 310.4(b)(3)(iv) (31 days).
    """

    refresh_before_campaign: bool = False
    channel: Literal["phone"] = "phone"
    missing: Literal["block"] = "block"

    reads: ClassVar[tuple[str, ...]] = ("screenings",)
    gives: ClassVar[tuple[str, ...]] = ("register", "answered_at", "valid_until", "why")
    counts: ClassVar[str] = ""
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def judge(self, request: CallRequest, facts: Facts, now: datetime) -> tuple[Finding, ...]:
        """`register_listed`, `screening_missing` or `screening_expired`; only a new answer helps."""
        answer = self.newest(facts, now)
        code = self._wrong_with(answer, request, now)
        if not code:
            return ()
        values = (
            ("register", self.registry),
            ("answered_at", answer.answered_at if answer else NEVER),
            ("valid_until", self.valid_until(answer) if answer else NEVER),
            ("why", _WHY[code]),
        )
        return (Finding(code=code, values=values),)

    def _wrong_with(self, answer: Screening | None, request: CallRequest, now: datetime) -> str:
        if answer is None:
            return "screening_missing"
        if answer.answer == "listed":
            return "register_listed"
        if now >= self.valid_until(answer):
            return "screening_expired"
        if self.refresh_before_campaign:
            opened_at = request.campaign.opened_at if request.campaign else None
            if opened_at is None:
                return "screening_missing"
            return "screening_expired" if answer.answered_at < opened_at else ""
        return ""
