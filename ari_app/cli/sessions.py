"""`garbo sessions`: which browsers are signed in."""

from typing import Annotated

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, say, table

sessions = typer.Typer()


@sessions.command("list")
def list_sessions(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the sessions that hold, oldest first."""
    from ari_app import main

    held = main.open_web_sessions(settings_of(ctx)).all()
    if as_json:
        document(held)
        return
    rows = ((each.id, each.operator, each.made_at, each.seen_at, each.expires_at) for each in held)
    table(("ID", "OPERATOR", "SINCE", "SEEN", "UNTIL"), rows, empty="nobody is signed in")


@sessions.command("end")
def end(
    ctx: typer.Context,
    id: Annotated[str | None, typer.Argument(metavar="[ID]", help="As `garbo sessions list` shows it.")] = None,
    *,
    operator: Annotated[str | None, typer.Option(metavar="ID", help="All of this operator.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
    as_json: AsJson = False,
) -> None:
    """End sessions, from the very next page on."""
    if [id is not None, operator is not None, everybody].count(True) != 1:
        raise UsageFault("name one session, or --operator ID, or --all")
    from ari_app import main

    ended = main.open_web_sessions(settings_of(ctx)).end_some(operator_id=operator, session_id=id)
    if id is not None and not ended:
        raise UsageFault(f"there is no session {id}; `garbo sessions list` names those there are")
    document({"ended": [each.id for each in ended]}) if as_json else say(f"{len(ended)} ended")
