"""
Scripts that are being written: saved, reviewed by somebody else, returned with a remark, or published.

Two pairs of eyes see every text before an operator does. An admin may publish a text of their own where nobody else is
there, but has to say why, and the history keeps it: whoever may write files on the server could serve any text anyway,
and would leave no word about it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ulid import ULID

from ari_app.desk.refusals import WRITERS, Refused, Who, need_role, need_text
from ari_app.policy.request import Role
from ari_app.policy.scripts import Script
from ari_app.ports.clock import Clock

MOST_CHARACTERS = 100_000
"""Of a script: the longest ones that people speak have a tenth of it."""
MOST_LINES = 3_000
"""Two texts are compared line by line, and that takes the square of it."""


class DraftState(StrEnum):
    """How far a draft has come."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETURNED = "returned"


WRITTEN_ON = (DraftState.DRAFT, DraftState.RETURNED)
"""While it is in one of these it may be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A script in writing."""

    id: str
    script: str
    """The id that its text gives, or was to give when it was begun."""
    body: str
    author: str
    """Who saved it last."""
    saved_at: datetime
    state: DraftState = DraftState.DRAFT
    reviewer: str | None = None
    reviewed_at: datetime | None = None
    remark: str = ""

    @property
    def digest(self) -> str:
        """Of the text: what somebody has seen is what they change, approve or return."""
        return digest_of(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong with a script."""

    line: int
    """0: it is about the whole."""
    where: str
    """Key or step; empty: it is about the whole."""
    what: str
    blocks: bool = True
    """It has to be put right before the script is reviewed; otherwise it is advice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A text that was looked through."""

    body: str
    script: Script | None
    """None: it cannot be read at all."""
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Nothing stands in the way of its being served."""
        return self.script is not None and not any(each.blocks for each in self.findings)


class Check(Protocol):
    """Looks a text through: can it be read, does every path end, is nothing skipped that must be said."""

    def __call__(self, body: str) -> Checked:
        """Pure, and slow enough to be kept off the database's threads."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """What a published draft becomes."""

    script: str
    version: str
    sha256: str
    body: str
    author: str
    approved_by: str
    must_read: bool
    why: str


class DraftStore(Protocol):
    """Where drafts are kept. Raises StoreConflict, StoreUnavailable."""

    def add(self, draft: Draft) -> None:
        """A new one."""
        ...

    def draft(self, draft_id: str) -> Draft | None:
        """None: there is none."""
        ...

    def unpublished(self) -> tuple[Draft, ...]:
        """Last saved first."""
        ...

    def amend(self, draft_id: str, step: Callable[[Draft], Draft]) -> Draft:
        """In one transaction: what `step` makes of it; what `step` raises goes through. Raises StoreConflict: none."""
        ...

    def publish(self, draft_id: str, step: Callable[[Draft], Draft], new: NewVersion) -> Draft:
        """The same, and the new version is served. Raises StoreConflict: there is such a version already."""
        ...


class Drafts:
    """Who may do what with a draft. Raises Refused; StoreConflict, StoreUnavailable."""

    def __init__(self, store: DraftStore, clock: Clock) -> None:
        """Over one database."""
        self._store = store
        self._clock = clock

    def draft(self, draft_id: str) -> Draft:
        """Raises Refused: `no_draft`."""
        found = self._store.draft(draft_id)
        if found is None:
            raise Refused("no_draft", f"there is no draft {draft_id}", draft=draft_id)
        return found

    def unpublished(self) -> tuple[Draft, ...]:
        """Last saved first."""
        return self._store.unpublished()

    def begin(self, who: Who, checked: Checked, *, script_id: str) -> Draft:
        """Save a new draft, right or wrong; `script_id` holds while the text gives none."""
        need_role(who, WRITERS)
        body = _text(checked.body)
        named = checked.script.id if checked.script else script_id
        draft = Draft(id=str(ULID()), script=named, body=body, author=who.id, saved_at=self._clock.now())
        self._store.add(draft)
        return draft

    def save(self, who: Who, draft_id: str, checked: Checked, *, seen: str) -> Draft:
        """
        Put this text in place of the one whose digest was `seen`, right or wrong.

        Raises Refused: `changed_meanwhile`, and `wrong_state` while it is reviewed.
        """
        need_role(who, WRITERS)
        body, now = _text(checked.body), self._clock.now()

        def step(held: Draft) -> Draft:
            _need_state(held, WRITTEN_ON)
            _need_seen(held, seen)
            script = checked.script.id if checked.script else held.script
            saved = {"script": script, "body": body, "author": who.id, "saved_at": now}
            return held if body == held.body else replace(held, **saved, state=DraftState.DRAFT)  # type: ignore[arg-type]

        return self._store.amend(draft_id, step)

    def submit(self, who: Who, draft_id: str, checked: Checked) -> Draft:
        """Ask for a review of the text that was checked. Raises Refused: `not_sound`, `changed_meanwhile`."""
        need_role(who, WRITERS)
        _need_sound(checked)

        def step(held: Draft) -> Draft:
            _need_state(held, WRITTEN_ON)
            _need_seen(held, digest_of(_text(checked.body)))
            return replace(held, state=DraftState.IN_REVIEW, reviewer=None, reviewed_at=None, remark="")

        return self._store.amend(draft_id, step)

    def take_back(self, who: Who, draft_id: str) -> Draft:
        """Write on: it is a draft again. Raises Refused: `not_author`."""
        need_role(who, WRITERS)

        def step(held: Draft) -> Draft:
            _need_state(held, (DraftState.IN_REVIEW,))
            if who.id != held.author:
                raise Refused("not_author", f"only {held.author}, who wrote it, takes it back", author=held.author)
            return replace(held, state=DraftState.DRAFT)

        return self._store.amend(draft_id, step)

    def give_back(self, who: Who, draft_id: str, *, seen: str, remark: str) -> Draft:
        """Return it to whoever wrote it. Raises Refused: `empty` without a remark, `own_text`."""
        need_role(who, WRITERS)
        said, now = need_text(remark, "remark"), self._clock.now()

        def step(held: Draft) -> Draft:
            _need_state(held, (DraftState.IN_REVIEW,))
            _need_seen(held, seen)
            if who.id == held.author:
                raise Refused("own_text", "whoever wrote a text does not review it", author=held.author)
            reviewed = {"reviewer": who.id, "reviewed_at": now, "remark": said}
            return replace(held, state=DraftState.RETURNED, **reviewed)  # type: ignore[arg-type]

        return self._store.amend(draft_id, step)

    def publish(self, who: Who, draft_id: str, checked: Checked, *, must_read: bool, remark: str) -> Draft:
        """
        Approve the text that was checked: it is served from the next verdict on.

        `must_read`: to nobody who has not read it. Raises Refused: `own_text`; `not_sound`; `changed_meanwhile`.
        """
        need_role(who, WRITERS)
        script = _need_sound(checked)
        body, now = _text(checked.body), self._clock.now()
        held = self.draft(draft_id)
        need_other_eyes(who, held.author, remark)

        def step(held: Draft) -> Draft:
            _need_state(held, (DraftState.IN_REVIEW,))
            _need_seen(held, digest_of(body))
            need_other_eyes(who, held.author, remark)
            reviewed = {"reviewer": who.id, "reviewed_at": now, "remark": remark.strip()}
            return replace(held, state=DraftState.PUBLISHED, **reviewed)  # type: ignore[arg-type]

        new = NewVersion(
            script=script.id,
            version=script.version,
            sha256=digest_of(body),
            body=body,
            author=held.author,
            approved_by=who.id,
            must_read=must_read,
            why=remark.strip(),
        )
        return self._store.publish(draft_id, step, new)


def need_other_eyes(who: Who, author: str, remark: str) -> None:
    """Raise Refused: `own_text`, unless an admin says why nobody else could look at it."""
    if who.id != author or (who.role is Role.ADMIN and remark.strip()):
        return
    raise Refused(
        "own_text_admin" if who.role is Role.ADMIN else "own_text",
        f"{author} wrote it: somebody else has to approve it; an admin may do without, and says why",
        author=author,
    )


def digest_of(body: str) -> str:
    """SHA-256 of a text, as scripts are told apart by it."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def _text(body: str) -> str:
    """As a browser's form gave it, with plain line ends and one at the end."""
    plain = need_text(body, "script", most=MOST_CHARACTERS)
    if plain.count("\n") >= MOST_LINES:
        raise Refused("too_many_lines", f"script: it has more than {MOST_LINES} lines", most=str(MOST_LINES))
    return plain + "\n"


def _need_sound(checked: Checked) -> Script:
    if checked.script is None or not checked.sound:
        wrong = "; ".join(f"line {each.line}: {each.what}" for each in checked.findings if each.blocks)
        raise Refused("not_sound", f"the script is not right yet: {wrong}")
    return checked.script


def _need_state(held: Draft, states: tuple[DraftState, ...]) -> None:
    if held.state not in states:
        raise Refused("wrong_state", f"the draft is {held.state.value} by now", state=held.state.value)


def _need_seen(held: Draft, seen: str) -> None:
    if held.digest != seen:
        raise Refused("changed_meanwhile", f"{held.author} has changed the draft meanwhile", author=held.author)
