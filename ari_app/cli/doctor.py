"""`garbo doctor`: what is wrong around this gate, why it matters, and what mends it."""

from pathlib import Path
from typing import Annotated

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.said import AsJson, document, note, say


def doctor(
    ctx: typer.Context,
    *,
    etc: Annotated[Path, typer.Option(metavar="DIR", help="Asterisk's configuration folder.")] = Path("/etc/asterisk"),
    as_json: AsJson = False,
) -> None:
    """Look at Asterisk, the dialplan, the database, lists and files; 1: something was found."""
    from ari_app import main

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
            say(f"{each.kind.severity.value}: {each.id}: {each.what}")
            say(f"    why:  {each.kind.why}")
            say(f"    mend: {each.kind.remedy}")
        if not found:
            say("nothing was found")
    if found:
        raise typer.Exit(1)
