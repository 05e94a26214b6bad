"""`garbo token`: who may use the HTTP API."""

from typing import Annotated, Literal

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.said import AsJson, document, note, say, table

tokens = typer.Typer()
# ports.tokens.TokenScope, word for word (a test compares them): importing it would slow `--help` down.
ScopeName = Literal["customers", "verdicts", "desk"]


@tokens.command("create")
def create(
    ctx: typer.Context,
    *,
    scope: Annotated[
        ScopeName,
        typer.Option(
            help="customers: to send who is a customer, and needs --principal. "
            "verdicts: to ask for verdicts ahead of calls, and about calls. "
            "desk: to say which operator sits at which phone."
        ),
    ],
    principal: Annotated[str | None, typer.Option(metavar="P", help="For this brand alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token. It is shown this once; only a hash of it is kept."""
    from ari_app import main
    from ari_app.ports.tokens import TokenScope

    entry, secret = main.open_tokens(settings_of(ctx)).create(TokenScope(scope), principal=principal)
    if as_json:
        shown = {"id": entry.id, "token": secret, "scope": entry.scope, "principal": entry.principal}
        document({**shown, "created_at": entry.created_at})
    else:
        say(secret)
        whom = f" for {entry.principal}" if entry.principal else ""
        note(f"token {entry.id}, scope {entry.scope}{whom}. Keep it now: it is not shown again.")


@tokens.command("list")
def list_tokens(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the tokens there are and were; what they are is not shown."""
    from ari_app import main

    held = main.open_tokens(settings_of(ctx)).all()
    if as_json:
        document(held)
        return
    rows = ((each.id, each.scope.value, each.principal, each.created_at, each.revoked_at) for each in held)
    table(("ID", "SCOPE", "PRINCIPAL", "CREATED", "REVOKED"), rows, empty="there is no token")


@tokens.command("revoke")
def revoke(ctx: typer.Context, id: Annotated[str, typer.Argument(metavar="ID")], *, as_json: AsJson = False) -> None:
    """End a token, from the very next request on."""
    from ari_app import main

    entry = main.open_tokens(settings_of(ctx)).revoke(id)
    document(entry) if as_json else say(f"token {entry.id} is revoked")
