"""What the floor must know: for everybody or for those of one campaign, until it expires; and who has read it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ulid import ULID

from ari_app.desk.refusals import OVERSEERS, WRITERS, Refused, Who, need_role, need_text
from ari_app.ports.clock import Clock

EVERYBODY = "*"
_OF_CAMPAIGN = re.compile(r"campaign:[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message."""

    id: str
    audience: str
    """`*`, or `campaign:ID`."""
    title: str
    text: str
    author: str
    made_at: datetime
    expires_at: datetime | None = None
    """The first instant at which nobody is shown it; None: it stays."""


class NoticeStore(Protocol):
    """Where notices are kept. Raises StoreConflict, StoreUnavailable."""

    def add(self, notice: Notice) -> None:
        """Raises StoreConflict: there is no such campaign."""
        ...

    def all(self) -> tuple[Notice, ...]:
        """Newest first, expired ones too."""
        ...

    def notice(self, notice_id: str) -> Notice | None:
        """None: there is none."""
        ...

    def end(self, notice_id: str, *, at: datetime) -> bool:
        """Let it expire. False: there is none that has not."""
        ...

    def of(self, operator: str, *, at: datetime) -> tuple[tuple[Notice, bool], ...]:
        """What they are shown, newest first, and whether they have read it."""
        ...

    def read(self, operator: str, notice_id: str, *, at: datetime) -> None:
        """Twice is once. Raises StoreConflict: there is no such notice, or operator."""
        ...

    def readers(self) -> Mapping[str, tuple[str, ...]]:
        """Who has read each notice that somebody has read."""
        ...


class Notices:
    """Notices, and who may write them. Raises Refused; StoreConflict, StoreUnavailable."""

    def __init__(self, store: NoticeStore, clock: Clock) -> None:
        """Over one database."""
        self._store = store
        self._clock = clock

    def add(
        self, who: Who, *, title: str, text: str, audience: str = EVERYBODY, expires_at: datetime | None = None
    ) -> Notice:
        """Tell the floor. Raises Refused: `bad_audience`, `past`, `empty`, `too_long`."""
        need_role(who, WRITERS)
        now = self._clock.now()
        if audience != EVERYBODY and not _OF_CAMPAIGN.fullmatch(audience):
            raise Refused("bad_audience", f"audience {audience!r}: write * or campaign:ID", audience=audience)
        if expires_at is not None and expires_at <= now:
            raise Refused("past", "the notice would have expired already; name a later time")
        new = Notice(
            id=str(ULID()),
            audience=audience,
            title=need_text(title, "title", most=200),
            text=need_text(text, "text"),
            author=who.id,
            made_at=now,
            expires_at=expires_at,
        )
        self._store.add(new)
        return new

    def end(self, who: Who, notice_id: str) -> None:
        """Nobody is shown it any more; it stays on record. Raises Refused: `no_notice`."""
        need_role(who, WRITERS)
        if not self._store.end(notice_id, at=self._clock.now()):
            raise _no_notice(notice_id)

    def all(self, who: Who) -> tuple[Notice, ...]:
        """Newest first, expired ones too."""
        need_role(who, OVERSEERS)
        return self._store.all()

    def readers(self, who: Who) -> Mapping[str, tuple[str, ...]]:
        """Who has read which."""
        need_role(who, OVERSEERS)
        return self._store.readers()

    def of(self, who: Who) -> tuple[tuple[Notice, bool], ...]:
        """What they are shown now, newest first, and whether they have read it."""
        return self._store.of(who.id, at=self._clock.now())

    def read(self, who: Who, notice_id: str) -> None:
        """Say that they have read it. Raises Refused: `no_notice`, also where it is not for them."""
        if not any(notice.id == notice_id for notice, _ in self.of(who)):
            raise _no_notice(notice_id)
        self._store.read(who.id, notice_id, at=self._clock.now())


def _no_notice(notice_id: str) -> Refused:
    return Refused("no_notice", f"there is no notice {notice_id} that is shown", notice=notice_id)
