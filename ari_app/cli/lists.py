"""`garbo lists`: what was imported, when, and what became of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, note, pairs, table

if TYPE_CHECKING:
    from ari_app.stores.past_imports import PastImport

lists = typer.Typer()
_COUNTED = ("read", "added", "updated", "unchanged", "rejected", "duplicates", "seconds")
_STATES = {
    "published": "published",
    "unfinished": "under way or killed",
    "died": "killed, never published",
}


@lists.command("list")
def list_all(
    ctx: typer.Context,
    *,
    kind: Annotated[str, typer.Option(metavar="KIND", help="Only lists of this kind.")] = "",
    principal: Annotated[str, typer.Option(metavar="P", help="Only this principal's.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Name imports, the newest first. What was never published has no say in any verdict."""
    settings = settings_of(ctx)
    from ari_app import main

    held = main.open_past_imports(settings).all(kind=kind, principal=principal, limit=limit)
    if as_json:
        document(held)
        return
    columns = ("ID", "KIND", "WHOSE", "FILE", "STARTED", "STATE", *(name.upper() for name in _COUNTED))
    table(columns, [_row(each) for each in held], empty="nothing was imported")


@lists.command("show")
def show(ctx: typer.Context, version: Annotated[int, typer.Argument(metavar="ID")], *, as_json: AsJson = False) -> None:
    """Show one import with all that it counted."""
    settings = settings_of(ctx)
    from ari_app import main

    found = main.open_past_imports(settings).one(version)
    if found is None:
        raise UsageFault(f"there is no import {version}; `garbo lists list` names those there are")
    if as_json:
        document(found)
        return
    head = (("id", found.id), ("kind", found.kind), ("whose", _whose(found)), ("file", found.file))
    when = (("sha256", found.sha256), ("started", found.started_at), ("published", found.published_at))
    pairs((*head, *when, ("state", _STATES[found.state]), *found.report.items()))
    if found.state != "published":
        note("its rows have no say in any verdict; import the list again")


def _row(each: "PastImport") -> tuple[object, ...]:
    counted = (each.report.get(name) for name in _COUNTED)
    return (each.id, each.kind, _whose(each), each.file, each.started_at, _STATES[each.state], *counted)


def _whose(each: "PastImport") -> str:
    return each.principal or "everybody"
