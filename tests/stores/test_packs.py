"""The packs at hand: built-in ones and those of a folder, each whole or not at all."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest

from ari_app.policy.calendar import LocalDay
from ari_app.policy.rules.calling_window import CallingWindowKept
from ari_app.stores.packs import AT_REST, Choices, PackFolder, built_in, built_in_cases

POINT = """
[[rule]]
id = "half_past_two"
kind = "calling_window"
optional = true
force = "house"
source = { cite = "test" }
params = { windows = { mon_sun = ["14:30-15:00"], holiday = [] }, holidays = "IT" }
text = { it = "No.", en = "No." }
"""


class Heard:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.rejected: list[str] = []
        self.unknown: list[str] = []
        self.in_force: list[object] = []

    def event(self, name: str, **values: object) -> None:
        if name == "pack.switch_unknown":
            self.unknown.append(f"{values['switch']}: {values['why']}")
            return
        assert name == "pack.rejected"
        self.rejected.append(f"{values['pack']}: {values['why']}")
        self.in_force.append(values.get("in_force"))

    def measure(self, name: str, value: float) -> None:
        raise AssertionError(name, value)


class Later:
    """A clock that stands an hour after the machine's own, so that every file is at rest, until it is moved."""

    def __init__(self) -> None:
        self.ahead = timedelta(hours=1)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Standing:
    """A clock that stands before any file was written, and moves by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def own(version: str = "1", more: str = "") -> str:
    """A usable pack with the id `house2`: the built-in core, renamed."""
    core = resources.files("ari_app.packs").joinpath("core.toml").read_text(encoding="utf-8")
    renamed = core.replace('id = "core"', 'id = "house2"', 1)
    return f"{renamed.replace('version = ', f'version = {version!r} # ', 1)}{more}"


@pytest.fixture
def heard() -> Heard:
    """What the folder reports."""
    return Heard()


def test_built_in_packs_are_there_without_a_folder(heard: Heard) -> None:
    """The package's own packs are always at hand, and every one of them can be used."""
    packs = PackFolder(None, heard, Later())
    assert "core" in packs.ids()
    for each in packs.ids():
        found = packs.get(each)
        assert found is not None
        assert found.id == each
        assert '"cases"' in built_in_cases(each)
    assert packs.get("nowhere") is None
    assert packs.cases("core") is None


def test_a_file_is_read_again_when_it_changes(tmp_path: Path, heard: Heard) -> None:
    """A pack of one's own is read once, read again after a change, and gone with its file."""
    file = tmp_path / "house2.toml"
    file.write_text(own())
    packs = PackFolder(tmp_path, heard, Later())
    first = packs.get("house2")
    assert first is not None
    assert packs.get("house2") is first
    assert "house2" in packs.ids()
    assert packs.cases("house2") == tmp_path / "house2.cases.json"
    file.write_text(own("22"))
    changed = packs.get("house2")
    assert changed is not None
    assert changed.version == "22"
    file.unlink()
    assert packs.get("house2") is None
    assert heard.rejected == []


UNUSABLE = [b"not toml [", b"\xff\xfe", own().replace('id = "house2"', 'id = "other"', 1).encode(), b""]


@pytest.mark.parametrize("content", UNUSABLE)
def test_an_unusable_file_gives_no_pack_and_is_reported_once(tmp_path: Path, heard: Heard, content: bytes) -> None:
    """Broken TOML, broken text and a pack under another's name are reported once each, and nothing comes of them."""
    (tmp_path / "house2.toml").write_bytes(content)
    packs = PackFolder(tmp_path, heard, Later())
    assert packs.get("house2") is None
    assert packs.get("house2") is None
    (said,) = heard.rejected
    assert said.startswith("house2: ")
    assert heard.in_force == ["none"]


