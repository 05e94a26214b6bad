"""The book of answers, what the floor is told and what it tells the brands: opened for one command."""

from ari_app.config import Settings
from ari_app.desk.book import Book
from ari_app.desk.feedback import Said
from ari_app.desk.notices import Notices
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.stores.answers import SqlAnswers
from ari_app.stores.feedback import SqlFeedback
from ari_app.stores.notices import SqlNotices


def open_answers(settings: Settings) -> Book:
    """The book of answers. Raises StoreError."""
    return Book(SqlAnswers(open_database(settings)), SystemClock())


def open_notices(settings: Settings) -> Notices:
    """What the floor must know. Raises StoreError."""
    return Notices(SqlNotices(open_database(settings)), SystemClock())


def open_feedback(settings: Settings) -> Said:
    """What the floor tells the brands. Raises StoreError."""
    return Said(SqlFeedback(open_database(settings)), SystemClock())
