"""`garbo dialplan`: what Asterisk includes, rendered from the configuration."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, note

dialplan = typer.Typer()


@dialplan.callback()
def _group() -> None:
    """What Asterisk includes."""


@dialplan.command("render")
def render(
    ctx: typer.Context,
    *,
    flavor: Annotated[str, typer.Option(help="For which PBX: asterisk, freepbx, issabel or vicidial.")],
    version: Annotated[str, typer.Option(help="Of FreePBX: 16 or 17.", show_default="17")] = "",
    door: Annotated[
        Literal["stasis", "fastagi", "auto"] | None,
        typer.Option(help="How the gates are asked; else as configured, where auto asks the running Asterisk."),
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", metavar="DIR", help="Else it is printed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Render the dialplan; with -o each file is replaced in one step."""
    settings = settings_of(ctx)
    from ari_app import main

    try:
        chosen = door or settings.asterisk.door
        found = main.running_door(settings) if chosen == "auto" else None
        files = main.render_dialplan(settings, flavor, version=version, door=found or chosen)
    except LookupError as failure:
        raise UsageFault(str(failure)) from failure
    if chosen == "auto" and found is None:
        note("Asterisk does not answer, so the door is the one that suits the flavour; else name one: --door")
    if output is not None:
        _write(output, files)
    if as_json:
        document({"files": list(files), "folder": str(output)} if output else {"files": files})
    elif output is None:
        for name, text in files.items():
            if len(files) > 1:
                note(f"--- {name}")
            typer.echo(text, nl=False)
    else:
        for name in files:
            note(f"wrote {output / name}" + (f"; have it included: #include {name}" if name.endswith(".conf") else ""))


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            # Asterisk may reload at any moment: it must never read half a dialplan.
            part = folder / f"{name}.part"
            part.write_text(text, encoding="utf-8")
            os.replace(part, folder / name)
    except OSError as failure:
        raise UsageFault(f"{folder}: {failure.strerror}") from failure
