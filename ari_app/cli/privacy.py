"""`garbo disclose`, `garbo erase`: what is held on a person, told and removed."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ari_app.cli.asked import known, need_yes, number_of, settings_of, words_of
from ari_app.cli.outside import FAILED, UsageFault
from ari_app.cli.said import AsJson, document, local, note, plain, say, table

if TYPE_CHECKING:
    from ari_app.config import Settings
    from ari_app.stores.erasing import Erased

Number = Annotated[str, typer.Argument(metavar="NUMBER")]


def disclose(
    ctx: typer.Context,
    number: Number,
    *,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="As .html or .json.")] = None,
    principal: Annotated[str | None, typer.Option(metavar="P", help="Only what is held for it, as controller.")] = None,
    language: Annotated[Literal["it", "en"], typer.Option(help="Of the page.")] = "it",
    as_json: AsJson = False,
) -> None:
    """Tell all that is held on a number, for the person who asks (GDPR art. 15)."""
    settings = settings_of(ctx)
    from ari_app import main

    if out is not None and out.suffix.lower() not in (".html", ".json"):
        raise UsageFault(f"-o {out}: its name ends in .html, to be read, or in .json")
    if out is not None and not out.absolute().parent.is_dir():
        raise UsageFault(f"-o {out}: there is no folder {out.absolute().parent}")
    _known(settings, principal)
    e164 = number_of(number, settings.gate.region)
    told = main.held_on(settings, e164, principal=principal)
    if out is not None:
        _write(out, main.held_as_page(told, language) if out.suffix.lower() == ".html" else _as_json(told))
    if as_json:
        document(told)
        return
    table(("HELD", "ROWS"), ((name.replace("_", " "), len(rows)) for name, rows in told["held"].items()), empty="")
    note(f"everything is in {out}" if out else "-o FILE.html has all of it for the person to read; --json here")


def erase(
    ctx: typer.Context,
    number: Number,
    *,
    reason: Annotated[str, typer.Option(help="Why, as it is to stand on record; no personal data.")],
    by: Annotated[str, typer.Option(help="Who decided it.")],
    principal: Annotated[str | None, typer.Option(metavar="P", help="Only what is held for it; else for all.")] = None,
    despite_retention: Annotated[
        bool, typer.Option("--despite-retention", help="Also what a law asks to be kept; the reason says why.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Erase what is held on a number (GDPR art. 17), and keep its hash suppressed for every purpose.

    Exit code 1: a call to it is under way, and what is held of that call stays until the erasure is repeated.
    """
    settings = settings_of(ctx)
    from ari_app import main

    why, who = words_of(reason, "--reason"), words_of(by, "--by")
    _known(settings, principal)
    e164 = number_of(number, settings.gate.region)
    of = f"principal {principal} holds" if principal else "every principal holds"
    need_yes(f"Erase what {of} on {e164}, for ever?", yes=yes)
    done = main.erase(settings, e164, principal=principal, reason=why, by=who, despite_retention=despite_retention)
    if as_json:
        document({"number": e164, **_plain(done)})
    else:
        _tell(e164, done)
    if done.under_way:
        note(f"call {', '.join(done.under_way)} has not ended: what is held of it stays; erase again when it has")
        raise typer.Exit(FAILED)


def _tell(e164: str, done: "Erased") -> None:
    for what, rows in done.removed.items():
        say(f"removed  {what}: {rows}")
    if not done.removed:
        say("nothing was left to remove")
    for kept in done.kept:
        until = f"until {local(kept.until)}" if kept.until else "until it has ended"
        say(f"kept     {kept.record}: {kept.rows}, {until} ({kept.said_by})")
    of = f"for {done.principal}" if done.principal else "for everybody"
    say(f"{e164} stays suppressed {of} and every purpose, by its hash alone")
    if done.others:
        note(f"{done.others} other numbers of the same person are suppressed for marketing now; their data stay")
    if any(kept.until for kept in done.kept):
        note("--despite-retention erases what is kept for a law as well")


def _plain(done: "Erased") -> dict[str, object]:
    told = plain(done)
    return told if isinstance(told, dict) else {}


def _known(settings: "Settings", principal: str | None) -> None:
    from ari_app import main

    if principal is not None:
        names = [held.id for held in main.open_directory(settings).principals()]
        known(principal, names, "principal", "see `garbo principal list`")


def _as_json(told: object) -> str:
    import json

    return json.dumps(plain(told), ensure_ascii=False, indent=2) + "\n"


def _write(out: Path, text: str) -> None:
    """Whole or not at all, for the owner alone."""
    try:
        descriptor, name = tempfile.mkstemp(dir=out.absolute().parent, prefix=f".{out.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(out)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as failure:
        raise UsageFault(f"-o {out}: {failure.strerror}") from failure
