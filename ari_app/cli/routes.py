"""`garbo campaign routes`: which script for whom, shown, checked, exchanged whole, and written as a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ari_app.cli.asked import known, settings_of
from ari_app.cli.outside import Failed, UsageFault
from ari_app.cli.said import AsJson, document, note, say

if TYPE_CHECKING:
    from ari_app.config import Settings
    from ari_app.main.routes import Remark
    from ari_app.policy.request import Campaign, Route

routes = typer.Typer()

CampaignId: TypeAlias = Annotated[str, typer.Argument(metavar="CAMPAIGN")]
Table: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="TOML: [[route]] with when, script, variant.")]


@routes.command("show")
def show(ctx: typer.Context, campaign: CampaignId, *, as_json: AsJson = False) -> None:
    """Say in words who gets which script."""
    held = _held(settings_of(ctx), campaign)
    if as_json:
        document(held.routes)
        return
    for line in explained(held, held.routes):
        say(line)


@routes.command("export")
def export(
    ctx: typer.Context,
    campaign: CampaignId,
    *,
    out: Annotated[Path | None, typer.Option("-o", metavar="FILE", help="Else standard output.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the table as a file that `set` takes."""
    held = _held(settings_of(ctx), campaign)
    from ari_app.policy.scripts.route_file import routes_toml

    if not held.routes:
        raise UsageFault(f"campaign {campaign} has no routing table: nothing to write")
    text = routes_toml(held.routes)
    if out is not None:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as failure:
            raise UsageFault(f"-o {out}: {failure.strerror or failure}") from failure
    if as_json:
        document({"campaign": campaign, "toml": text, "file": str(out) if out else None})
    elif out is None:
        typer.echo(text, nl=False)
    else:
        say(f"{len(held.routes)} lines written to {out}")


@routes.command("set")
def exchange(ctx: typer.Context, campaign: CampaignId, file: Table, *, as_json: AsJson = False) -> None:
    """Take the table of a file instead of the one there is; what is wrong with it is told, and changes nothing."""
    settings = settings_of(ctx)
    held = _held(settings, campaign)
    table = _read(settings, file)
    from ari_app import main

    main.open_directory(settings).set_campaign(campaign, routes=table)
    _tell(main.remarks_on(settings, held, table), "warning: ")
    if as_json:
        document(table)
        return
    for line in explained(held, table):
        say(line)


@routes.command("check")
def check(
    ctx: typer.Context,
    campaign: CampaignId,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Else the campaign's own table.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """
    Say what in a table will not work as it was meant, changing nothing.

    Exit code 0: nothing, 1: something, 2: the file is no table.
    """
    settings = settings_of(ctx)
    held = _held(settings, campaign)
    table = _read(settings, file) if file is not None else held.routes
    from ari_app import main

    remarks = main.remarks_on(settings, held, table)
    if as_json:
        told = [{"line": each.line or None, "what": each.text} for each in remarks]
        document({"campaign": campaign, "routes": table, "remarks": told})
    else:
        for line in explained(held, table):
            say(line)
        _tell(remarks, "")
    if remarks:
        raise Failed(f"{len(remarks)} {'remark' if len(remarks) == 1 else 'remarks'} on campaign {campaign}")


@routes.command("clear")
def clear(ctx: typer.Context, campaign: CampaignId, *, as_json: AsJson = False) -> None:
    """Do without a table: everybody gets the campaign's own script. `export` keeps what there was."""
    settings = settings_of(ctx)
    held = _held(settings, campaign)
    from ari_app import main

    main.open_directory(settings).set_campaign(campaign, routes=())
    document(held.routes) if as_json else say(f"campaign {campaign}: {len(held.routes)} lines removed")


def explained(campaign: "Campaign", table: "tuple[Route, ...]") -> list[str]:
    """The table in words, with what comes before it and after it."""
    from ari_app.policy.scripts.conditions import worded
    from ari_app.policy.scripts.routing import DEFAULT_SCRIPT

    lines = [f"Campaign {campaign.id}: the first line that fits says which script is shown."]
    if campaign.customers == "care":
        lines.append(f"      is a customer: {campaign.care_script}, before any line (--customers care)")
    if campaign.customers == "deny":
        lines.append("      is a customer: not called at all (--customers deny)")
    for place, each in enumerate(table, start=1):
        variant = f", variant {each.variant}" if each.variant else ""
        lines.append(f"{place:4}. {worded(each.when, 'en')}: {each.script}{variant}")
    own = campaign.script or DEFAULT_SCRIPT
    lines.append(f"      {'anybody else' if table else 'everybody'}: {own}")
    return lines


def _held(settings: "Settings", name: str) -> "Campaign":
    from ari_app import main

    directory = main.open_directory(settings)
    known(name, [each.id for each in directory.campaigns()], "campaign", "see `garbo campaign list`")
    held = directory.campaign(name)
    if held is None:
        raise UsageFault(f"there is no campaign {name!r}; see `garbo campaign list`")
    return held


def _read(settings: "Settings", file: Path) -> "tuple[Route, ...]":
    from ari_app import main
    from ari_app.policy.scripts.route_file import RouteError, parse_routes

    try:
        text = file.read_text(encoding="utf-8")
    except OSError as failure:
        raise UsageFault(f"{file}: {failure.strerror or failure}") from failure
    except UnicodeDecodeError as failure:
        raise UsageFault(f"{file}: this is no text in UTF-8 (byte {failure.start + 1})") from failure
    try:
        return parse_routes(text, name=str(file), scripts=main.scripts_at_hand(settings))
    except RouteError as failure:
        for mistake in failure.mistakes:
            note(str(mistake))
        raise UsageFault(f"{file} is no routing table: nothing was changed") from failure


def _tell(remarks: "tuple[Remark, ...]", before: str) -> None:
    for each in remarks:
        note(f"{before}{f'line {each.line}: ' if each.line else ''}{each.text}")
