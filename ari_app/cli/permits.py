"""`garbo permit`: a call that somebody asked for, once."""

from typing import Annotated, Literal

import typer

from ari_app.cli.asked import future_of, known, number_of, settings_of, words_of
from ari_app.cli.said import AsJson, document, plain, say, table

permits = typer.Typer()
SourceName = Literal["inbound_call", "web_form", "sale_verification"]
Number = Annotated[str, typer.Argument(metavar="NUMBER")]


@permits.command("add")
def add(
    ctx: typer.Context,
    number: Number,
    *,
    principal: Annotated[str, typer.Option(metavar="P", help="Whom they asked.")],
    source: Annotated[SourceName, typer.Option(help="How they asked.")],
    expires: Annotated[str | None, typer.Option(metavar="ISO", help="Else a pack's rule alone ends it.")] = None,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who says so.")] = "cli",
    as_json: AsJson = False,
) -> None:
    """Note that somebody asked one principal for a call. It is used up by one conversation."""
    settings = settings_of(ctx)
    from ari_app import main

    who, expires_at = words_of(by, "--by"), future_of(expires, "--expires")
    principals = [held.id for held in main.open_directory(settings).principals()]
    known(principal, principals, "principal", "`garbo principal add` makes one")
    e164 = number_of(number, settings.gate.region)
    permit = main.open_permits(settings).grant(e164, principal=principal, source=source, by=who, expires_at=expires_at)
    document(_document(e164, principal, permit)) if as_json else say(f"{principal} may call {e164} once: {permit.id}")


@permits.command("show")
def show(ctx: typer.Context, number: Number, *, as_json: AsJson = False) -> None:
    """Show every permit of a number, used and expired ones too."""
    settings = settings_of(ctx)
    from ari_app import main

    e164 = number_of(number, settings.gate.region)
    held = main.open_permits(settings).show(e164)
    if as_json:
        document([_document(e164, each.principal, each.permit) | {"granted_by": each.granted_by} for each in held])
        return
    rows = []
    for each in held:
        what = each.permit
        head = (what.id, each.principal, what.source, what.granted_at, each.granted_by)
        rows.append((*head, what.expires_at or "never", what.uses))
    columns = ("ID", "PRINCIPAL", "SOURCE", "GRANTED", "BY", "EXPIRES", "USED")
    table(columns, rows, empty=f"nobody at {e164} asked for a call")


def _document(e164: str, principal: str, permit: object) -> dict[str, object]:
    values = plain(permit)
    return {"number": e164, "principal": principal, **(values if isinstance(values, dict) else {})}
