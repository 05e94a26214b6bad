"""
Which earlier calls count for a rule that looks back, said once for all of these rules.

Marketing counts, and only what reached the callee's line. A call whose instant lies after `now` counts like any other:
another gate's clock may be a moment ahead, and its call was made.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator

from ari_app.policy.attempts import LOOK_BACK, Attempt, was_answered, was_conversation
from ari_app.policy.disposition import Disposition
from ari_app.policy.facts import Facts, known
from ari_app.policy.local_time import days_after
from ari_app.policy.numbers import Number, zones
from ari_app.policy.outcome import NO_ATTEMPTS, Outcome
from ari_app.policy.pack import CountingKey
from ari_app.policy.pack_file import one_or_many
from ari_app.policy.request import MARKETING, CallRequest

ONE_DAY = timedelta(days=1)

SILENT = "silent"
CONVERSATION = "conversation"
_ENDS = frozenset({Outcome.ANSWERED, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.CANCELLED, Outcome.UNOBSERVED})
WORDS = frozenset({SILENT, CONVERSATION, *_ENDS, *Disposition})
"""What a rule may call the end of an earlier call."""

ON_RECORD = frozenset({Outcome.BUSY, Outcome.NO_ANSWER, Outcome.CANCELLED, *Disposition})
"""Those of them that are never a reading of what is not known, so that leaving them out of a count is safe."""

_NO_EAR = frozenset({Disposition.MACHINE, Disposition.VOICEMAIL})
_UNTAKEN = frozenset({Outcome.BUSY, Outcome.NO_ANSWER, Outcome.CANCELLED})


def earlier_calls(
    request: CallRequest, facts: Facts, key: CountingKey, *, since: datetime | None = None
) -> Iterator[Attempt]:
    """
    The marketing calls after `since` that reached the callee's line, by this key; newest first.

    By subject, one of which nobody knows what it was about counts for all. Raises FactUnknown.
    """
    for attempt in known(facts.attempts):
        if since is not None and attempt.at <= since:
            continue
        if attempt.purpose not in MARKETING or attempt.outcome in NO_ATTEMPTS:
            continue
        if attempt.same_number:
            if key != "number+principal+subject" or attempt.subject in ("", request.subject):
                yield attempt
        elif key == "person+principal":
            yield attempt


def ended_as(attempt: Attempt, word: str, *, conversation_from: timedelta | None = None) -> bool:
    """
    Whether an earlier call ended like that, by the strictest reading of what is on record.

    `silent` is a call that was abandoned, unless a machine took it; of a call that nobody saw end and on which no
    operator had waited, nobody knows better. `answered` and `conversation` as `was_answered` and `was_conversation`.
    """
    if word == SILENT:
        if attempt.outcome is Outcome.ABANDONED:
            return attempt.disposition not in _NO_EAR
        unseen = attempt.outcome is None or attempt.outcome is Outcome.UNOBSERVED
        return unseen and not attempt.attended and attempt.disposition is None
    if word == CONVERSATION:
        return was_conversation(attempt, from_=conversation_from)
    if word == Outcome.ANSWERED:
        return was_answered(attempt)
    return word in (attempt.outcome, attempt.disposition)


def nobody_took(attempt: Attempt) -> bool:
    """Busy, in vain, given up by the operator while it rang, or taken by a machine."""
    return attempt.outcome in _UNTAKEN or attempt.disposition in _NO_EAR


def reach(length: timedelta, *, calendar: bool) -> timedelta:
    """A call that lies so far back is free of a pause of `length`: no local day is as long as two."""
    return length + ONE_DAY if calendar else length


def free_after(attempt: Attempt, length: timedelta, request: CallRequest, *, calendar: bool) -> datetime:
    """
    When a call lies `length` back: to the instant or, by the calendar, in whole days of the last of the callee's zones.

    By the calendar the day of the call is the first of them: one day ends at the next midnight. A callee whose zone is
    not known is somewhere where it was midnight when the call was made.
    """
    places = zones(request.callee) if calendar and isinstance(request.callee, Number) else ()
    return days_after(attempt.at, length.days, places) if places else attempt.at + length


def check_look_back(length: timedelta, *, calendar: bool = False) -> None:
    """Raises ValueError: calls are not looked up as far back as that, or a calendar has no such part of a day."""
    if calendar and length % ONE_DAY:
        raise ValueError("by the calendar write whole days, as P1D")
    if length > (LOOK_BACK - ONE_DAY if calendar else LOOK_BACK):
        raise ValueError(f"attempts are looked up {LOOK_BACK.days} days back, and no further")


def _words_of(known_words: frozenset[str]) -> AfterValidator:
    def check(words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if word not in known_words:
                raise ValueError(f"no call ends as {word!r}; there are {', '.join(sorted(known_words))}")
        return words

    return AfterValidator(check)


Words = Annotated[tuple[str, ...], one_or_many, _words_of(WORDS)]
WordsOnRecord = Annotated[tuple[str, ...], one_or_many, _words_of(ON_RECORD)]
