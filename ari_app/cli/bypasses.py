"""`garbo bypass`: calls that went round the gate."""

from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import instant_of, settings_of
from ari_app.cli.said import AsJson, document, plain, table

if TYPE_CHECKING:
    from ari_app.stores.bypasses import BypassEntry

bypasses = typer.Typer()


@bypasses.command("list")
def list_bypasses(
    ctx: typer.Context,
    *,
    since: Annotated[str | None, typer.Option(metavar="ISO", help="Only those from then on.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List legs on guarded trunks that had no permit of their own: from where, how, and what became of them."""
    from ari_app import main

    found = main.open_bypasses(settings_of(ctx)).list(since=instant_of(since, "--since"), limit=limit)
    if as_json:
        document([plain(each) for each in found])
        return
    columns = ("AT", "TRUNK", "CALLER", "OPERATOR", "HOW", "WHY", "DONE", "MS")
    table(columns, [_row(each) for each in found], empty="no call went round the gate")


def _row(each: "BypassEntry") -> tuple[object, ...]:
    how = each.how
    place = f"{how.get('context', '')}/{how.get('exten', '')} {how.get('application', '')}".strip()
    return (
        *(each.at, each.trunk, each.caller, each.operator, f"{how.get('way', '')} {place}".strip()),
        *(each.why, each.done, round(each.took_ms, 1)),
    )
