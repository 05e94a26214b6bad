"""`garbo import`: a list from a file or a database, with its progress on standard error."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from ari_app.cli.asked import id_of, known, settings_of, words_of
from ari_app.cli.brought import kept_profile, mapping_of, query_of
from ari_app.cli.outside import FAILED, UsageFault
from ari_app.cli.said import AsJson, document, note, say

if TYPE_CHECKING:
    from ari_app.config import Settings
    from ari_app.lists import ImportReport, ImportRequest, Query
    from ari_app.policy.request import Campaign
    from ari_app.stores.directory import Directory

KINDS = "suppressions, customers, consents, contacts, attempts or caller-ids"


def import_file(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{KINDS}.")],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="CSV, gz too, or XLSX; none with --sql.")] = None,
    *,
    principal: Annotated[str | None, typer.Option(metavar="P")] = None,
    campaign: Annotated[str | None, typer.Option(metavar="C")] = None,
    approved_by: Annotated[
        str | None, typer.Option(metavar="WHO", help="Who at the principal approved this contact list.")
    ] = None,
    sheet: Annotated[str, typer.Option(metavar="NAME", help="Of a workbook; else the first.")] = "",
    sql: Annotated[
        str | None, typer.Option(metavar="URL", help="Rows come from this database; @FILE holds the URL.")
    ] = None,
    query: Annotated[str | None, typer.Option(metavar="SQL", help="The SELECT for them; @FILE holds it.")] = None,
    connect_within: Annotated[int, typer.Option(metavar="SECONDS", min=1, help="For that database to answer.")] = 10,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="COL=FIELD", help="Which column holds a field.")
    ] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="A kept mapping; --map beats it.")] = None,
    save_profile: Annotated[str | None, typer.Option(metavar="NAME", help="Keep the mapping under this name.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read, compare and count; publish nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option(metavar="FILE", help="Where rows go that cannot be taken.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    Import a list, all of it or nothing. The same file again changes nothing.

    Exit code 1: not one row could be taken, or not every opt-out.
    """
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.lists import import_list

    different(file, rejects)
    who = "" if approved_by is None else words_of(approved_by, "--approved-by")
    profiles = main.open_profiles(settings)
    mapped = mapping_of(mapping or [], kept_profile(profiles.all(), profile, kind))
    if save_profile is not None:
        _savable(save_profile, mapped)
    request = replace(
        _asked(settings, kind=kind, file=file, query=query_of(sql, query, connect_within), of=(principal, campaign)),
        sheet=sheet,
        approved_by=who,
        mapping=mapped,
        rejects=rejects,
        dry_run=dry_run,
    )
    with progress_of(request.name) as progress:
        report = import_list(main.open_lists(settings), request, progress)
    if save_profile is not None and report.published:
        profiles.save(save_profile, kind, mapped)
    _tell(report, rejects, as_json=as_json)
    if kind == "contacts" and report.published and not who:
        note("warning: nobody approved this list; a rule such as number_provenance stops its calls: --approved-by WHO")
    if report.nothing_taken or report.opt_outs_lost:
        raise typer.Exit(FAILED)


def _asked(
    settings: "Settings",
    *,
    kind: str,
    file: Path | None,
    query: "Query | None",
    of: tuple[str | None, str | None],
) -> "ImportRequest":
    """What is to be read, for this principal and campaign. Raises UsageFault, InputError."""
    from ari_app import main
    from ari_app.lists import ImportRequest

    principal, campaign = of
    directory = main.open_directory(settings)
    meant = _campaign(directory, campaign, principal)
    countries = {held.id: held.country for held in directory.principals()}
    if principal:
        known(principal, list(countries), "principal", "`garbo principal add` makes one")
    owner = principal or (meant.principal if meant and kind == "contacts" else None)
    campaigns = {held.id: held.principal for held in directory.campaigns()}
    scopes = {"*", *(f"principal:{name}" for name in countries), *(f"campaign:{name}" for name in campaigns)}
    return ImportRequest(
        kind=kind,
        path=file,
        query=query,
        region=meant.region if meant else settings.gate.region,
        country=countries.get(owner or (meant.principal if meant else ""), ""),
        principal=owner,
        campaign=campaign,
        agency=(meant.agency or "") if meant else "",
        now=datetime.now(UTC),
        scope_exists=scopes.__contains__,
        campaign_exists=lambda name: name in campaigns and owner in (None, campaigns[name]),
        owners={*countries, *(held.id for held in directory.agencies())},
    )


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
    tell_rejects(report, rejects)
    tell_left_out(report.left_out)
    would = "would be" if report.dry_run else "is"
    if report.emptied:
        entries = f"{report.emptied} entries {would.replace('is', 'are')} no contacts any more"
        note(f"the file has no rows: its list {would} empty now, {entries}")
    if report.opt_outs_lost:
        where = f"see {rejects}" if rejects else "import again with --rejects FILE to have them"
        note(f"WARNING: {report.opt_outs_lost} opt-outs were NOT taken, these numbers may still be called: {where}")
    if report.dry_run:
        note("a dry run: nothing was changed; without --dry-run these counts would stand")
    elif report.nothing_taken:
        note("not one row could be taken: nothing was changed")


class Rejecting(Protocol):
    """A report on rows, of which some were not taken."""

    @property
    def unit(self) -> str:
        """What rows are counted by."""
        ...

    @property
    def rejected(self) -> int:
        """How many."""
        ...

    @property
    def first_rejects(self) -> tuple[tuple[int, str], ...]:
        """Place and reason of the first few."""
        ...


def tell_rejects(report: "Rejecting", rejects: Path | None) -> None:
    """On standard error: the first rows that were not taken, and where all of them are."""
    for place, reason in report.first_rejects:
        note(f"{report.unit} {place}: {reason}")
    if report.rejected > len(report.first_rejects):
        note(f"and {report.rejected - len(report.first_rejects)} more")
    if report.rejected:
        note(f"rejected rows are in {rejects}" if rejects else "--rejects FILE keeps rejected rows, to be repaired")


def tell_left_out(sheets: Sequence[str]) -> None:
    """On standard error: sheets of a workbook that hold something and were not read."""
    if sheets:
        note(f"WARNING: only one sheet was read; not read: {', '.join(sheets)} (--sheet NAME reads another)")


def _savable(name: str, mapped: Mapping[str, str]) -> None:
    id_of(name, "--save-profile")
    if not mapped:
        raise UsageFault(f"--save-profile {name}: there is no --map COLUMN=FIELD to keep")


def different(file: Path | None, rejects: Path | None) -> None:
    """Make sure that rejected rows do not go over the file that is read, and have a folder. Raises UsageFault."""
    if rejects is None:
        return
    if file is not None and rejects.exists() and file.exists() and rejects.samefile(file):
        raise UsageFault(f"--rejects {rejects} is the file that is read")
    if not rejects.absolute().parent.is_dir():
        raise UsageFault(f"--rejects {rejects}: there is no folder {rejects.absolute().parent}")


@contextmanager
def progress_of(name: str) -> Iterator[Callable[[int, int, int], None] | None]:
    """A bar with rows, rows a second, and the time left where the whole is known; none where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    rows = TextColumn("{task.fields[rows]:,} rows  {task.fields[rate]:,.0f} rows/s", markup=False)
    began = time.monotonic()

    def told(count: int, read: int, whole: int) -> None:
        rate = count / max(time.monotonic() - began, 0.001)
        bar.update(task, completed=read, total=whole or None, rows=count, rate=rate)

    with Progress(*columns, rows, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(name, total=None, rows=0, rate=0.0)
        yield told
