"""Versions of registers as files: whole or refused, one in force, swapped while numbers are looked up."""

import random
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

import pytest
from pyroaring import BitMap64

from ari_app.policy.facts import Unknown
from ari_app.policy.held import Screening
from ari_app.ports.register_files import Covered, RegisterDamaged, RegisterNumbers, RegisterVersion
from ari_app.ports.registers import Registers
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.registers.serving import HeldRegisters
from ari_app.stores.registers.shelf import POINTER, RegisterFolder
from tests.fakes.world import Heard

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ALWAYS = "+447911000000"
"""Listed in every version."""
FIRST = 447911000000


@pytest.fixture
def folder(tmp_path: Path) -> RegisterFolder:
    """An empty folder of registers."""
    return RegisterFolder(tmp_path / "registers")


@pytest.fixture
def heard() -> Heard:
    """What the gate is told."""
    return Heard()


def draft(*, age: timedelta = timedelta(days=1), name: str = "TPS") -> RegisterVersion:
    """A version that covers the United Kingdom."""
    as_of = NOW - age
    return RegisterVersion(
        name=name,
        version=0,
        region="GB",
        coverage=(Covered(prefix="+44", as_of=as_of, valid_until=as_of + timedelta(days=28)),),
        built_at=NOW,
        sources=(),
        way="whole",
        dated_by="option",
        numbers=0,
        prefixes=0,
    )


def numbers(*lists: int, prefixes: tuple[str, ...] = ()) -> RegisterNumbers:
    """`ALWAYS` and these many places behind it."""
    return RegisterNumbers(numbers=BitMap64([FIRST, *(FIRST + at for at in lists)]), prefixes=frozenset(prefixes))


def keep(folder: RegisterFolder, *lists: int, name: str = "TPS", **said: timedelta) -> int:
    """A new version in force; its number."""
    return publish(folder, numbers(*lists), name=name, **said).version


def publish(
    folder: RegisterFolder, listed: RegisterNumbers, *, name: str = "TPS", **said: timedelta
) -> RegisterVersion:
    """As a load does it."""
    with folder.changing(name):
        return folder.publish(draft(name=name, **said), listed, keep=5)


def said(held: Registers, e164: str, name: str = "TPS") -> str | None:
    """`listed`, `clear`, `unknown`, or None: nothing."""
    answers = held.answers(e164, (name,))
    if isinstance(answers, Unknown):
        return "unknown"
    return answers[0].answer if answers else None


def told(heard: Heard, name: str) -> list[dict[str, object]]:
    """What was heard under this name."""
    return [values for event, values in heard.events if event == name]


def test_what_is_kept_is_read_back(folder: RegisterFolder) -> None:
    """Numbers near and far, ranges, prefixes, and all that is said of the version."""
    held = BitMap64([1, 15, 390212345678, 999999999999999])
    held.add_range(447911000000, 447912000000)
    kept = publish(folder, RegisterNumbers(numbers=held, prefixes=frozenset({"+4470", "+4"})))
    snapshot = folder.in_force("TPS")
    assert snapshot is not None
    assert snapshot.version == kept
    assert (kept.version, kept.numbers, kept.prefixes) == (1, 1_000_004, 2)
    assert folder.numbers("TPS") == RegisterNumbers(numbers=held, prefixes=frozenset({"+4470", "+4"}))


def test_an_empty_register_is_one(folder: RegisterFolder, heard: Heard) -> None:
    """All that it covers are clear."""
    publish(folder, RegisterNumbers(numbers=BitMap64(), prefixes=frozenset()))
    held = HeldRegisters(folder, heard)
    held.refresh()
    assert said(held, ALWAYS) == "clear"


def test_the_last_versions_stay(folder: RegisterFolder) -> None:
    """The one in force among them, wherever it is."""
    for _ in range(7):
        keep(folder)
    assert folder.versions("TPS") == [3, 4, 5, 6, 7]
    folder.roll_back("TPS", 3)
    assert keep(folder) == 8
    assert folder.versions("TPS") == [4, 5, 6, 7, 8]


