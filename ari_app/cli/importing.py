"""`garbo import`: a list from a file, with its progress on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ari_app.cli.asked import known, settings_of
from ari_app.cli.outside import FAILED, UsageFault
from ari_app.cli.said import AsJson, document, note, say


def import_file(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="suppressions or customers.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, gz too.")],
    *,
    principal: Annotated[str | None, typer.Option(metavar="P")] = None,
    campaign: Annotated[str | None, typer.Option(metavar="C")] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="COL=FIELD", help="Which column holds a field.")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(metavar="FILE", help="Where rows go that cannot be taken.")] = None,
    as_json: AsJson = False,
) -> None:
    """Import a list, all of it or nothing. The same file again changes nothing."""
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.lists import ImportRequest, import_list

    _different(file, rejects)
    directory = main.open_directory(settings)
    principals = [p.id for p in directory.principals()]
    regions = {c.id: c.region for c in directory.campaigns()}
    if principal:
        known(principal, principals, "principal", "`garbo principal add` makes one")
    if campaign:
        known(campaign, list(regions), "campaign", "`garbo campaign add` makes one")
    scopes = {"*", *(f"principal:{name}" for name in principals), *(f"campaign:{name}" for name in regions)}
    request = ImportRequest(
        kind=kind,
        path=file,
        region=regions.get(campaign or "", settings.gate.region),
        principal=principal,
        campaign=campaign,
        mapping=_mapping(mapping or []),
        rejects=rejects,
        scope_exists=scopes.__contains__,
    )
    with _progress(file.name) as progress:
        report = import_list(main.open_lists(settings), request, progress)
    _tell(report, rejects, as_json=as_json)


def _tell(report: Any, rejects: Path | None, *, as_json: bool) -> None:
    if as_json:
        document(report.document())
    else:
        words = ("read", "added", "updated", "unchanged", "rejected", "duplicates")
        say("  ".join(f"{word} {getattr(report, word)}" for word in words) + f"  in {report.seconds:.1f} s")
    for line, reason in report.first_rejects:
        note(f"line {line}: {reason}")
    if report.rejected > len(report.first_rejects):
        note(f"and {report.rejected - len(report.first_rejects)} more")
    if report.rejected:
        note(f"rejected rows are in {rejects}" if rejects else "--rejects FILE keeps rejected rows, to be repaired")
    if not report.published:
        note("not one row could be taken: nothing was changed")
        raise typer.Exit(FAILED)


def _different(file: Path, rejects: Path | None) -> None:
    if rejects is None:
        return
    if rejects.exists() and file.exists() and rejects.samefile(file):
        raise UsageFault(f"--rejects {rejects} is the file that is read")
    if not rejects.absolute().parent.is_dir():
        raise UsageFault(f"--rejects {rejects}: there is no folder {rejects.absolute().parent}")


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not (column.strip() and equals and field.strip()):
            raise UsageFault(f"--map {pair}: write COLUMN=FIELD, as --map Recapito=number")
        mapping[column.strip()] = field.strip()
    return mapping


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar with rate and time left on standard error; none where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(name)
        yield lambda read, size: bar.update(task, completed=read, total=size)
