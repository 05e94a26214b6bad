"""
Cells of files that people open with a spreadsheet: what one would run as a formula is given an apostrophe.

Source: OWASP, CSV Injection.
"""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that is run."""


def neutral(cell: str) -> str:
    """The cell as a spreadsheet shows it without running it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
