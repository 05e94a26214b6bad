"""The command tree: which command is found under which name."""

from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_group_from_info
from typer.models import TyperInfo

from ari_app.cli import (
    agreements,
    answers,
    backups,
    bypasses,
    callbacks,
    calling,
    campaigns,
    consents,
    customers,
    dialplan,
    dialplan_wait,
    dispositions,
    doctor,
    feedback,
    flags,
    floor,
    importing,
    keys,
    ledger,
    lists,
    notices,
    packs,
    people,
    permits,
    privacy,
    profiles,
    reconciling,
    registers,
    registrations,
    retention,
    routes,
    screening,
    screening_shown,
    scripts,
    seating,
    sessions,
    setup,
    suppressions,
    tokens,
)
from ari_app.cli.outside import Guarded

_groups: dict[str, TyperInfo] = {}


class _Root(Guarded):
    """Makes a group when it is asked for: to make all of them takes a twentieth of a second, at every start."""

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperGroup | None:  # type: ignore[override]
        return _made(cmd_name) if cmd_name in _groups else super().get_command(ctx, cmd_name)  # type: ignore[return-value]


@cache
def _made(name: str) -> TyperGroup:
    return get_group_from_info(
        _groups[name], pretty_exceptions_short=True, suggest_commands=True, rich_markup_mode=None
    )


app = typer.Typer(
    cls=_Root,
    help="Garbo: a courteous gate for outbound calls on Asterisk. Every call is checked before it leaves.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(wanted: bool) -> None:  # noqa: FBT001  # as typer calls it
    if wanted:
        from importlib.metadata import version

        typer.echo(f"garbo {version('garbo')}")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Else GARBO_CONFIG, ./garbo.toml, /etc/garbo/garbo.toml."),
    ] = None,
    *,
    version: Annotated[  # noqa: ARG001  # its callback has done all there is to do
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which Garbo this is.")
    ] = False,
) -> None:
    ctx.obj = config


def _group(group: typer.Typer, name: str, help_text: str) -> None:
    _groups[name] = TyperInfo(group, name=name, help=help_text, no_args_is_help=True)
    app.add_typer(typer.Typer(), name=name)  # its place among the others


app.command("init")(setup.init)
app.command("serve")(setup.serve)
app.command("watch")(setup.watch)
app.command("check")(calling.check)
app.command("import")(importing.import_file)
app.command("doctor")(doctor.doctor)
app.command("reconcile")(reconciling.reconcile)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("disclose")(privacy.disclose)
app.command("erase")(privacy.erase)
app.command("floor")(floor.floor)
_group(setup.database, "db", "The database.")
_group(people.principals, "principal", "Brands on whose behalf is called: the data controllers.")
_group(people.agencies, "agency", "Call centres.")
campaigns.campaigns.add_typer(routes.routes, name="routes", help="Which script for whom.", no_args_is_help=True)
_group(campaigns.campaigns, "campaign", "Reasons to call, each with the packs that bind it.")
people.operators.command("password")(seating.password)
people.operators.command("sit")(seating.sit)
people.operators.command("leave")(seating.leave)
_group(people.operators, "operator", "People who call, and their phones.")
_group(sessions.sessions, "sessions", "Browsers that are signed in.")
_group(agreements.agreements, "agreement", "What was agreed with the workers about figures of single operators.")
_group(lists.lists, "lists", "What was imported, and when.")
_group(profiles.profiles, "profiles", "Which column holds which field, kept by `import`.")
_group(suppressions.suppressions, "suppression", "Numbers that must not be called.")
_group(customers.customers, "customer", "Who is a customer, by lists, deliveries and the brand's own CRM.")
_group(consents.consents, "consent", "What people agreed to.")
screening.screenings.command("list")(screening_shown.list_consultations)
screening.screenings.command("status")(screening_shown.status)
_group(screening.screenings, "screening", "Public registers that are asked by files.")
_group(registers.registers, "register", "Whole public registers: loaded here, looked up by the gate.")
_group(permits.permits, "permit", "Calls that people asked for, once.")
_group(flags.flags, "flag", "What is noted about people.")
_group(callbacks.callbacks, "callback", "Calls that were promised.")
_group(registrations.registrations, "registration", "Registers that agencies and principals are in.")
_group(tokens.tokens, "token", "Who may use the HTTP API.")
calling.calls.command("disposition")(dispositions.disposition)
_group(calling.calls, "calls", "Verdicts of the past, and as they come.")
_group(bypasses.bypasses, "bypass", "Calls that went round the gate.")
_group(reconciling.canaries, "canary", "Calls to the number that must be blocked.")
_group(packs.packs, "packs", "The rules.")
_group(answers.answers, "answers", "The book of answers, for whoever calls and whoever is called.")
_group(notices.notices, "notices", "What the floor must know.")
_group(feedback.feedback, "feedback", "What the floor tells the brands.")
_group(scripts.scripts, "scripts", "What operators say.")
dialplan.dialplan.command("wait")(dialplan_wait.wait)
_group(dialplan.dialplan, "dialplan", "What Asterisk includes.")
_group(retention.retention, "retention", "Records whose time is over.")
_group(keys.keys, "key", "The secret that every number is hidden with.")
_group(ledger.ledger, "ledger", "The proof.")
