"""`garbo doctor`, wired: everything that can be asked is asked, and what cannot be is a finding of its own."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ari_app.asterisk import console as shown
from ari_app.asterisk.ami_session import AmiForbidden, AmiRefused
from ari_app.asterisk.asking import Answered, Refused, Unreachable, ask_ari, ask_console
from ari_app.asterisk.files import said_in
from ari_app.asterisk.versions import default_door, faults_of
from ari_app.config import Settings
from ari_app.main.asked import ari_settings
from ari_app.main.doctor_books import of_database, phones_of
from ari_app.main.doctor_machine import look_at
from ari_app.main.guard_ami import ami_settings
from ari_app.main.rendering import render_dialplan
from ari_app.policy.request import Door
from ari_app.policy.special import emergency_and_helplines
from ari_app.ports.lines import LinesError
from ari_app.watch.doctor import Finding
from ari_app.watch.doctor.around import Exchange, Files, of_exchange, of_files, of_machine
from ari_app.watch.doctor.console import Console, of_console
from ari_app.watch.doctor.dialplan.plan import Context, Dialplan
from ari_app.watch.doctor.dialplan.shown import read_dialplan
from ari_app.watch.doctor.dialplan.written import read_written
from ari_app.watch.doctor.finding import found
from ari_app.watch.doctor.loaded import of_help, of_own
from ari_app.watch.doctor.modules import OF_ARI, needed_by
from ari_app.watch.doctor.routes import of_routes

_FILES = ("http.conf", "ari.conf", "asterisk.conf", "pjsip.conf", "manager.conf")
_ETC = Path("/etc/asterisk")
_QUESTIONS = (
    *("dialplan show", "dialplan show globals", "manager show user {user}", "manager show settings"),
    *("manager show connected", "http show status", "ari show websocket sessions", "core show settings"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the console told; without AMI, nothing."""

    console: Console
    plan: Dialplan | None = None
    connected: frozenset[str] | None = None
    """Applications with a websocket: one without outlives its gate while a channel stands in it."""
    folder: str = ""
    faults: tuple[Finding, ...] = field(default=())


def examine(settings: Settings, *, etc: Path | None, say: Callable[[str], None]) -> tuple[Finding, ...]:
    """
    Everything that is wrong, the gravest first.

    `etc` is Asterisk's configuration folder, None: where Asterisk says; `say` is told what is being looked at.
    """
    order = ("error", "warning", "note")
    return tuple(sorted(_examined(settings, etc, say), key=lambda each: order.index(each.kind.severity)))


def _examined(settings: Settings, etc: Path | None, say: Callable[[str], None]) -> Iterator[Finding]:
    say("the database")
    yield from of_database(settings)
    named = {whose: name for whose, name in phones_of(settings).items() if name}
    say("Asterisk over AMI")
    told = _ask_console(settings, named)
    yield from told.faults
    say("Asterisk over ARI")
    answered = _ask_ari(settings)
    door = _door(settings, answered)
    rendered = read_written(render_dialplan(settings, "asterisk", door=door)["extensions_garbo.conf"])
    if isinstance(answered, Finding):
        yield answered
    else:
        yield from of_exchange(_exchange(settings, answered, told, rendered, door))
    yield from of_console(told.console, trunks=_trunks(settings, named), phones=_phones(named))
    say("the dialplan")
    yield from _of_dialplan(settings, told, rendered, named)
    folder = etc or (Path(told.folder) if told.folder else _ETC)
    say(f"Asterisk's files in {folder}")
    unknown = [each for each in settings.asterisk.guarded_trunks if _name(each) not in told.console.endpoints]
    yield from of_files(Files(said=said_in(folder, _FILES)), unknown, settings.asterisk.ari_user)
    say("this machine")
    yield from of_machine(look_at(settings, fastagi=door == "fastagi"))


def _ask_ari(settings: Settings) -> Answered | Finding:
    try:
        return asyncio.run(ask_ari(ari_settings(settings)))
    except Refused as refused:
        return found("ari.refused", str(refused))
    except Unreachable as gone:
        return found("ari.unreachable", str(gone))


