"""What the pages of writing have in common: a page in the person's language, and a refusal in plain words."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from aiohttp import web
from babel.dates import format_datetime

from ari_app.desk.refusals import OVERSEERS, WRITERS, Refused
from ari_app.policy.record import iso
from ari_app.ports.verdicts import StoreConflict
from ari_app.web.access import person_of
from ari_app.web.desk.words import WORDS as DESK
from ari_app.web.forms import fields_of
from ari_app.web.rendering import render
from ari_app.web.words import language_of
from ari_app.web.writing.italian import in_italian
from ari_app.web.writing.words import WRITING

T = TypeVar("T")
UNPROCESSABLE = 422


class Threads(Protocol):
    """The threads of a database, on which whatever asks it runs."""

    def on_reader(self, work: Callable[[], T]) -> Awaitable[T]:
        """For what only reads."""
        ...

    def on_writer(self, work: Callable[[], T]) -> Awaitable[T]:
        """For what writes."""
        ...


def page(
    request: web.Request, template: str, title: str, context: Mapping[str, Any], *, problem: str = ""
) -> web.StreamResponse:
    """A page for whoever is signed in; `title` is a word of `WRITING`, or stands for itself."""
    person = person_of(request)
    language = language_of(person.language)
    words = WRITING[language]
    told = {
        "language": language,
        "words": words,
        "title": words.get(title, title),
        "person": person,
        "writes": person.role in WRITERS,
        "oversees": person.role in OVERSEERS,
        "problem": problem,
        "when": lambda instant: shown_instant(instant, language),
        "iso": iso,
        # As the desk calls them: who reads a script here says it there.
        "duties_of": lambda duties: ", ".join(DESK[language].get(f"duty_{each}", each) for each in duties),
        "told": in_italian if language == "it" else str,
        "word_of": lambda word: DESK[language].get(f"word_{word}", word),
        **context,
    }
    status = UNPROCESSABLE if problem else 200
    return render(request, f"writing/{template}", told, status=status)


def shown_instant(instant: datetime, language: str) -> str:
    """An instant in this machine's own zone, as people of that language write it."""
    return str(format_datetime(instant.astimezone(), "d MMM y HH:mm", locale=language))


def problem_of(request: web.Request, failure: Exception) -> str:
    """A refusal in the person's language; anything else that went wrong goes through."""
    words = WRITING[language_of(person_of(request).language)]
    match failure:
        case Refused():
            return words[f"refused_{failure.code}"].format(**failure.details)
        case StoreConflict():
            return words["conflict"].format(why=str(failure))
        case _:
            raise failure


PROBLEMS = (Refused, StoreConflict)
"""What a page tells, and shows the form again; a database that does not answer is told by the whole site."""


async def form_of(request: web.Request) -> dict[str, str]:
    """The fields of a form, text alone. Raises HTTPBadRequest: it is none."""
    return dict(await fields_of(request))


def not_found(failure: Refused) -> web.HTTPException:
    """What was named is not there, or not theirs."""
    return web.HTTPForbidden() if failure.code == "not_yours" else web.HTTPNotFound()