def test_rolling_back_takes_the_version_before_that_is_whole(folder: RegisterFolder) -> None:
    """Or the one that is named, forward too; never one that is not there or not whole."""
    for _ in range(4):
        keep(folder)
    damage(folder.path("TPS", 3))
    assert folder.roll_back("TPS").version.version == 2
    assert folder.roll_back("TPS", 4).version.version == 4
    with pytest.raises(RegisterDamaged):
        folder.roll_back("TPS", 3)
    with pytest.raises(StoreConflict, match="it has 1, 2, 3, 4"):
        folder.roll_back("TPS", 9)
    folder.roll_back("TPS", 1)
    with pytest.raises(StoreConflict, match="no whole version"):
        folder.roll_back("TPS")
    current = folder.current("TPS")
    assert current is not None
    assert current.version == 1


def damage(path: Path, at: int = -1) -> None:
    """Turn a bit over."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_every_turned_bit_and_every_cut_is_refused(folder: RegisterFolder) -> None:
    """Wherever in the file it is."""
    publish(folder, numbers(*range(3, 3000, 7), prefixes=("+4470",)))
    path = folder.path("TPS", 1)
    whole = path.read_bytes()
    choose = random.Random(3)  # noqa: S311  which bits are turned
    for at in [*range(80), *range(80, len(whole), 11)]:
        data = bytearray(whole)
        data[at] ^= 1 << choose.randrange(8)
        path.write_bytes(data)
        with pytest.raises(RegisterDamaged):
            folder.in_force("TPS")
    for length in [*range(60), *range(60, len(whole), 13), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(RegisterDamaged):
            folder.in_force("TPS")
    path.write_bytes(whole + b"\0")
    with pytest.raises(RegisterDamaged):
        folder.in_force("TPS")
    path.write_bytes(whole)
    assert folder.in_force("TPS") is not None


def test_another_registers_file_is_refused(folder: RegisterFolder) -> None:
    """And another version's, though each is whole."""
    keep(folder, 1)
    keep(folder, 2)
    keep(folder, 1, name="CTPS")
    whole = folder.path("TPS", 2).read_bytes()
    for other in (folder.path("TPS", 1), folder.path("CTPS", 1)):
        folder.path("TPS", 2).write_bytes(other.read_bytes())
        with pytest.raises(RegisterDamaged):
            folder.read("TPS", 2)
    folder.path("TPS", 2).write_bytes(whole)
    assert folder.in_force("TPS") is not None


def cut_off(folder: RegisterFolder, version: int) -> None:
    """The file ends too early."""
    path = folder.path("TPS", version)
    path.write_bytes(path.read_bytes()[:-40])


def turned(folder: RegisterFolder, version: int) -> None:
    """A bit of it is another."""
    damage(folder.path("TPS", version), 200)


def gone(folder: RegisterFolder, version: int) -> None:
    """It is not there."""
    folder.path("TPS", version).unlink()


def a_folder(folder: RegisterFolder, version: int) -> None:
    """It is no file."""
    folder.path("TPS", version).unlink()
    folder.path("TPS", version).mkdir()


def another(folder: RegisterFolder, version: int) -> None:
    """It is something else altogether."""
    folder.path("TPS", version).write_text("number\n+447911000000\n")


DAMAGES = [cut_off, turned, gone, a_folder, another]


@pytest.mark.parametrize("harm", DAMAGES)
def test_what_was_served_goes_on_when_its_successor_is_damaged(
    folder: RegisterFolder, heard: Heard, harm: Callable[[RegisterFolder, int], None]
) -> None:
    """It is told once; the next whole version is taken up."""
    keep(folder, 1)
    held = HeldRegisters(folder, heard)
    held.refresh()
    keep(folder, 1, 2)
    harm(folder, 2)
    for _ in range(3):
        held.refresh()
    assert [said(held, f"+{FIRST + at}") for at in (0, 1, 2)] == ["listed", "listed", "clear"]
    assert [refused["serves_version"] for refused in told(heard, "register.refused")] == [1]
    keep(folder, 3)
    held.refresh()
    assert [said(held, f"+{FIRST + at}") for at in (0, 1, 3)] == ["listed", "clear", "listed"]


