"""One file becomes one version, all of it or nothing, and what is stricter is never lost."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ari_app.lists import ImportReport, ImportRequest, InputError, import_list
from ari_app.lists.importing import BATCH_ROWS
from ari_app.policy.held import CustomerStatus
from ari_app.ports.lists import CustomerRow, SuppressionRow
from ari_app.ports.verdicts import StoreUnavailable
from tests.lists.stores import MemoryLists

A, B = "+393471234501", "+393471234502"


def run(store: MemoryLists, tmp_path: Path, text: str, kind: str = "suppressions", **options: object) -> ImportReport:
    """Import this text."""
    path = tmp_path / "list.csv"
    path.write_text(text)
    return import_list(store, ImportRequest(kind=kind, path=path, region="IT", **options))  # type: ignore[arg-type]


def test_reading_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    """The second time every row is unchanged."""
    store = MemoryLists()
    assert run(store, tmp_path, f"number\n{A}\n{B}\n").added == 2
    again = run(store, tmp_path, f"number\n{A}\n{B}\n")
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)


def test_an_exception_half_way_leaves_nothing(tmp_path: Path) -> None:
    """The version is abandoned, nothing is visible, and no reject file lies about."""
    store, rejects = MemoryLists(breaks_at_batch=2), tmp_path / "rejects.csv"
    rows = "".join(f"+39347{place:07}\n" for place in range(BATCH_ROWS + 200))
    with pytest.raises(StoreUnavailable):
        run(store, tmp_path, f"number\nnonsense\n{rows}", rejects=rejects)
    assert (store.visible, store.hidden, store.abandoned) == ({}, {}, [1])
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_a_file_changed_while_it_is_read_leaves_nothing(tmp_path: Path) -> None:
    """What was looked at first and what was read must be the same bytes."""
    store, path = MemoryLists(), tmp_path / "list.csv"
    rows = "".join(f"+39347{place:07}\n" for place in range(8_000))
    path.write_text(f"number\n{rows}")

    def change(_rows: int, _read: int, _size: int) -> None:
        with path.open("a") as file:
            file.write(f"{A}\n")

    with pytest.raises(InputError, match="changed while it was read"):
        import_list(store, ImportRequest(kind="suppressions", path=path, region="IT"), change)
    assert (store.visible, store.abandoned) == ({}, [1])


def test_a_file_of_which_no_row_can_be_taken_is_not_published(tmp_path: Path) -> None:
    """A wrong column changes nothing, and the reject file says why."""
    store, rejects = MemoryLists(), tmp_path / "rejects.csv"
    report = run(store, tmp_path, "number\nRossi\nBianchi\n", rejects=rejects)
    assert (report.published, report.rejected, store.abandoned) == (False, 2, [1])
    assert len(rejects.read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("options", "scope"),
    [({}, "*"), ({"principal": "fastnet"}, "principal:fastnet"), ({"campaign": "autunno"}, "campaign:autunno")],
)
def test_the_scope_falls_to_what_the_command_says(tmp_path: Path, options: dict[str, str], scope: str) -> None:
    """A row without a scope of its own gets the command's; without any it is global."""
    store = MemoryLists()
    run(store, tmp_path, f"number,scope\n{A},\n{B},global\n", **options)
    assert set(store.visible) == {(A, scope), (B, "*")}


def test_a_scope_that_does_not_exist_is_rejected(tmp_path: Path) -> None:
    """A mistyped principal would be a suppression that never binds."""
    store = MemoryLists()
    text = f"number,scope\n{A},principal:fastent\n{A},principal:fastnet\n{B},everyone\n"
    report = run(store, tmp_path, text, scope_exists=lambda scope: scope == "principal:fastnet")
    assert report.rejected == 2
    assert set(store.visible) == {(A, "principal:fastnet")}


def test_cells_that_a_suppression_lacks_at_its_end_are_empty(tmp_path: Path) -> None:
    """No opt-out is lost for them; a quote that swallows the lines after it loses none either."""
    store, other = MemoryLists(), "+393471234503"
    report = run(store, tmp_path, f'number,reason,expires\n{A}\n{B},asked\n"x\n{other}\ny"\n')
    assert set(store.visible) == {(A, "*"), (B, "*"), (other, "*")}
    assert (report.rejected, report.opt_outs_lost) == (2, 2)


def test_of_two_suppressions_the_longer_stays(tmp_path: Path) -> None:
    """In whichever order they come: for ever beats a date, a later date beats an earlier one."""
    store = MemoryLists()
    text = f"number,expires\n{A},2030-01-01\n{A},\n{A},2031-01-01\n{B},2030-12-31\n{B},2030-01-01\n"
    report = run(store, tmp_path, text)
    first, second = store.visible[A, "*"], store.visible[B, "*"]
    assert isinstance(first, SuppressionRow)
    assert isinstance(second, SuppressionRow)
    assert first.expires_at is None
    assert second.expires_at == datetime(2031, 1, 1, tzinfo=UTC)
    assert (report.read, report.duplicates) == (5, 2)


def test_of_two_customer_rows_the_current_one_stays(tmp_path: Path) -> None:
    """Who is a customer by any row is one; a row that says otherwise later is rejected."""
    store = MemoryLists()
    text = f"number,status\n{A},ended\n{A},current\n{A},ended\n{A},current\n"
    report = run(store, tmp_path, text, "customers", principal="fastnet")
    row = store.visible[A, "fastnet"]
    assert isinstance(row, CustomerRow)
    assert row.status is CustomerStatus.CURRENT
    assert (report.added, report.updated, report.rejected, report.duplicates) == (1, 1, 1, 1)


def test_every_row_read_is_accounted_for(tmp_path: Path) -> None:
    """Read is the sum of all that became of rows, in the report of the version as well."""
    store = MemoryLists()
    report = run(store, tmp_path, f"number\n{A}\n{A}\nnonsense\n{B}\n")
    parts = report.added + report.updated + report.unchanged + report.rejected + report.duplicates
    assert report.read == parts == 4
    assert store.reports[0]["read"] == 4


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("customers", {}),
        ("customers", {"campaign": "c"}),
        ("suppressions", {"principal": "p", "campaign": "c"}),
        ("x", {}),
    ],
)
def test_a_list_that_belongs_to_nobody_is_refused(tmp_path: Path, kind: str, options: dict[str, str]) -> None:
    """Customers need their principal; a suppression has one scope."""
    with pytest.raises(InputError):
        run(MemoryLists(), tmp_path, f"number,status\n{A},current\n", kind, **options)


def test_progress_counts_the_bytes_of_the_file(tmp_path: Path) -> None:
    """It ends at the file's size, and tells how many rows that were."""
    seen: list[tuple[int, int, int]] = []
    path = tmp_path / "list.csv"
    path.write_text("number\n" + "".join(f"+39347{place:07}\n" for place in range(2000)))
    request = ImportRequest(kind="suppressions", path=path, region="IT")
    import_list(MemoryLists(), request, lambda *told: seen.append(told))
    assert len(seen) > 3
    assert seen[-1] == (2000, path.stat().st_size, path.stat().st_size)
    assert [rows for rows, *_ in seen] == sorted(rows for rows, *_ in seen)
