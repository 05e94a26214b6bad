"""`garbo suppression`: one number at a time; an entry stays for ever unless it says otherwise."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ari_app.cli.asked import future_of, known, number_of, settings_of, words_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, plain, say, table

if TYPE_CHECKING:
    from ari_app.policy.held import Suppression
    from ari_app.stores.directory import Directory
    from ari_app.stores.suppressions import SuppressionEntry

suppressions = typer.Typer()
Number = Annotated[str, typer.Argument(metavar="NUMBER")]


@suppressions.command("add")
def add(
    ctx: typer.Context,
    number: Number,
    *,
    reason: Annotated[str, typer.Option(help="Why, in a word: opt_out, complaint, deceased.")],
    scope: Annotated[str, typer.Option(help="global, principal:P or campaign:C.")] = "global",
    purpose: Annotated[Literal["marketing", "all"], typer.Option(help="all: not even for service.")] = "marketing",
    source: Annotated[str, typer.Option(help="Who said so.")] = "cli",
    expires: Annotated[str | None, typer.Option(metavar="ISO", help="Else it stays for ever.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a number from being called, from the very next verdict on."""
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.policy.held import SuppressionPurpose

    why, who, expires_at = words_of(reason, "--reason"), words_of(source, "--source"), future_of(expires, "--expires")
    directory = main.open_directory(settings)
    stored, region = _scope_of(directory, scope, settings.gate.region)
    e164 = number_of(number, region)
    entry = main.open_suppressions(settings).add(
        e164,
        scope=stored,
        purpose=SuppressionPurpose(purpose),
        reason=why,
        source=who,
        expires_at=expires_at,
    )
    document(_document(e164, entry)) if as_json else say(f"{e164} is suppressed for {_words(entry.scope)}")


@suppressions.command("show")
def show(ctx: typer.Context, number: Number, *, as_json: AsJson = False) -> None:
    """Show every entry for a number."""
    settings = settings_of(ctx)
    from ari_app import main

    e164 = number_of(number, settings.gate.region)
    held = main.open_suppressions(settings).show(e164)
    if as_json:
        document([_entry(e164, each) for each in held])
        return
    columns = ("ID", "SCOPE", "PURPOSE", "REASON", "SOURCE", "SINCE", "EXPIRES", "LIFTED", "BY CONSENT")
    rows = []
    for each in held:
        what = each.suppression
        until = what.expires_at or "never"
        head = (what.id, _words(what.scope), what.purpose, what.reason, what.source, what.created_at, until)
        rows.append((*head, each.lifted_at, each.lifted_by_consent))
    table(columns, rows, empty=f"{e164} is not suppressed")


@suppressions.command("lift")
def lift(
    ctx: typer.Context,
    number: Number,
    *,
    consent: Annotated[str, typer.Option(metavar="ID", help="The later, documented consent that lifts it.")],
    by: Annotated[str, typer.Option(help="Who lifts it.")] = "cli",
    as_json: AsJson = False,
) -> None:
    """Lift a number's entries by a later consent; both stay on record."""
    settings = settings_of(ctx)
    from ari_app import main

    if not consent.strip():
        raise UsageFault("--consent: only a documented consent lifts a suppression; name it")
    e164 = number_of(number, settings.gate.region)
    lifted = main.open_suppressions(settings).lift(e164, consent_id=consent, by=by)
    if as_json:
        document([_entry(e164, each) for each in lifted])
    for each in () if as_json else lifted:
        say(f"{e164}: {_words(each.suppression.scope)} lifted by consent {consent}")


def _words(scope: str) -> str:
    return "global" if scope == "*" else scope


def _document(e164: str, held: "Suppression") -> dict[str, object]:
    values = plain(held)
    return {"number": e164, **(values if isinstance(values, dict) else {}), "scope": _words(held.scope)}


def _entry(e164: str, held: "SuppressionEntry") -> dict[str, object]:
    fate = {"lifted_at": held.lifted_at, "lifted_by_consent": held.lifted_by_consent, "lifted_by": held.lifted_by}
    return {**_document(e164, held.suppression), **fate}


def _scope_of(directory: "Directory", text: str, region: str) -> tuple[str, str]:
    """The scope as it is stored, and the country in which the number is read. Raises UsageFault."""
    kind, _, name = text.partition(":")
    if text in ("global", "*"):
        return "*", region
    if kind == "principal":
        known(name, [p.id for p in directory.principals()], "principal", "see `garbo principal list`")
        return text, region
    if kind == "campaign":
        known(name, [c.id for c in directory.campaigns()], "campaign", "see `garbo campaign list`")
        return text, next(c.region for c in directory.campaigns() if c.id == name)
    raise UsageFault(f"--scope {text}: it is global, principal:ID or campaign:ID")
