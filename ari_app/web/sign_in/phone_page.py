"""`/phone`: at which phone somebody sits."""

from aiohttp import web

from ari_app.desk.seats import BadPhone
from ari_app.ports.phones import AT_THE_DESK
from ari_app.web.access import person_of
from ari_app.web.forms import fields_of
from ari_app.web.rendering import render
from ari_app.web.sign_in.services import Seats
from ari_app.web.sign_in.words import WORDS
from ari_app.web.words import language_of

PHONE = "/phone"


class PhonePage:
    """Shows, takes and leaves phones."""

    def __init__(self, seats: Seats) -> None:
        """Keeps nothing."""
        self._seats = seats

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Where somebody sits, and where they could."""
        return await self._page(request)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Sit down at a phone that was chosen or written."""
        text = (await fields_of(request)).get("phone", "")
        try:
            await self._seats.sit(person_of(request).id, text, said_by=AT_THE_DESK)
        except BadPhone:
            return await self._page(request, wrong=text[:200])
        raise web.HTTPSeeOther(PHONE)

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """Leave the phone."""
        await self._seats.leave(person_of(request).id)
        raise web.HTTPSeeOther(PHONE)

    async def _page(self, request: web.Request, *, wrong: str | None = None) -> web.StreamResponse:
        person = person_of(request)
        language = language_of(person.language)
        place, words = await self._seats.place(person.id), WORDS[language]
        context = {
            "language": language,
            "words": words,
            "title": words["phone"],
            "person": person,
            "place": place,
            "lost": self._seats.lost(person.id),
            "known": await self._seats.known(),
            "wrong": wrong,
        }
        status = 200 if wrong is None else 422
        return render(request, "sign_in/phone.html", context, status=status)
