"""Pages to read scripts: what is served, its words for somebody, its picture, its history, and who has read it."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from aiohttp import web

from ari_app.desk.book import BookAnswer
from ari_app.desk.drafts import Draft
from ari_app.desk.personas import Persona, personas
from ari_app.desk.refusals import OVERSEERS, Refused, Who
from ari_app.desk.versions import ScriptChange, ScriptVersion
from ari_app.policy.scripts import Script, Situation
from ari_app.ports.clock import Clock
from ari_app.web.access import only, person_of
from ari_app.web.places import WHO_READS_SCRIPTS
from ari_app.web.words import language_of
from ari_app.web.writing.parsing import script_of, title_of
from ari_app.web.writing.shown import PROBLEMS, Threads, form_of, not_found, page, problem_of


class Fill(Protocol):
    """Puts what is known of somebody into the merge fields of a text."""

    def __call__(self, text: str, situation: Situation, *, operator: str, language: str) -> str:
        """Raises nothing that `Script.words` of a linted script could cause."""
        ...


Picture = Callable[[Script, str], str]
"""A script's steps and ways as SVG, in a language."""


class Versions(Protocol):
    """What these pages ask of the versions. Raises Refused, StoreConflict, StoreUnavailable."""

    def current(self) -> tuple[ScriptVersion, ...]:
        """What is served, by id."""
        ...

    def kept(self, script_id: str, version: str = "") -> ScriptVersion:
        """This version, or the one that is served."""
        ...

    def versions(self, script_id: str) -> tuple[ScriptVersion, ...]:
        """Newest first."""
        ...

    def history(self, script_id: str) -> tuple[ScriptChange, ...]:
        """Newest first."""
        ...

    def roll_back(self, who: Who, script_id: str, version: str, *, why: str) -> None:
        """Serve a version of the past."""
        ...

    def read(self, who: Who, script_id: str, version: str) -> None:
        """Say that it was read."""
        ...

    def has_read(self, who: Who, kept: ScriptVersion) -> bool:
        """Whether they have read this very version."""
        ...

    def unread(self, who: Who) -> Mapping[str, str]:
        """What they must read, with the version."""
        ...

    def readers(self, script_id: str, version: str) -> Mapping[str, datetime]:
        """Who has read it."""
        ...


class DraftsInWriting(Protocol):
    """What is being written."""

    def unpublished(self) -> tuple[Draft, ...]:
        """Last saved first."""
        ...


class StepAnswers(Protocol):
    """What counts of the answers that steps name."""

    def of_step(self, answer_ids: tuple[str, ...]) -> Mapping[str, BookAnswer]:
        """By id."""
        ...


class ScriptView:
    """A script as people read it: shared by the page of a version and the preview of a draft."""

    def __init__(self, *, answers: StepAnswers, threads: Threads, fill: Fill, clock: Clock) -> None:
        """`fill` puts a persona into merge fields."""
        self._answers = answers
        self._threads = threads
        self._fill = fill
        self._clock = clock

    async def context(self, request: web.Request, script: Script) -> dict[str, Any]:
        """What `script_words.html` names: each step in the asked language, for the asked persona."""
        person = person_of(request)
        language = _asked_language(request, script)
        everybody = personas(self._clock.now())
        persona = next((each for each in everybody if each.id == request.query.get("as")), None)
        named = tuple(dict.fromkeys(answer_id for step in script.steps for answer_id in step.book))
        book = await self._threads.on_reader(lambda: self._answers.of_step(named)) if named else {}
        return {
            "script": script,
            "script_language": language,
            "personas": everybody,
            "persona": persona,
            "book": book,
            "steps": [(step, self._words(script, step.id, persona, person.name, language)) for step in script.steps],
        }

    def _words(
        self, script: Script, step_id: str, persona: Persona | None, operator: str, language: str
    ) -> list[tuple[str, str]]:
        """Words by variant: the persona's, filled in, or all of them as they are written."""
        step = script.step(step_id)
        if persona is not None:
            text = step.words(persona.variant, language)
            return [("", self._fill(text, persona.situation, operator=operator, language=language))]
        return [("", step.words("", language)), *((name, step.words(name, language)) for name in step.variants)]


