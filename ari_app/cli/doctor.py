"""`garbo doctor`: what is wrong around this gate, why it matters, and what mends it."""

from pathlib import Path
from typing import Annotated

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.outside import FAILED
from ari_app.cli.said import AsJson, document, note, say

_COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}


def doctor(
    ctx: typer.Context,
    *,
    etc: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Asterisk's configuration folder; else where Asterisk says.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at Asterisk, the dialplan, the database, lists and files; 1: something was found, notes apart."""
    from ari_app import main
    from ari_app.watch.doctor.finding import sound

    found = main.examine(settings_of(ctx), etc=etc, say=lambda what: note(f"looking at {what} …"))
    if as_json:
        document(
            [
                {
                    "id": each.id,
                    "severity": each.kind.severity.value,
                    "what": each.what,
                    "why": each.kind.why,
                    "remedy": each.kind.remedy,
                }
                for each in found
            ]
        )
    else:
        for each in found:
            severity = each.kind.severity
            typer.secho(severity.value, fg=_COLOURS[severity.value], nl=False)
            say(f": {each.id}: {each.what}")
            say(f"    why:  {each.kind.why}")
            say(f"    mend: {each.kind.remedy}")
        say(_summary([each.kind.severity.value for each in found]))
    if not sound(found):
        raise typer.Exit(FAILED)


def _summary(severities: list[str]) -> str:
    counted = [f"{severities.count(name)} {name}{'s' if severities.count(name) > 1 else ''}" for name in _COLOURS]
    return ", ".join(each for each in counted if not each.startswith("0 ")) or "nothing was found"
