"""`garbo customer`: what is known about who is a customer, and what a brand's CRM says to a look-up by hand."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import instant_of, known, number_of, settings_of, words_of
from ari_app.cli.outside import FAILED
from ari_app.cli.said import AsJson, document, note, pairs, plain, say, table

if TYPE_CHECKING:
    from ari_app.config import Settings
    from ari_app.crm import Trial
    from ari_app.policy.facts import Known
    from ari_app.policy.held import Customer
    from ari_app.stores.claims import Claim

customers = typer.Typer()
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="In any spelling of the brand's country.")]
Whose = Annotated[str, typer.Option("--principal", metavar="P", help="Whose customer.")]
_SHOWN = 4000


@customers.command("show")
def show(ctx: typer.Context, number: Number, *, principal: Whose, as_json: AsJson = False) -> None:
    """Show what is on record: the newest word of lists and deliveries, and the CRM's last answer."""
    settings = settings_of(ctx)
    from ari_app import main

    e164 = _number(settings, number, principal)
    held = main.open_customers(settings).show(e164, principal=principal)
    if as_json:
        listed = {**_said(held.listed.said), "source": held.listed.source} if held.listed else None
        live = _said(held.live) if held.live else None
        document({"number": e164, "principal": principal, "listed": listed, "live": live})
        return
    if held.listed is None and held.live is None:
        note(f"nothing is on record about {e164} for {principal}")
    if held.listed is not None:
        say("By lists and deliveries:")
        pairs((*_said(held.listed.said).items(), ("source", held.listed.source)))
    if held.live is not None:
        say("By the CRM, when it answered last:")
        pairs(_said(held.live).items())


@customers.command("ask")
def ask(ctx: typer.Context, number: Number, *, principal: Whose, as_json: AsJson = False) -> None:
    """
    Ask the brand's CRM now, changing nothing: what it says, how long it takes, and how a verdict would read it.

    Exit code 1: a verdict could not go by it.
    """
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.crm import Absent

    e164 = _number(settings, number, principal)
    trial = main.ask_customer(settings, principal=principal, e164=e164)
    section = settings.crm[principal]
    read, fault = _as_read(trial, not_found=section.not_found)
    if as_json:
        document(
            {
                "number": e164,
                "principal": principal,
                "took_ms": trial.took_ms,
                "timeout_ms": section.timeout_ms,
                "status": trial.answer.status if trial.answer else None,
                "answer": _body(trial),
                "read": read,
                "fault": fault or None,
            }
        )
    else:
        status = trial.answer.status if trial.answer else "-"
        say(f"asked about {e164}: HTTP {status} after {trial.took_ms} ms of at most {section.timeout_ms}")
        _show(_body(trial))
        if read is not None:
            say("A verdict reads this as:")
            pairs(read.items())
    if trial.reading == Absent() and not fault:
        note("the CRM does not know the number, or the url is wrong: ask about somebody who is a customer, too")
    if fault:
        note(f"a verdict could not go by this: {fault}")
        raise typer.Exit(FAILED)


@customers.command("claims")
def claims(ctx: typer.Context, *, principal: Whose, as_json: AsJson = False) -> None:
    """List who says that they are a customer and waits for the brand's answer; they are not called to be won."""
    settings = settings_of(ctx)
    from ari_app import main

    held = main.open_claims(settings).open_of(_principal(settings, principal))
    if as_json:
        document([{**_plain(each), "number": each.e164} for each in held])
        return
    rows = ((each.e164 or "-", each.since, each.source, each.id) for each in held)
    table(("NUMBER", "SINCE", "SOURCE", "ID"), rows, empty=f"nobody says that they are a customer of {principal}")


@customers.command("confirm")
def confirm(
    ctx: typer.Context,
    number: Number,
    *,
    principal: Whose,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who at the brand has looked.")],
    product: Annotated[list[str] | None, typer.Option(metavar="X", help="What they have; may be given again.")] = None,
    since: Annotated[str | None, typer.Option(metavar="ISO", help="Since when they are a customer.")] = None,
    as_json: AsJson = False,
) -> None:
    """The brand confirms that somebody who said so is its customer, effective for the very next verdict."""
    settings = settings_of(ctx)
    from ari_app import main

    e164, who = _number(settings, number, principal), words_of(by, "--by")
    products = [words_of(each, "--product") for each in product or ()]
    begun = instant_of(since, "--since")
    main.open_claims(settings).confirm(e164, principal=principal, by=who, products=products, since=begun)
    told = {"number": e164, "principal": principal, "confirmed": True, "by": who}
    document(told) if as_json else say(f"{e164} is a customer of {principal}, as {who} says")


@customers.command("deny")
def deny(
    ctx: typer.Context,
    number: Number,
    *,
    principal: Whose,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who at the brand has looked.")],
    as_json: AsJson = False,
) -> None:
    """The brand denies that somebody who said so is its customer; what they said stays on record."""
    settings = settings_of(ctx)
    from ari_app import main

    e164, who = _number(settings, number, principal), words_of(by, "--by")
    main.open_claims(settings).deny(e164, principal=principal, by=who)
    told = {"number": e164, "principal": principal, "confirmed": False, "by": who}
    document(told) if as_json else say(f"{e164} is no customer of {principal}, as {who} says")


def _principal(settings: "Settings", principal: str) -> str:
    from ari_app import main

    known(
        principal,
        [held.id for held in main.open_directory(settings).principals()],
        "principal",
        "`garbo principal add` makes one",
    )
    return principal


def _plain(claim: "Claim") -> "dict[str, object]":
    values = plain(claim)
    return {name: value for name, value in values.items() if name != "e164"} if isinstance(values, dict) else {}


def _as_read(trial: "Trial", *, not_found: str) -> "tuple[dict[str, object] | None, str]":
    """The customer as a verdict reads it, and why it cannot."""
    from ari_app.crm import Absent, Misread
    from ari_app.policy.held import Customer, CustomerStatus

    match trial.reading:
        case Customer() as customer:
            return _fields(customer), ""
        case Absent() if not_found == "none":
            return _fields(Customer(status=CustomerStatus.NONE)), ""
        case Absent():
            return None, 'it does not know the number, and not_found = "unknown"'
        case Misread(field=field, why=why):
            return None, f"{field}: {why}"
        case None:
            return None, trial.failure


def _body(trial: "Trial") -> object:
    """The answer as JSON, else as text; None: there is none."""
    if trial.answer is None or not trial.answer.body:
        return None
    text = trial.answer.body.decode(errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _show(body: object) -> None:
    """The answer, or as much of it as a person reads."""
    if body is None:
        return
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
    say(text[:_SHOWN])
    if len(text) > _SHOWN:
        note("the answer is longer: --json shows all of it")


def _said(held: "Known[Customer]") -> "dict[str, object]":
    return {**_fields(held.value), "as_of": held.as_of}


def _fields(customer: "Customer") -> "dict[str, object]":
    names = ("status", "products", "since", "until", "person")
    return {name: getattr(customer, name) for name in names}


def _number(settings: "Settings", number: str, principal: str) -> str:
    """E.164 as the principal's country spells it. Raises UsageFault: it is none, or there is no such principal."""
    from ari_app import main

    countries = {held.id: held.country for held in main.open_directory(settings).principals()}
    known(principal, list(countries), "principal", "`garbo principal add` makes one")
    return number_of(number, countries[principal])
