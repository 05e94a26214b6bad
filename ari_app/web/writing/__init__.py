"""
Pages to write, read and practise scripts, the book of answers, notices to the floor and feedback to the brands.

`scripts_pages`, `drafts_pages`, `practice_pages`, `answers_pages`, `notices_pages` and `feedback_pages` hold one of
these each; what they ask for is in the protocols they declare. `shown` is what they have in common.
"""

from ari_app.web.writing.answers_pages import AnswersPages
from ari_app.web.writing.drafts_pages import DraftsPages
from ari_app.web.writing.feedback_pages import FeedbackPages
from ari_app.web.writing.notices_pages import NoticesPages
from ari_app.web.writing.practice_pages import PracticePages
from ari_app.web.writing.scripts_pages import Fill, Picture, ScriptsPages, ScriptView

__all__ = [
    "AnswersPages",
    "DraftsPages",
    "FeedbackPages",
    "Fill",
    "NoticesPages",
    "Picture",
    "PracticePages",
    "ScriptView",
    "ScriptsPages",
]
