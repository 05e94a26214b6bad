"""Pages to write scripts: the editor with its findings, the review with what has changed, and publishing."""

import asyncio
import difflib
import re
from collections.abc import Iterator
from typing import Any, Protocol

from aiohttp import web

from ari_app.desk.drafts import Check, Checked, Draft, DraftState
from ari_app.desk.refusals import Refused, Who
from ari_app.desk.versions import ScriptVersion
from ari_app.policy.request import Role
from ari_app.web.access import Person, only, person_of
from ari_app.web.writing.scripts_pages import Picture, ScriptView, Versions, svg_of
from ari_app.web.writing.shown import PROBLEMS, Threads, form_of, not_found, page, problem_of

_VERSION = re.compile(r'(?m)^(version\s*=\s*")([^"\n]*?)(\d+)(")')
_NEW_ID = "new-script"
_NEW = """id = "{id}"
version = "1"

[title]
it = ""
en = ""

[[step]]
id = "opening"
kind = "say"
[step.text]
it = ""
en = ""
"""
_WRITERS = (Role.SUPERVISOR, Role.ADMIN)


class Drafts(Protocol):
    """What these pages ask of the drafts. Raises Refused, StoreConflict, StoreUnavailable."""

    def draft(self, draft_id: str) -> Draft:
        """One."""
        ...

    def begin(self, who: Who, checked: Checked, *, script_id: str) -> Draft:
        """A new one."""
        ...

    def save(self, who: Who, draft_id: str, checked: Checked, *, seen: str) -> Draft:
        """Put a text in place of the one that was seen."""
        ...

    def submit(self, who: Who, draft_id: str, checked: Checked) -> Draft:
        """Ask for a review."""
        ...

    def take_back(self, who: Who, draft_id: str) -> Draft:
        """Write on."""
        ...

    def give_back(self, who: Who, draft_id: str, *, seen: str, remark: str) -> Draft:
        """Return it with a remark."""
        ...

    def publish(self, who: Who, draft_id: str, checked: Checked, *, must_read: bool, remark: str) -> Draft:
        """Serve it."""
        ...


