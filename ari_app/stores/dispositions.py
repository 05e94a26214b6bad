"""What was noted of a call, and what follows from it: suppression, flag, promise, all in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, union, update
from ulid import ULID

from ari_app.policy.disposition import EFFECTS, ENDING, NO_CONVERSATION, Disposition, FlagKind
from ari_app.policy.held import Suppression, SuppressionPurpose
from ari_app.policy.keyring import Keyring
from ari_app.policy.request import OBJECTED_TO, Purpose
from ari_app.ports.dispositions import Noted, Word
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.closing import CALL, keep_promises
from ari_app.stores.database import Database
from ari_app.stores.needs import keep_needs
from ari_app.stores.offers import note_of_offers
from ari_app.stores.suppressions import suppress
from ari_app.stores.tables import attempt, callback, disposition, flag, live_call

LONGEST_TEXT = 4_000
"""Of a note: two pages; what is longer is no note."""
_OF_CALL = select(disposition).where(disposition.c.call_id == bindparam("call")).order_by(disposition.c.seq)
"""Made once: every look at a call asks for it, and to make a statement costs more than to run it."""


class SqlDispositions:
    """Implements ports.dispositions.Dispositions."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """The keyring names the locks and the key of what is suppressed."""
        self._database = database
        self._keyring = keyring

    def note(self, word: Word) -> Noted:
        """As the port."""
        _need_whole(word)
        _need_plain(word)

        def work(connection: Connection) -> Noted:
            self._database.lock(connection, [self._keyring.lock_number(f"disposition:{word.call_id}")])
            call = _need_call(connection, word.call_id)
            keep_needs(connection, call, word)
            earlier = connection.execute(_OF_CALL, {"call": word.call_id}).mappings().all()
            if earlier and _is_same(connection, call, earlier[-1], word):
                return _noted(earlier[-1])
            if earlier:
                _need_recording(earlier, word)
                _withdraw(connection, call.principal, earlier[-1], word)
            connection.execute(
                update(attempt).where(attempt.c.call_id == word.call_id).values(disposition=word.disposition.value)
            )
            note_of_offers(connection, word.call_id, word.disposition)
            _settle_promises(connection, call, word)
            row = {
                "call_id": word.call_id,
                "seq": len(earlier) + 1,
                "disposition": word.disposition.value,
                "operator": word.operator,
                "noted_at": word.at,
                "note": word.note or None,
                "suppression": self._suppressed(connection, call, word),
                "flag": _flagged(connection, call, word),
                "callback": _promised(connection, call, word),
                "recording": word.recording or None,
            }
            connection.execute(insert(disposition), row)
            return _noted(row)

        return self._database.write(work)

    def operators_of(self, call_id: str) -> frozenset[str]:
        """As the port."""
        query = union(
            select(attempt.c.operator).where(attempt.c.call_id == call_id),
            select(live_call.c.operator).where(live_call.c.call_id == call_id),
        )
        return self._database.read(lambda connection: frozenset(connection.scalars(query)) - {""})

    def of_call(self, call_id: str) -> tuple[Noted, ...]:
        """As the port."""
        this = {"call": call_id}
        return self._database.read(lambda connection: tuple(map(_noted, connection.execute(_OF_CALL, this).mappings())))

    def _suppressed(self, connection: Connection, call: Any, word: Word) -> str | None:
        effect = EFFECTS.get(word.disposition)
        if effect is None or not effect.suppresses:
            return None
        new = Suppression(
            id=str(ULID()),
            scope=f"principal:{call.principal}",
            purpose=SuppressionPurpose(effect.suppresses),
            reason=word.disposition.value,
            source="disposition",
            created_at=word.at,
        )
        if new.purpose is SuppressionPurpose.MARKETING and Purpose(call.purpose) in OBJECTED_TO:
            own = replace(new, id=str(ULID()), scope=f"campaign:{call.campaign}", purpose=SuppressionPurpose.ALL)
            suppress(connection, self._database, self._keyring, call.number_key, own)
        return suppress(connection, self._database, self._keyring, call.number_key, new).id


def _need_whole(word: Word) -> None:
    if word.disposition is Disposition.CALLBACK and word.due_at is None:
        raise StoreConflict("a callback needs the instant it is promised for")
    if word.disposition is Disposition.LANGUAGE and not word.value:
        raise StoreConflict("which language they asked for has to be said, as `de`")
    if word.due_at is not None and word.due_at <= word.at:
        raise StoreConflict("a callback cannot be promised for an instant that is past")
    if word.due_at is not None and word.disposition in ENDING:
        raise StoreConflict(f"{word.disposition.value}: nobody is called back after that; note it without an instant")


def _need_plain(word: Word) -> None:
    """Raise StoreConflict if a text is longer than people write, or holds what PostgreSQL keeps in no text."""
    texts = (word.note, word.value, word.recording, *word.needs)
    if any("\0" in text for text in texts):
        raise StoreConflict("a text holds a sign of no writing (NUL)")
    if any(len(text) > LONGEST_TEXT for text in texts):
        raise StoreConflict(f"a note is of at most {LONGEST_TEXT} signs")


def _need_call(connection: Connection, call_id: str) -> Any:
    call = CALL.run(connection, {"call_id": call_id}).one_or_none()
    if call is None:
        raise StoreConflict(f"there is no verdict of call {call_id}")
    if call.state is None:
        raise StoreConflict(f"call {call_id} was not permitted, so that nothing can have been said in it")
    return call


def _is_same(connection: Connection, call: Any, held: RowMapping, word: Word) -> bool:
    """Whether it says what was said already: a key that was pressed twice, a form that was sent twice."""
    said = (word.disposition.value, word.operator, word.note, word.recording)
    if (held["disposition"], held["operator"], held["note"] or "", held["recording"] or "") != said:
        return False
    promised = connection.execute(
        select(callback.c.due_at, callback.c.operator).where(
            callback.c.principal == call.principal, callback.c.id == held["callback"]
        )
    ).one_or_none()
    if (tuple(promised) if promised else (None, "")) != (word.due_at, word.callback_by if word.due_at else ""):
        return False
    mine = (flag.c.principal == call.principal, flag.c.id == held["flag"])
    flagged = connection.scalar(select(flag.c.value).where(*mine))
    return not word.value or flagged == word.value


def _need_recording(earlier: Sequence[RowMapping], word: Word) -> None:
    if not word.recording and any(row["recording"] for row in earlier):
        raise StoreConflict("a supervisor has corrected this word by its recording; only another correction changes it")


def _withdraw(connection: Connection, principal: str, earlier: RowMapping, word: Word) -> None:
    """Take back what the word before set down, but for its suppression: that one is for ever."""
    connection.execute(
        update(flag)
        .where(flag.c.principal == principal, flag.c.id == earlier["flag"], flag.c.cleared_at.is_(None))
        .values(cleared_at=word.at, cleared_by=word.operator)
    )
    connection.execute(
        update(callback)
        .where(callback.c.principal == principal, callback.c.id == earlier["callback"], callback.c.done_at.is_(None))
        .values(done_at=word.at)
    )


def _settle_promises(connection: Connection, call: Any, word: Word) -> None:
    """The word says whether this call was a conversation, and so whether it kept what had been promised before it."""
    if word.disposition in NO_CONVERSATION:
        kept = update(callback).where(callback.c.principal == call.principal, callback.c.done_in == word.call_id)
        connection.execute(kept.values(done_at=None, done_in=None))
    else:
        keep_promises(connection, word.call_id, call, word.at)


def _flagged(connection: Connection, call: Any, word: Word) -> str | None:
    effect = EFFECTS.get(word.disposition)
    if effect is None or effect.flag is None:
        return None
    meant = call.person if effect.flag is FlagKind.WRONG_NUMBER else None
    row = {
        "principal": call.principal,
        "id": str(ULID()),
        "number_key": call.number_key,
        "kind": effect.flag.value,
        "value": word.value or meant or "",
        "since": word.at,
        "source": f"call {word.call_id}",
    }
    connection.execute(insert(flag), row)
    return str(row["id"])


def _promised(connection: Connection, call: Any, word: Word) -> str | None:
    if word.due_at is None:
        return None
    row = {
        "principal": call.principal,
        "id": str(ULID()),
        "number_key": call.number_key,
        "campaign": call.campaign,
        "operator": word.callback_by,
        "promised_in": word.call_id,
        "created_at": word.at,
        "due_at": word.due_at,
        "note": word.note,
    }
    connection.execute(insert(callback), row)
    return str(row["id"])


def _noted(row: Any) -> Noted:
    return Noted(
        disposition=Disposition(row["disposition"]),
        operator=row["operator"],
        at=row["noted_at"],
        note=row["note"] or "",
        suppression=row["suppression"],
        flag=row["flag"],
        callback=row["callback"],
        recording=row["recording"] or "",
    )
