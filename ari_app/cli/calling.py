"""`garbo check` and `garbo calls`: what a call would get, and what calls got."""

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import instant_of, judged_at, settings_of
from ari_app.cli.brought import mapping_of
from ari_app.cli.listing import check_list, wanted
from ari_app.cli.outside import DEFERRED, DENIED, UsageFault
from ari_app.cli.said import AsJson, document, json_line, local, say, table

if TYPE_CHECKING:
    from ari_app.policy.record import VerdictRecord

calls = typer.Typer()
_EXIT_CODES = {"permit": 0, "exempt": 0, "defer": DEFERRED, "deny": DENIED}
_WORDS = {
    "permit": "PERMIT: the call may go out",
    "exempt": "EXEMPT: an emergency, internal or exempt number is never gated",
    "defer": "DEFER: not now",
    "deny": "DENY: the call may not go out",
}
_MOST_LISTED = 1000
_LISTABLE = 100_000
_TAIL_OVERLAP = timedelta(minutes=10)
_TAIL_PAUSE_S = 1.0


def check(
    ctx: typer.Context,
    number: Annotated[str | None, typer.Argument(metavar="NUMBER", help="As somebody would dial it.")] = None,
    *,
    campaign: Annotated[str, typer.Option(metavar="C")],
    operator: Annotated[str | None, typer.Option(metavar="O")] = None,
    at: Annotated[str | None, typer.Option(metavar="ISO", help="At this instant; else now.")] = None,
    contacts: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="A whole contact list instead of NUMBER.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", metavar="OUT", help="The list with verdict, reasons, not_before and script.")
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="COL=number", help="Which column of the list is the number.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="Of a workbook; else the first.")] = None,
    summary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A page about the list (.html), or its chart alone (.svg).")
    ] = None,
    language: Annotated[str | None, typer.Option(metavar="it|en", help="Of the summary.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    Say which verdict this call would get, or each call of a list, changing nothing.

    Exit code for NUMBER: 0 permit, 3 defer, 4 deny; for a list 0 once it is judged.
    """
    instant = judged_at(at, "--at")
    if contacts is not None:
        if number is not None:
            raise UsageFault("a NUMBER or --list FILE, not both")
        asked = wanted(contacts, out, summary, language, mapping_of(mapping or []), sheet)
        settings = settings_of(ctx)
        check_list(settings, contacts, asked, campaign=campaign, operator=operator or "", at=instant, as_json=as_json)
        return
    if number is None:
        raise UsageFault("what is to be checked? A NUMBER, or --list FILE with -o OUT")
    beside = {"-o": out, "--map": mapping, "--sheet": sheet, "--summary": summary, "--language": language}
    for option in [option for option, value in beside.items() if value]:
        raise UsageFault(f"{option} goes with --list FILE")
    settings = settings_of(ctx)
    from ari_app import main

    record = main.check(settings, number=number, campaign=campaign, operator=operator or "", at=instant)
    if as_json:
        document({**record.document(), "explained": main.explained(settings, record)})
    else:
        _explain(record)
    raise typer.Exit(_EXIT_CODES[record.verdict])


def _explain(record: "VerdictRecord") -> None:
    say(_WORDS[record.verdict])
    on_behalf = f", for {record.principal}" if record.principal else ""
    script = record.script
    lines = (
        ("callee", record.callee or f"{record.dialled} (no telephone number)"),
        ("campaign", f"{record.campaign or '(none)'}{on_behalf}"),
        ("operator", record.operator),
        ("judged for", local(record.decided_at)),
        ("allowed", f"from {local(record.not_before)} on" if record.not_before else ""),
        ("caller id", record.caller_id),
        (
            "script",
            f"{script.id} {script.version}, {script.variant}, {script.language}: {script.why}" if script else "",
        ),
        ("outcome", record.outcome),
        ("mode", "SHADOW: objections are noted, and stop no call" if record.mode == "shadow" else ""),
        ("degraded", "facts could not be looked up" if record.degraded else ""),
    )
    for name, value in lines:
        if value:
            say(f"  {name.ljust(10)}  {value}")
    _give_reasons(record)


def _give_reasons(record: "VerdictRecord") -> None:
    if record.reasons:
        say("Notes:" if record.verdict == "permit" else "Reasons:")
    for reason in record.reasons:
        until = f" Until {local(reason.not_before)}." if reason.not_before else ""
        say(f"  {reason.code}: {reason.text}{until}")
        say(f"      rule {reason.rule} ({reason.force}); {reason.source}")
    if record.packs:
        say("Packs:")
    for pack in record.packs:
        draft = "  (not reviewed by anybody)" if pack.status == "draft" else ""
        say(f"  {pack.id} {pack.version}  {pack.status}{draft}")


@calls.command("show")
def show(
    ctx: typer.Context, call_id: Annotated[str, typer.Argument(metavar="CALL_ID")], *, as_json: AsJson = False
) -> None:
    """Show one verdict of the past."""
    settings = settings_of(ctx)
    from ari_app import main

    record = main.call(settings, call_id)
    if record is None:
        raise UsageFault(f"there is no call {call_id}")
    document(record.document()) if as_json else _explain(record)


@calls.command("list")
def list_calls(
    ctx: typer.Context,
    *,
    since: Annotated[str | None, typer.Option(metavar="ISO")] = None,
    until: Annotated[str | None, typer.Option(metavar="ISO")] = None,
    number: Annotated[str | None, typer.Option(metavar="N")] = None,
    campaign: Annotated[str | None, typer.Option(metavar="C")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_LISTABLE, help="At most so many, the newest.")] = _MOST_LISTED,
    as_json: AsJson = False,
) -> None:
    """List verdicts of the past."""
    settings = settings_of(ctx)
    from ari_app import main

    held = main.calls(
        settings,
        since=instant_of(since, "--since"),
        until=instant_of(until, "--until"),
        number=number or "",
        campaign=campaign or "",
        limit=limit,
    )
    if as_json:
        document([record.document() for record in held])
        return
    columns = ("WHEN", "CALL", "CALLEE", "CAMPAIGN", "OPERATOR", "VERDICT", "REASONS", "OUTCOME")
    table(columns, (_row(record) for record in held), empty="no calls")


def _row(record: "VerdictRecord") -> tuple[object, ...]:
    codes = tuple(dict.fromkeys(reason.code for reason in record.reasons))
    callee = record.callee or record.dialled
    head = (local(record.decided_at), record.call_id, callee, record.campaign, record.operator)
    return (*head, record.verdict, codes, record.outcome)


@calls.command("tail")
def tail(
    ctx: typer.Context,
    *,
    campaign: Annotated[str | None, typer.Option(metavar="C")] = None,
    as_json: AsJson = False,
) -> None:
    """Show verdicts as they come, and again when a call has ended; Ctrl-C ends it. --json: JSON Lines."""
    settings = settings_of(ctx)
    from ari_app import main

    with contextlib.suppress(KeyboardInterrupt):
        read = partial(main.calls, settings, campaign=campaign or "", limit=_MOST_LISTED)
        for record in _as_they_come(lambda since: read(since=since)):
            json_line(record.document()) if as_json else say(_line(record))


def _as_they_come(read: "Callable[[datetime], list[VerdictRecord]]") -> "Iterator[VerdictRecord]":
    began = datetime.now(UTC)
    told: dict[str, str | None] = {}
    while True:
        # Looking back catches outcomes of earlier verdicts, and commits that came later than their own instant.
        held = read(max(began, datetime.now(UTC) - _TAIL_OVERLAP))
        for record in sorted(held, key=lambda record: record.decided_at):
            if told.get(record.call_id, "") != record.outcome:
                yield record
        told = {record.call_id: record.outcome for record in held}
        time.sleep(_TAIL_PAUSE_S)


def _line(record: "VerdictRecord") -> str:
    codes = ", ".join(dict.fromkeys(reason.code for reason in record.reasons))
    parts = [local(record.decided_at), record.verdict.ljust(6), record.callee or record.dialled, record.campaign]
    return "  ".join([*parts, record.outcome or "", codes]).rstrip()
