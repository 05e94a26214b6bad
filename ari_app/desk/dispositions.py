"""
What an operator notes of a call, and what a supervisor corrects: checked first, then on record with all that follows.

A word is refused before anything of it is written. A promised call is asked for beforehand, at the instant that was
promised, as the call itself will be: the verdict supposes the promise and the word on record, so that it is the packs
that say what a promise lifts (decision 43).

    NotingError
    ├── NotTheirs        it is another operator's call, or no supervisor corrects it
    └── WordRefused      the rules or the record object, with reasons and the first instant at which they do not
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from ari_app.judging.judge import Judge
from ari_app.policy.disposition import NO_CONVERSATION, Disposition
from ari_app.policy.facts import Facts, Known
from ari_app.policy.held import Callback
from ari_app.policy.record import Reason, VerdictRecord
from ari_app.policy.request import Ask, Door, Role
from ari_app.ports.clock import Clock
from ari_app.ports.dispositions import LONGEST_NEED, LONGEST_NOTE, LONGEST_PROMISE, MOST_NEEDS, Noted, Word
from ari_app.ports.verdicts import StoreConflict, Verdicts

MAY_CORRECT = frozenset({Role.SUPERVISOR, Role.ADMIN})
WRONG_IN_ITSELF = frozenset({"past", "far", "unfit"})
"""Codes of refusals that no rule and no record is asked for."""
_UNKEPT = re.compile("[\0\ud800-\udfff]")
"""No database keeps these as text."""
_MOST_STEPS = 40
"""Instants that are tried for a promise: windows and holidays of two months, a day at a time, are not as many."""
_SOON = timedelta(days=90)
"""Beyond that nothing is offered: a promise is for days or weeks."""
_FOR_GOOD = frozenset(
    {
        *("suppressed_global", "suppressed_principal", "suppressed_campaign"),
        *("person_protected", "wrong_number", "sector_banned"),
    }
)
"""
Denials that waiting does not mend and nobody renews.

