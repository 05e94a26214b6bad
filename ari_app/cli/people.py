"""`garbo principal`, `garbo agency`, `garbo operator`: who calls, for whom, and from which phone."""

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from ari_app.cli.asked import day_of, id_of, known, language_of, phone_of, region_of, settings_of, words_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, say, table

if TYPE_CHECKING:
    from ari_app.stores.directory import Directory

principals = typer.Typer()
agencies = typer.Typer()
operators = typer.Typer()
RoleName = Literal["operator", "supervisor", "admin", "auditor"]
Speaks: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="A language beside the one they read, as de; may be given again.")
]


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
    language: Annotated[str, typer.Option(help="In which they read, as it.")],
    endpoint: Annotated[
        str | None, typer.Option(help="Their phone, as PJSIP/101; an operator has one, others may.")
    ] = None,
    campaign: Annotated[list[str] | None, typer.Option(help="Admitted to it; may be given again.")] = None,
    role: Annotated[RoleName, typer.Option()] = "operator",
    name: Annotated[str, typer.Option(help="As they give it on the phone; else their id.")] = "",
    team: Annotated[str, typer.Option(help="With whom their figures are told together.")] = "",
    speaks: Speaks = None,
    as_json: AsJson = False,
) -> None:
    """Add a person who calls. A campaign that names operators admits only these."""
    if endpoint is None and role == "operator":
        raise UsageFault("--endpoint: name the operator's phone, as PJSIP/101")
    from ari_app import main
    from ari_app.policy.request import Operator, Role

    directory = main.open_directory(settings_of(ctx))
    operator = Operator(
        id=id_of(id, "operator"),
        endpoint=phone_of(endpoint, "--endpoint") if endpoint else "",
        language=language_of(language),
        role=Role(role),
        campaigns=_campaigns(directory, campaign),
        name=name.strip(),
        team=team.strip(),
        speaks=_languages(speaks),
    )
    directory.add_operator(operator)
    document(operator) if as_json else say(f"operator {id} added")


@operators.command("set")
def set_operator(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    name: Annotated[str | None, typer.Option(help="As they give it on the phone; '' for their id.")] = None,
    team: Annotated[str | None, typer.Option(help="With whom their figures are told together; '' for none.")] = None,
    speaks: Speaks = None,
    role: Annotated[RoleName | None, typer.Option()] = None,
    endpoint: Annotated[str | None, typer.Option(help="Their phone, as PJSIP/101; '' for none.")] = None,
    language: Annotated[str | None, typer.Option(help="In which they read, as it.")] = None,
    campaign: Annotated[
        list[str] | None, typer.Option(help="Admitted to these and no others; '' to any that names nobody.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is named; the rest stays."""
    from ari_app import main
    from ari_app.policy.request import Role

    directory = main.open_directory(settings_of(ctx))
    held = {each.id: each for each in directory.operators()}
    known(id, list(held), "operator", "see `garbo operator list`")
    changes: dict[str, object] = {}
    changes |= {"name": name.strip()} if name is not None else {}
    changes |= {"team": team.strip()} if team is not None else {}
    changes |= {"speaks": _languages(speaks)} if speaks is not None else {}
    changes |= {"role": Role(role)} if role is not None else {}
    changes |= {"endpoint": phone_of(endpoint, "--endpoint") if endpoint else ""} if endpoint is not None else {}
    changes |= {"language": language_of(language)} if language is not None else {}
    changes |= {"campaigns": _campaigns(directory, campaign)} if campaign is not None else {}
    if not changes:
        raise UsageFault("nothing to change: name at least one option; `garbo operator set --help` lists them")
    if (role or held[id].role) == "operator" and not changes.get("endpoint", held[id].endpoint):
        raise UsageFault("--endpoint: an operator has a phone of their own, as PJSIP/101")
    changed = directory.set_operator(id, **changes)
    document(changed) if as_json else say(f"operator {id} changed")


def _campaigns(directory: "Directory", named: list[str] | None) -> tuple[str, ...]:
    have = [held.id for held in directory.campaigns()]
    wanted = [name for name in dict.fromkeys(named or ()) if name]
    return tuple(known(name, have, "campaign", "`garbo campaign add` makes one") for name in wanted)


def _languages(named: list[str] | None) -> tuple[str, ...]:
    return tuple(language_of(name, "--speaks") for name in dict.fromkeys(named or ()) if name)


@operators.command("list")
def list_operators(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the people who call."""
    from ari_app import main

    held = main.open_directory(settings_of(ctx)).operators()
    if as_json:
        document(held)
        return
    rows = (
        (o.id, o.name, o.team, o.endpoint, o.language, o.speaks, o.role, o.campaigns or "any that names none")
        for o in held
    )
    columns = ("ID", "NAME", "TEAM", "ENDPOINT", "LANGUAGE", "SPEAKS", "ROLE", "CAMPAIGNS")
    table(columns, rows, empty="no operator yet")


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
