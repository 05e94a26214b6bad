"""`/login`, `/logout` and `/password`."""

import math
from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web
from babel.dates import format_timedelta

from ari_app.desk.signing_in import Refused
from ari_app.ports.sign_in import NewSession, WeakPassword
from ari_app.web.access import PERSON, person_of
from ari_app.web.forms import fields_of
from ari_app.web.rendering import render
from ari_app.web.sign_in.cookies import Cookies
from ari_app.web.sign_in.services import SigningIn
from ari_app.web.sign_in.ways import LOGIN, PASSWORD, address_of, home_of, own_path
from ari_app.web.sign_in.words import WORDS
from ari_app.web.words import language_of


class SignInPages:
    """What a browser is shown before and while somebody is signed in."""

    def __init__(self, signing_in: SigningIn, cookies: Cookies) -> None:
        """Keeps nothing."""
        self._signing_in = signing_in
        self._cookies = cookies

    async def login(self, request: web.Request) -> web.StreamResponse:
        """The form; who is signed in already is led on."""
        to = own_path(request.query.get("to", ""))
        person = request.get(PERSON)
        if person is not None:
            raise web.HTTPSeeOther(to or home_of(person.role))
        return self._login_form(request, to=to)

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """A new session, or the form again with what is wrong."""
        sent = await fields_of(request)
        to, name = own_path(sent.get("to", "")), sent.get("name", "")
        if not self._cookies.is_own_form(request, sent.get("form", "")):
            return self._login_form(request, to=to, name=name, fault="stale", status=403)
        before = self._cookies.secret_of(request)
        address = address_of(request)
        answer = await self._signing_in.sign_in(name, sent.get("password", ""), address=address, before=before)
        if isinstance(answer, Refused):
            return self._login_form(request, to=to, name=name, refused=answer)
        if answer.must_change:
            to = PASSWORD
        return self._signed_in(answer, to or home_of(answer.role))

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session; the form again."""
        await self._signing_in.sign_out(self._cookies.secret_of(request))
        response = _see_other(LOGIN)
        self._cookies.forget_session(response)
        return response

    async def password(self, request: web.Request) -> web.StreamResponse:
        """The form for another password."""
        return await self._password_form(request)

    async def change_password(self, request: web.Request) -> web.StreamResponse:
        """Another password, or the form again with what is wrong."""
        sent, person = await fields_of(request), person_of(request)
        old, new = sent.get("old", ""), sent.get("new", "")
        if new != sent.get("again", ""):
            return await self._password_form(request, fault="not_same")
        if new == old:
            return await self._password_form(request, fault="unchanged")
        try:
            answer = await self._signing_in.change_password(person.id, old, new, address=address_of(request))
        except WeakPassword as weak:
            return await self._password_form(request, fault=f"weak_{weak.weakness}")
        if isinstance(answer, Refused):
            return await self._password_form(request, fault="old_refused", refused=answer)
        return self._signed_in(answer, home_of(person.role))

    def _signed_in(self, session: NewSession, to: str) -> web.Response:
        response = _see_other(to)
        self._cookies.set_session(response, session.secret)
        return response

    def _login_form(
        self,
        request: web.Request,
        *,
        to: str,
        name: str = "",
        fault: str = "",
        refused: Refused | None = None,
        status: int = 200,
    ) -> web.StreamResponse:
        language = language_of(request.headers.get("Accept-Language", "")[:2].lower())
        words, token = WORDS[language], self._cookies.form_token(request)
        said = _said(refused, words, language, fault="refused") if refused else words[fault] if fault else ""
        context = {
            "language": language,
            "words": words,
            "title": words["login"],
            "token": token,
            "to": to,
            "name": name[:64],
            "said": said,
        }
        status = _status(refused) if refused else status
        response = render(request, "sign_in/login.html", context, status=status)
        response.headers.update(_retry(refused))
        self._cookies.set_form(response, token)
        return response

    async def _password_form(
        self, request: web.Request, *, fault: str = "", refused: Refused | None = None
    ) -> web.StreamResponse:
        person = person_of(request)
        language = language_of(person.language)
        words = WORDS[language]
        held = await self._signing_in.signed_in(self._cookies.secret_of(request))
        must_change = held is not None and held.must_change
        context = {
            "language": language,
            "words": words,
            "title": words["change_password"],
            "person": person,
            "must_change": must_change,
            "said": _said(refused, words, language, fault=fault) if refused else words[fault] if fault else "",
        }
        status = _status(refused) if refused else 422 if fault else 200
        response = render(request, "sign_in/password.html", context, status=status, leads_on=not must_change)
        response.headers.update(_retry(refused))
        return response


def _see_other(to: str) -> web.Response:
    return web.Response(status=303, headers={"Location": to})


def _status(refused: Refused) -> int:
    return 403 if refused.wait is None else 429


def _retry(refused: Refused | None) -> dict[str, str]:
    return {"Retry-After": str(_seconds(refused.wait))} if refused and refused.wait else {}


def _said(refused: Refused, words: Mapping[str, str], language: str, *, fault: str) -> str:
    if refused.wait is None:
        return words[fault]
    wait = format_timedelta(timedelta(seconds=_seconds(refused.wait)), locale=language, threshold=1.5)
    return words["too_many"].format(wait=wait)


def _seconds(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds()))
