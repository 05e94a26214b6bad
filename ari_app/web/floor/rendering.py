"""How a page of the floor is put together: whoever looks, their language, and the template."""

from collections.abc import Mapping
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from ari_app.web.access import person_of
from ari_app.web.floor.shown import Shown


def render(request: web.Request, template: str, context: Mapping[str, Any], *, status: int = 200) -> web.Response:
    """
    A page of `templates/floor`; `context` names its `title`, and `here`, its place in the navigation.

    Every template knows the person, the words of their language, and `shown`, which writes numbers and instants.
    """
    person = person_of(request)
    shown = Shown(person.language)
    told = {"person": person, "language": shown.language, "words": shown.words, "shown": shown, **context}
    return aiohttp_jinja2.render_template(f"floor/{template}", request, told, status=status)
