"""
What operators do at the desk, each a form: it works without JavaScript, and `desk.js` sends the same.

Whatever is refused is shown again as it was typed, with the reason.
Nothing says that it is done before the store has it.
"""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from ari_app.desk.walks import Moved
from ari_app.policy.disposition import Disposition
from ari_app.policy.record import VerdictRecord
from ari_app.policy.scripts import WalkError
from ari_app.policy.scripts.script import NEVER_AGAIN
from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.ports.verdicts import StoreConflict
from ari_app.web.access import Person, person_of
from ari_app.web.desk.keys import OFFERED
from ari_app.web.desk.pane import Clockwork, Said, Typed
from ari_app.web.desk.services import DeskServices, Refusal
from ari_app.web.desk.words import WORDS
from ari_app.web.forms import fields_of
from ari_app.web.words import language_of

_SETTABLE = ("available", "after_call", "break")
_REFUSED = 422
_CONFLICT = 409


class Answer(Protocol):
    """Shows the desk after a form."""

    async def __call__(
        self, request: web.Request, *, said: Said | None = None, typed: Typed | None = None, status: int = 200
    ) -> web.StreamResponse:
        """Said: what became of it; typed: what is to be shown again."""
        ...


class Forms:
    """A handler for each form of the desk."""

    def __init__(self, services: DeskServices, answer: Answer) -> None:
        """`answer` shows the desk."""
        self._services = services
        self._answer = answer

    async def walk(self, request: web.Request) -> web.StreamResponse:
        """One move in the script."""
        person, sent = person_of(request), await _sent(request)
        live, record = await self._own_call(person, sent["call"])
        move, _, what = sent["move"].partition(":")
        try:
            seq = int(sent["seq"])
        except ValueError:
            raise web.HTTPBadRequest from None
        if (move, what) == ("exit", NEVER_AGAIN) and live.answered_at is not None:
            refused = await self._wished_never_again(person, live)
            if refused:
                return await self._answer(request, said=refused, status=_REFUSED)
            if live.over:  # they said it and hung up: the wish counts, and there is nothing left to be walked
                return await self._answer(request, said=Said(kind="done", text="said_done", call_id=live.call_id))
        try:
            moved = await self._moved(live, record, move, what, seq=seq, operator=person.id)
        except WalkError:
            return await self._answer(request, said=Said(kind="late", text="said_over"), status=_CONFLICT)
        if moved.late:
            return await self._answer(request, said=Said(kind="late", text="said_late"), status=_CONFLICT)
        if moved.no_offer:
            reasons = tuple(reason.text for reason in moved.second.reasons) if moved.second else ()
            said = Said(kind="refused", text="said_offer", reasons=reasons)
            return await self._answer(request, said=said, status=_REFUSED)
        self._services.desks.look_again(person.id)  # their other desks; this one sees it in its answer
        return await self._answer(request)

    async def _wished_never_again(self, person: Person, live: LiveCall) -> Said | None:
        """The wish binds before the page says so, and whatever becomes of the call; None: it is on record."""
        noted = await self._services.calls.noted(live.call_id)
        if any(each.disposition is Disposition.NEVER_AGAIN for each in noted):
            return None
        note = noted[-1].note if noted else ""
        try:
            done = await self._services.noting.note(
                live.call_id, person=person, word=Disposition.NEVER_AGAIN, note=note
            )
        except StoreConflict:
            return Said(kind="failed", text="said_conflict", call_id=live.call_id)
        return _refused(done, live.call_id) if isinstance(done, Refusal) else None

    async def _moved(
        self, live: LiveCall, record: VerdictRecord, move: str, what: str, *, seq: int, operator: str
    ) -> Moved:
        walks = self._services.walks
        match move, what:
            case "go_on", "":
                return await walks.go_on(live, record, seq=seq, operator=operator)
            case "back", "":
                return await walks.back(live, record, seq=seq, operator=operator)
            case "answer", _:
                return await walks.answer(live, record, what, seq=seq, operator=operator)
            case "exit", ("no_thank_you" | "never_again"):
                return await walks.leave(live, record, what, seq=seq, operator=operator)
            case _:
                raise web.HTTPBadRequest

    async def note(self, request: web.Request) -> web.StreamResponse:
        """A word on a call: the one of now, or one of the operator's before it that was still open on the screen."""
        person, sent = person_of(request), await _sent(request)
        call_id = sent["call"]
        await self._need_own(person, call_id)
        first = sent.get("first", "")
        word = Disposition.CALLBACK.value if first else sent.get("word", "")
        if word not in OFFERED:
            raise web.HTTPBadRequest
        typed = Typed(call_id=call_id, word=word, fields=dict(sent) | ({"due": first} if first else {}))
        said = await self._noted(person, call_id, Disposition(word), typed.fields)
        if said.kind == "done":
            self._services.desks.look_again(person.id)
            return await self._answer(request, said=said)
        status = _CONFLICT if said.kind == "failed" else _REFUSED
        return await self._answer(request, said=said, typed=typed, status=status)

    async def _noted(self, person: Person, call_id: str, word: Disposition, sent: Mapping[str, str]) -> Said:
        clock = Clockwork(language=language_of(person.language), zone=self._services.zone)
        due = clock.read(sent.get("due", "")) if word is Disposition.CALLBACK else None
        value = sent.get("value", "").strip().lower() if word is Disposition.LANGUAGE else ""
        if word is Disposition.CALLBACK and due is None:
            return Said(kind="refused", text="said_no_due", call_id=call_id)
        if word is Disposition.LANGUAGE and not (len(value) == 2 and value.isascii() and value.isalpha()):
            return Said(kind="refused", text="said_no_value", call_id=call_id)
        try:
            done = await self._services.noting.note(
                call_id,
                person=person,
                word=word,
                note=sent.get("note", "").replace("\r\n", "\n").strip(),
                needs=tuple(need for line in sent.get("needs", "").splitlines() if (need := line.strip())),
                due_at=due,
                callback_by=person.id if word is Disposition.CALLBACK and sent.get("by_me") else "",
                value=value,
            )
        except StoreConflict:
            return Said(kind="failed", text="said_conflict", call_id=call_id)
        return (
            _refused(done, call_id)
            if isinstance(done, Refusal)
            else Said(kind="done", text="said_done", call_id=call_id)
        )

    async def finish(self, request: web.Request) -> web.StreamResponse:
        """The work after a call is over, or a refusal was read. A call that is not theirs any more is left alone."""
        person, sent = person_of(request), await _sent(request)
        live = self._services.desks.of(person.id)
        if live is not None and live.call_id == sent["call"] and live.phase in (Phase.REFUSED, Phase.ENDED):
            self._services.desks.done(person.id, live.call_id)
        return await self._answer(request)

    async def state(self, request: web.Request) -> web.StreamResponse:
        """Available, at a break, or busy after a call."""
        person, sent = person_of(request), await _sent(request)
        if sent.get("state") not in _SETTABLE:
            raise web.HTTPBadRequest
        if not await self._services.states.set(person.id, sent["state"]):
            return await self._answer(request, said=Said(kind="late", text="said_state"), status=_CONFLICT)
        return await self._answer(request)

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Call somebody: the next contact, or a callback that is due."""
        person, sent = person_of(request), await _sent(request)
        live = self._services.desks.of(person.id)
        if live is not None:
            return await self._answer(request)  # a call came meanwhile: that one is on the screen now
        refused = await self._services.dialling.call(person, e164=sent["e164"], campaign_id=sent["campaign"])
        if refused is not None:
            reasons = refused.reasons or (WORDS[language_of(person.language)]["never_gated"],)
            said = Said(kind="refused", text="said_call", reasons=reasons, first_allowed=refused.first_allowed)
            return await self._answer(request, said=said, status=_REFUSED)
        return await self._answer(request, said=Said(kind="done", text="said_own_phone"))

    async def _own_call(self, person: Person, call_id: str) -> tuple[LiveCall, VerdictRecord]:
        """The call that the desk is in, if it is this one. Raises HTTPNotFound, which tells nobody of other calls."""
        live = self._services.desks.of(person.id)
        record = await self._services.calls.call(call_id) if live and live.call_id == call_id else None
        if live is None or record is None:
            raise web.HTTPNotFound
        return live, record

    async def _need_own(self, person: Person, call_id: str) -> None:
        live = self._services.desks.of(person.id)
        if live is not None and live.call_id == call_id:
            return
        record = await self._services.calls.call(call_id)
        if record is None or record.operator != person.id:
            raise web.HTTPNotFound


def _refused(refusal: Refusal, call_id: str) -> Said:
    return Said(
        kind="refused",
        text=f"said_{refusal.code or 'word'}",
        reasons=refusal.reasons,
        first_allowed=refusal.first_allowed,
        call_id=call_id,
    )


class _Fields(dict[str, str]):
    """What a form holds; a field that it must have and lacks is the browser's fault."""

    def __missing__(self, name: str) -> str:
        raise web.HTTPBadRequest


async def _sent(request: web.Request) -> _Fields:
    """A form's text fields."""
    return _Fields(await fields_of(request))
