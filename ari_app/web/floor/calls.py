"""`/floor/calls`: past calls found, and one of them told whole, with its word corrected where it was mistaken."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from ari_app.desk.floor import MAY_CORRECT
from ari_app.policy.disposition import Disposition
from ari_app.policy.explain import explained
from ari_app.policy.numbers import mask
from ari_app.policy.record import VerdictRecord
from ari_app.ports.floor import CallHistory, Found
from ari_app.web.access import Person, person_of
from ari_app.web.floor.fact_words import FACT_WORDS
from ari_app.web.floor.facts import seen
from ari_app.web.floor.rendering import floor_page
from ari_app.web.floor.searches import NotReadError, Search, Searches, read_place, read_search, wanted, written_place
from ari_app.web.floor.services import CorrectionRefusedError, FloorServices
from ari_app.web.floor.shown import Shown
from ari_app.web.forms import fields_of

_PATH = "/floor/calls"
_LONGEST_NOTE = 2000


class Calls:
    """The pages of past calls."""

    def __init__(self, services: FloorServices) -> None:
        """Keeps searches by number, and nothing else."""
        self._services = services
        self._searches = Searches(services.clock)

    async def find(self, request: web.Request) -> web.StreamResponse:
        """The form, and what is found; without a word said, today's."""
        person, named = person_of(request), request.query.get("search", "")
        kept = self._searches.find(person.id, named) if named else None
        if named and kept is None:
            return await self._results(request, Search(), fault="gone_search", status=410)
        search = kept or read_search({**request.query, "who": ""}, region=self._services.region)
        return await self._results(request, search, name=named)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """The form was sent: from here it goes to an address that names nobody."""
        form = await fields_of(request)
        try:
            search = read_search(form, region=self._services.region)
        except NotReadError as failure:
            written = Search(**{name: form.get(name, "")[:200] for name in ("who", "campaign", "since", "until")})
            return await self._results(request, written, fault=str(failure), status=422)
        if search.call_id:
            raise web.HTTPSeeOther(f"{_PATH}/{search.call_id}")
        query = search.query()
        if search.e164:
            query = {"search": self._searches.keep(person_of(request).id, search)}
        raise web.HTTPSeeOther(f"{_PATH}?{urlencode(query)}" if query else _PATH)

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One call, whole."""
        return await self._call(request, await self._held(request))

    async def correct(self, request: web.Request) -> web.StreamResponse:
        """Another word, by the recording."""
        held = await self._held(request)
        form = await fields_of(request)
        try:
            word, due_at = _word_of(form)
            await self._services.correcting.correct(
                held.record.call_id,
                supervisor=person_of(request).id,
                recording=form["recording"].strip(),
                word=word,
                note=form.get("note", "").strip()[:_LONGEST_NOTE],
                due_at=due_at,
                value=form.get("value", "").strip(),
            )
        except NotReadError as failure:
            return await self._call(request, held, fault=_words(request)[str(failure)], form=form)
        except CorrectionRefusedError as refused:
            shown = Shown(person_of(request).language)
            first = (
                f" {shown.words['first_possible']} {shown.at(refused.first_allowed)}" if refused.first_allowed else ""
            )
            return await self._call(request, held, fault=f"{refused}{first}", form=form)
        raise web.HTTPSeeOther(f"{_PATH}/{held.record.call_id}?corrected=1#words")

    async def _held(self, request: web.Request) -> CallHistory:
        held = await self._services.floor.call(person_of(request), request.match_info["call_id"])
        if held is None:
            raise web.HTTPNotFound
        return held

    async def _results(
        self, request: web.Request, search: Search, *, name: str = "", fault: str = "", status: int = 200
    ) -> web.Response:
        person, now = person_of(request), self._services.clock.now()
        day = await self._services.floor.day(person)
        found = None
        if not fault:
            try:
                asked = wanted(search, now=now, before=read_place(request.query.get("before", "")))
                found = await self._services.floor.find(person, asked)
            except NotReadError as failure:
                fault, status = str(failure), 422
        context = {
            "title": Shown(person.language).words["calls"],
            "search": search,
            "campaigns": [each.campaign.id for each in day.campaigns],
            "found": found,
            "rows": [_row(record) for record in found.calls] if found else [],
            "older": _older(search, name, found),
            "fault": fault,
        }
        return floor_page(request, "calls.html", context, status=status)

    async def _call(
        self, request: web.Request, held: CallHistory, *, fault: str = "", form: Mapping[str, str] | None = None
    ) -> web.Response:
        person, record = person_of(request), held.record
        packs = [self._services.packs.get(pack.id) for pack in record.packs]
        may_correct = person.role in MAY_CORRECT and record.verdict == "permit"
        context = {
            "title": f"{_words(request)['call']} {record.call_id}",
            "held": held,
            "record": record,
            "seen": lambda facts: seen(facts, Shown(person.language)),
            "raw_facts": FACT_WORDS[Shown(person.language).language]["raw_facts"],
            "lines": explained(record, [pack for pack in packs if pack is not None]),
            "steps": await self._steps(held, Shown(person.language)),
            "may_correct": may_correct,
            "hides_notes": person.role not in MAY_CORRECT,
            "words_there_are": [word.value for word in Disposition],
            "fault": fault,
            "form": form or {},
            "corrected": "corrected" in request.query and not fault,
        }
        return floor_page(request, "call.html", context, status=422 if fault else 200)

    async def _steps(self, held: CallHistory, shown: Shown) -> list[dict[str, Any]]:
        """The steps that were walked, each with the words of the answer that was given."""
        chosen = held.record.script
        script = await self._services.script(chosen.id, chosen.version) if chosen and held.steps else None
        steps = {step.id: step for step in script.steps} if script else {}
        told = []
        for taken in held.steps:
            step = steps.get(taken.step)
            answers = {answer.id: answer.text for answer in step.answers} if step else {}
            texts = answers.get(taken.answer, {})
            told.append(
                {
                    "at": taken.at,
                    "step": taken.step,
                    "answer": texts.get(shown.language) or next(iter(texts.values()), taken.answer),
                    "discloses": taken.discloses,
                }
            )
        return told


def _row(record: VerdictRecord) -> dict[str, Any]:
    codes = dict.fromkeys(reason.code for reason in record.reasons)
    return {
        "record": record,
        "callee": mask(record.callee) if record.callee else "",
        "code": next(iter(codes), "") if record.verdict != "permit" else "",
    }


def _older(search: Search, name: str, found: Found | None) -> str:
    if found is None or found.more is None:
        return ""
    query = {"search": name} if name else search.query()
    return f"{_PATH}?{urlencode({**query, 'before': written_place(found.more)})}"


def _word_of(form: Mapping[str, str]) -> tuple[Disposition, datetime | None]:
    """The word and, of a callback, its instant. Raises NotReadError."""
    if not form.get("recording", "").strip():
        raise NotReadError("need_recording")
    try:
        word = Disposition(form.get("word", ""))
    except ValueError as failure:
        raise NotReadError("need_word") from failure
    due = form.get("due_at", "").strip()
    if word is not Disposition.CALLBACK:
        return word, None
    try:
        return word, datetime.fromisoformat(due).astimezone(UTC)
    except (ValueError, OverflowError) as failure:
        raise NotReadError("bad_due") from failure


def _words(request: web.Request) -> Mapping[str, str]:
    person: Person = person_of(request)
    return Shown(person.language).words
