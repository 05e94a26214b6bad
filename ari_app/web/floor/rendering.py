"""How a page of the floor is put together: whoever looks, their language, and the template."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ari_app.web.access import person_of
from ari_app.web.floor.shown import Shown
from ari_app.web.rendering import render


def floor_page(request: web.Request, template: str, context: Mapping[str, Any], *, status: int = 200) -> web.Response:
    """
    A page of `templates/floor`; `context` names its `title`.

    Every template knows the person, the words of their language, and `shown`, which writes numbers and instants.
    """
    person = person_of(request)
    shown = Shown(person.language)
    told = {"person": person, "language": shown.language, "words": shown.words, "shown": shown, **context}
    return render(request, f"floor/{template}", told, status=status)
