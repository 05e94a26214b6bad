"""`garbo packs`: the rules in force, and whether a file holds valid ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import known, settings_of
from ari_app.cli.outside import FAILED, Failed, UsageFault
from ari_app.cli.said import AsJson, document, note, pairs, say, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ari_app.policy.pack import Duty, Ground, Pack, Rule, Source
    from ari_app.policy.pack_cases import CaseReport
    from ari_app.policy.source_text import Mistake

packs = typer.Typer()


@packs.command("list")
def list_packs(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the packs at hand, built-in and one's own."""
    settings = settings_of(ctx)
    from ari_app import main

    folder = main.packs(settings)
    held = [(name, folder.get(name)) for name in sorted(folder.ids())]
    if as_json:
        document([_summary(name, pack) for name, pack in held])
        return
    rows = (tuple(_summary(name, pack).values()) for name, pack in held)
    table(("ID", "VERSION", "STATUS", "JURISDICTION", "RULES", "SHA-256"), rows, empty="no packs")
    if any(pack is not None and pack.status == "draft" for _, pack in held):
        note("A draft was not reviewed by a lawyer, and no pack is legal advice.")


def _summary(name: str, pack: "Pack | None") -> dict[str, object]:
    if pack is None:
        return {"id": name, "version": None, "status": "not valid", "jurisdiction": None, "rules": None, "sha256": None}
    given = {each: getattr(pack, each) for each in ("version", "status", "jurisdiction")}
    return {"id": name, **given, "rules": len(pack.rules), "sha256": pack.sha256}


@packs.command("show")
def show(ctx: typer.Context, id: Annotated[str, typer.Argument(metavar="ID")], *, as_json: AsJson = False) -> None:
    """Show all that a pack holds, each rule with its source."""
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.policy.pack_words import pack_document, standing

    folder = main.packs(settings)
    pack = folder.get(known(id, sorted(folder.ids()), "pack", "see `garbo packs list`"))
    if pack is None:
        raise UsageFault(f"pack {id} is not valid: `garbo packs lint` says why")
    if as_json:
        document(pack_document(pack))
        return
    title = pack.title.get("en") or next(iter(pack.title.values()), "")
    pairs([("id", pack.id), ("title", title), ("version", pack.version), ("status", standing(pack))])
    pairs([("jurisdiction", pack.jurisdiction), ("sha256", pack.sha256)])
    _show_rules(pack)
    _show_grounds(pack)
    _show_duties(pack)


def _show_rules(pack: "Pack") -> None:
    from ari_app.policy.pack_words import force_in_words, kind_of, params_in_words, when_in_words

    say("\nRules: each may object")
    for rule in pack.rules:
        say(f"  {rule.id}  ({kind_of(rule.kind)}; {force_in_words(rule.force)}){_when_in_force(rule)}")
        lines = (
            ("asks", params_in_words(rule.kind)),
            ("of", when_in_words(rule.when)),
            ("unless", ", ".join(rule.unless)),
            ("says", rule.text.get("en", "")),
            ("source", _cited(rule.source)),
        )
        _say_lines(lines)


def _show_grounds(pack: "Pack") -> None:
    from ari_app.policy.pack_words import kind_of, params_in_words

    say("\nGrounds: each lifts the rules that name it" if pack.grounds else "\nNo grounds")
    for ground in pack.grounds:
        say(f"  {ground.id}  ({kind_of(ground.kind)}){_open_point(ground)}")
        _say_lines((("asks", params_in_words(ground.kind)), ("source", _cited(ground.source))))


def _show_duties(pack: "Pack") -> None:
    from ari_app.policy.pack_words import force_in_words, kind_of, params_in_words, when_in_words

    say("\nDuties: what a permitted call must do" if pack.duties else "\nNo duties")
    for duty in pack.duties:
        say(f"  {duty.id}  ({kind_of(duty.kind)}; {force_in_words(duty.force)}){_dates(duty)}")
        asks = (("asks", params_in_words(duty.kind)), ("of", when_in_words(duty.when)))
        _say_lines((*asks, ("source", _cited(duty.source))))


def _say_lines(lines: "Iterable[tuple[str, str]]") -> None:
    for name, value in lines:
        if value and value != "-":
            say(f"      {name.ljust(6)}  {value}")


def _cited(source: "Source | None") -> str:
    if source is None:
        return ""
    return f"{source.cite}{f' {source.url}' if source.url else ''}  [{source.evidence}]"


def _when_in_force(rule: "Rule") -> str:
    return _open_point(rule) + _dates(rule)


def _open_point(entry: "Rule | Ground") -> str:
    if not entry.optional:
        return ""
    return "  OPEN POINT, switched on" if entry.switched_on else "  OPEN POINT, not switched on: it does nothing"


def _dates(entry: "Rule | Duty") -> str:
    start = f"  from {entry.effective_from}" if entry.effective_from else ""
    return start + (f"  until {entry.effective_to}" if entry.effective_to else "")