@pytest.mark.parametrize("harm", DAMAGES)
def test_after_a_start_the_newest_whole_version_is_served(
    folder: RegisterFolder, heard: Heard, harm: Callable[[RegisterFolder, int], None]
) -> None:
    """With its own date, and it is told."""
    keep(folder, 1, age=timedelta(days=9))
    keep(folder, 2)
    keep(folder, 3)
    for version in (2, 3):
        harm(folder, version)
    held = HeldRegisters(folder, heard)
    held.refresh()
    answers = held.answers(ALWAYS, ("TPS",))
    assert not isinstance(answers, Unknown)
    assert answers[0].answered_at == NOW - timedelta(days=9)
    assert told(heard, "register.refused")[0]["serves_version"] == 1


@pytest.mark.parametrize("harm", DAMAGES)
def test_a_register_of_which_nothing_is_whole_is_unknown(
    folder: RegisterFolder, heard: Heard, harm: Callable[[RegisterFolder, int], None]
) -> None:
    """Others are answered for; when it is whole again it answers."""
    keep(folder, 1)
    keep(folder, 1, name="CTPS")
    whole = folder.path("TPS", 1).read_bytes()
    harm(folder, 1)
    held = HeldRegisters(folder, heard)
    for _ in range(3):
        held.refresh()
    assert said(held, ALWAYS) == "unknown"
    assert isinstance(held.answers(ALWAYS, ("CTPS", "TPS")), Unknown)
    assert said(held, ALWAYS, "CTPS") == "listed"
    assert held.serves()["TPS"] is None
    if folder.path("TPS", 1).is_dir():
        folder.path("TPS", 1).rmdir()
    folder.path("TPS", 1).write_bytes(whole)
    held.refresh()
    assert said(held, ALWAYS) == "listed"


@pytest.mark.parametrize("text", ["", "{", "7", '{"version": "x", "digest": ""}', '{"version": 1}', "\udce9", "[]"])
def test_a_pointer_that_cannot_be_read_changes_nothing(folder: RegisterFolder, heard: Heard, text: str) -> None:
    """What is served goes on; after a start it is Unknown, since nobody can say what was in force."""
    keep(folder, 1)
    held, pointer = HeldRegisters(folder, heard), folder.folder / "TPS" / POINTER
    held.refresh()
    pointer.write_text(text, errors="surrogateescape")
    held.refresh()
    assert said(held, ALWAYS) == "listed"
    assert len(told(heard, "register.refused")) == 1
    started = HeldRegisters(folder, heard)
    started.refresh()
    assert said(started, ALWAYS) == "unknown"
    folder.roll_back("TPS", 1)
    started.refresh()
    assert said(started, ALWAYS) == "listed"


def test_a_register_that_was_never_loaded_says_nothing(folder: RegisterFolder, heard: Heard) -> None:
    """Nor does one of which only a file without pointer is there; a folder of another name is nobody's."""
    keep(folder, 1)
    (folder.folder / "TPS" / POINTER).unlink()
    (folder.folder / "notes").mkdir()
    held = HeldRegisters(folder, heard)
    held.refresh()
    assert held.answers(ALWAYS, ("TPS", "CTPS", "notes")) == ()
    assert heard.events == []


def test_a_register_goes_on_when_its_folder_is_gone(folder: RegisterFolder, heard: Heard) -> None:
    """A disk that is not there for a moment: its answers grow old as they would have."""
    keep(folder, 1)
    held = HeldRegisters(folder, heard)
    held.refresh()
    folder.folder.rename(folder.folder.with_name("away"))
    held.refresh()
    assert said(held, ALWAYS) == "listed"


