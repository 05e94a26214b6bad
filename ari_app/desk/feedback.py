"""
What the floor tells the brand: a product that nobody understands, a letter that angers people.

Operators say it, supervisors pass it on. What leaves names nobody unless that is asked for: neither who said it nor in
which call, and what looks like a telephone number or an address for mail is blotted out of the text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ulid import ULID

from ari_app.desk.refusals import OVERSEERS, WRITERS, Refused, Who, need_role, need_text
from ari_app.ports.clock import Clock

_NUMBER = re.compile(r"\+?\d(?:[\s()./-]*\d){5,}")
_MAIL = re.compile(r"\S+@\S+")
BLOTTED = "[…]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One thing that was said."""

    id: str
    principal: str
    campaign: str
    call_id: str | None
    operator: str
    topic: str
    text: str
    made_at: datetime
    passed_on_at: datetime | None = None
    passed_on_by: str | None = None


class FeedbackStore(Protocol):
    """Where it is kept. Raises StoreConflict, StoreUnavailable."""

    def add(self, new: Feedback) -> Feedback:
        """With the campaign's principal. Raises StoreConflict: there is no such campaign."""
        ...

    def own_campaigns(self, operator: str) -> tuple[str, ...]:
        """Campaigns that they may call for, by id."""
        ...

    def found(self, *, operator: str | None = None, principal: str | None = None) -> tuple[Feedback, ...]:
        """Newest first; None: of all."""
        ...

    def pass_on(self, feedback_id: str, *, by: str, at: datetime) -> bool:
        """False: there is none that was not passed on."""
        ...


class Said:
    """What was said to brands, and who may see it. Raises Refused; StoreConflict, StoreUnavailable."""

    def __init__(self, store: FeedbackStore, clock: Clock) -> None:
        """Over one database."""
        self._store = store
        self._clock = clock

    def add(self, who: Who, *, campaign: str, topic: str, text: str, call_id: str = "") -> Feedback:
        """Say something to the brand of a campaign. Raises Refused: `not_yours` for an auditor, `not_your_campaign`."""
        if who.role not in WRITERS:
            need_role(who, [role for role in type(who.role) if role not in OVERSEERS])
            if campaign not in self._store.own_campaigns(who.id):
                raise Refused("not_your_campaign", f"{who.id} does not call for {campaign}", campaign=campaign)
        new = Feedback(
            id=str(ULID()),
            principal="",
            campaign=campaign,
            call_id=call_id.strip() or None,
            operator=who.id,
            topic=need_text(topic, "topic", most=200),
            text=need_text(text, "text"),
            made_at=self._clock.now(),
        )
        return self._store.add(new)

    def campaigns(self, who: Who) -> tuple[str, ...]:
        """For which they can say something."""
        return self._store.own_campaigns(who.id)

    def seen_by(self, who: Who, *, principal: str | None = None) -> tuple[Feedback, ...]:
        """Their own; for who sees the floor everybody's. Newest first."""
        return self._store.found(operator=None if who.role in OVERSEERS else who.id, principal=principal)

    def pass_on(self, who: Who, feedback_id: str) -> None:
        """Note that the brand was told. Raises Refused: `no_feedback`."""
        need_role(who, WRITERS)
        if not self._store.pass_on(feedback_id, by=who.id, at=self._clock.now()):
            raise Refused("no_feedback", f"there is no feedback {feedback_id} that was not passed on")

    def to_tell(self, who: Who, *, principal: str | None = None, personal: bool = False) -> list[Mapping[str, object]]:
        """Rows for the brand, oldest first; `personal`: with who said it, in which call, and every word."""
        need_role(who, OVERSEERS)
        return [_row(each, personal=personal) for each in reversed(self._store.found(principal=principal))]


def blotted(text: str) -> str:
    """The text without what looks like a telephone number or an address for mail."""
    return _NUMBER.sub(BLOTTED, _MAIL.sub(BLOTTED, text))


def _row(said: Feedback, *, personal: bool) -> Mapping[str, object]:
    told = {"principal": said.principal, "campaign": said.campaign, "said_at": said.made_at}
    told |= {"topic": said.topic if personal else blotted(said.topic)}
    told |= {"text": said.text if personal else blotted(said.text), "passed_on_at": said.passed_on_at}
    return {**told, "operator": said.operator, "call_id": said.call_id} if personal else told
