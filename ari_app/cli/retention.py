"""`garbo retention`: records deleted when their time is over, as the gate does once a day."""

from typing import Annotated

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.said import AsJson, document, say

retention = typer.Typer()


@retention.callback()
def _group() -> None:
    """Records whose time is over."""


@retention.command("run")
def run(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many there are.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete what packs say is to go by now, and what of lists nobody can see any more."""
    settings = settings_of(ctx)
    from ari_app import main

    swept = main.sweep(settings, dry=dry_run)
    if as_json:
        document({"dry_run": dry_run, "rows": swept.rows})
        return
    for what, rows in swept.rows.items():
        say(f"{what}: {rows}{' would go' if dry_run else ''}")
    if not swept.rows:
        say("nothing is over its time")
