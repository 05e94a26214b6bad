"""`garbo floor`: what the supervisor's pages show of the day, as text."""

from typing import TYPE_CHECKING

import typer

from ari_app.cli.asked import settings_of
from ari_app.cli.said import AsJson, document, local, note, pairs, say, table

if TYPE_CHECKING:
    from ari_app.desk.floor import CampaignDay, Day
    from ari_app.desk.floor_day import SilentRate


def floor(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """
    Show today's figures: verdicts and why calls were stopped, silent calls, rates, lists, callbacks, calls under way.

    Operators are told by team at most.
    """
    settings = settings_of(ctx)
    from ari_app import main

    day = main.floor_day(settings)
    document(_document(day)) if as_json else _say(day)


def _document(day: "Day") -> dict[str, object]:
    from ari_app.desk.floor_day import by_hour, reasons, talks, verdicts

    figures, asked = day.figures, day.figures.asked
    hours = by_hour(figures.hours, since=asked.day_began_at, until=asked.day_ends_at)
    said = talks(figures.hours, figures.words)
    return {
        "at": day.at,
        "day_began_at": asked.day_began_at,
        "verdicts": verdicts(figures.hours),
        "blocked": dict(reasons(figures.hours)),
        "would_refuse": dict(reasons(figures.hours, shadow=True)),
        "by_hour": [{"hour": each.began_at, "verdicts": each.verdicts} for each in hours if each.verdicts.given],
        "talks": said,
        "contact_rate": said.contact_rate,
        "conversion_rate": said.conversion_rate,
        "open_calls": figures.open_calls and [_open(each) for each in figures.open_calls],
        "campaigns": [_campaign(each) for each in day.campaigns],
        "callbacks": figures.callbacks,
        "opt_outs": [
            {"scope": scope, "source": source, "number": number} for scope, source, number in figures.opt_outs
        ],
        "lists": day.lists,
        "teams": day.teams,
        "gates": figures.gates,
    }


def _open(call: object) -> dict[str, object]:
    """Without the operator: whose call it is tells what one person does."""
    names = ("call_id", "campaign", "gate", "phase", "at", "answered_at")
    return {name: getattr(call, name) for name in names}


def _campaign(each: "CampaignDay") -> dict[str, object]:
    return {
        "id": each.campaign.id,
        "principal": each.campaign.principal,
        "mode": each.campaign.packs_mode,
        "closed": each.campaign.closed,
        "verdicts": each.verdicts,
        "talks": each.talks,
        "contact_rate": each.talks.contact_rate,
        "conversion_rate": each.talks.conversion_rate,
        "silent": [_silent(rate) for rate in each.silent],
        "open_calls": each.open_calls,
        "contacts": each.lists.contacts if each.lists else None,
        "callable": each.lists.callable if each.lists else None,
    }


def _silent(rate: "SilentRate") -> dict[str, object]:
    ceiling = rate.ceiling
    window_s = ceiling.window.total_seconds() if ceiling.window is not None else None
    return {
        "rule": ceiling.rule,
        "silent": rate.silent,
        "of": rate.of,
        "rate": rate.rate,
        "ceiling": ceiling.max_ratio,
        "denominator": ceiling.denominator,
        "window_s": window_s,
        "nearness": rate.nearness,
    }


def _say(day: "Day") -> None:
    from ari_app.desk.floor_day import reasons, talks, verdicts
    from ari_app.policy.reason_words import reason_words

    figures = day.figures
    given, said = verdicts(figures.hours), talks(figures.hours, figures.words)
    say(f"Today, as of {local(day.at)}")
    pairs(
        [
            ("under way", sum(number for _, number in figures.open_by_campaign)),
            ("verdicts", given.given),
            ("stopped", f"{given.blocked} ({_share(given.blocked, given.given)})"),
            ("contact rate", f"{_percent(said.contact_rate)} ({said.conversations} of {said.attempts} attempts)"),
            ("conversion rate", f"{_percent(said.conversion_rate)} ({said.sold} sold, {said.interested} interested)"),
            ("complaints", said.complaints),
            ("never again", said.never_again),
            ("callbacks overdue", sum(each.overdue for each in figures.callbacks)),
            ("callbacks later", sum(each.due_today for each in figures.callbacks)),
        ]
    )
    for campaign in [each.campaign.id for each in day.campaigns if each.campaign.packs_mode == "shadow"]:
        note(f"campaign {campaign} is in SHADOW MODE: its packs' rules are only noted, and stop no call")
    stopped = [(number, code, reason_words(code, "en")) for code, number in reasons(figures.hours)]
    table(("STOPPED", "REASON", "WHICH IS"), stopped, empty="no call was stopped today")
    columns = ("CAMPAIGN", "VERDICTS", "STOPPED", "SILENT", "CEILING", "CONTACTS", "CONVERSIONS", "CALLABLE", "OF")
    table(columns, (_row(each) for each in day.campaigns if not each.campaign.closed), empty="no campaign is open")
    lists = [
        (kind, principal or "everybody's", at) for kind, principal, at in (day.lists.published if day.lists else ())
    ]
    table(("LIST", "WHOSE", "CAME"), lists, empty="no list has come yet")


def _row(each: "CampaignDay") -> tuple[object, ...]:
    silent = max(each.silent, key=lambda rate: (rate.rate or 0.0) / rate.ceiling.max_ratio, default=None)
    head = (each.campaign.id, each.verdicts.given, each.verdicts.blocked)
    rate = (_percent(silent.rate), f"{silent.ceiling.max_ratio:.1%} {silent.nearness}") if silent else (None, None)
    rates = (_percent(each.talks.contact_rate), _percent(each.talks.conversion_rate))
    return (*head, *rate, *rates, *((each.lists.callable, each.lists.contacts) if each.lists else (None, None)))


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1%}"


def _share(part: int, of: int) -> str:
    return _percent(part / of if of else None)
