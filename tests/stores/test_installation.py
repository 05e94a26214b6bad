"""Whose database it is, on both engines."""

import pytest

from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.installation import check, claim


def test_a_database_is_claimed_once(database: Database) -> None:
    """The first key stays; claiming it again with the same is harmless."""
    claim(database, "aaaa1111")
    claim(database, "aaaa1111")
    check(database, "aaaa1111")


def test_another_key_is_refused(database: Database) -> None:
    """Both are named, with what is to be done, and nothing is changed."""
    claim(database, "aaaa1111")
    for use in (claim, check):
        with pytest.raises(StoreConflict, match=r"bbbb2222.*aaaa1111.*backup"):
            use(database, "bbbb2222")
    check(database, "aaaa1111")


def test_a_database_of_nobody_is_refused(database: Database) -> None:
    """With the command that claims it."""
    with pytest.raises(StoreConflict, match="garbo db upgrade"):
        check(database, "aaaa1111")
