"""The reject file, where it cannot be written."""

from pathlib import Path

import pytest

from ari_app.lists import ImportRequest, InputError, import_list
from tests.lists.stores import MemoryLists


def run(store: MemoryLists, tmp_path: Path, rejects: Path, rows: int = 1) -> None:
    """Import a list with one good row and some bad ones."""
    path = tmp_path / "list.csv"
    path.write_text("number\n+393471234501\n" + "nonsense\n" * rows)
    import_list(store, ImportRequest(kind="suppressions", path=path, region="IT", rejects=rejects))


@pytest.mark.parametrize("place", ["/proc/x", "/proc"])
def test_a_place_that_takes_no_file_is_named(tmp_path: Path, place: str) -> None:
    """Nothing is imported."""
    store = MemoryLists()
    with pytest.raises(InputError, match=place):
        run(store, tmp_path, Path(place))
    assert (store.visible, store.abandoned) == ({}, [1])


def test_a_full_disk_abandons_the_import(tmp_path: Path) -> None:
    """Told in words, and its `.part` is gone."""
    store, rejects = MemoryLists(), tmp_path / "bad.csv"
    (tmp_path / "bad.csv.part").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"bad\.csv: .*No space left"):
        run(store, tmp_path, rejects, rows=20_000)
    assert (store.visible, store.abandoned) == ({}, [1])
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_rejects_that_cannot_be_put_in_their_place_are_told(tmp_path: Path) -> None:
    """The list is published by then; it says so, and where the rows are."""
    store = MemoryLists()
    (tmp_path / "bad.csv.part").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"was imported.*bad\.csv\.part"):
        run(store, tmp_path, tmp_path / "bad.csv")
    assert len(store.visible) == 1
