"""`garbo registration`: registers that agencies and principals are in, such as the SAN of the United States."""

from typing import Annotated

import typer

from ari_app.cli.asked import day_of, known, settings_of, words_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, plain, say, table

registrations = typer.Typer()


@registrations.command("add")
def add(
    ctx: typer.Context,
    *,
    register: Annotated[str, typer.Option(metavar="SAN", help="The register.")],
    number: Annotated[str, typer.Option(metavar="N", help="The entry's number there.")],
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Through which day it holds; else it does not end.")
    ] = None,
    agency: Annotated[str | None, typer.Option(metavar="A")] = None,
    principal: Annotated[str | None, typer.Option(metavar="P")] = None,
    as_json: AsJson = False,
) -> None:
    """Note an entry; of the same register and number the new one counts."""
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.policy.request import Registration

    if (agency is None) == (principal is None):
        raise UsageFault("say whose entry it is: --agency A or --principal P")
    directory = main.open_directory(settings)
    if agency is not None:
        known(agency, [held.id for held in directory.agencies()], "agency", "`garbo agency add` makes one")
    if principal is not None:
        known(principal, [held.id for held in directory.principals()], "principal", "`garbo principal add` makes one")
    new = Registration(
        register=words_of(register, "--register").upper(),
        holder="agency" if agency is not None else "principal",
        number=words_of(number, "--number"),
        valid_until=day_of(until, "--until"),
    )
    holder = agency or principal or ""
    main.open_registrations(settings).add(holder, new)
    document(_document(holder, new)) if as_json else say(f"{new.holder} {holder} is in {new.register} as {new.number}")


@registrations.command("list")
def list_all(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List every entry; an agency's number in the ROC is shown by `garbo agency list`."""
    from ari_app import main

    held = main.open_registrations(settings_of(ctx)).all()
    if as_json:
        document([_document(holder, each) for holder, each in held])
        return
    rows = ((each.holder, holder, each.register, each.number, each.valid_until or "-") for holder, each in held)
    table(("HOLDER", "ID", "REGISTER", "NUMBER", "UNTIL"), rows, empty="no registration yet")


def _document(holder: str, registration: object) -> dict[str, object]:
    values = plain(registration)
    return {"id": holder, **(values if isinstance(values, dict) else {})}
