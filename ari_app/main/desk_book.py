"""Scripts written, read and practised in the page, the book of answers, notices and feedback: wired together."""

import secrets

from aiohttp import web

from ari_app.desk.book import Book
from ari_app.desk.drafts import Drafts
from ari_app.desk.feedback import Said
from ari_app.desk.notices import Notices
from ari_app.desk.script_check import Lint, ScriptCheck
from ari_app.desk.versions import Versions
from ari_app.ports.clock import Clock
from ari_app.stores.answers import SqlAnswers
from ari_app.stores.database import Database
from ari_app.stores.drafts import SqlDrafts
from ari_app.stores.feedback import SqlFeedback
from ari_app.stores.notices import SqlNotices
from ari_app.stores.readings import Readings
from ari_app.stores.scripts import Scripts
from ari_app.web.application import Room
from ari_app.web.writing import (
    AnswersPages,
    DraftsPages,
    FeedbackPages,
    Fill,
    NoticesPages,
    Picture,
    PracticePages,
    ScriptsPages,
    ScriptView,
)


def book_room(database: Database, clock: Clock, *, lint: Lint, picture: Picture, fill: Fill) -> Room:
    """`/scripts`, `/drafts`, `/practice`, `/answers`, `/notices` and `/feedback` over an open database."""
    scripts = Scripts(database, clock)
    versions = Versions(scripts, Readings(database, clock))
    drafts = Drafts(SqlDrafts(database, scripts), clock)
    book = Book(SqlAnswers(database), clock)
    view = ScriptView(answers=book, threads=database, fill=fill, clock=clock)
    parts = (
        ScriptsPages(versions=versions, drafts=drafts, view=view, picture=picture, threads=database),
        DraftsPages(
            drafts=drafts, versions=versions, check=ScriptCheck(lint), view=view, picture=picture, threads=database
        ),
        PracticePages(
            versions=versions, answers=book, threads=database, fill=fill, clock=clock, draw=secrets.randbelow
        ),
        AnswersPages(book=book, threads=database),
        NoticesPages(notices=Notices(SqlNotices(database), clock), threads=database, clock=clock),
        FeedbackPages(said=Said(SqlFeedback(database), clock), threads=database),
    )

    def room(app: web.Application) -> None:
        for part in parts:
            part.add_to(app)

    return room
