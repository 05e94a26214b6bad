"""Practice: the page carries all that was taken, so nothing of it is kept anywhere."""

import json
from collections.abc import Callable, Mapping
from typing import Protocol

from aiohttp import web

from ari_app.desk.book import BookAnswer
from ari_app.desk.personas import Persona, personas
from ari_app.desk.practice import heard, move, result, walk_of
from ari_app.desk.refusals import Refused
from ari_app.desk.versions import ScriptVersion
from ari_app.policy.scripts import Script, Walk
from ari_app.policy.scripts.walking import Taken
from ari_app.ports.clock import Clock
from ari_app.web.access import only, person_of
from ari_app.web.words import language_of
from ari_app.web.writing.parsing import script_of
from ari_app.web.writing.scripts_pages import Fill, StepAnswers
from ari_app.web.writing.shown import PROBLEMS, Threads, form_of, page, problem_of

_MOST_SEED = 10**9


class Versions(Protocol):
    """Where the scripts come from. Raises Refused, StoreUnavailable."""

    def current(self) -> tuple[ScriptVersion, ...]:
        """What is served, by id."""
        ...

    def kept(self, script_id: str, version: str = "") -> ScriptVersion:
        """This version, or the one that is served."""
        ...


class PracticePages:
    """`/practice`: choose, walk, see what came of it."""

    def __init__(
        self,
        *,
        versions: Versions,
        answers: StepAnswers,
        threads: Threads,
        fill: Fill,
        clock: Clock,
        draw: Callable[[int], int],
    ) -> None:
        """`draw` gives a number below the one it is given: the seed of a new callee."""
        self._versions = versions
        self._answers = answers
        self._threads = threads
        self._fill = fill
        self._clock = clock
        self._draw = draw

    def add_to(self, app: web.Application) -> None:
        """Its routes."""
        app.router.add_get("/practice", only()(self._choose))
        app.router.add_post("/practice", only()(self._walk))

    async def _choose(self, request: web.Request, problem: str = "") -> web.StreamResponse:
        context = {
            "served": await self._threads.on_reader(self._versions.current),
            "personas": personas(self._clock.now()),
            "chosen": request.query.get("script", ""),
        }
        return page(request, "practice.html", "practice", context, problem=problem)

    async def _walk(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        try:
            return await self._on_the_way(request, form)
        except PROBLEMS as failure:
            return await self._choose(request, problem_of(request, failure))

    async def _on_the_way(self, request: web.Request, form: Mapping[str, str]) -> web.StreamResponse:
        """Raises Refused: the form is not one of this page."""
        persona = self._persona(form.get("persona", ""))
        kept, script = await self._script(form.get("script", ""), form.get("version", ""))
        taken, seed = _taken(form.get("taken", "[]")), self._seed(form.get("seed", ""))
        walk = walk_of(script, persona, taken)
        choice = form.get("choice", "begin")
        if choice not in ("begin", "stop"):
            walk = move(walk, choice)
        spoken = form.get("language", "")
        language = spoken if spoken in script.languages else script.languages[0]
        book = await self._book(walk)
        said = heard(walk, persona, seed).answer
        person = person_of(request)
        context = {
            "kept": kept,
            "script_title": script.title.get(language_of(person.language)) or kept.id,
            "script_language": language,
            "persona": persona,
            "seed": seed,
            "taken": json.dumps([[each.step, each.answer] for each in walk.taken]),
            "walk": walk,
            "text": self._fill(
                walk.step.words(persona.variant, language), persona.situation, operator=person.name, language=language
            ),
            "said": said,
            "said_text": next((each.text.get(language, "") for each in walk.step.answers if each.id == said), ""),
            "book": book,
            "result": result(walk, persona, seed) if walk.over or choice == "stop" else None,
        }
        return page(request, "practice_walk.html", "practice", context)

    def _persona(self, persona_id: str) -> Persona:
        for each in personas(self._clock.now()):
            if each.id == persona_id:
                return each
        raise Refused("no_persona", f"there is no persona {persona_id}")

    async def _script(self, script_id: str, version: str) -> tuple[ScriptVersion, Script]:
        kept = await self._threads.on_reader(lambda: self._versions.kept(script_id, version))
        script = await script_of(kept)
        if script is None:
            raise Refused("no_script", f"script {script_id} was written by a newer Garbo", script=script_id)
        return kept, script

    def _seed(self, text: str) -> int:
        return (
            int(text) % _MOST_SEED if text.isascii() and text.isdigit() and len(text) < 20 else self._draw(_MOST_SEED)
        )

    async def _book(self, walk: Walk) -> Mapping[str, BookAnswer]:
        named = walk.step.book
        return await self._threads.on_reader(lambda: self._answers.of_step(named)) if named else {}


def _taken(text: str) -> tuple[Taken, ...]:
    """Raises Refused: `bad_walk`."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("bad_walk", "the steps that were taken cannot be read") from error
    pairs: list[object] = values if isinstance(values, list) else [None]
    taken = [each for each in pairs if isinstance(each, list) and [type(part) for part in each] == [str, str]]
    if len(taken) < len(pairs):
        raise Refused("bad_walk", "the steps that were taken cannot be read")
    return tuple(Taken(step=step, answer=answer) for step, answer in taken)
