"""Notices to the floor: read by those they are for, written by supervisors."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Protocol

from aiohttp import web

from ari_app.desk.notices import EVERYBODY, Notice
from ari_app.desk.refusals import OVERSEERS, Refused, Who
from ari_app.ports.clock import Clock
from ari_app.web.access import only, person_of
from ari_app.web.writing.shown import PROBLEMS, Threads, form_of, page, problem_of


class Notices(Protocol):
    """What this page asks of the notices. Raises Refused, StoreConflict, StoreUnavailable."""

    def of(self, who: Who) -> tuple[tuple[Notice, bool], ...]:
        """What they are shown now, and whether they have read it."""
        ...

    def all(self, who: Who) -> tuple[Notice, ...]:
        """Newest first, expired ones too."""
        ...

    def readers(self, who: Who) -> Mapping[str, tuple[str, ...]]:
        """Who has read which."""
        ...

    def add(self, who: Who, *, title: str, text: str, audience: str, expires_at: datetime | None) -> Notice:
        """Tell the floor."""
        ...

    def end(self, who: Who, notice_id: str) -> None:
        """Nobody is shown it any more."""
        ...

    def read(self, who: Who, notice_id: str) -> None:
        """Say that they have read it."""
        ...


class NoticesPages:
    """`/notices`."""

    def __init__(self, *, notices: Notices, threads: Threads, clock: Clock) -> None:
        """Over one database."""
        self._notices = notices
        self._clock = clock
        self._threads = threads

    def add_to(self, app: web.Application) -> None:
        """Its routes."""
        app.router.add_get("/notices", only()(self._list))
        app.router.add_post("/notices", only()(self._change))

    async def _list(
        self, request: web.Request, fields: Mapping[str, str] | None = None, problem: str = ""
    ) -> web.StreamResponse:
        person = person_of(request)
        oversees = person.role in OVERSEERS
        blank = {"title": "", "text": "", "campaign": "", "expires": ""}
        everything = await self._threads.on_reader(lambda: self._notices.all(person)) if oversees else ()
        now = self._clock.now()
        context = {
            "mine": await self._threads.on_reader(lambda: self._notices.of(person)),
            "shown": {each.id for each in everything if each.expires_at is None or each.expires_at > now},
            "all": everything,
            "readers": await self._threads.on_reader(lambda: self._notices.readers(person)) if oversees else {},
            "fields": blank | dict(fields or {}),
        }
        return page(request, "notices.html", "notices", context, problem=problem)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        person, form = person_of(request), await form_of(request)
        notice_id = form.get("notice", "")
        try:
            match form.get("action"):
                case "add":
                    new = {"title": form.get("title", ""), "text": form.get("text", "")}
                    audience, until = _audience(form), _until(form.get("expires", ""))
                    await self._threads.on_writer(
                        lambda: self._notices.add(person, **new, audience=audience, expires_at=until)
                    )
                case "read":
                    await self._threads.on_writer(lambda: self._notices.read(person, notice_id))
                case "end":
                    await self._threads.on_writer(lambda: self._notices.end(person, notice_id))
                case _:
                    raise web.HTTPBadRequest
        except PROBLEMS as failure:
            return await self._list(request, form, problem_of(request, failure))
        raise web.HTTPSeeOther("/notices")


def _audience(form: Mapping[str, str]) -> str:
    campaign = form.get("campaign", "").strip()
    return f"campaign:{campaign}" if campaign else EVERYBODY


def _until(day: str) -> datetime | None:
    """The end of a day as a browser's date field gives it, in this machine's zone. Raises Refused: `bad_day`."""
    if not day.strip():
        return None
    try:
        read = datetime.strptime(day.strip(), "%Y-%m-%d").date() + timedelta(days=1)  # noqa: DTZ007  a day alone
    except (ValueError, OverflowError) as error:
        raise Refused("bad_day", f"{day}: write a day as 2026-12-31", day=day) from error
    return datetime.combine(read, time()).astimezone()
