"""`garbo screening`: a public register asked by files, the numbers out and the answer in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ari_app.cli.asked import day_of, instant_of, known, settings_of, words_of
from ari_app.cli.brought import mapping_of
from ari_app.cli.importing import different, tell_left_out, tell_rejects
from ari_app.cli.outside import FAILED, UsageFault
from ari_app.cli.said import AsJson, document, local, note, say

if TYPE_CHECKING:
    from ari_app.config import Settings
    from ari_app.lists import AnswersReport, Consultation, ExportReport, Need, ScreeningReport

screenings = typer.Typer()
Principal: TypeAlias = Annotated[str, typer.Option(metavar="P", help="Who asks, for itself.")]
Register: TypeAlias = Annotated[str, typer.Option(metavar="RPO", help="The register that is asked.")]
RejectsOption: TypeAlias = Annotated[
    Path | None, typer.Option("--rejects", metavar="FILE", help="Where rows go that cannot be read.")
]


@screenings.command("export")
def export(
    ctx: typer.Context,
    *,
    principal: Principal,
    numbers: Annotated[Path, typer.Option("--list", metavar="FILE", help="One number a line; CSV or XLSX: `number`.")],
    register: Register,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="What is to be submitted.")],
    campaign: Annotated[
        str | None, typer.Option(metavar="C", help="Whose answer does not hold until this campaign ends.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="ISO", help="Whose answer does not hold until then.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every number, whatever is on record of it.")] = False,
    sheet: Annotated[str, typer.Option(metavar="NAME", help="Of a workbook; else the first.")] = "",
    rejects: RejectsOption = None,
    as_json: AsJson = False,
) -> None:
    """
    Write a list's numbers that need a screening, each once, and remember when. `import` brings the answer in.

    Those need one that never had one, or whose answer does not hold any more, or not for as long as is asked. If nobody
    does, OUT is empty and the exit code 0.
    """
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.lists import export_numbers

    ask = _consultation(settings, principal, register)
    need = None if every and campaign is None and until is None else _need(settings, ask, campaign, until, every=every)
    if not out.absolute().parent.is_dir():
        raise UsageFault(f"-o {out}: there is no folder {out.absolute().parent}")
    if out.is_dir():
        raise UsageFault(f"-o {out} is a folder; name a file")
    if out.exists() and numbers.exists() and out.samefile(numbers):
        raise UsageFault(f"-o {out} is the file that is read")
    different(numbers, rejects)
    report = export_numbers(main.open_lists(settings), ask, numbers, out, need=need, rejects=rejects, sheet=sheet)
    document(report) if as_json else _say_export(report, out)
    tell_rejects(report, rejects)
    tell_left_out(report.left_out)


@screenings.command("import")
def import_back(
    ctx: typer.Context,
    *,
    principal: Principal,
    register: Register,
    submitted: Annotated[Path | None, typer.Option(metavar="FILE", help="What was submitted.")] = None,
    returned: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What came back: the numbers that are not listed.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Instead: what came back says row by row who is listed.")
    ] = None,
    returned_at: Annotated[
        str | None, typer.Option(metavar="ISO", help="When it came back; else the export counts.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who says when it came back.")] = "cli",
    valid_days: Annotated[
        int | None, typer.Option(min=1, max=366, metavar="N", help="With --answers: how long they hold.")
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="COL=FIELD", help="With --answers: which column holds a field.")
    ] = None,
    sheet: Annotated[str, typer.Option(metavar="NAME", help="With --answers: of a workbook; else the first.")] = "",
    rejects: RejectsOption = None,
    as_json: AsJson = False,
) -> None:
    """
    Bring in a register's answer: a submitted number that did not come back is listed. All of it or nothing.

    With --answers each row says for itself whether its number is listed. Exit code 1: not one row could be taken, or
    not every one that says `listed`.
    """
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.lists import AnswerFiles, AnswerList, import_answer, import_answers

    ask = _consultation(settings, principal, register)
    who, at, now = words_of(by, "--by"), instant_of(returned_at, "--returned-at"), datetime.now(UTC)
    if answers is not None:
        if submitted or returned:
            raise UsageFault("--answers says row by row who is listed: no --submitted and no --returned with it")
        different(answers, rejects)
        given = AnswerList(
            path=answers,
            returned_at=at,
            by=who,
            valid_for=timedelta(days=valid_days) if valid_days is not None else None,
            mapping=mapping_of(mapping or []),
            rejects=rejects,
            sheet=sheet,
        )
        _tell_answers(import_answers(main.open_lists(settings), ask, given, now=now), rejects, now, as_json=as_json)
        return
    if submitted is None or returned is None:
        raise UsageFault("name what was submitted and what came back: --submitted and --returned, or --answers")
    if valid_days is not None or mapping or sheet or rejects:
        raise UsageFault("--valid-days, --map, --sheet and --rejects go with --answers")
    files = AnswerFiles(submitted=submitted, returned=returned, returned_at=at, by=who)
    _tell_pair(import_answer(main.open_lists(settings), ask, files, now=now), files.submitted, now, as_json=as_json)


def _say_export(report: "ExportReport", out: Path) -> None:
    if report.exported_at is None:
        say(f"nobody needs a screening: {out} is empty, there is nothing to submit")
    else:
        say(f"{report.numbers} numbers in {out}, exported at {local(report.exported_at)}")
    if report.holding_until is not None:
        say(f"{report.holding} left out, their answers hold: the first runs out at {local(report.holding_until)}")
    say(f"duplicates {report.duplicates}  rejected {report.rejected}")


def _tell_pair(report: "ScreeningReport", submitted: Path, now: datetime, *, as_json: bool) -> None:
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
        _warn_all_clear(how, report.clear)
    if report.unreadable:
        note(f"{report.unreadable} rows of {submitted} hold no number, and have no answer")
    _warn_too_old(report.valid_until, now)


def _tell_answers(report: "AnswersReport", rejects: Path | None, now: datetime, *, as_json: bool) -> None:
    if as_json:
        document(report)
    else:
        words = ("read", "listed", "clear", "duplicates", "contradicted", "rejected")
        say("  ".join(f"{word} {getattr(report, word)}" for word in words))
        say(f"added {report.added}  updated {report.updated}  unchanged {report.unchanged}")
        if report.answered_at and report.valid_until:
            say(f"counts from {local(report.answered_at)}; the first answer runs out at {local(report.valid_until)}")
    tell_rejects(report, rejects)
    tell_left_out(report.left_out)
    if report.clear and not report.listed:
        _warn_all_clear("nobody is listed", report.clear)
    if report.contradicted:
        note(f"{report.contradicted} rows say clear where another of the same number does not: they were not taken")
    if report.valid_until is not None:
        _warn_too_old(report.valid_until, now)
    if report.listed_lost:
        note(f"WARNING: {report.listed_lost} rows that say listed, or may say it, were NOT taken: repair them")
    if not report.published:
        note("not one row could be taken: nothing was changed")
    if report.listed_lost or not report.published:
        raise typer.Exit(FAILED)


def _warn_all_clear(how: str, clear: int) -> None:
    note(f"WARNING: {how}, so all {clear} numbers count as clear: make sure that this is the answer")


def _warn_too_old(valid_until: datetime, now: datetime) -> None:
    if valid_until <= now:
        note("warning: this answer is too old already; export the list and submit it again")


def _need(settings: "Settings", ask: "Consultation", campaign: str | None, until: str | None, *, every: bool) -> "Need":
    """Which answers are good enough for a number to be left out."""
    from ari_app import main
    from ari_app.lists import HOLDS, Need
    from ari_app.policy.list_terms import RegisterTerms

    if sum((campaign is not None, until is not None, every)) > 1:
        raise UsageFault("--campaign, --until and --all: one of them at most")
    now = datetime.now(UTC)
    terms, end = RegisterTerms(register=ask.register), day_of(until, "--until") or now
    if campaign is not None:
        directory = main.open_directory(settings)
        known(campaign, [held.id for held in directory.campaigns()], "campaign", "see `garbo campaign list`")
        held = directory.campaign(campaign)
        if held is None or held.principal != ask.principal:
            raise UsageFault(f"campaign {campaign} is not of principal {ask.principal}")
        if held.ends_at is None:
            how = f"`garbo campaign set {campaign} --ends DATE`, or name an instant here, --until ISO"
            raise UsageFault(f"campaign {campaign}: nobody has said when it ends: {how}")
        terms, end = main.campaign_terms(settings, held, now).of(ask.register), held.ends_at
    if (campaign or until) and end <= now:
        raise UsageFault(f"{'--campaign' if campaign else '--until'}: {local(end)} is past; name a later time")
    holds = min((age for age in (HOLDS.get(ask.register), terms.max_age) if age is not None), default=None)
    if holds is not None and end - now > holds:
        note(f"no answer of {ask.register} holds until {local(end)}, so nobody is left out: --until names a nearer day")
    return Need(terms=terms, now=now, until=end)


def _consultation(settings: "Settings", principal: str, register: str) -> "Consultation":
    from difflib import get_close_matches

    from ari_app import main
    from ari_app.lists import Consultation

    countries = {held.id: held.country for held in main.open_directory(settings).principals()}
    known(principal, list(countries), "principal", "`garbo principal add` makes one")
    name, registers = register.strip().upper(), main.known_registers(settings)
    ask = Consultation(principal=principal, register=name, region=settings.gate.region, country=countries[principal])
    if name not in registers:
        near = get_close_matches(name, registers, n=1)
        meant = f"; did you mean {near[0]}?" if near else f"; those that are known: {', '.join(registers)}"
        note(f"warning: no pack asks for a register {name}, so its answers will bind no call{meant}")
    return ask
