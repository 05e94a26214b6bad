"""`garbo scripts`: those that are served, whether a file may be spoken, what a callee would hear, and a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import judged_at, number_of, sector_of, settings_of
from ari_app.cli.outside import FAILED, UsageFault
from ari_app.cli.said import AsJson, document, note, pairs, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ari_app.main.script_trial import Rendering
    from ari_app.policy.scripts import Script, Step
    from ari_app.policy.scripts.findings import Finding
    from ari_app.policy.source_text import Mistake

scripts = typer.Typer()


@scripts.command("list")
def list_scripts(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the scripts that are served."""
    from ari_app import main

    held = main.served_scripts(settings_of(ctx))
    rows = [_summary(held[name]) for name in sorted(held)]
    if as_json:
        document(rows)
        return
    columns = ("ID", "VERSION", "TITLE", "LANGUAGES", "FOR", "STEPS", "SHA-256")
    table(columns, [tuple(row.values()) for row in rows], empty="no scripts; `garbo db upgrade` imports them")


def _summary(script: "Script") -> dict[str, object]:
    return {
        "id": script.id,
        "version": script.version,
        "title": script.title.get("en") or next(iter(script.title.values())),
        "languages": list(script.languages),
        "purposes": list(script.purposes) or ["marketing"],
        "steps": len(script.steps),
        "sha256": script.sha256,
    }