@pytest.mark.parametrize("content", UNUSABLE)
def test_a_pack_goes_on_while_its_new_text_is_refused(tmp_path: Path, heard: Heard, content: bytes) -> None:
    """Refused whole, loudly and once; what was in force stays so until the file is right again."""
    file = tmp_path / "house2.toml"
    file.write_text(own())
    packs = PackFolder(tmp_path, heard, Later())
    first = packs.get("house2")
    assert first is not None
    file.write_bytes(content)
    assert packs.get("house2") is first
    assert packs.get("house2") is first
    assert (len(heard.rejected), heard.in_force) == (1, ["version 1"])
    file.write_text(own("2"))
    mended = packs.get("house2")
    assert mended is not None
    assert mended.version == "2"


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, heard: Heard) -> None:
    """As one that holds nonsense; here it is a folder of that name."""
    (tmp_path / "house2.toml").mkdir()
    assert PackFolder(tmp_path, heard, Later()).get("house2") is None
    assert len(heard.rejected) == 1


def test_a_pack_half_written_judges_nothing(tmp_path: Path, heard: Heard) -> None:
    """Half of a file can be a valid pack with fewer rules: while it is being written the pack before it goes on."""
    whole, file, clock = own("2", POINT), tmp_path / "house2.toml", Later()
    half = whole[: whole.index("[[rule]]", whole.index("[[rule]]") + 1)]
    file.write_text(own())
    packs = PackFolder(tmp_path, heard, clock)
    first = packs.get("house2")
    clock.ahead = timedelta(0)
    for text in ("", half, whole):
        file.write_text(text)
        assert packs.get("house2") is first
    clock.ahead = AT_REST
    after = packs.get("house2")
    assert after is not None
    assert (after.version, len(after.rules)) == ("2", len(built_in("core").rules) + 1)
    assert heard.rejected == []


def test_a_new_pack_counts_once_its_file_is_at_rest(tmp_path: Path, heard: Heard) -> None:
    """Until then there is none, so its campaigns are denied; also where the file's time lies ahead of the clock."""
    (tmp_path / "house2.toml").write_text(own())
    clock = Standing()
    packs = PackFolder(tmp_path, heard, clock)
    assert packs.get("house2") is None
    clock.at += AT_REST - timedelta(microseconds=1)
    assert packs.get("house2") is None
    clock.at += timedelta(microseconds=1)
    assert packs.get("house2") is not None


