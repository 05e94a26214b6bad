"""`garbo campaign`: reasons to call, checked whole before they are kept."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from ari_app.cli.asked import (
    caller_id_of,
    day_of,
    id_of,
    known,
    language_of,
    region_of,
    sector_of,
    settings_of,
    trunk_of,
)
from ari_app.cli.outside import UsageFault
from ari_app.cli.routes import explained
from ari_app.cli.said import AsJson, document, note, pairs, say, table

if TYPE_CHECKING:
    from ari_app.config import Settings
    from ari_app.policy.request import Campaign
    from ari_app.stores.directory import Directory

campaigns = typer.Typer()

# The enums of policy.request, word for word (a test compares them): importing these would slow `--help` down.
PurposeName = Literal["acquisition", "retention", "upsell", "consent_recovery", "research", "care", "service", "office"]
ModeName = Literal["enforce", "shadow"]
FormatName = Literal["e164", "national", "dialled"]
CallModeName = Literal["live", "automated", "prerecorded", "ai_voice"]
CustomersName = Literal["deny", "care", "packs"]

Id: TypeAlias = Annotated[str, typer.Argument(metavar="ID")]
PackOption: TypeAlias = Annotated[
    list[str] | None, typer.Option("--pack", help="Rules in force beside core; may be given again.")
]
AgencyOption: TypeAlias = Annotated[str | None, typer.Option(help="The call centre that calls.")]
ScriptOption: TypeAlias = Annotated[str | None, typer.Option(help="The script that operators see.")]
ProductOption: TypeAlias = Annotated[str | None, typer.Option(help="What it offers, as customers' lists name it.")]
CallModeOption: TypeAlias = Annotated[CallModeName | None, typer.Option(help="Who speaks: a person, or a machine.")]
SimilarOption: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--own-similar-products/--no-own-similar-products",
        help="The principal declares: what is offered is its own, and like what its customers bought.",
    ),
]
CountryOption: TypeAlias = Annotated[
    str | None, typer.Option(help="Country in which its calls enter the network; else --region.")
]
EndsOption: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Through which day it calls: screenings are to hold so long. It closes nothing."),
]
LanguageOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--language", metavar="it|de|…", help="In which it calls; may be given again. Else any."),
]
CustomersOption: TypeAlias = Annotated[
    CustomersName | None,
    typer.Option(help="Who is a customer already: denied, or called with --care-script; packs: as these say."),
]
CareOption: TypeAlias = Annotated[str | None, typer.Option(metavar="SCRIPT", help="For customers: --customers care.")]
OffersOption: TypeAlias = Annotated[
    str | None, typer.Option(metavar="CAMPAIGN", help="For upsell: under it an offer is asked for within its calls.")
]
_CORE_ALONE = (
    "warning: campaign {id} has no --pack: the built-in pack core is in force alone, and it has no calling window; "
    "calls may go out at any hour"
)

_COUNTRY_PACKS = {"IT": "it", "GB": "uk", "US": "us", "FR": "fr", "ES": "es", "DE": "de"}


@campaigns.command("add")
def add(
    ctx: typer.Context,
    id: Id,
    *,
    principal: Annotated[str, typer.Option(help="On whose behalf is called.")],
    purpose: Annotated[PurposeName, typer.Option(help="Why is called.")],
    sector: Annotated[str, typer.Option(help="Such as telecom or energy.")],
    trunk: Annotated[str, typer.Option(help="The endpoint that carries the calls, as PJSIP/trunk.")],
    caller_id: Annotated[str, typer.Option(help="In E.164, as +390844123456.")],
    region: Annotated[str, typer.Option(help="Country in which dialled numbers are read, as IT.")],
    pack: PackOption = None,
    agency: AgencyOption = None,
    script: ScriptOption = None,
    product: ProductOption = None,
    call_mode: CallModeOption = None,
    own_similar_products: SimilarOption = None,
    trunk_country: CountryOption = None,
    ends: EndsOption = None,
    language: LanguageOption = None,
    customers: CustomersOption = None,
    care_script: CareOption = None,
    offers: OffersOption = None,
    packs_mode: Annotated[ModeName, typer.Option(help="shadow: objections are noted and stop nothing.")] = "enforce",
    number_format: Annotated[FormatName, typer.Option(help="How the trunk wants numbers.")] = "e164",
    as_json: AsJson = False,
) -> None:
    """Add a campaign."""
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.policy.request import Campaign

    values: dict[str, Any] = {"principal": principal, "purpose": purpose, "sector": sector}
    values |= {"trunk": trunk, "caller_id": caller_id, "region": region, "agency": agency, "script": script}
    values |= {"packs_mode": packs_mode, "number_format": number_format, "packs": tuple(pack or ())}
    said: dict[str, Any] = {"product": product, "call_mode": call_mode, "own_similar_products": own_similar_products}
    said |= {"trunk_country": trunk_country, "ends_at": ends, "languages": language}
    said |= {"customers": customers, "care_script": care_script, "offers": offers}
    values |= {name: value for name, value in said.items() if value is not None}
    values["opened_at"] = datetime.now(UTC)
    campaign = Campaign(id=id_of(id, "campaign"), **_checked(settings, values))
    _agrees(settings, campaign)
    main.open_directory(settings).add_campaign(campaign)
    _warn(campaign)
    document(campaign) if as_json else say(f"campaign {id} added")


@campaigns.command("set")
def change(
    ctx: typer.Context,
    id: Id,
    *,
    purpose: Annotated[PurposeName | None, typer.Option()] = None,
    sector: Annotated[str | None, typer.Option()] = None,
    trunk: Annotated[str | None, typer.Option()] = None,
    caller_id: Annotated[str | None, typer.Option()] = None,
    region: Annotated[str | None, typer.Option()] = None,
    pack: PackOption = None,
    agency: AgencyOption = None,
    script: ScriptOption = None,
    product: ProductOption = None,
    call_mode: CallModeOption = None,
    own_similar_products: SimilarOption = None,
    trunk_country: CountryOption = None,
    ends: EndsOption = None,
    language: LanguageOption = None,
    customers: CustomersOption = None,
    care_script: CareOption = None,
    offers: OffersOption = None,
    packs_mode: Annotated[ModeName | None, typer.Option()] = None,
    number_format: Annotated[FormatName | None, typer.Option()] = None,
    closed: Annotated[bool | None, typer.Option("--closed/--open", help="A closed campaign calls nobody.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a campaign; what is not named stays. --pack names all packs anew."""
    settings = settings_of(ctx)
    from ari_app import main

    asked: dict[str, Any] = {"purpose": purpose, "sector": sector, "trunk": trunk}
    asked |= {"caller_id": caller_id, "region": region, "agency": agency, "script": script, "packs_mode": packs_mode}
    asked |= {"number_format": number_format, "closed": closed, "packs": tuple(pack) if pack else None}
    asked |= {"product": product, "call_mode": call_mode, "own_similar_products": own_similar_products}
    asked |= {"trunk_country": trunk_country, "ends_at": ends, "languages": language or None}
    asked |= {"customers": customers, "care_script": care_script, "offers": offers}
    asked = {name: value for name, value in asked.items() if value is not None}
    if not asked:
        raise UsageFault(f"campaign set {id}: say what is to change; see `garbo campaign set --help`")
    directory = main.open_directory(settings)
    _exists(directory, id)
    before = directory.campaign(id)
    checked = _checked(settings, asked)
    if before is not None:
        _agrees(settings, replace(before, **checked))
    changed = directory.set_campaign(id, **checked)
    dropped = [pack for pack in before.packs if pack not in changed.packs] if before else []
    if dropped:
        note(f"warning: campaign {id} had {', '.join(dropped)}, no longer in force: --pack names all packs anew")
    _warn(changed)
    document(changed) if as_json else say(f"campaign {id} changed: {', '.join(sorted(asked))}")


