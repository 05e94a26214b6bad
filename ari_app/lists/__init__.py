"""
Streams in and out: lists that people bring as files become rows that the rules can see.

    InputError    the file as a whole cannot be read as such a list (exit code 2); nothing was changed
"""

from ari_app.lists.errors import InputError
from ari_app.lists.importing import ImportReport, ImportRequest, import_list

__all__ = ["ImportReport", "ImportRequest", "InputError", "import_list"]
