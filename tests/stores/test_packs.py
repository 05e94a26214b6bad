"""The packs at hand: built-in ones and those of a folder."""

import os
from importlib import resources
from pathlib import Path

import pytest

from ari_app.stores.packs import PackFolder


class Heard:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.rejected: list[str] = []

    def event(self, name: str, **values: object) -> None:
        assert name == "pack.rejected"
        self.rejected.append(f"{values['pack']}: {values['why']}")

    def measure(self, name: str, value: float) -> None:
        raise AssertionError(name, value)


def own(version: str = "1") -> str:
    """A usable pack with the id `house2`: the built-in core, renamed."""
    core = resources.files("ari_app.packs").joinpath("core.toml").read_text(encoding="utf-8")
    return core.replace('id = "core"', 'id = "house2"', 1).replace('version = "1"', f'version = "{version}"', 1)


@pytest.fixture
def heard() -> Heard:
    """What the folder reports."""
    return Heard()


def test_built_in_packs_are_there_without_a_folder(heard: Heard) -> None:
    """The package's own packs are always at hand, and every one of them can be used."""
    packs = PackFolder(None, heard)
    assert "core" in packs.ids()
    for each in packs.ids():
        found = packs.get(each)
        assert found is not None
        assert found.id == each
    assert packs.get("nowhere") is None


def test_a_file_is_read_again_when_it_changes(tmp_path: Path, heard: Heard) -> None:
    """A pack of one's own is read once, read again after a change, and gone with its file."""
    file = tmp_path / "house2.toml"
    file.write_text(own())
    packs = PackFolder(tmp_path, heard)
    first = packs.get("house2")
    assert first is not None
    assert packs.get("house2") is first
    assert "house2" in packs.ids()
    file.write_text(own("22"))
    os.utime(file, ns=(1, 1))
    changed = packs.get("house2")
    assert changed is not None
    assert changed.version == "22"
    file.unlink()
    assert packs.get("house2") is None
    assert heard.rejected == []


@pytest.mark.parametrize(
    "content", [b"not toml [", b"\xff\xfe", own().replace('id = "house2"', 'id = "other"', 1).encode()]
)
def test_an_unusable_file_gives_no_pack_and_is_reported_once(tmp_path: Path, heard: Heard, content: bytes) -> None:
    """Broken TOML, broken text and a pack under another's name are reported once each, and nothing comes of them."""
    (tmp_path / "house2.toml").write_bytes(content)
    packs = PackFolder(tmp_path, heard)
    assert packs.get("house2") is None
    assert packs.get("house2") is None
    (said,) = heard.rejected
    assert said.startswith("house2: ")


def test_a_built_in_pack_cannot_be_replaced(tmp_path: Path, heard: Heard) -> None:
    """A file with the name of a built-in pack is reported, and the built-in one stays in force."""
    (tmp_path / "core.toml").write_text(own())
    packs = PackFolder(tmp_path, heard)
    assert packs.get("core") is PackFolder(None, heard).get("core")
    packs.ids()
    assert heard.rejected == ["core: the name of a built-in pack cannot be used again"]


@pytest.mark.parametrize("pack_id", ["../house2", "/etc/passwd", "", "a/b", "HOUSE2"])
def test_an_id_never_leaves_the_folder(tmp_path: Path, heard: Heard, pack_id: str) -> None:
    """An id is a name and no path."""
    (tmp_path / "house2.toml").write_text(own())
    (tmp_path / "inside").mkdir()
    assert PackFolder(tmp_path / "inside", heard).get(pack_id) is None
