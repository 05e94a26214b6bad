"""`garbo screening list` and `status`: what was asked and answered, and how long it will do."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ari_app.cli.asked import known, settings_of, words_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, note, say, table

if TYPE_CHECKING:
    from ari_app.policy.list_terms import ListTerms
    from ari_app.stores.campaign_lists import Cover


def list_consultations(
    ctx: typer.Context,
    *,
    principal: Annotated[str | None, typer.Option(metavar="P", help="Only this principal's.")] = None,
    as_json: AsJson = False,
) -> None:
    """List exports that wait for their answer, and the answers that were brought in."""
    settings = settings_of(ctx)
    from ari_app import main

    if principal is not None:
        have = [held.id for held in main.open_directory(settings).principals()]
        known(principal, have, "principal", "`garbo principal add` makes one")
    consultations = main.open_consultations(settings)
    exports, answers = consultations.unanswered(principal), consultations.answers(principal)
    if as_json:
        document({"exports": exports, "answers": answers})
        return
    say("waiting for an answer")
    table(
        ("PRINCIPAL", "REGISTER", "EXPORTED", "FILE", "NUMBERS"),
        [(each.principal, each.register, each.exported_at, each.file, each.numbers) for each in exports],
        empty="no export waits for an answer",
    )
    say("answered")
    table(
        ("PRINCIPAL", "REGISTER", "ANSWERED", "SAID BY", "HOLDS UNTIL", "LISTED", "CLEAR", "FILE", "SHA-256"),
        [
            (a.principal, a.register, a.answered_at, a.said_by, a.valid_until, a.listed, a.clear, a.file, a.sha256)
            for a in answers
        ],
        empty="no answer yet",
    )


def status(
    ctx: typer.Context,
    *,
    campaign: Annotated[str, typer.Option(metavar="C", help="Whose contact lists, as they were published last.")],
    register: Annotated[
        str | None, typer.Option(metavar="RPO", help="Else every register that its packs ask for.")
    ] = None,
    within: Annotated[int, typer.Option(min=0, max=366, metavar="DAYS", help="How far to look ahead.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Show how many of a campaign's contacts are screened, and when the first answer runs out."""
    settings = settings_of(ctx)
    from ari_app import main

    directory = main.open_directory(settings)
    known(campaign, [held.id for held in directory.campaigns()], "campaign", "see `garbo campaign list`")
    held = directory.campaign(campaign)
    assert held is not None  # noqa: S101  it was there a moment ago
    now = datetime.now(UTC)
    terms = _narrowed(main.campaign_terms(settings, held, now), register, campaign)
    cover = main.campaign_cover(settings, held, terms, now=now, soon=now + timedelta(days=within))
    if as_json:
        document({"campaign": cover.campaign, "at": now, "within_days": within} | _told(cover))
    else:
        _say(cover, within)


def _narrowed(terms: "ListTerms", register: str | None, campaign: str) -> "ListTerms":
    """The terms of one register. Raises UsageFault: none is named, and no pack asks for any."""
    from dataclasses import replace

    if register is not None:
        return replace(terms, registers=(terms.of(words_of(register, "--register").upper()),))
    if not terms.registers:
        raise UsageFault(f"no pack in force for campaign {campaign} asks for a register: --register NAME")
    return terms


def _told(cover: "Cover") -> dict[str, object]:
    return {"numbers": cover.numbers, "callable": cover.callable, "registers": cover.registers}


def _say(cover: "Cover", within: int) -> None:
    if not cover.numbers:
        note(f"campaign {cover.campaign} has no contacts: `garbo import contacts` brings them")
    share = f", {cover.callable / cover.numbers:.1%}" if cover.numbers else ""
    say(f"{cover.numbers} numbers in the lists of {cover.campaign}")
    say(f"callable now, as far as lists say: {cover.callable}{share}")
    columns = (
        "REGISTER",
        "CLEAR",
        "LISTED",
        "NEVER SCREENED",
        "EXPIRED",
        f"EXPIRING IN {within} DAYS",
        "FIRST RUNS OUT",
    )
    rows = [(r.register, r.clear, r.listed, r.missing, r.expired, r.expiring, r.runs_out_at) for r in cover.registers]
    table(columns, rows, empty="no register")
