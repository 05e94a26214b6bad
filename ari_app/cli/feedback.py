"""`garbo feedback`: what the floor tells the brands, and who has passed it on."""

import getpass
from pathlib import Path
from typing import Annotated, Literal

import typer

from ari_app.cli.asked import settings_of, words_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, note, say, table

feedback = typer.Typer()
Principal = Annotated[str | None, typer.Option(metavar="P", help="For this brand alone.")]


@feedback.command("list")
def list_all(ctx: typer.Context, *, principal: Principal = None, as_json: AsJson = False) -> None:
    """List what was said, newest first, with who said it."""
    from ari_app import main
    from ari_app.desk.refusals import AtTheServer

    held = main.open_feedback(settings_of(ctx)).seen_by(AtTheServer(getpass.getuser()), principal=principal)
    if as_json:
        document(held)
        return
    rows = (
        (each.id, each.principal, each.campaign, each.operator, each.topic, each.text, each.made_at, each.passed_on_by)
        for each in held
    )
    columns = ("ID", "PRINCIPAL", "CAMPAIGN", "OPERATOR", "TOPIC", "TEXT", "SAID", "PASSED ON BY")
    table(columns, rows, empty="nothing was said")


@feedback.command("pass-on")
def pass_on(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    by: Annotated[str | None, typer.Option("--by", metavar="WHO", help="Who told the brand.")] = None,
    as_json: AsJson = False,
) -> None:
    """Note that the brand was told."""
    from ari_app import main
    from ari_app.desk.refusals import AtTheServer

    who = words_of(by, "--by") if by is not None else getpass.getuser()
    main.open_feedback(settings_of(ctx)).pass_on(AtTheServer(who), id)
    document({"id": id, "passed_on_by": who}) if as_json else say(f"feedback {id} passed on by {who}")


@feedback.command("export")
def export(
    ctx: typer.Context,
    *,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where it goes; it must not exist.")],
    form: Annotated[Literal["csv", "json"], typer.Option("--format", help="As what.")] = "csv",
    principal: Principal = None,
    personal: Annotated[
        bool, typer.Option("--personal", help="With who said it and in which call, and every word as it was.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write what was said for the brand, without personal data unless --personal asks for it."""
    from ari_app import main
    from ari_app.desk.feedback_file import csv_of, json_of
    from ari_app.desk.refusals import AtTheServer

    held = main.open_feedback(settings_of(ctx))
    rows = held.to_tell(AtTheServer(getpass.getuser()), principal=principal, personal=personal)
    text = csv_of(rows, personal=personal) if form == "csv" else json_of(rows)
    try:
        with out.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as failure:
        raise UsageFault(f"{out}: it cannot be written ({failure.strerror})") from failure
    if personal:
        note(f"{out} holds personal data: who said it and in which call")
    document({"out": str(out), "rows": len(rows)}) if as_json else say(f"{len(rows)} written to {out}")