class WritesOnTheThirdLook(Later):
    """A clock in whose hour hand somebody sits who writes the file just when it is found at rest."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    def now(self) -> datetime:
        self.file.write_text(own("2"))
        return super().now()


def test_a_write_between_the_look_and_the_reading_is_seen(tmp_path: Path, heard: Heard) -> None:
    """What was read is not what was found at rest: it is looked at again before it counts."""
    file = tmp_path / "house2.toml"
    file.write_text(own())
    assert PackFolder(tmp_path, heard, WritesOnTheThirdLook(file)).get("house2") is None
    assert heard.rejected == []


def test_opening_waits_for_a_file_that_was_written_just_now(tmp_path: Path, heard: Heard) -> None:
    """A command right after an editor sees what the editor wrote."""
    (tmp_path / "house2.toml").write_text(own())
    clock = Later()
    clock.ahead = timedelta(0)
    packs = PackFolder(tmp_path, heard, clock)
    packs.open()
    assert packs.get("house2") is not None


def test_a_switch_that_switches_nothing_is_reported(tmp_path: Path, heard: Heard) -> None:
    """A mistyped pack, a mistyped rule and a rule that always binds; the right one binds."""
    (tmp_path / "house2.toml").write_text(own("1", POINT))
    names = ["house2/half_past_two", "house2/half_past_tow", "hose2/half_past_two", "core/valid_number"]
    packs = PackFolder(tmp_path, heard, Later(), Choices(switched_on=frozenset(names)))
    packs.open()
    assert heard.unknown == [
        "core/valid_number: open points of core: none",
        "hose2/half_past_two: there is no such pack",
        "house2/half_past_tow: open points of house2: half_past_two",
    ]
    pack = packs.get("house2")
    assert pack is not None
    assert pack.rules[-1].switched_on
    off = PackFolder(tmp_path, heard, Later()).get("house2")
    assert off is not None
    assert not off.rules[-1].switched_on


def test_local_days_reach_the_windows_of_every_pack(tmp_path: Path, heard: Heard) -> None:
    """Those of the rule's own calendar, in built-in packs as in one's own, and only where they were chosen."""
    (tmp_path / "house2.toml").write_text(own("1", POINT))
    saint, other = LocalDay(12, 7), LocalDay(10, 9, 2026)
    chosen = Choices(local_days=(("IT", saint), ("ES", other), ("IT", other)))
    for packs, expected in (
        (PackFolder(tmp_path, heard, Later(), chosen), (saint, other)),
        (PackFolder(tmp_path, heard, Later()), ()),
    ):
        for each in ("house2", "it"):
            pack = packs.get(each)
            assert pack is not None
            (window,) = [rule.kind for rule in pack.rules if isinstance(rule.kind, CallingWindowKept)]
            assert window.local_days == expected


def test_a_built_in_pack_cannot_be_replaced(tmp_path: Path, heard: Heard) -> None:
    """A file with the name of a built-in pack is reported, and the built-in one stays in force."""
    (tmp_path / "core.toml").write_text(own())
    packs = PackFolder(tmp_path, heard, Later())
    assert packs.get("core") is PackFolder(None, heard, Later()).get("core")
    packs.ids()
    assert heard.rejected == ["core: the name of a built-in pack cannot be used again"]


def test_a_house_of_ones_own_takes_the_place_of_the_built_in_one(tmp_path: Path, heard: Heard) -> None:
    """The house's rules are the house's own: where such a file cannot be used, nothing stands in for it."""
    file = tmp_path / "house.toml"
    packs = PackFolder(tmp_path, heard, Later())
    assert packs.get("house") is PackFolder(None, heard, Later()).get("house")
    file.write_text(own("77").replace('id = "house2"', 'id = "house"'))
    mine = packs.get("house")
    assert mine is not None
    assert mine.version == "77"
    assert "house" in packs.ids()
    assert heard.rejected == []
    broken = PackFolder(tmp_path, heard, Later())
    file.write_text("id =")
    assert broken.get("house") is None


@pytest.mark.parametrize("pack_id", ["../house2", "/etc/passwd", "", "a/b", "HOUSE2"])
def test_an_id_never_leaves_the_folder(tmp_path: Path, heard: Heard, pack_id: str) -> None:
    """An id is a name and no path."""
    (tmp_path / "house2.toml").write_text(own())
    (tmp_path / "inside").mkdir()
    assert PackFolder(tmp_path / "inside", heard, Later()).get(pack_id) is None


def test_fewer_rules_need_a_new_version(tmp_path: Path, heard: Heard) -> None:
    """A file that was cut off between two rules is a valid pack of the same version: what was in force goes on."""
    file = tmp_path / "house2.toml"
    file.write_text(own("1", POINT))
    packs = PackFolder(tmp_path, heard, Later())
    first = packs.get("house2")
    assert first is not None
    file.write_text(own("1"))
    assert packs.get("house2") is first
    assert packs.get("house2") is first
    (said,) = heard.rejected
    assert "to take rules away give it a new version" in said
    assert heard.in_force == ["version 1"]
    file.write_text(own("2"))
    second = packs.get("house2")
    assert second is not None
    assert len(second.rules) == len(first.rules) - 1
    file.write_text(own("2", POINT))
    third = packs.get("house2")
    assert third is not None
    assert len(third.rules) == len(first.rules)


def test_a_house_of_ones_own_that_vanishes_is_no_pack(tmp_path: Path, heard: Heard) -> None:
    """Nothing takes its place in silence: reported once, denied until it is back, built-in with the next start."""
    file, text = tmp_path / "house.toml", own("77").replace('id = "house2"', 'id = "house"')
    file.write_text(text)
    packs = PackFolder(tmp_path, heard, Later())
    assert packs.get("house") is not None
    file.unlink()
    assert packs.get("house") is None
    assert packs.get("house") is None
    assert [said.partition(";")[0] for said in heard.rejected] == ["house: house.toml is gone"]
    assert PackFolder(tmp_path, heard, Later()).get("house") == built_in("house")
    file.write_text(text)
    back = packs.get("house")
    assert back is not None
    assert back.version == "77"


def test_a_file_in_capitals_is_reported_and_not_used(tmp_path: Path, heard: Heard) -> None:
    """No campaign would find it."""
    (tmp_path / "House.toml").write_text(own("77").replace('id = "house2"', 'id = "house"'))
    packs = PackFolder(tmp_path, heard, Later())
    assert packs.get("house") == built_in("house")
    packs.ids()
    assert heard.rejected == ["house: House.toml is not read: call it house.toml"]
