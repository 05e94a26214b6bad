"""`garbo ledger`: whether the records are what was once recorded."""

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.outside import FAILED
from ari_app.cli.said import AsJson, document, say

ledger = typer.Typer()


@ledger.callback()
def _group() -> None:
    """The proof."""


@ledger.command("verify")
def verify(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Check every record against its digest. Exit code 1: something was changed."""
    settings = settings_of(ctx)
    from ari_app import main

    faults = main.verify_ledger(settings)
    if as_json:
        document({"sound": not faults, "faults": faults})
    else:
        for fault in faults or ["every record is as it was written"]:
            say(fault)
    raise typer.Exit(FAILED if faults else 0)
