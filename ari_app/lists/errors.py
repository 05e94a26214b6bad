"""
What can be wrong with a file that somebody brings.

    InputError    the whole file: no import takes place
    SourceError  the database that was asked did not answer, or broke off: no import takes place
    BadRow        one row: it goes to the reject file, the others are taken
"""


class InputError(Exception):
    """The file cannot be read as what it was said to be; the message says what would be right."""

    exit_code = 2


class SourceError(Exception):
    """What was asked for rows has failed; it may answer another time."""

    exit_code = 1


class BadRow(Exception):  # noqa: N818  it ends a row, not the import
    """This row cannot be taken; the message says why, for the reject file."""
