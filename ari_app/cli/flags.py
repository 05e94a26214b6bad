"""`garbo flag`: what is noted about a person for one principal, until somebody clears it."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ari_app.cli.asked import known, number_of, settings_of, words_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, plain, say, table

if TYPE_CHECKING:
    from ari_app.stores.flags import FlagEntry

flags = typer.Typer()
# policy.disposition.FlagKind, word for word (a test compares them): importing it would slow `--help` down.
# fmt: off
KindName = Literal[
    "minor", "deceased", "vulnerable", "complaint", "dispute", "language", "hours", "wrong_number", "already_customer"
]
# fmt: on
Number = Annotated[str, typer.Argument(metavar="NUMBER")]


@flags.command("add")
def add(
    ctx: typer.Context,
    number: Number,
    kind: Annotated[KindName, typer.Argument(metavar="KIND", help="What is noted.")],
    value: Annotated[
        str, typer.Argument(metavar="[VALUE]", help="language: de; hours: 17:00-20:00; wrong_number: who is not there.")
    ] = "",
    *,
    principal: Annotated[str, typer.Option(metavar="P", help="For whom it is noted.")],
    source: Annotated[str, typer.Option(help="Who said so.")] = "cli",
    as_json: AsJson = False,
) -> None:
    """Note something about a person, from the very next verdict on."""
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.policy.disposition import FlagKind

    said, who = _value_of(kind, value.strip()), words_of(source, "--source")
    principals = [held.id for held in main.open_directory(settings).principals()]
    known(principal, principals, "principal", "`garbo principal add` makes one")
    e164 = number_of(number, settings.gate.region)
    entry = main.open_flags(settings).add(e164, principal=principal, kind=FlagKind(kind), value=said, source=who)
    document(_document(entry, e164)) if as_json else say(f"{e164}: {kind} {said}".rstrip() + f" for {principal}")


@flags.command("show")
def show(ctx: typer.Context, number: Number, *, as_json: AsJson = False) -> None:
    """Show everything that is noted about a number, cleared flags too."""
    settings = settings_of(ctx)
    from ari_app import main

    e164 = number_of(number, settings.gate.region)
    held = main.open_flags(settings).show(e164)
    if as_json:
        document([_document(each, e164) for each in held])
        return
    rows = []
    for each in held:
        what = each.flag
        head = (each.id, each.principal, what.kind.value, what.value, what.since, each.source)
        rows.append((*head, each.cleared_at, each.cleared_by))
    columns = ("ID", "PRINCIPAL", "KIND", "VALUE", "SINCE", "SOURCE", "CLEARED", "BY")
    table(columns, rows, empty=f"nothing is noted about {e164}")


@flags.command("clear")
def clear(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who clears it.")],
    as_json: AsJson = False,
) -> None:
    """End a flag; it stays on record."""
    from ari_app import main

    entry = main.open_flags(settings_of(ctx)).clear(id, by=words_of(by, "--by"))
    document(_document(entry)) if as_json else say(f"flag {id} cleared by {entry.cleared_by}")


def _value_of(kind: str, value: str) -> str:
    """The value as the rules read it. Raises UsageFault."""
    from ari_app.cli.asked import language_of
    from ari_app.policy.calendar import read_span

    match kind:
        case "language":
            return language_of(value)
        case "hours":
            try:
                read_span(value)
            except ValueError as failure:
                raise UsageFault(f"hours {value!r}: write from when to when, as 17:00-20:00 ({failure})") from failure
        case "wrong_number":
            pass
        case _ if value:
            raise UsageFault(f"{kind} takes no value; it says all by itself")
    return value


def _document(entry: "FlagEntry", e164: str = "") -> dict[str, object]:
    own = plain(entry.flag)
    fate = {"source": entry.source, "cleared_at": entry.cleared_at, "cleared_by": entry.cleared_by}
    whose = {"id": entry.id, **({"number": e164} if e164 else {}), "principal": entry.principal}
    return {**whose, **(own if isinstance(own, dict) else {}), **fate}
