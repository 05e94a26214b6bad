"""`garbo packs`: the rules in force, and whether a file holds valid ones."""

from pathlib import Path
from typing import Annotated

import typer

from ari_app.cli.asked import known, settings_of
from ari_app.cli.outside import FAILED, UsageFault
from ari_app.cli.said import AsJson, document, pairs, say, table

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


def _summary(name: str, pack: object) -> dict[str, object]:
    if pack is None:
        return {"id": name, "version": None, "status": "not valid", "jurisdiction": None, "rules": None, "sha256": None}
    given = {each: getattr(pack, each) for each in ("version", "status", "jurisdiction")}
    return {"id": name, **given, "rules": len(getattr(pack, "rules", ())), "sha256": getattr(pack, "sha256", None)}


@packs.command("show")
def show(ctx: typer.Context, id: Annotated[str, typer.Argument(metavar="ID")], *, as_json: AsJson = False) -> None:
    """Show a pack's rules, each with its source."""
    settings = settings_of(ctx)
    from ari_app import main

    folder = main.packs(settings)
    pack = folder.get(known(id, sorted(folder.ids()), "pack", "see `garbo packs list`"))
    if pack is None:
        raise UsageFault(f"pack {id} is not valid: `garbo packs lint` says why")
    if as_json:
        document(pack)
        return
    title = pack.title.get("en") or next(iter(pack.title.values()), "")
    pairs([("id", pack.id), ("title", title), ("version", pack.version), ("status", pack.status)])
    pairs([("jurisdiction", pack.jurisdiction), ("sha256", pack.sha256)])
    rows = (
        (rule.id, rule.force, type(rule.kind).__name__, rule.source.evidence, rule.source.cite) for rule in pack.rules
    )
    table(("RULE", "FORCE", "KIND", "EVIDENCE", "SOURCE"), rows, empty="it has no rules")


@packs.command("lint")
def lint(
    ctx: typer.Context,  # noqa: ARG001  takes --config like every command, and needs none
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a pack file. Exit code 1: something is."""
    from ari_app.policy.grammar import PackError, parse_pack

    faults: list[str] = []
    try:
        parse_pack(file.read_text("utf-8"), name=str(file))
    except PackError as mistakes:
        faults = [str(mistake) for mistake in mistakes.mistakes]
    except UnicodeDecodeError:
        faults = [f"{file}: not UTF-8 text"]
    except OSError as failure:
        raise UsageFault(f"{file}: {failure.strerror}") from failure
    if as_json:
        document({"file": str(file), "valid": not faults, "faults": faults})
    else:
        for fault in faults or [f"{file}: valid"]:
            say(fault)
    raise typer.Exit(FAILED if faults else 0)
