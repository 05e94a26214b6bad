"""`garbo notices`: what the floor must know, until it expires, and who has read it."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import future_of, settings_of, words_of
from ari_app.cli.said import AsJson, document, plain, say, table

if TYPE_CHECKING:
    from ari_app.desk.notices import Notice

notices = typer.Typer()
By = Annotated[str | None, typer.Option("--by", metavar="WHO", help="Who does it; else the login name.")]


@notices.command("add")
def add(
    ctx: typer.Context,
    title: Annotated[str, typer.Argument(metavar="TITLE")],
    *,
    text: Annotated[str, typer.Option(help="What they must know.")],
    campaign: Annotated[str | None, typer.Option(metavar="C", help="For those who call for it; else for all.")] = None,
    expires: Annotated[str | None, typer.Option(metavar="ISO", help="Shown until then; a date: to its end.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Tell the floor something."""
    from ari_app import main
    from ari_app.desk.refusals import AtTheServer

    audience = f"campaign:{campaign}" if campaign is not None else "*"
    until = future_of(expires, "--expires")
    who = AtTheServer(_who(by))
    new = main.open_notices(settings_of(ctx)).add(who, title=title, text=text, audience=audience, expires_at=until)
    document(new) if as_json else say(f"notice {new.id} for {new.audience}")


@notices.command("list")
def list_all(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List every notice, expired ones too, with who has read it."""
    from ari_app import main
    from ari_app.desk.refusals import AtTheServer

    held, who = main.open_notices(settings_of(ctx)), AtTheServer(_who(None))
    readers = held.readers(who)
    if as_json:
        document([_document(each, readers.get(each.id, ())) for each in held.all(who)])
        return
    rows = (
        (each.id, each.audience, each.title, each.author, each.made_at, each.expires_at, readers.get(each.id, ()))
        for each in held.all(who)
    )
    table(("ID", "AUDIENCE", "TITLE", "AUTHOR", "MADE", "EXPIRES", "READ BY"), rows, empty="there is no notice")


@notices.command("end")
def end(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Show a notice no longer; it stays on record."""
    from ari_app import main
    from ari_app.desk.refusals import AtTheServer

    main.open_notices(settings_of(ctx)).end(AtTheServer(_who(by)), id)
    document({"id": id, "ended": True}) if as_json else say(f"notice {id} is shown no longer")


def _who(by: str | None) -> str:
    return words_of(by, "--by") if by is not None else getpass.getuser()


def _document(notice: "Notice", readers: tuple[str, ...]) -> dict[str, object]:
    own = plain(notice)
    return {**(own if isinstance(own, dict) else {}), "read_by": readers}
