"""`garbo screening`: a public register asked by files, the numbers out and the answer in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ari_app.cli.asked import instant_of, known, settings_of, words_of
from ari_app.cli.importing import tell_left_out, tell_rejects
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, local, note, say

if TYPE_CHECKING:
    from ari_app.config import Settings
    from ari_app.lists import Consultation

screenings = typer.Typer()
Principal: TypeAlias = Annotated[str, typer.Option(metavar="P", help="Who asks, for itself.")]
Register: TypeAlias = Annotated[str, typer.Option(metavar="RPO", help="The register that is asked.")]


@screenings.command("export")
def export(
    ctx: typer.Context,
    *,
    principal: Principal,
    numbers: Annotated[Path, typer.Option("--list", metavar="FILE", help="One number a line; CSV or XLSX: `number`.")],
    register: Register,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="What is to be submitted.")],
    sheet: Annotated[str, typer.Option(metavar="NAME", help="Of a workbook; else the first.")] = "",
    rejects: Annotated[Path | None, typer.Option(metavar="FILE", help="Where rows go that hold no number.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a list's numbers for a register, each once, and remember when. The answer is brought in by `import`."""
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.lists import export_numbers

    ask = _consultation(settings, principal, register)
    if not out.absolute().parent.is_dir():
        raise UsageFault(f"-o {out}: there is no folder {out.absolute().parent}")
    if out.exists() and numbers.exists() and out.samefile(numbers):
        raise UsageFault(f"-o {out} is the file that is read")
    report = export_numbers(main.open_lists(settings), ask, numbers, out, rejects, sheet=sheet)
    if as_json:
        document(report)
    else:
        say(f"{report.numbers} numbers in {out}, exported at {local(report.exported_at)}")
        say(f"duplicates {report.duplicates}  rejected {report.rejected}")
    tell_rejects(report, rejects)
    tell_left_out(report.left_out)


@screenings.command("import")
def import_back(
    ctx: typer.Context,
    *,
    principal: Principal,
    register: Register,
    submitted: Annotated[Path, typer.Option(metavar="FILE", help="What was submitted.")],
    returned: Annotated[Path, typer.Option(metavar="FILE", help="What came back: the numbers that are not listed.")],
    returned_at: Annotated[
        str | None, typer.Option(metavar="ISO", help="When it came back; else the export counts.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who says when it came back.")] = "cli",
    as_json: AsJson = False,
) -> None:
    """Bring in a register's answer: a submitted number that did not come back is listed. All of it or nothing."""
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.lists import AnswerFiles, import_answer

    ask = _consultation(settings, principal, register)
    files = AnswerFiles(
        submitted=submitted,
        returned=returned,
        returned_at=instant_of(returned_at, "--returned-at"),
        by=words_of(by, "--by"),
    )
    now = datetime.now(UTC)
    report = import_answer(main.open_lists(settings), ask, files, now=now)
    if as_json:
        document(report)
    else:
        say(f"submitted {report.submitted}  listed {report.listed}  clear {report.clear}")
        say(f"added {report.added}  updated {report.updated}  unchanged {report.unchanged}")
        why = "was exported" if report.said_by == "export" else f"came back, as {report.said_by} says"
        say(f"counts from {local(report.answered_at)}, when it {why}, until {local(report.valid_until)}")
    if not report.listed:
        same = report.submitted_sha256 == report.returned_sha256
        how = "what came back is, to the byte, what was submitted" if same else "every submitted number came back"
        note(f"WARNING: {how}, so all {report.clear} numbers count as clear: make sure that this is the answer")
    if report.unreadable:
        note(f"{report.unreadable} rows of {submitted} hold no number, and have no answer")
    if report.valid_until <= now:
        note("warning: this answer is too old already; export the list and submit it again")


def _consultation(settings: "Settings", principal: str, register: str) -> "Consultation":
    from ari_app import main
    from ari_app.lists import Consultation

    principals = [held.id for held in main.open_directory(settings).principals()]
    known(principal, principals, "principal", "`garbo principal add` makes one")
    return Consultation(principal=principal, register=register.upper(), region=settings.gate.region)