def _ask_console(settings: Settings, named: Mapping[str, str]) -> _Told:
    user = settings.asterisk.ami_user
    nothing = Console(user=user)
    if not user:
        return _Told(console=nothing, faults=(found("dialplan.unseen", "AMI is off: the dialplan was not looked at"),))
    endpoints = sorted({*_trunks(settings, named), *_phones(named)})
    questions = [each.format(user=user) for each in _QUESTIONS] + [f"pjsip show endpoint {each}" for each in endpoints]
    try:
        answers = asyncio.run(ask_console(ami_settings(settings), questions))
    except AmiForbidden as error:
        return _Told(console=nothing, faults=(found("ami.refused", str(error)),))
    except AmiRefused as error:
        return _Told(console=nothing, faults=(found("ami.rights", f"user {user} lacks write = command: {error}"),))
    except LinesError as error:
        return _Told(console=nothing, faults=(found("ami.unreachable", str(error)),))
    plan, variables, rights, manager, logins, http, sessions, core, *each = answers
    read, write = shown.rights(rights) or (None, None)
    return _Told(
        console=Console(
            user=user,
            read=read,
            write=write,
            channelvars=shown.channel_variables(manager),
            watchers=_besides_this(shown.sessions_of(user, logins)),
            ami_address=shown.manager_address(manager),
            http_address=shown.http_address(http),
            endpoints={name: shown.endpoint(text) for name, text in zip(endpoints, each, strict=True) if text},
        ),
        plan=read_dialplan(plan, variables),
        connected=shown.connected_applications(sessions),
        folder=shown.configuration_folder(core),
    )


def _besides_this(sessions: int | None) -> int | None:
    """The doctor is logged in as well."""
    return None if sessions is None else sessions - 1


def _exchange(
    settings: Settings, answered: Answered, told: _Told, rendered: Mapping[str, Context], door: str
) -> Exchange:
    app, apps = settings.asterisk.app, answered.apps
    return Exchange(
        version=answered.version,
        faults=[fault.what for fault in faults_of(answered.version)],
        ahead=answered.ahead,
        modules=answered.modules,
        needed=needed_by(rendered.values()) | (OF_ARI if door == "stasis" else frozenset()),
        apps=apps if told.connected is None else apps & told.connected,
        app=app,
        others=[each for each in settings.asterisk.apps if each != app],
        may_write=answered.may_write,
        stasis=door == "stasis",
    )


def _door(settings: Settings, answered: Answered | Finding) -> Literal["stasis", "fastagi"]:
    said = settings.asterisk.door
    old = isinstance(answered, Answered) and default_door(answered.version) is Door.FASTAGI
    return "fastagi" if said == "fastagi" or (said == "auto" and old) else "stasis"


def _of_dialplan(
    settings: Settings, told: _Told, rendered: Mapping[str, Context], named: Mapping[str, str]
) -> Iterator[Finding]:
    if told.plan is None:
        return
    special = emergency_and_helplines(settings.gate.region)
    asked = (
        *(f"Stasis({app},verdict" for app in settings.asterisk.apps),
        *(f"AGI(agi://{gate}/verdict" for gate in settings.fastagi.gates),
    )
    yield from of_own(told.plan, rendered=rendered, questions=asked, help_numbers=special)
    phones = told.console.contexts(_phones(named))
    yield from of_help(told.plan, contexts=phones, help_numbers=special)
    every = told.console.contexts({**_phones(named), **_trunks(settings, named)})
    yield from of_routes(told.plan, trunks=settings.asterisk.guarded_trunks, phones=every)


def _trunks(settings: Settings, named: Mapping[str, str]) -> dict[str, str]:
    """PJSIP endpoints that carry calls, each with who names it."""
    asterisk = settings.asterisk
    held = {whose: name for whose, name in named.items() if whose.startswith("campaign ")}
    held |= {"emergency_trunk": asterisk.emergency_trunk}
    held |= {f"guarded_trunks: {trunk}": trunk for trunk in asterisk.guarded_trunks}
    return {_name(name): whose.partition(":")[0] for whose, name in held.items() if _is_pjsip(name)}


def _phones(named: Mapping[str, str]) -> dict[str, str]:
    held = {whose: name for whose, name in named.items() if whose.startswith("operator ")}
    return {_name(name): whose for whose, name in held.items() if _is_pjsip(name)}


def _name(endpoint: str) -> str:
    return endpoint.rpartition("/")[2]


def _is_pjsip(endpoint: str) -> bool:
    return endpoint.partition("/")[0] == "PJSIP" or "/" not in endpoint
