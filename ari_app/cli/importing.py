"""`garbo import`: a list from a file, with its progress on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import known, settings_of, words_of
from ari_app.cli.outside import FAILED, UsageFault
from ari_app.cli.said import AsJson, document, note, say

if TYPE_CHECKING:
    from ari_app.lists import ImportReport
    from ari_app.policy.request import Campaign
    from ari_app.stores.directory import Directory

KINDS = "suppressions, customers, consents, contacts, attempts or caller-ids"


def import_file(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{KINDS}.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, gz too.")],
    *,
    principal: Annotated[str | None, typer.Option(metavar="P")] = None,
    campaign: Annotated[str | None, typer.Option(metavar="C")] = None,
    approved_by: Annotated[
        str | None, typer.Option(metavar="WHO", help="Who at the principal approved this contact list.")
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="COL=FIELD", help="Which column holds a field.")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(metavar="FILE", help="Where rows go that cannot be taken.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    Import a list, all of it or nothing. The same file again changes nothing.

    Exit code 1: not one row could be taken, or not every opt-out.
    """
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.lists import ImportRequest, import_list

    different(file, rejects)
    who = "" if approved_by is None else words_of(approved_by, "--approved-by")
    directory = main.open_directory(settings)
    meant = _campaign(directory, campaign, principal)
    countries = {held.id: held.country for held in directory.principals()}
    if principal:
        known(principal, list(countries), "principal", "`garbo principal add` makes one")
    owner = principal or (meant.principal if meant and kind == "contacts" else None)
    campaigns = {held.id: held.principal for held in directory.campaigns()}
    scopes = {"*", *(f"principal:{name}" for name in countries), *(f"campaign:{name}" for name in campaigns)}
    country = countries.get(owner or (meant.principal if meant else ""), "")
    request = ImportRequest(
        kind=kind,
        path=file,
        region=meant.region if meant else settings.gate.region,
        country=country,
        principal=owner,
        campaign=campaign,
        agency=(meant.agency or "") if meant else "",
        approved_by=who,
        mapping=_mapping(mapping or []),
        rejects=rejects,
        now=datetime.now(UTC),
        scope_exists=scopes.__contains__,
        campaign_exists=lambda name: name in campaigns and owner in (None, campaigns[name]),
        owners={*countries, *(held.id for held in directory.agencies())},
    )
    with progress_of(file.name) as progress:
        report = import_list(main.open_lists(settings), request, progress)
    _tell(report, rejects, as_json=as_json)
    if kind == "contacts" and report.published and not who:
        note("warning: nobody approved this list; a rule such as number_provenance stops its calls: --approved-by WHO")


def _campaign(directory: "Directory", campaign: str | None, principal: str | None) -> "Campaign | None":
    """The campaign that is named. Raises UsageFault: there is none, or it is another principal's."""
    if campaign is None:
        return None
    known(campaign, [held.id for held in directory.campaigns()], "campaign", "`garbo campaign add` makes one")
    found = directory.campaign(campaign)
    if found is not None and principal and found.principal != principal:
        raise UsageFault(f"campaign {campaign} is of principal {found.principal}, not of {principal}")
    return found


def _tell(report: "ImportReport", rejects: Path | None, *, as_json: bool) -> None:
    if as_json:
        document(report.document())
    else:
        words = ("read", "added", "updated", "unchanged", "rejected", "duplicates")
        say("  ".join(f"{word} {getattr(report, word)}" for word in words) + f"  in {report.seconds:.1f} s")
    tell_rejects(report.first_rejects, report.rejected, rejects)
    if report.emptied:
        note(f"the file has no rows: its list is empty now, {report.emptied} entries are no contacts any more")
    if report.opt_outs_lost:
        where = f"see {rejects}" if rejects else "import again with --rejects FILE to have them"
        note(f"WARNING: {report.opt_outs_lost} opt-outs were NOT taken, these numbers may still be called: {where}")
    if not report.published:
        note("not one row could be taken: nothing was changed")
        raise typer.Exit(FAILED)
    if report.opt_outs_lost:
        raise typer.Exit(FAILED)


def tell_rejects(first: tuple[tuple[int, str], ...], count: int, rejects: Path | None) -> None:
    """On standard error: the first rows that were not taken, and where all of them are."""
    for line, reason in first:
        note(f"line {line}: {reason}")
    if count > len(first):
        note(f"and {count - len(first)} more")
    if count:
        note(f"rejected rows are in {rejects}" if rejects else "--rejects FILE keeps rejected rows, to be repaired")


def different(file: Path, rejects: Path | None) -> None:
    """Rejected rows do not go into the file that is read, nor into a folder that is not there. Raises UsageFault."""
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
def progress_of(name: str) -> Iterator[Callable[[int, int], None] | None]:
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
