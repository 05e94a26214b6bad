"""`garbo principal`, `garbo agency`, `garbo operator`: who calls, for whom, and from which phone."""

from typing import Annotated, Literal

import typer

from ari_app.cli.asked import day_of, endpoint_of, id_of, known, language_of, region_of, settings_of, words_of
from ari_app.cli.said import AsJson, document, say, table

principals = typer.Typer()
agencies = typer.Typer()
operators = typer.Typer()
RoleName = Literal["operator", "supervisor", "admin", "auditor"]


@principals.command("add")
def add_principal(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    name: Annotated[str, typer.Option(help="As the callee knows it.")],
    country: Annotated[str, typer.Option(help="ISO 3166, as IT.")],
    as_json: AsJson = False,
) -> None:
    """Add a brand on whose behalf is called."""
    from ari_app import main

    given = {"id": id_of(id, "principal"), "name": words_of(name, "--name"), "country": region_of(country)}
    main.open_directory(settings_of(ctx)).add_principal(given["id"], name=given["name"], country=given["country"])
    document(given) if as_json else say(f"principal {id} added")


@principals.command("list")
def list_principals(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the brands."""
    from ari_app import main

    held = main.open_directory(settings_of(ctx)).principals()
    if as_json:
        document(held)
    else:
        table(("ID", "NAME", "COUNTRY"), ((p.id, p.name, p.country) for p in held), empty="no principal yet")


@agencies.command("add")
def add_agency(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    name: Annotated[str, typer.Option()],
    roc: Annotated[str | None, typer.Option(metavar="N", help="Its number in the ROC, Italy's register.")] = None,
    roc_until: Annotated[str | None, typer.Option(metavar="DATE", help="Until when that holds.")] = None,
    processor_act: Annotated[str | None, typer.Option(metavar="REF", help="The act that appoints it.")] = None,
    subprocessor_of: Annotated[str | None, typer.Option(metavar="AGENCY")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a call centre."""
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.stores.directory import Agency

    agency = Agency(
        id=id_of(id, "agency"),
        name=words_of(name, "--name"),
        roc=roc,
        roc_until=day_of(roc_until, "--roc-until"),
        processor_act=processor_act,
        subprocessor_of=subprocessor_of,
    )
    directory = main.open_directory(settings)
    if subprocessor_of:
        known(subprocessor_of, [a.id for a in directory.agencies()], "agency", "see `garbo agency list`")
    directory.add_agency(agency)
    document(agency) if as_json else say(f"agency {id} added")


@agencies.command("list")
def list_agencies(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the call centres."""
    from ari_app import main

    held = main.open_directory(settings_of(ctx)).agencies()
    if as_json:
        document(held)
        return
    rows = ((a.id, a.name, a.roc, a.roc_until, a.processor_act, a.subprocessor_of) for a in held)
    table(("ID", "NAME", "ROC", "ROC UNTIL", "PROCESSOR ACT", "SUBPROCESSOR OF"), rows, empty="no agency yet")


@operators.command("add")
def add_operator(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    endpoint: Annotated[str, typer.Option(help="Their phone, as PJSIP/101.")],
    language: Annotated[str, typer.Option(help="In which they read, as it.")],
    speaks: Annotated[list[str] | None, typer.Option(help="Beside --language; may be given again.")] = None,
    campaign: Annotated[list[str] | None, typer.Option(help="Admitted to it; may be given again.")] = None,
    role: Annotated[RoleName, typer.Option()] = "operator",
    as_json: AsJson = False,
) -> None:
    """Add a person who calls. A campaign that names operators admits only these."""
    from ari_app import main
    from ari_app.policy.request import Operator, Role

    directory = main.open_directory(settings_of(ctx))
    have = [held.id for held in directory.campaigns()]
    names = tuple(
        known(name, have, "campaign", "`garbo campaign add` makes one") for name in dict.fromkeys(campaign or ())
    )
    operator = Operator(
        id=id_of(id, "operator"),
        endpoint=endpoint_of(endpoint),
        language=language_of(language),
        speaks=tuple(language_of(each, "--speaks") for each in dict.fromkeys(speaks or ())),
        role=Role(role),
        campaigns=names,
    )
    directory.add_operator(operator)
    document(operator) if as_json else say(f"operator {id} added")


@operators.command("list")
def list_operators(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the people who call."""
    from ari_app import main

    held = main.open_directory(settings_of(ctx)).operators()
    if as_json:
        document(held)
        return
    rows = ((o.id, o.endpoint, o.language, o.role, o.campaigns or "any that names none") for o in held)
    table(("ID", "ENDPOINT", "LANGUAGE", "ROLE", "CAMPAIGNS"), rows, empty="no operator yet")


@operators.command("remove")
def remove_operator(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    as_json: AsJson = False,
) -> None:
    """Remove a person; what they did stays on record."""
    from ari_app import main

    directory = main.open_directory(settings_of(ctx))
    known(id, [o.id for o in directory.operators()], "operator", "see `garbo operator list`")
    directory.remove_operator(id)
    document({"id": id, "removed": True}) if as_json else say(f"operator {id} removed")
