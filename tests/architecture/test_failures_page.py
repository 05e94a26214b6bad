"""`docs/failures.md` is made of the matrix of faults and what was measured: `make faults`."""

from collections import Counter
from pathlib import Path

from tests.e2e.faults.matrix import page, sections

PAGE = Path(__file__).parents[2] / "docs" / "failures.md"


def test_the_page_is_the_matrix() -> None:
    """`python -m tests.e2e.faults.matrix > docs/failures.md` makes it anew without running anything."""
    assert PAGE.read_text() == page()


def test_no_row_is_named_twice() -> None:
    """Figures are kept by name."""
    names = Counter(row.name for rows in sections().values() for row in rows)
    assert [name for name, times in names.items() if times > 1] == []
