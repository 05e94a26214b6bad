"""
Streams in and out: lists that people bring as files become rows that the rules can see.

    InputError    the file as a whole cannot be read as such a list (exit code 2); nothing was changed
    SourceError   the database that was asked for rows has failed (exit code 1); nothing was changed
"""

from ari_app.lists.answers import AnswerList, AnswersReport, import_answers
from ari_app.lists.consultation import HOLDS, Consultation, ExportReport, Need, export_numbers
from ari_app.lists.errors import InputError, SourceError
from ari_app.lists.importing import ImportReport, import_list
from ari_app.lists.queries import Query
from ari_app.lists.request import ImportRequest
from ari_app.lists.screening import AnswerFiles, ScreeningReport, import_answer

__all__ = [
    "HOLDS",
    "AnswerFiles",
    "AnswerList",
    "AnswersReport",
    "Consultation",
    "ExportReport",
    "ImportReport",
    "ImportRequest",
    "InputError",
    "Need",
    "Query",
    "ScreeningReport",
    "SourceError",
    "export_numbers",
    "import_answer",
    "import_answers",
    "import_list",
]
