"""`garbo agreement`: what was agreed with the workers about figures of single operators (RULES 6.6)."""

from typing import Annotated

import typer

from ari_app.cli.asked import need_yes, settings_of, words_of
from ari_app.cli.said import AsJson, document, note, say, table

agreements = typer.Typer()


@agreements.command("make")
def make(
    ctx: typer.Context,
    *,
    reference: Annotated[str, typer.Option(help="Where it can be read, as 'union agreement 12/2026'.")],
    by: Annotated[str, typer.Option(metavar="WHO", help="Who puts it on record.")],
    as_json: AsJson = False,
) -> None:
    """Put an agreement on record: from now on operators' times are kept, and supervisors see single operators."""
    from ari_app import main

    said, who = words_of(reference, "--reference"), words_of(by, "--by")
    made = main.open_agreements(settings_of(ctx)).make(said, by=who)
    document(made) if as_json else say(f"agreement {made.reference} is in force")


@agreements.command("show")
def show(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the agreements, those that ended too."""
    from ari_app import main

    held = main.open_agreements(settings_of(ctx)).all()
    if as_json:
        document(held)
        return
    rows = ((each.reference, each.made_by, each.made_at, each.ended_by, each.ended_at) for each in held)
    empty = "there is no agreement: figures are told by team, and no operator's times are kept"
    table(("REFERENCE", "MADE BY", "AT", "ENDED BY", "AT"), rows, empty=empty)


@agreements.command("end")
def end(
    ctx: typer.Context,
    *,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who ends it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """End the agreement: figures are told by team again, and the times that were kept under it are removed."""
    settings, who = settings_of(ctx), words_of(by, "--by")
    from ari_app import main

    book = main.open_agreements(settings)
    held = book.in_force()
    if held is not None:
        need_yes(f"End {held.reference} and remove every operator's times that were kept under it?", yes=yes)
    ended = book.end(by=who)
    if as_json:
        document(ended)
    else:
        say(f"agreement {ended.reference} is ended")
        note("The times that were kept under it are removed.")
