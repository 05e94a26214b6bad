"""`garbo callback`: calls that were promised. Any later conversation with the number keeps the promise."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import instant_of, known, number_of, settings_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, local, plain, say, table

if TYPE_CHECKING:
    from ari_app.stores.callbacks import CallbackEntry

callbacks = typer.Typer()
_NO_END = datetime(9999, 1, 1, tzinfo=UTC)


@callbacks.command("add")
def add(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    *,
    campaign: Annotated[str, typer.Option(metavar="C")],
    due: Annotated[str, typer.Option(metavar="ISO", help="When they are to be called.")],
    operator: Annotated[str | None, typer.Option(metavar="O", help="Who promised it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Promise somebody a call."""
    settings = settings_of(ctx)
    from ari_app import main

    directory = main.open_directory(settings)
    known(campaign, [held.id for held in directory.campaigns()], "campaign", "`garbo campaign add` makes one")
    if operator is not None:
        known(operator, [held.id for held in directory.operators()], "operator", "see `garbo operator list`")
    meant = directory.campaign(campaign)
    e164 = number_of(number, meant.region if meant else settings.gate.region)
    promise = main.open_callbacks(settings).promise(
        e164, campaign_id=campaign, due_at=due_of(due, "--due"), operator=operator or ""
    )
    values = plain(promise)
    if as_json:
        document({"number": e164, **(values if isinstance(values, dict) else {})})
    else:
        say(f"{e164} is promised a call for {local(promise.due_at)}")


@callbacks.command("list")
def list_open(
    ctx: typer.Context,
    *,
    number: Annotated[str | None, typer.Option(metavar="N", help="All of this number, kept ones too.")] = None,
    principal: Annotated[str | None, typer.Option(metavar="P")] = None,
    until: Annotated[str | None, typer.Option(metavar="ISO", help="Due before that.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the promises that are not kept yet, the first due first."""
    settings = settings_of(ctx)
    from ari_app import main

    store, before = main.open_callbacks(settings), instant_of(until, "--until") or _NO_END
    principals = [held.id for held in main.open_directory(settings).principals()]
    if principal is not None:
        principals = [known(principal, principals, "principal", "see `garbo principal list`")]
    if number is not None:
        held = [each for each in store.show(number_of(number, settings.gate.region)) if each.principal in principals]
    else:
        held = [each for whose in principals for each in store.open_of(whose, until=before)]
    held = sorted((each for each in held if each.callback.due_at < before), key=lambda each: each.callback.due_at)
    if as_json:
        document([_document(each) for each in held])
        return
    rows = []
    for each in held:
        what = each.callback
        head = (what.id, each.principal, what.campaign, what.operator, what.promised_at, what.due_at)
        rows.append((*head, each.done_at))
    columns = ("ID", "PRINCIPAL", "CAMPAIGN", "OPERATOR", "PROMISED", "DUE", "DONE")
    table(columns, rows, empty="no call is promised")


@callbacks.command("done")
def done(ctx: typer.Context, id: Annotated[str, typer.Argument(metavar="ID")], *, as_json: AsJson = False) -> None:
    """Say that a promise was kept otherwise, or is not wanted any more."""
    from ari_app import main

    entry = main.open_callbacks(settings_of(ctx)).done(id)
    document(_document(entry)) if as_json else say(f"callback {id} is done")


def due_of(text: str, option: str) -> datetime:
    """When a call is due: a day and an hour, still to come. Raises UsageFault."""
    at = instant_of(text, option)
    if at is None or len(text.strip()) <= len("2026-12-31"):
        raise UsageFault(f"{option} {text}: name the hour too, as 2026-12-31T17:30")
    if at <= datetime.now(UTC):
        raise UsageFault(f"{option} {text}: that is past; name a later time")
    return at


def _document(entry: "CallbackEntry") -> dict[str, object]:
    values = plain(entry.callback)
    fate = {"done_at": plain(entry.done_at), "done_in": entry.done_in}
    return {"principal": entry.principal, **(values if isinstance(values, dict) else {}), **fate}