class ScriptsPages:
    """`/scripts` and what lies below it."""

    def __init__(
        self, *, versions: Versions, drafts: DraftsInWriting, view: ScriptView, picture: Picture, threads: Threads
    ) -> None:
        """All over one database."""
        self._versions = versions
        self._drafts = drafts
        self._view = view
        self._picture = picture
        self._threads = threads

    def add_to(self, app: web.Application) -> None:
        """Its routes."""
        app.router.add_get("/scripts", only()(self._list))
        app.router.add_get("/scripts/{id}", only()(self._script))
        app.router.add_get("/scripts/{id}/picture.svg", only()(self._svg))
        app.router.add_post("/scripts/{id}", only(*WHO_READS_SCRIPTS)(self._change))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        person = person_of(request)
        served = await self._threads.on_reader(self._versions.current)
        reads = person.role in WHO_READS_SCRIPTS
        unread = await self._threads.on_reader(lambda: self._versions.unread(person)) if reads else {}
        drafts = await self._threads.on_reader(self._drafts.unpublished) if person.role in OVERSEERS else ()
        language = language_of(person.language)
        titles = {each.id: await title_of(each, language) for each in served}
        context = {"served": served, "titles": titles, "unread": unread, "drafts": drafts}
        return page(request, "scripts.html", "scripts", context)

    async def _script(self, request: web.Request, problem: str = "") -> web.StreamResponse:
        person = person_of(request)
        kept = await self._kept(request, request.query.get("version", ""))
        oversees, reads = person.role in OVERSEERS, person.role in WHO_READS_SCRIPTS
        if not kept.current and not oversees:
            raise web.HTTPNotFound
        script = await script_of(kept)
        was_read = await self._threads.on_reader(lambda: self._versions.has_read(person, kept))
        context: dict[str, Any] = {
            "kept": kept,
            "reads": reads,
            "was_read": was_read,
            "must_read_now": reads and kept.must_read and kept.current and not was_read,
            "versions": await self._threads.on_reader(lambda: self._versions.versions(kept.id)) if oversees else (),
            "history": await self._threads.on_reader(lambda: self._versions.history(kept.id)) if oversees else (),
            "readers": await self._threads.on_reader(lambda: self._versions.readers(kept.id, kept.version))
            if oversees
            else {},
            "steps": (),
        }
        if script is not None:
            context |= await self._view.context(request, script)
        title = await title_of(kept, language_of(person.language))
        return page(request, "script.html", title, context, problem=problem)

    async def _svg(self, request: web.Request) -> web.StreamResponse:
        kept = await self._kept(request, request.query.get("version", ""))
        script = await script_of(kept)
        if script is None or (not kept.current and person_of(request).role not in OVERSEERS):
            raise web.HTTPNotFound
        return await svg_of(self._picture, script, request)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        person, form = person_of(request), await form_of(request)
        script_id, version = request.match_info["id"], form.get("version", "")
        try:
            if form.get("action") == "read":
                await self._threads.on_writer(lambda: self._versions.read(person, script_id, version))
            elif form.get("action") == "roll_back":
                why = form.get("why", "")
                await self._threads.on_writer(lambda: self._versions.roll_back(person, script_id, version, why=why))
            else:
                raise web.HTTPBadRequest
        except PROBLEMS as failure:
            return await self._script(request, problem_of(request, failure))
        raise web.HTTPSeeOther(f"/scripts/{script_id}" if form["action"] == "roll_back" else "/scripts")

    async def _kept(self, request: web.Request, version: str) -> ScriptVersion:
        script_id = request.match_info["id"]
        try:
            return await self._threads.on_reader(lambda: self._versions.kept(script_id, version))
        except Refused as failure:
            raise not_found(failure) from failure


async def svg_of(picture: Picture, script: Script, request: web.Request) -> web.Response:
    """The picture of a script in the asked language, else the person's, else the script's first."""
    drawn = await asyncio.to_thread(picture, script, _asked_language(request, script))
    return web.Response(text=drawn, content_type="image/svg+xml")


def _asked_language(request: web.Request, script: Script) -> str:
    wished = (request.query.get("language", ""), language_of(person_of(request).language), script.languages[0])
    return next(each for each in wished if each in script.languages)
