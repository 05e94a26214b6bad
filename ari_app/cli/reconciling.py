"""`garbo reconcile` and `garbo canary`: proof that no call left unchecked."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import instant_of, settings_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, note, plain, table

if TYPE_CHECKING:
    from ari_app.policy.legs import Reconciliation

canaries = typer.Typer()


def reconcile(
    ctx: typer.Context,
    *,
    day: Annotated[str | None, typer.Option(metavar="DATE", help="As 2026-11-23; else yesterday.")] = None,
    cdr: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A Master.csv to be read instead of what is configured.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold a day's outbound legs against its permits; 1: a call left unchecked."""
    from ari_app import main

    found = main.reconcile_day(settings_of(ctx), day=_day_of(day), cdr=cdr)
    if as_json:
        document(_plain(found))
    else:
        columns = ("AT", "TRUNK", "CHANNEL", "DIALLED")
        rows = [(leg.at, leg.trunk, leg.channel, leg.shown) for leg in found.unchecked]
        table(columns, rows, empty="no call left unchecked")
        note(
            f"{found.day} by {found.source}: {found.legs} legs, {found.exempt} of them never gated, "
            f"{len(found.unchecked)} unchecked; {found.permits} permits dialled, {len(found.unseen)} without a leg"
        )
    if found.unchecked:
        raise typer.Exit(1)


@canaries.command("list")
def list_canaries(
    ctx: typer.Context,
    *,
    since: Annotated[str | None, typer.Option(metavar="ISO", help="Only those from then on.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List calls to the number that must be blocked, and what became of them; 1: the newest one passed."""
    from ari_app import main

    found = main.open_canaries(settings_of(ctx)).list(since=instant_of(since, "--since"), limit=limit)
    if as_json:
        document([plain(each) for each in found])
    else:
        columns = ("AT", "GATE", "CONTEXT", "RESULT", "CALL", "MS")
        rows = [(each.at, each.gate, each.context, each.result, each.call_id, round(each.took_ms)) for each in found]
        table(columns, rows, empty="no canary was sent: [canary] number names one")
    if found and found[0].result == "passed":
        raise typer.Exit(1)


def _day_of(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageFault(f"--day {text}: write a date as 2026-11-23") from None


def _plain(found: "Reconciliation") -> dict[str, object]:
    return {
        "day": found.day.isoformat(),
        "source": found.source,
        "legs": found.legs,
        "exempt": found.exempt,
        "permits": found.permits,
        "unchecked": [
            {"at": leg.at.isoformat(), "trunk": leg.trunk, "channel": leg.channel, "dialled": leg.shown}
            for leg in found.unchecked
        ],
        "unseen": [{"call_id": each.call_id, "decided_at": each.decided_at.isoformat()} for each in found.unseen],
    }
