"""Every page of the site: its template, with the header of whoever is signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from ari_app.web.access import PERSON, Person
from ari_app.web.places import Place, place_at, places_of
from ari_app.web.words import WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What `header.html` shows."""

    person: Person
    places: tuple[Place, ...]
    here: str
    """The id of the place that is shown."""
    words: Mapping[str, str]


def render(
    request: web.Request, template: str, context: Mapping[str, Any], *, status: int = 200, leads_on: bool = True
) -> web.Response:
    """
    A page; `context` names its `language` and its `title`.

    `leads_on` false: nowhere but out, because nothing else may be done yet.
    """
    person = request.get(PERSON)
    header = None
    if person is not None:
        header = Header(
            person=person,
            places=places_of(person.role) if leads_on else (),
            here=place_at(request.path),
            words=WORDS[context["language"]],
        )
    return aiohttp_jinja2.render_template(template, request, {"header": header, **context}, status=status)