@scripts.command("show")
def show(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="ID|FILE")],
    *,
    language: Annotated[str | None, typer.Option(metavar="it|en", help="Else the script's first.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a script step by step, and where each leads."""
    script = _script(ctx, target)
    told = _told_in(script, language)
    if as_json:
        document({**_summary(script), "steps": [_step(step) for step in script.steps]})
        return
    pairs([(name, value) for name, value in _summary(script).items() if name != "steps"])
    for step in script.steps:
        say(f"\n{step.id}  ({step.kind}{_remarks(step)})")
        for line in step.words("", told).splitlines():
            say(f"    {line}")
        for answer in step.answers:
            who = ", and it is known who is on the line" if answer.identifies else ""
            say(f"  - {answer.text[told]}  → {answer.next}{who}")
        for branch in step.branches:
            asked = "; ".join(f"{name}: {', '.join(words)}" for name, words in branch.when.items())
            say(f"  - {asked}  → {branch.next}")
        if step.next:
            say(f"  → {step.next}")
        if step.otherwise:
            say(f"  without a permit → {step.otherwise}")


def _remarks(step: "Step") -> str:
    from ari_app.policy.scripts.picture_words import remarks

    return "".join(f"; {remark}" for remark in remarks(step, "en"))


def _step(step: "Step") -> dict[str, object]:
    answers = [
        {"id": each.id, "text": each.text, "next": each.next, "identifies": each.identifies} for each in step.answers
    ]
    return {
        "id": step.id,
        "kind": step.kind,
        "text": step.text,
        "variants": step.variants,
        "answers": answers,
        "branches": [{"when": each.when, "next": each.next} for each in step.branches],
        "next": step.next or None,
        "otherwise": step.otherwise or None,
        "discloses": list(step.discloses),
        "identifies": step.identifies,
        "needs_verdict": step.needs_verdict,
        "disposition": step.disposition or None,
        "book": list(step.book),
    }


@scripts.command("lint")
def lint(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    pack: Annotated[
        list[str] | None, typer.Option(metavar="P", help="Whose disclosures must be made; may be given repeatedly.")
    ] = None,
    sector: Annotated[str | None, typer.Option(metavar="S", help="Of the campaign; else all are thought of.")] = None,
    campaign: Annotated[
        list[str] | None, typer.Option(metavar="C", help="Where it is to be spoken, with its packs; repeatedly.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Prove that a script file may be spoken: every path ends, nothing owed is skipped, nothing personal comes too early.

    Exit code 1: it may not, and why; 2: the file cannot be read, or is no TOML.
    """

    found = [_row(finding) for finding in _findings(ctx, file, pack or [], sector or "", campaign or [])]
    if as_json:
        document({"file": str(file), "valid": not found, "packs": pack or [], "findings": found})
    else:
        for each in found:
            where = f"{each['where']}: " if each["where"] else ""
            say(f"{file}:{each['line']}: {where}{each['what']}")
        if not found:
            say(f"{file}: valid")
    if not pack and not campaign:
        note("No --pack was named, so no disclosure was asked for; name those of your campaigns.")
    raise typer.Exit(FAILED if found else 0)


def _findings(
    ctx: typer.Context, file: Path, packs: list[str], sector: str, campaigns: list[str]
) -> "Sequence[Finding | Mistake]":
    from ari_app import main
    from ari_app.policy.scripts import ScriptError
    from ari_app.policy.source_text import read_source

    text = _read(file)
    try:
        read_source(text, name=str(file), error_type=ScriptError)
    except ScriptError as mistakes:
        raise UsageFault(str(mistakes)) from mistakes
    try:
        script = main.script_in(str(file), lambda: settings_of(ctx))
        of = sector_of(sector) if sector else ""
        return main.lint_script(script, packs, lambda: settings_of(ctx), sector=of, campaigns=campaigns)
    except ScriptError as mistakes:
        return mistakes.mistakes
    except LookupError as failure:
        raise UsageFault(str(failure.args[0])) from failure


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as failure:
        raise UsageFault(f"{file}: not UTF-8 text") from failure
    except OSError as failure:
        raise UsageFault(f"{file}: {failure.strerror}") from failure


def _row(found: "Finding | Mistake") -> dict[str, object]:
    from ari_app.policy.source_text import Mistake

    if isinstance(found, Mistake):
        return {"line": found.line, "where": found.key, "fault": "file", "what": found.what}
    where = f"step {found.step}" if found.step else ""
    return {"line": found.line, "where": where, "fault": found.fault, "what": found.what}


@scripts.command("render")
def render(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="ID|FILE")],
    *,
    customer: Annotated[str, typer.Option(metavar="NUMBER", help="As somebody would dial it.")],
    campaign: Annotated[str | None, typer.Option(metavar="C", help="Else nothing is known of the callee.")] = None,
    operator: Annotated[str | None, typer.Option(metavar="O")] = None,
    language: Annotated[str | None, typer.Option(metavar="it|en", help="Else as the call would have it.")] = None,
    at: Annotated[str | None, typer.Option(metavar="ISO", help="At this instant; else now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what the operator would see first for this number, and why; nothing is dialled or counted."""
    instant = judged_at(at, "--at")
    script = _script(ctx, target)
    if language is not None:
        _told_in(script, language)
    settings = settings_of(ctx)
    if not campaign:
        number_of(customer, settings.gate.region)
    from ari_app import main

    try:
        seen = main.render_script(
            settings,
            script,
            number=customer,
            campaign=campaign or "",
            operator=operator or "",
            language=language or "",
            at=instant,
        )
    except LookupError as failure:
        raise UsageFault(str(failure.args[0])) from failure
    if as_json:
        document(_rendered(seen))
    else:
        _tell(seen)
    if not campaign:
        note("No --campaign was named, so nothing is known of this number: these are the words for whom nobody knows.")


def _rendered(seen: "Rendering") -> dict[str, object]:
    record = seen.record
    return {
        "script": seen.script.id,
        "version": seen.script.version,
        "variant": seen.variant,
        "language": seen.language,
        "step": seen.step.id,
        "kind": seen.step.kind,
        "text": seen.words.text,
        "filled": seen.words.filled,
        "lacking": list(seen.words.lacking),
        "answers": [
            {"id": each.id, "text": seen.answers[each.id].text, "next": each.next} for each in seen.step.answers
        ],
        "callee": record.callee if record else None,
        "verdict": record.verdict if record else None,
        "reasons": [reason.code for reason in record.reasons] if record else [],
        "chosen": record.script.document() if record and record.script else None,
        "why": seen.why,
    }


def _tell(seen: "Rendering") -> None:
    record = seen.record
    why = seen.why or ("nothing is known of the callee" if record is None else "the words for such a callee")
    say(f"{seen.script.id} {seen.script.version}, {seen.variant}, {seen.language}: {why}")
    if record is not None and record.verdict not in ("permit", "exempt"):
        say(f"This call would not go out ({record.verdict}): {'; '.join(reason.text for reason in record.reasons)}")
    if seen.instead:
        say(f"This call would be given another script: {seen.instead}")
    say(f"\n{seen.step.id}  ({seen.step.kind})")
    for line in seen.words.text.splitlines():
        say(f"    {line}")
    for answer in seen.step.answers:
        say(f"  - {seen.answers[answer.id].text}  → {answer.next}")


@scripts.command("flow")
def flow(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="ID|FILE")],
    *,
    out: Annotated[Path, typer.Option("-o", metavar="OUT.svg", help="Where the picture is written.")],
    language: Annotated[str | None, typer.Option(metavar="it|en", help="Else the script's first.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draw the flow of a script as a picture (SVG)."""
    from ari_app.policy.scripts.picture import picture

    script = _script(ctx, target)
    drawn = picture(script, _told_in(script, language))
    try:
        out.write_text(drawn, "utf-8")
    except OSError as failure:
        raise UsageFault(f"{out}: {failure.strerror}") from failure
    if as_json:
        document({"script": script.id, "version": script.version, "file": str(out)})
    else:
        note(f"{out} written")


def _script(ctx: typer.Context, target: str) -> "Script":
    from ari_app import main
    from ari_app.policy.scripts import ScriptError

    try:
        return main.script_in(target, lambda: settings_of(ctx))
    except ScriptError as mistakes:
        raise UsageFault(str(mistakes)) from mistakes
    except UnicodeDecodeError as failure:
        raise UsageFault(f"{target}: not UTF-8 text") from failure
    except OSError as failure:
        raise UsageFault(f"{target}: {failure.strerror}") from failure
    except LookupError as failure:
        raise UsageFault(str(failure.args[0])) from failure


def _told_in(script: "Script", language: str | None) -> str:
    if language is None:
        return script.languages[0]
    if language not in script.title:
        raise UsageFault(f"--language {language}: script {script.id} is written in {', '.join(script.languages)}")
    return language