@packs.command("lint")
def lint(
    ctx: typer.Context,  # noqa: ARG001  takes --config like every command, and needs none
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a pack file. Exit code 1: something is; a warning alone is no fault."""
    from ari_app.policy.pack_lint import lint_pack

    faults: list[str] = []
    warnings: list[str] = []
    try:
        text = file.read_text("utf-8")
        found = lint_pack(text, name=str(file), stem=file.stem)
        taken, unknown = _names_in(text, file)
        faults = [str(mistake) for mistake in (*taken, *found.mistakes)]
        warnings = [str(mistake) for mistake in (*found.warnings, *unknown)]
    except UnicodeDecodeError:
        faults = [f"{file}: not UTF-8 text"]
    except OSError as failure:
        raise UsageFault(f"{file}: {failure.strerror}") from failure
    if as_json:
        document({"file": str(file), "valid": not faults, "faults": faults, "warnings": warnings})
    else:
        for line in (*faults, *(f"warning: {warning}" for warning in warnings)) or [f"{file}: valid"]:
            say(line)
    raise typer.Exit(FAILED if faults else 0)


def _names_in(text: str, file: Path) -> "tuple[list[Mistake], list[Mistake]]":
    """A pack's own name, where it is taken, and the names of registers that nobody knows."""
    from importlib import resources

    from ari_app.policy.grammar import PackError, unknown_registers
    from ari_app.policy.source_text import read_source
    from ari_app.stores.packs import built_in_ids

    try:
        source = read_source(text, name=str(file), error_type=PackError)
        unknown = list(unknown_registers(text, name=str(file)))
    except PackError:
        return [], []  # it is no TOML, and has been told so
    core = Path(str(resources.files("ari_app.packs").joinpath("core.toml")))
    inside = core.resolve().parent  # the built-in packs are linted as well
    named = {source.values.get("id"), file.stem} if file.resolve().parent != inside else set()
    if not any(name in built_in_ids() and name != "house" for name in named if isinstance(name, str)):
        return [], unknown
    return [source.mistake(("id",), "the name of a built-in pack cannot be used again")], unknown


@packs.command("page")
def page(
    ctx: typer.Context,  # noqa: ARG001  as lint
) -> None:
    """Print the built-in packs as a page in Markdown: every rule with its source."""
    from ari_app import main

    typer.echo(main.rules_page(), nl=False)


@packs.command("test")
def try_out(
    ctx: typer.Context,
    pack: Annotated[str, typer.Argument(metavar="FILE|ID", help="Its cases lie beside it, as NAME.cases.json.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Judge the cases of a pack. Exit code 1: one does not come out as it says, or a rule has no case."""
    from ari_app import main
    from ari_app.policy.source_text import FileMistakes

    try:
        report = main.try_pack(pack, lambda: settings_of(ctx))
    except FileMistakes as mistakes:
        raise _broken(pack, [str(mistake) for mistake in mistakes.mistakes], as_json=as_json) from mistakes
    except UnicodeDecodeError as failure:
        raise _broken(pack, [f"{_not_utf8(ctx, pack)}: not UTF-8 text"], as_json=as_json) from failure
    except LookupError as failure:
        raise UsageFault(str(failure.args[0])) from failure
    except OSError as failure:
        raise UsageFault(f"{failure.filename or pack}: {failure.strerror}") from failure
    if as_json:
        told = {"pack": report.pack, "passed": report.passed, "cases": report.results, "gaps": report.gaps}
        document({**told, "faults": []})
    else:
        _tell(report)
    raise typer.Exit(0 if report.passed else FAILED)


def _broken(pack: str, faults: list[str], *, as_json: bool) -> Exception:
    """What to raise where nothing could be judged, having said why if it is to be JSON."""
    if not as_json:
        return Failed("\n".join(faults))
    document({"pack": pack, "passed": False, "cases": [], "gaps": [], "faults": faults})
    return typer.Exit(FAILED)


def _not_utf8(ctx: typer.Context, pack: str) -> Path | None:
    """Which of the two files it is: the pack, or else its cases. A pack named by its id has been read already."""
    from ari_app import main
    from ari_app.policy.pack_cases import CASES_SUFFIX

    file = Path(pack)
    if file.suffix != ".toml" and not file.is_file():
        return main.packs(settings_of(ctx)).cases(pack)
    try:
        file.read_text("utf-8")
    except UnicodeDecodeError:
        return file
    return file.with_name(f"{file.stem}{CASES_SUFFIX}")


def _tell(report: "CaseReport") -> None:
    columns = ("", "CASE", "VERDICT", "REASONS", "SHOWS")
    rows = (
        (
            "FAIL" if result.problems else "ok",
            result.says,
            result.verdict,
            result.reasons,
            (*([f"{result.alone} alone"] if result.alone else []), *(f"edge of {rule}" for rule in result.boundary)),
        )
        for result in report.results
    )
    table(columns, rows, empty="no cases")
    for result in report.results:
        for problem in result.problems:
            say(f"{result.says!r}: {problem}")
    for gap in report.gaps:
        say(gap)
    failed = sum(bool(result.problems) for result in report.results)
    say(f"{report.pack}: {len(report.results)} cases, {failed} failed, {len(report.gaps)} missing")
