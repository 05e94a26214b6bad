"""
The desk's routes: the page, the fragment of it that a browser swaps in, and the page of the keys.

Everything is read anew each time, so that a page that is loaded again, or stands on a second screen, shows the same.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import web

from ari_app.web.access import Handler, only, person_of
from ari_app.web.application import Room
from ari_app.web.assets import asset
from ari_app.web.desk.forms import Forms
from ari_app.web.desk.keys import Fault, actions_by_place, keys_of, read_keys, usual_key
from ari_app.web.desk.pane import Said, Typed, pane
from ari_app.web.desk.reading import look
from ari_app.web.desk.services import DeskServices
from ari_app.web.desk.words import WORDS, action_word
from ari_app.web.forms import fields_of
from ari_app.web.places import AT_THE_DESK
from ari_app.web.plurals import noun
from ari_app.web.rendering import render
from ari_app.web.words import language_of

PANE = "X-Garbo-Pane"
"""A request with this header wants the fragment: `desk.js` sends it."""


def desk_room(services: DeskServices) -> Room:
    """The desk as a part of the site."""
    shown = _Shown(services)
    forms = Forms(services, shown.answer)
    guard = only(*AT_THE_DESK)
    routes: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/desk", shown.page),
        ("GET", "/desk/pane", shown.fragment),
        ("GET", "/desk/keys", shown.keys),
        ("POST", "/desk/keys", shown.save_keys),
        ("POST", "/desk/walk", forms.walk),
        ("POST", "/desk/note", forms.note),
        ("POST", "/desk/finish", forms.finish),
        ("POST", "/desk/state", forms.state),
        ("POST", "/desk/call", forms.call),
    )

    async def close(_: web.Application) -> None:
        shown.close()

    def room(app: web.Application) -> None:
        app.on_cleanup.append(close)
        for method, path, handler in routes:
            if method == "GET":
                app.router.add_get(path, guard(handler))
            else:
                app.router.add_post(path, guard(handler))
        app.router.add_get("/static/desk.css", asset("desk.css", "text/css"))
        app.router.add_get("/static/desk.js", asset("desk.js", "text/javascript"))

    return room


class _Shown:
    """The pages that only show, and the answer to a form."""

    def __init__(self, services: DeskServices) -> None:
        self._services = services
        self._drawing = ThreadPoolExecutor(1, "garbo-desk-pages")
        """One page at a time: more would only wait for one another, and for the interpreter."""

    def close(self) -> None:
        """No page is drawn any more."""
        self._drawing.shutdown(wait=False)

    async def page(self, request: web.Request) -> web.StreamResponse:
        return await self._render(request, "desk/page.html")

    async def fragment(self, request: web.Request) -> web.StreamResponse:
        return await self._render(request, "desk/pane.html")

    async def answer(
        self, request: web.Request, *, said: Said | None = None, typed: Typed | None = None, status: int = 200
    ) -> web.StreamResponse:
        """The desk after a form was taken, or with what was wrong in it."""
        if request.headers.get(PANE):
            return await self._render(request, "desk/pane.html", said=said, typed=typed, status=status)
        if status == 200:
            raise web.HTTPSeeOther("/desk")
        return await self._render(request, "desk/page.html", said=said, typed=typed, status=status)

    async def keys(self, request: web.Request) -> web.StreamResponse:
        own = await self._services.key_maps.of(person_of(request).id)
        return self._render_keys(request, own, saved="saved" in request.query)

    async def save_keys(self, request: web.Request) -> web.StreamResponse:
        said = await fields_of(request)
        own, faults = read_keys(said)
        if faults:
            return self._render_keys(request, said, faults=faults)
        await self._services.key_maps.save(person_of(request).id, own)
        raise web.HTTPSeeOther("/desk/keys?saved")

    def _render_keys(
        self, request: web.Request, own: Mapping[str, str], *, faults: tuple[Fault, ...] = (), saved: bool = False
    ) -> web.StreamResponse:
        person = person_of(request)
        language = language_of(person.language)
        words = WORDS[language]
        values = {
            "language": language,
            "words": words,
            "title": words["keys_title"],
            "person": person,
            "places": _places(language, own),
            "faulty": {fault.action for fault in faults},
            "faults": [
                words[f"key_{fault.why}"].format(
                    action=action_word(fault.action, language),
                    key=fault.key,
                    other=action_word(fault.other, language) if fault.other else "",
                )
                for fault in faults
            ],
            "saved": saved,
        }
        return render(request, "desk/keys.html", values, status=422 if faults else 200)

    async def _render(
        self,
        request: web.Request,
        template: str,
        *,
        said: Said | None = None,
        typed: Typed | None = None,
        status: int = 200,
    ) -> web.StreamResponse:
        desk = await look(self._services, person_of(request))

        def made() -> web.StreamResponse:
            values: dict[str, Any] = pane(desk, zone=self._services.zone, said=said, typed=typed)
            values["title"] = values["words"]["desk"]
            values["noun"] = noun
            values["places"] = _places(values["language"], desk.own_keys)
            return render(request, template, values, status=status)

        # Some milliseconds each, for as many desks as there are: the loop is for verdicts.
        return await asyncio.get_running_loop().run_in_executor(self._drawing, made)


def _places(language: str, own: Mapping[str, str]) -> list[tuple[str, list[dict[str, str]]]]:
    """The actions of each place with their keys, for the list and for the form."""
    keys = keys_of(own)
    return [
        (
            WORDS[language][f"place_{place}"],
            [
                {
                    "id": action,
                    "text": action_word(action, language),
                    "key": keys[action],
                    "own": own.get(action, ""),
                    "usual": usual_key(action),
                }
                for action in actions
            ],
        )
        for place, actions in actions_by_place().items()
    ]
