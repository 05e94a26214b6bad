"""
The book of answers: what is said when a callee, or whoever calls in, asks; dated, approved, in each language.

An answer has versions. The newest one that was approved counts, until it is withdrawn: then none does, for what was
wrong is not mended by what was said before it. Whoever wrote a version does not approve it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ari_app.desk.refusals import WRITERS, Refused, Who, need_role, need_text
from ari_app.ports.clock import Clock

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LANGUAGES = ("it", "en")
"""In which every answer is written; more may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerText:
    """What an answer says, before it is in the book."""

    id: str
    """By which steps of scripts name it."""
    topic: str
    question: Mapping[str, str]
    """By language."""
    text: Mapping[str, str]
    principal: str | None = None
    """None: it holds for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookAnswer:
    """One version of an answer."""

    said: AnswerText
    version: int
    author: str
    made_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """It was approved and is not withdrawn; a newer version may count in its place."""
        return self.approved_at is not None and self.withdrawn_at is None


class AnswerStore(Protocol):
    """Where answers are kept. Raises StoreConflict, StoreUnavailable."""

    def add(self, said: Iterable[AnswerText], *, author: str, at: datetime, approved_by: str | None) -> int:
        """
        New versions; how many: what says the same as the newest version is passed over.

        `approved_by`: they count at once. Raises StoreConflict: there is no such principal, and none was added. Many
        are added a few at a time: if the database fails meanwhile, doing it again adds the rest.
        """
        ...

    def amend(self, answer_id: str, version: int, step: Callable[[BookAnswer], BookAnswer]) -> BookAnswer:
        """In one transaction: its fate as `step` has it; what `step` raises goes through. Raises StoreConflict."""
        ...

    def withdraw(self, answer_id: str, *, at: datetime) -> int:
        """Every version of it that is not; how many those were."""
        ...

    def versions(self, answer_id: str) -> tuple[BookAnswer, ...]:
        """Newest first; empty: there is no such answer."""
        ...

    def find(self, words: Iterable[str], *, principal: str | None, limit: int) -> tuple[BookAnswer, ...]:
        """
        Those that count and hold every word, plain as `plain_words` has them, by topic and id.

        `principal`: its own and those for all; None: of every principal.
        """
        ...

    def waiting(self) -> tuple[BookAnswer, ...]:
        """Newest versions that nobody has approved or withdrawn, newest first."""
        ...

    def counting(self, answer_ids: Iterable[str]) -> Mapping[str, BookAnswer]:
        """Those of these that count, by id."""
        ...


class Book:
    """The answers, and who may change them. Raises Refused; StoreConflict, StoreUnavailable."""

    most_found = 200

    def __init__(self, store: AnswerStore, clock: Clock) -> None:
        """Over one database."""
        self._store = store
        self._clock = clock

    def find(self, sought: str, *, principal: str | None = None) -> tuple[BookAnswer, ...]:
        """What counts and holds every word that is sought, whatever its case and accents; no word finds all."""
        return self._store.find(plain_words(sought), principal=principal, limit=self.most_found)

    def waiting(self) -> tuple[BookAnswer, ...]:
        """What is to be approved."""
        return self._store.waiting()

    def versions(self, answer_id: str) -> tuple[BookAnswer, ...]:
        """Newest first. Raises Refused: `no_answer`."""
        found = self._store.versions(answer_id)
        if not found:
            raise Refused("no_answer", f"the book has no answer {answer_id}", answer=answer_id)
        return found

    def of_step(self, answer_ids: Iterable[str]) -> Mapping[str, BookAnswer]:
        """What counts of the answers that a step of a script names."""
        return self._store.counting(answer_ids)

    def add(self, who: Who, said: AnswerText) -> int:
        """A new version, which counts once somebody else has approved it; 0: the newest one says the same."""
        need_role(who, WRITERS)
        return self._store.add([checked_answer(said)], author=who.id, at=self._clock.now(), approved_by=None)

    def take(self, who: Who, said: Iterable[AnswerText], *, approved_by: str | None) -> int:
        """
        Many; how many were new. All are looked through before the first is added.

        `approved_by`: who at the principal approved them as they are. Raises Refused: `own_answer`, and as `add`.
        """
        need_role(who, WRITERS)
        checked = [checked_answer(each) for each in said]
        approver = need_text(approved_by, "approved by", most=200) if approved_by is not None else None
        if approver == who.id:
            raise _own_words(who.id)
        return self._store.add(checked, author=who.id, at=self._clock.now(), approved_by=approver)

    def approve(self, who: Who, answer_id: str, version: int) -> BookAnswer:
        """It counts from now on. Raises Refused: `own_answer`, `settled`, `old_version`."""
        need_role(who, WRITERS)
        now = self._clock.now()
        newest = self.versions(answer_id)[0].version

        def step(held: BookAnswer) -> BookAnswer:
            if held.version != newest:
                raise Refused("old_version", f"answer {answer_id} is at version {newest} by now", version=str(newest))
            if held.approved_at is not None or held.withdrawn_at is not None:
                raise Refused("settled", f"answer {answer_id} version {version} is approved or withdrawn already")
            if held.author == who.id:
                raise _own_words(who.id)
            return _approved(held, who.id, now)

        return self._store.amend(answer_id, version, step)

    def withdraw(self, who: Who, answer_id: str) -> None:
        """It counts no longer, in no version. Raises Refused: `settled`, it was withdrawn; `no_answer`."""
        need_role(who, WRITERS)
        self.versions(answer_id)
        if not self._store.withdraw(answer_id, at=self._clock.now()):
            raise Refused("settled", f"answer {answer_id} is withdrawn already")


def checked_answer(said: AnswerText) -> AnswerText:
    """The same without space around its words. Raises Refused: `bad_id`, `empty`, `too_long`, `no_language`."""
    plain = said.id.strip()
    if not _ID.fullmatch(plain):
        raise Refused(
            "bad_id", f"answer {said.id!r}: an id has letters, digits, '.', '-' and '_', at most 64", id=plain
        )
    words: dict[str, dict[str, str]] = {}
    for field, texts in (("question", said.question), ("text", said.text)):
        words[field] = {code: need_text(each, f"{plain}: {field} ({code})") for code, each in texts.items()}
        missing = [code for code in LANGUAGES if code not in words[field]]
        if missing:
            named = " and ".join(missing)
            raise Refused("no_language", f"answer {plain}: {field} is missing in {named}", field=field, language=named)
    return AnswerText(
        id=plain,
        topic=need_text(said.topic, f"{plain}: topic", most=200),
        question=words["question"],
        text=words["text"],
        principal=said.principal or None,
    )


def plain_words(text: str) -> tuple[str, ...]:
    """Its words without case, accents and punctuation, as they are searched: `Perché?` is `perche`."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return tuple("".join(sign if sign.isalnum() else " " for sign in plain).split())


def sought_in(said: AnswerText) -> str:
    """All words of an answer, as they are searched, each between spaces."""
    texts = (said.id, said.topic, *said.question.values(), *said.text.values())
    return f" {' '.join(word for text in texts for word in plain_words(text))} "


def _approved(held: BookAnswer, by: str, at: datetime) -> BookAnswer:
    return replace(held, approved_by=by, approved_at=at)


def _own_words(author: str) -> Refused:
    return Refused("own_answer", f"{author} wrote it: somebody else has to approve it", author=author)