class DraftsPages:
    """`/drafts` and what lies below it; for who writes, and to be read by auditors."""

    def __init__(
        self,
        *,
        drafts: Drafts,
        versions: Versions,
        check: Check,
        view: ScriptView,
        picture: Picture,
        threads: Threads,
    ) -> None:
        """`check` runs on a thread of its own."""
        self._drafts = drafts
        self._versions = versions
        self._check = check
        self._view = view
        self._picture = picture
        self._threads = threads

    def add_to(self, app: web.Application) -> None:
        """Its routes."""
        writes, reads = only(*_WRITERS), only(*_WRITERS, Role.AUDITOR)
        app.router.add_get("/drafts/new", writes(self._blank))
        app.router.add_post("/drafts/new", writes(self._begin))
        app.router.add_get("/drafts/{draft}", reads(self._draft))
        app.router.add_post("/drafts/{draft}", writes(self._change))
        app.router.add_get("/drafts/{draft}/preview", reads(self._preview))
        app.router.add_get("/drafts/{draft}/picture.svg", reads(self._svg))

    async def _blank(self, request: web.Request) -> web.StreamResponse:
        script_id = request.query.get("script", "")
        version = request.query.get("version", "")
        body = _NEW.format(id=_NEW_ID)
        if script_id:
            try:
                kept = await self._threads.on_reader(lambda: self._versions.kept(script_id, version))
            except Refused as failure:
                raise not_found(failure) from failure
            taken = {each.version for each in await self._threads.on_reader(lambda: self._versions.versions(script_id))}
            body = next_version(kept.body, taken)
        return await self._editor(request, body, draft=None, script_id=script_id)

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        person, form = person_of(request), await form_of(request)
        checked, script_id = await self._checked(form.get("body", "")), form.get("script", "") or _NEW_ID
        try:
            draft = await self._threads.on_writer(lambda: self._drafts.begin(person, checked, script_id=script_id))
        except PROBLEMS as failure:
            problem = problem_of(request, failure)
            return await self._editor(request, checked.body, draft=None, script_id=script_id, problem=problem)
        return await self._and_submit(request, draft, checked, form)

    async def _draft(self, request: web.Request) -> web.StreamResponse:
        draft = await self._held(request)
        if draft.state in (DraftState.DRAFT, DraftState.RETURNED) and person_of(request).role in _WRITERS:
            return await self._editor(request, draft.body, draft=draft)
        return await self._review(request, draft)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        person, form = person_of(request), await form_of(request)
        draft, action = await self._held(request), form.get("action", "")
        if action in ("save", "submit"):
            return await self._save(request, draft, form)
        try:
            await self._decide(person, draft, action, form)
        except PROBLEMS as failure:
            draft = await self._held(request)
            return await self._review(request, draft, form.get("remark", ""), problem_of(request, failure))
        raise web.HTTPSeeOther(f"/scripts/{draft.script}" if action == "publish" else f"/drafts/{draft.id}")

    async def _decide(self, person: Person, draft: Draft, action: str, form: dict[str, str]) -> None:
        """Raises Refused, StoreConflict; HTTPBadRequest: no such action."""
        remark, seen = form.get("remark", ""), form.get("seen", "")
        match action:
            case "take_back":
                await self._threads.on_writer(lambda: self._drafts.take_back(person, draft.id))
            case "give_back":
                await self._threads.on_writer(
                    lambda: self._drafts.give_back(person, draft.id, seen=seen, remark=remark)
                )
            case "publish":
                if draft.digest != seen:
                    raise Refused("changed_meanwhile", "the draft was changed meanwhile", author=draft.author)
                checked, must_read = await self._checked(draft.body), form.get("must_read") == "yes"
                await self._threads.on_writer(
                    lambda: self._drafts.publish(person, draft.id, checked, must_read=must_read, remark=remark)
                )
            case _:
                raise web.HTTPBadRequest

    async def _save(self, request: web.Request, draft: Draft, form: dict[str, str]) -> web.StreamResponse:
        person, seen = person_of(request), form.get("seen", "")
        checked = await self._checked(form.get("body", ""))
        try:
            saved = await self._threads.on_writer(lambda: self._drafts.save(person, draft.id, checked, seen=seen))
        except PROBLEMS as failure:
            # Their text stays in the form; `seen` stays what it was, so that they decide what becomes of the other one.
            problem = problem_of(request, failure)
            return await self._editor(request, checked.body, draft=draft, seen=seen, problem=problem)
        return await self._and_submit(request, saved, checked, form)

    async def _and_submit(
        self, request: web.Request, draft: Draft, checked: Checked, form: dict[str, str]
    ) -> web.StreamResponse:
        if form.get("action") == "submit":
            person = person_of(request)
            try:
                await self._threads.on_writer(lambda: self._drafts.submit(person, draft.id, checked))
            except PROBLEMS as failure:
                return await self._editor(request, draft.body, draft=draft, problem=problem_of(request, failure))
        raise web.HTTPSeeOther(f"/drafts/{draft.id}")

    async def _editor(
        self,
        request: web.Request,
        body: str,
        *,
        draft: Draft | None,
        script_id: str = "",
        seen: str = "",
        problem: str = "",
    ) -> web.StreamResponse:
        checked = await self._checked(body)
        lines = body.replace("\r\n", "\n").split("\n")
        beside = draft if draft and problem and draft.body != body else None
        context = {
            "draft": draft,
            "body": body,
            "seen": seen or (draft.digest if draft else ""),
            "theirs": await _changed(beside.body, body) if beside else [],
            "checked": checked,
            "line_of": lambda line: lines[line - 1] if 0 < line <= len(lines) else "",
            "script_id": script_id,
            "post_to": f"/drafts/{draft.id}" if draft else "/drafts/new",
        }
        return page(request, "editor.html", "editor", context, problem=problem)

    async def _review(
        self, request: web.Request, draft: Draft, remark: str = "", problem: str = ""
    ) -> web.StreamResponse:
        try:
            served: ScriptVersion | None = await self._threads.on_reader(lambda: self._versions.kept(draft.script))
        except Refused:
            served = None
        context: dict[str, Any] = {
            "draft": draft,
            "served": served,
            "checked": await self._checked(draft.body),
            "changes": await _changed(served.body if served else "", draft.body),
            "remark": remark,
            "own": draft.author == person_of(request).id,
            "line_of": _no_line,
        }
        return page(request, "review.html", "review", context, problem=problem)

    async def _preview(self, request: web.Request) -> web.StreamResponse:
        draft = await self._held(request)
        checked = await self._checked(draft.body)
        if checked.script is None:
            raise web.HTTPSeeOther(f"/drafts/{draft.id}")
        context = await self._view.context(request, checked.script)
        return page(request, "preview.html", "preview", {**context, "draft": draft})

    async def _svg(self, request: web.Request) -> web.StreamResponse:
        checked = await self._checked((await self._held(request)).body)
        if checked.script is None:
            raise web.HTTPNotFound
        return await svg_of(self._picture, checked.script, request)

    async def _held(self, request: web.Request) -> Draft:
        draft_id = request.match_info["draft"]
        try:
            return await self._threads.on_reader(lambda: self._drafts.draft(draft_id))
        except Refused as failure:
            raise not_found(failure) from failure

    async def _checked(self, body: str) -> Checked:
        """Off the event loop and off the database's threads: verdicts wait for both."""
        return await asyncio.to_thread(self._check, body.replace("\r\n", "\n"))


def _no_line(_: int) -> str:
    """A review shows the text itself."""
    return ""


def next_version(body: str, taken: set[str]) -> str:
    """The text with a version that is free, where it ends in a number; else as it is."""
    found = _VERSION.search(body)
    if found is None:
        return body
    number = int(found[3])
    while f"{found[2]}{number}" in taken:
        number += 1
    return body[: found.start()] + f"{found[1]}{found[2]}{number}{found[4]}" + body[found.end() :]


async def _changed(before: str, after: str) -> list[tuple[str, str]]:
    """Off the event loop, as what is checked."""
    return await asyncio.to_thread(lambda: list(changed_lines(before, after)))


def changed_lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Lines with what became of them: `-` gone, `+` new, ` ` as it was (around a change), `@` some were left out."""
    told = difflib.unified_diff(before.splitlines(), after.splitlines(), n=3, lineterm="")
    for place, line in enumerate(told):
        if place < 2:
            continue  # the names of the two files
        yield line[0], "" if line[0] == "@" else line[1:]
