"""Feedback to the brand: said by operators, passed on by supervisors, taken away as a file."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from aiohttp import web

from ari_app.desk.feedback import Feedback
from ari_app.desk.feedback_file import csv_of, json_of
from ari_app.desk.refusals import Who
from ari_app.policy.request import Role
from ari_app.web.access import only, person_of
from ari_app.web.writing.shown import PROBLEMS, Threads, form_of, page, problem_of


class Said(Protocol):
    """What this page asks of the feedback. Raises Refused, StoreConflict, StoreUnavailable."""

    def add(self, who: Who, *, campaign: str, topic: str, text: str, call_id: str = "") -> Feedback:
        """Say something to a brand."""
        ...

    def campaigns(self, who: Who) -> tuple[str, ...]:
        """For which they can."""
        ...

    def seen_by(self, who: Who, *, principal: str | None = None) -> tuple[Feedback, ...]:
        """Newest first."""
        ...

    def pass_on(self, who: Who, feedback_id: str) -> None:
        """Note that the brand was told."""
        ...

    def to_tell(self, who: Who, *, principal: str | None, personal: bool) -> Sequence[Mapping[str, object]]:
        """Rows for the brand."""
        ...


class FeedbackPages:
    """`/feedback` and the files of it."""

    def __init__(self, *, said: Said, threads: Threads) -> None:
        """Over one database."""
        self._said = said
        self._threads = threads

    def add_to(self, app: web.Application) -> None:
        """Its routes."""
        app.router.add_get("/feedback", only()(self._list))
        app.router.add_post("/feedback", only()(self._change))
        app.router.add_post("/feedback/export", only(Role.SUPERVISOR, Role.ADMIN)(self._export))

    async def _list(
        self, request: web.Request, fields: Mapping[str, str] | None = None, problem: str = ""
    ) -> web.StreamResponse:
        person = person_of(request)
        blank = {"campaign": "", "topic": "", "text": "", "call_id": request.query.get("call", "")}
        context = {
            "said": await self._threads.on_reader(lambda: self._said.seen_by(person)),
            "campaigns": await self._threads.on_reader(lambda: self._said.campaigns(person)),
            "fields": blank | dict(fields or {}),
            "speaks": person.role is not Role.AUDITOR,
        }
        return page(request, "feedback.html", "feedback", context, problem=problem)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        person, form = person_of(request), await form_of(request)
        try:
            if form.get("action") == "pass_on":
                await self._threads.on_writer(lambda: self._said.pass_on(person, form.get("feedback", "")))
            else:
                new = {name: form.get(name, "") for name in ("campaign", "topic", "text", "call_id")}
                await self._threads.on_writer(lambda: self._said.add(person, **new))
        except PROBLEMS as failure:
            return await self._list(request, form, problem_of(request, failure))
        raise web.HTTPSeeOther("/feedback")

    async def _export(self, request: web.Request) -> web.StreamResponse:
        """By a form: who takes personal data away asks for it, and no link does it for them."""
        person, form = person_of(request), await form_of(request)
        personal, principal = form.get("personal") == "yes", form.get("principal", "").strip() or None
        rows = await self._threads.on_reader(lambda: self._said.to_tell(person, principal=principal, personal=personal))
        kind = "json" if form.get("format") == "json" else "csv"
        text = json_of(rows) if kind == "json" else csv_of(rows, personal=personal)
        return web.Response(
            text=text,
            content_type="application/json" if kind == "json" else "text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="feedback.{kind}"'},
        )
