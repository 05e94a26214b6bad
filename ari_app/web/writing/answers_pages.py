"""The book of answers: searched by everybody, printed, written and approved by two."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from ari_app.desk.book import LANGUAGES, AnswerText, BookAnswer
from ari_app.desk.refusals import OVERSEERS, Refused, Who
from ari_app.policy.request import Role
from ari_app.web.access import only, person_of
from ari_app.web.words import language_of
from ari_app.web.writing.shown import PROBLEMS, Threads, form_of, not_found, page, problem_of


class Book(Protocol):
    """What these pages ask of the book. Raises Refused, StoreConflict, StoreUnavailable."""

    def find(self, sought: str, *, principal: str | None = None) -> tuple[BookAnswer, ...]:
        """What counts and holds every word."""
        ...

    def waiting(self) -> tuple[BookAnswer, ...]:
        """What is to be approved."""
        ...

    def versions(self, answer_id: str) -> tuple[BookAnswer, ...]:
        """Newest first."""
        ...

    def add(self, who: Who, said: AnswerText) -> int:
        """A new version."""
        ...

    def approve(self, who: Who, answer_id: str, version: int) -> BookAnswer:
        """It counts from now on."""
        ...

    def withdraw(self, who: Who, answer_id: str) -> None:
        """It counts no longer."""
        ...


class AnswersPages:
    """`/answers` and what lies below it."""

    def __init__(self, *, book: Book, threads: Threads) -> None:
        """Over one database."""
        self._book = book
        self._threads = threads

    def add_to(self, app: web.Application) -> None:
        """Its routes."""
        writes = only(Role.SUPERVISOR, Role.ADMIN)
        app.router.add_get("/answers", only()(self._list))
        app.router.add_get("/new-answer", writes(self._blank))
        app.router.add_post("/new-answer", writes(self._add))
        app.router.add_get("/answers/{id}", only()(self._answer))
        app.router.add_post("/answers/{id}", writes(self._change))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        person = person_of(request)
        sought, principal = request.query.get("q", ""), request.query.get("principal", "").strip()
        found = await self._threads.on_reader(lambda: self._book.find(sought, principal=principal or None))
        waiting = await self._threads.on_reader(self._book.waiting) if person.role in OVERSEERS else ()
        context = {"found": found, "waiting": waiting, "q": sought, "principal": principal}
        return page(request, "answers.html", "answers", {**context, "spoken": language_of(person.language)})

    async def _blank(self, request: web.Request) -> web.StreamResponse:
        answer_id = request.query.get("id", "")
        held = (await self._versions(answer_id))[0].said if answer_id else None
        return self._form(request, _fields_of(held))

    async def _add(self, request: web.Request) -> web.StreamResponse:
        person, form = person_of(request), await form_of(request)
        said = AnswerText(
            id=form.get("id", ""),
            topic=form.get("topic", ""),
            question={code: form.get(f"question_{code}", "") for code in LANGUAGES},
            text={code: form.get(f"text_{code}", "") for code in LANGUAGES},
            principal=form.get("principal", "").strip() or None,
        )
        try:
            await self._threads.on_writer(lambda: self._book.add(person, said))
        except PROBLEMS as failure:
            return self._form(request, form, problem_of(request, failure))
        raise web.HTTPSeeOther(f"/answers/{said.id.strip()}")

    async def _answer(self, request: web.Request, problem: str = "") -> web.StreamResponse:
        person = person_of(request)
        held = await self._versions(request.match_info["id"])
        counting = next((each for each in held if each.approved_at is not None), None)
        if counting is not None and not counting.counts:
            counting = None
        if counting is None and person.role not in OVERSEERS:
            raise web.HTTPNotFound
        context = {"held": held if person.role in OVERSEERS else (counting,), "counting": counting}
        title = (counting or held[0]).said.question.get(language_of(person.language), request.match_info["id"])
        return page(request, "answer.html", title, {**context, "spoken": language_of(person.language)}, problem=problem)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        person, form, answer_id = person_of(request), await form_of(request), request.match_info["id"]
        try:
            if form.get("action") == "approve" and form.get("version", "").isdecimal():
                version = int(form["version"])
                await self._threads.on_writer(lambda: self._book.approve(person, answer_id, version))
            elif form.get("action") == "withdraw":
                await self._threads.on_writer(lambda: self._book.withdraw(person, answer_id))
            else:
                raise web.HTTPBadRequest
        except PROBLEMS as failure:
            return await self._answer(request, problem_of(request, failure))
        raise web.HTTPSeeOther(f"/answers/{answer_id}")

    def _form(self, request: web.Request, fields: Mapping[str, str], problem: str = "") -> web.StreamResponse:
        context = {"fields": _fields_of(None) | dict(fields), "languages": LANGUAGES}
        return page(request, "answer_form.html", "answer_form", context, problem=problem)

    async def _versions(self, answer_id: str) -> tuple[BookAnswer, ...]:
        try:
            return await self._threads.on_reader(lambda: self._book.versions(answer_id))
        except Refused as failure:
            raise not_found(failure) from failure


def _fields_of(said: AnswerText | None) -> dict[str, str]:
    """The fields of the form; None: of an empty one."""
    question, text = (said.question, said.text) if said else ({}, {})
    fields = {f"question_{code}": question.get(code, "") for code in LANGUAGES}
    fields |= {f"text_{code}": text.get(code, "") for code in LANGUAGES}
    fields |= {"id": said.id if said else "", "topic": said.topic if said else ""}
    return fields | {"principal": (said.principal or "") if said else ""}