@pytest.mark.parametrize("name", ["registers", "registers/TPS", "registers/TPS/current"])
def test_what_is_in_the_way_of_a_folder_is_told(
    folder: RegisterFolder, heard: Heard, tmp_path: Path, name: str
) -> None:
    """A file where a folder should be, or the other way round: nothing raises, nothing is clear."""
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.name == POINTER:
        place.mkdir()
    else:
        place.write_text("in the way")
    held = HeldRegisters(folder, heard)
    for _ in range(2):
        held.refresh()
    assert said(held, ALWAYS) in {None, "unknown"}
    assert len(told(heard, "register.refused")) <= 1


@pytest.mark.parametrize("e164", ["", "+", "+44", "44", "+44x", "+" + "4" * 400, "\0"])
def test_a_look_up_never_raises(folder: RegisterFolder, heard: Heard, e164: str) -> None:
    """Whatever is asked; what cannot be looked up is not clear."""
    publish(folder, numbers(prefixes=("+4470",)))
    held = HeldRegisters(folder, heard)
    held.refresh()
    assert said(held, e164) in {"unknown", None, "clear"}
    assert said(held, "+44x") == "unknown"


def test_only_what_changed_is_read_again(folder: RegisterFolder, heard: Heard) -> None:
    """And each change is told once, as is what there was at the beginning."""
    keep(folder, 1)
    held = HeldRegisters(folder, heard)
    held.refresh()
    held.go_to_work()
    for _ in range(5):
        held.refresh()
    assert len(told(heard, "register.loaded")) == 1
    folder.roll_back("TPS", 1)
    held.refresh()
    assert len(told(heard, "register.loaded")) == 2


class Refillable(Registers, Protocol):
    """Registers that can be told to take up what is new."""

    def refresh(self) -> None:
        """Take it up."""
        ...


class DeletesThenFills:
    """How it must not be done: what is served is emptied, then filled."""

    def __init__(self, folder: RegisterFolder) -> None:
        """Empty."""
        self._folder = folder
        self._numbers = BitMap64()

    def refresh(self) -> None:
        """Delete, then fill."""
        self._numbers.clear()
        self._numbers |= self._folder.numbers("TPS").numbers

    def answers(self, e164: str, names: Collection[str]) -> tuple[Screening, ...]:
        """As ports.registers.Registers."""
        answer: Literal["listed", "clear"] = "listed" if int(e164) in self._numbers else "clear"
        return tuple(Screening(register=name, answer=answer, answered_at=NOW, valid_until=NOW) for name in names)


@contextmanager
def looking(registers: Refillable) -> Iterator[list[str | None]]:
    """Without pause, in two threads: one looks `ALWAYS` up, one takes up what is new. What was not `listed`."""
    wrong: list[str | None] = []
    count = 0
    stop = threading.Event()

    def look() -> None:
        nonlocal count
        while not stop.is_set():
            if (answer := said(registers, ALWAYS)) != "listed":
                wrong.append(answer)
            count += 1

    def refresh() -> None:
        while not stop.is_set():
            registers.refresh()

    threads = [threading.Thread(target=look), threading.Thread(target=refresh)]
    for thread in threads:
        thread.start()
    try:
        yield wrong
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert count > 1000


def swap_fifty_times(folder: RegisterFolder) -> None:
    """Loads, and roll-backs between them."""
    for version in range(1, 51):
        if version % 3:
            keep(folder, *range(1 + version % 2, 20_000, 2))
        else:
            folder.roll_back("TPS")


def test_while_versions_are_swapped_a_listed_number_is_listed(folder: RegisterFolder, heard: Heard) -> None:
    """In every single look-up, through fifty loads and roll-backs."""
    keep(folder, 1)
    held = HeldRegisters(folder, heard)
    held.refresh()
    held.go_to_work()
    with looking(held) as wrong:
        swap_fifty_times(folder)
    assert wrong == []
    assert told(heard, "register.refused") == []
    assert len(told(heard, "register.loaded")) > 5


def test_deleting_and_filling_would_be_caught(folder: RegisterFolder) -> None:
    """The test before this one sees a register that is missing for an instant."""
    keep(folder, 1)
    careless = DeletesThenFills(folder)
    careless.refresh()
    with looking(careless) as wrong:
        swap_fifty_times(folder)
    assert "clear" in wrong