@campaigns.command("show")
def show(ctx: typer.Context, id: Id, *, as_json: AsJson = False) -> None:
    """Show a campaign."""
    from ari_app import main
    from ari_app.cli.said import plain

    directory = main.open_directory(settings_of(ctx))
    _exists(directory, id)
    campaign = directory.campaign(id)
    if campaign is None:
        raise UsageFault(f"there is no campaign {id!r}; see `garbo campaign list`")
    held = plain(campaign)
    if as_json:
        document(held)
    elif isinstance(held, dict):
        pairs((name, value) for name, value in held.items() if name != "routes")
        for line in explained(campaign, campaign.routes):
            say(line)


@campaigns.command("list")
def list_all(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List the campaigns."""
    from ari_app import main

    held = main.open_directory(settings_of(ctx)).campaigns()
    if as_json:
        document(held)
        return
    columns = ("ID", "PRINCIPAL", "PURPOSE", "SECTOR", "PACKS", "MODE", "TRUNK", "CALLER ID", "REGION", "ENDS", "STATE")
    rows = [
        (
            c.id,
            c.principal,
            c.purpose,
            c.sector,
            ("core", *c.packs),
            c.packs_mode,
            c.trunk,
            c.caller_id,
            c.region,
            c.ends_at,
            state,
        )
        for c in held
        for state in ("closed" if c.closed else "open",)
    ]
    table(columns, rows, empty="no campaign yet")


@campaigns.command("remove")
def remove(ctx: typer.Context, id: Id, *, as_json: AsJson = False) -> None:
    """Remove a campaign; its verdicts stay on record."""
    from ari_app import main

    directory = main.open_directory(settings_of(ctx))
    _exists(directory, id)
    directory.remove_campaign(id)
    document({"id": id, "removed": True}) if as_json else say(f"campaign {id} removed")


def _exists(directory: "Directory", name: str) -> None:
    known(name, [c.id for c in directory.campaigns()], "campaign", "see `garbo campaign list`")


def _checked(settings: "Settings", values: dict[str, Any]) -> dict[str, Any]:
    """The values as a campaign holds them. Raises UsageFault: one of them cannot be."""
    from ari_app import main
    from ari_app.policy.request import CallMode, Mode, NumberFormat, Purpose

    directory = main.open_directory(settings)
    checked = dict(values)
    if "principal" in values:
        have = [p.id for p in directory.principals()]
        known(values["principal"], have, "principal", "`garbo principal add` makes one")
    if values.get("agency"):
        known(values["agency"], [a.id for a in directory.agencies()], "agency", "`garbo agency add` makes one")
    if "packs" in values:
        have = list(main.packs(settings).ids())
        packs = (known(pack, have, "pack", "see `garbo packs list`") for pack in dict.fromkeys(values["packs"]))
        checked["packs"] = tuple(pack for pack in packs if pack != "core")
    readers: dict[str, Any] = {"trunk": trunk_of, "caller_id": caller_id_of, "region": region_of}
    readers |= {"purpose": Purpose, "packs_mode": Mode, "number_format": NumberFormat}
    readers["sector"] = sector_of
    readers["script"] = lambda text: id_of(text, "--script") if text else None
    readers |= {"call_mode": CallMode, "product": str.strip}
    readers["ends_at"] = lambda text: day_of(text, "--ends") if text else None
    readers["languages"] = _languages
    readers["customers"] = lambda word: "" if word == "packs" else word
    readers["care_script"] = lambda text: id_of(text, "--care-script") if text else None
    readers["offers"] = lambda text: id_of(text, "--offers") if text else None
    readers["trunk_country"] = lambda text: region_of(text) if text else ""
    return checked | {name: read(values[name]) for name, read in readers.items() if name in values}


def _agrees(settings: "Settings", campaign: "Campaign") -> None:
    """Raises UsageFault: what it says of customers or offers could never come to anything."""
    from ari_app import main

    if clash := main.clash_of(settings, campaign):
        raise UsageFault(clash)


def _languages(given: list[str]) -> str:
    """As a campaign holds them; one empty word: any."""
    return " ".join(language_of(each) for each in dict.fromkeys(given)) if given != [""] else ""


def _warn(campaign: "Campaign") -> None:
    from ari_app.policy.request import MARKETING
    from ari_app.policy.sectors import SECTORS

    if not campaign.packs:
        note(_CORE_ALONE.format(id=campaign.id))
    country = _COUNTRY_PACKS.get(campaign.region)
    if country and country not in campaign.packs and campaign.purpose in MARKETING:
        note(f"warning: campaign {campaign.id} calls in {campaign.region} without the rules of its pack {country}")
    if campaign.packs_mode == "shadow":
        note(f"warning: campaign {campaign.id} is in shadow mode: objections of its packs are noted, and stop no call")
    if campaign.sector not in SECTORS:
        words = f"no pack knows the sector {campaign.sector}, and no sector ban will ever bind it"
        note(f"warning: {words}; known: {', '.join(SECTORS)}")