Other denials are of today: a screening that will have run out by then is asked for anew, a campaign is opened again.
"""


class NotingError(Exception):
    """The word was not taken; nothing was written. `code` is for pages that say it in their own language."""

    def __init__(self, message: str, *, code: str) -> None:
        """Say why."""
        super().__init__(message)
        self.code = code


class NotTheirs(NotingError):  # noqa: N818  named for what is wrong
    """The call is another's to note, or the correction nobody's who may make one. `code`: `not_theirs`."""


class WordRefused(NotingError):  # noqa: N818
    """
    The rules object to what is promised (`code` is `not_then`), or the record to the word (`not_possible`).

    Whatever these say, a promise may be for an instant that is `past` or too `far`, and words `unfit` to be kept.

    `reasons` are those of the verdict; `first_allowed` is the first instant at which the promise could be kept, None
    where there is none.
    """

    def __init__(
        self, message: str, *, code: str, reasons: tuple[Reason, ...] = (), first_allowed: datetime | None = None
    ) -> None:
        """Say why, and when it would be right."""
        super().__init__(message, code=code)
        self.reasons = reasons
        self.first_allowed = first_allowed


class WordBook(Protocol):
    """Where words are written. Raises StoreConflict, StoreUnavailable (ports.verdicts)."""

    async def note(self, word: Word) -> Noted:
        """As ports.dispositions."""
        ...

    async def operators_of(self, call_id: str) -> frozenset[str]:
        """Who made the call or was on it; empty: nobody that is known, or there is no such call."""
        ...


class Noting:
    """Notes words on calls. Raises NotingError; StoreUnavailable."""

    def __init__(self, *, words: WordBook, verdicts: Verdicts, judge: Judge, clock: Clock) -> None:
        """Every port is given."""
        self._words = words
        self._verdicts = verdicts
        self._judge = judge
        self._clock = clock

    async def note(
        self,
        call_id: str,
        *,
        operator: str,
        word: Disposition,
        note: str = "",
        needs: Sequence[str] = (),
        due_at: datetime | None = None,
        callback_by: str = "",
        value: str = "",
    ) -> Noted:
        """
        Note a word on one's own call: it binds the very next verdict once this returns. The same word twice is one.

        Raises NotTheirs: another operator made the call, and `operator` is no supervisor.
        """
        if operator not in await self._words.operators_of(call_id) and not await self._may_correct(operator):
            raise NotTheirs(f"call {call_id} is not {operator}'s", code="not_theirs")
        return await self.take_down(
            Word(
                call_id=call_id,
                disposition=word,
                operator=operator,
                at=self._clock.now(),
                note=note.strip(),
                value=value.strip(),
                due_at=due_at,
                callback_by=callback_by,
                needs=tuple(needs),
            )
        )

    async def correct(
        self,
        call_id: str,
        *,
        supervisor: str,
        recording: str,
        word: Disposition,
        note: str = "",
        needs: Sequence[str] = (),
        due_at: datetime | None = None,
        callback_by: str = "",
        value: str = "",
    ) -> Noted:
        """
        Correct the word on a call by its recording; both stay on record, and a suppression stands.

        Raises NotTheirs: `supervisor` is none. Raises WordRefused: the recording is not named.
        """
        if not await self._may_correct(supervisor):
            raise NotTheirs(f"{supervisor} is no supervisor, and corrects no word", code="not_theirs")
        if not recording.strip():
            raise WordRefused("name the recording that shows what was said", code="not_possible")
        return await self.take_down(
            Word(
                call_id=call_id,
                disposition=word,
                operator=supervisor,
                at=self._clock.now(),
                note=note.strip(),
                value=value.strip(),
                due_at=due_at,
                callback_by=callback_by,
                needs=tuple(needs),
                recording=recording.strip(),
            )
        )

    async def take_down(self, word: Word) -> Noted:
        """Write a word from a door that vouches for who says it: a promise is still asked for, nobody is asked who."""
        _need_keepable(word)
        if word.due_at is not None:
            await self._need_promisable(word, word.due_at)
        try:
            return await self._words.note(word)
        except StoreConflict as failure:
            raise WordRefused(str(failure), code="not_possible") from failure

    async def _need_promisable(self, word: Word, due_at: datetime) -> None:
        record = await self._verdicts.show(word.call_id)
        if record is None:
            return  # which the book says itself
        if record.callee is None:
            raise WordRefused("the number was erased: nobody can be called back", code="not_possible")
        reasons, first_allowed = await self._asked(word, record, due_at)
        if reasons:
            why = "; ".join(reason.text for reason in reasons)
            raise WordRefused(why, code="not_then", reasons=reasons, first_allowed=first_allowed)

    async def _asked(
        self, word: Word, record: VerdictRecord, due_at: datetime
    ) -> tuple[tuple[Reason, ...], datetime | None]:
        """What stands against the promise at this instant, and the first one from then on at which nothing does."""
        against = await self._against(word, record, due_at)
        first, at = against, due_at
        for _ in range(_MOST_STEPS):
            if not against:
                return first, at
            later = [reason.not_before for reason in against if reason.not_before is not None]
            if len(later) < len(against) or max(later) <= at or max(later) - due_at > _SOON:
                return first, None
            at = max(later)
            against = await self._against(word, record, at)
        return first, None

    async def _against(self, word: Word, record: VerdictRecord, at: datetime) -> tuple[Reason, ...]:
        """The reasons against a call at `at` that was promised for then, as far as they are of that instant."""
        ask = Ask(
            dialled=record.callee or record.dialled,
            door=Door.CHECK,
            campaign=record.campaign,
            operator=word.callback_by or record.operator,
        )
        verdict = await self._judge.preview(ask, at=at, supposing=lambda facts: _supposed(facts, word, record, at))
        if verdict.verdict == "permit":
            return ()
        return tuple(each for each in verdict.reasons if each.not_before is not None or each.code in _FOR_GOOD)

    async def _may_correct(self, operator: str) -> bool:
        ask = Ask(dialled="", door=Door.DESK, operator=operator)
        person = (await self._verdicts.admission(ask, default_campaign="")).operator
        return person is not None and person.role in MAY_CORRECT


def _need_keepable(word: Word) -> None:
    """Raise WordRefused: what is wrong is wrong whatever the rules and the record say."""
    if word.due_at is not None and word.due_at <= word.at:
        raise WordRefused("a callback cannot be promised for an instant that is past", code="past")
    if word.due_at is not None and word.due_at > word.at + LONGEST_PROMISE:
        raise WordRefused(f"a callback is promised for {LONGEST_PROMISE.days} days at most", code="far")
    if len(word.note) > LONGEST_NOTE:
        raise WordRefused(f"a note holds {LONGEST_NOTE} signs at most", code="unfit")
    if len(word.needs) > MOST_NEEDS or any(len(each) > LONGEST_NEED for each in word.needs):
        raise WordRefused(f"of one call at most {MOST_NEEDS} needs of {LONGEST_NEED} signs are kept", code="unfit")
    if any(_UNKEPT.search(text) for text in (word.note, word.value, word.recording, *word.needs)):
        raise WordRefused("there is a sign in it that cannot be kept", code="unfit")


def _supposed(facts: Facts, word: Word, record: VerdictRecord, due_at: datetime) -> Facts:
    """The facts once this word is on record with its promise, for `due_at`."""
    promise = Callback(
        id="promised", campaign=record.campaign, operator=word.callback_by, promised_at=word.at, due_at=due_at
    )
    if isinstance(facts.callbacks, Known):
        # A conversation keeps whatever was promised before it.
        kept = facts.callbacks.value if word.disposition in NO_CONVERSATION else ()
        facts = replace(facts, callbacks=replace(facts.callbacks, value=(*kept, promise)))
    if isinstance(facts.attempts, Known):
        attempts = tuple(
            replace(each, disposition=word.disposition) if each.call_id == word.call_id else each
            for each in facts.attempts.value
        )
        facts = replace(facts, attempts=replace(facts.attempts, value=attempts))
    return facts
