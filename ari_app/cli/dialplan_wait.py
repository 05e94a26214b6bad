"""`garbo dialplan wait`: what a callee hears while no operator is there."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, note


def wait(
    *,
    output: Annotated[Path, typer.Option("-o", metavar="DIR", help="Where the files are written.")],
    sounds: Annotated[
        str, typer.Option(metavar="DIR", help="Where Asterisk finds the noise; by default DIR/garbo-wait.")
    ] = "",
    limit_s: Annotated[
        float, typer.Option("--limit", min=1, max=60, help="Seconds after which [garbo-wait] ends the call by itself.")
    ] = 3,
    as_json: AsJson = False,
) -> None:
    """Write comfort noise, its class of music on hold and its dialplan; each file is replaced in one step."""
    if "\n" in sounds:
        raise UsageFault("--sounds is one folder, on one line")
    from ari_app import main

    files = main.render_waiting(output, sounds=sounds, limit_s=limit_s)
    try:
        for name, content in files.items():
            (output / name).parent.mkdir(parents=True, exist_ok=True)
            part = output / f"{name}.part"
            part.write_bytes(content)
            os.replace(part, output / name)
    except OSError as failure:
        raise UsageFault(f"{failure.filename or output}: {failure.strerror}") from failure
    if as_json:
        document({"files": list(files), "folder": str(output)})
        return
    for name in files:
        note(f"wrote {output / name}")
    note("#include extensions_garbo_wait.conf in extensions.conf and musiconhold_garbo.conf in musiconhold.conf")
