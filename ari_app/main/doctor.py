"""`garbo doctor`, wired: everything that can be asked is asked, and what cannot be is a finding of its own."""

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from ari_app.asterisk.ami_session import AmiForbidden
from ari_app.asterisk.asking import Refused, Unreachable, ask_ari, ask_console
from ari_app.asterisk.files import said_in
from ari_app.asterisk.versions import faults_of
from ari_app.config import Settings
from ari_app.main.asked import ari_settings
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import packs
from ari_app.main.guard_ami import ami_settings
from ari_app.main.rendering import render_dialplan
from ari_app.main.schema import current_revision
from ari_app.policy.special import emergency_and_helplines
from ari_app.ports.lines import LinesError
from ari_app.ports.verdicts import StoreError
from ari_app.stores import migrations
from ari_app.stores.campaign_lists import CampaignLists
from ari_app.stores.directory import Directory
from ari_app.stores.person_queries import published
from ari_app.stores.tables import caller_id
from ari_app.watch.doctor import Finding
from ari_app.watch.doctor.around import Books, Exchange, Files, Machine, of_books, of_exchange, of_files, of_machine
from ari_app.watch.doctor.dialplan import look_through, steps_of
from ari_app.watch.doctor.finding import found

_FILES = ("http.conf", "ari.conf", "asterisk.conf", "pjsip.conf", "manager.conf")
_ALWAYS = ("app_dial.so", "app_stack.so", "func_logic.so", "func_strings.so", "func_channel.so", "func_callerid.so")
_DOORS = {
    "stasis": ("res_stasis.so", "res_ari.so", "app_stasis.so"),
    "fastagi": ("res_agi.so", "app_originate.so"),
}
_REGISTERED = select(caller_id.c.range_start, caller_id.c.range_end).where(
    caller_id.c.registered_in.is_not(None), published(caller_id.c.list_version)
)
_STEP = re.compile(r"^(?:exten => s,1|\s*same => n(?:\([^)]*\))?),(?P<step>.*)$")


def examine(settings: Settings, *, etc: Path, say: Callable[[str], None]) -> tuple[Finding, ...]:
    """Everything that is wrong; `etc` is Asterisk's configuration folder, `say` is told what is being looked at."""
    return tuple(_examined(settings, etc, say))


def _examined(settings: Settings, etc: Path, say: Callable[[str], None]) -> Iterator[Finding]:
    say("this machine")
    yield from of_machine(_machine(settings))
    say("the database")
    yield from _of_database(settings)
    say("Asterisk over ARI")
    yield from _of_ari(settings)
    say("the dialplan over AMI")
    yield from _of_dialplan(settings)
    say(f"Asterisk's files in {etc}")
    yield from of_files(Files(said=said_in(etc, _FILES)), settings.asterisk.guarded_trunks)


def _machine(settings: Settings) -> Machine:
    key = settings.privacy.hash_key_file
    url = settings.database.url
    place = Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else Path.cwd()
    secrets = (settings.asterisk.ari_password_file, settings.asterisk.ami_secret_file, settings.database.url_file)
    return Machine(
        key=(str(key), _mode(key)) if key.exists() else None,
        secrets=[(str(path), _mode(path)) for path in secrets if path is not None and path.exists()],
        free=shutil.disk_usage(place if place.exists() else Path.cwd()).free,
        guarded=settings.asterisk.guarded_trunks,
        ami=bool(settings.asterisk.ami_user),
        canary=bool(settings.canary.number),
    )


def _mode(path: Path) -> int:
    return os.stat(path).st_mode & 0o777


def _of_database(settings: Settings) -> Iterator[Finding]:
    try:
        revision, head = current_revision(settings), migrations.head()
        if revision != head:
            yield found("database.schema", f"the database is at {revision or 'nothing'}, and this Garbo wants {head}")
            return
        with closing(open_database(settings)) as database:
            yield from of_books(
                Books(
                    campaigns=Directory(database).campaigns(),
                    packs=_statuses(settings),
                    registered=database.read(
                        lambda connection: [(row[0], row[1]) for row in connection.execute(_REGISTERED)]
                    ),
                    published={
                        (each.kind, each.principal): each.published_at for each in CampaignLists(database).newest()
                    },
                    now=SystemClock().now(),
                ),
                settings.asterisk.guarded_trunks,
            )
    except StoreError as error:
        yield found("database.unreachable", str(error))


def _statuses(settings: Settings) -> dict[str, str]:
    shelf = packs(settings)
    read = {each: shelf.get(each) for each in shelf.ids()}
    return {each: pack.status for each, pack in read.items() if pack is not None}


def _of_ari(settings: Settings) -> Iterator[Finding]:
    try:
        seen = asyncio.run(ask_ari(ari_settings(settings)))
    except Refused as refused:
        yield found("ari.refused", str(refused))
        return
    except Unreachable as gone:
        yield found("ari.unreachable", str(gone))
        return
    door = "fastagi" if settings.asterisk.door == "fastagi" else "stasis"
    yield from of_exchange(
        Exchange(
            version=seen.version,
            faults=[fault.what for fault in faults_of(seen.version)],
            ahead=seen.ahead,
            modules=seen.modules,
            needed=frozenset((*_ALWAYS, *_DOORS[door])),
            apps=seen.apps,
            app=settings.asterisk.app,
        )
    )


def _of_dialplan(settings: Settings) -> Iterator[Finding]:
    if not settings.asterisk.ami_user:
        return
    try:
        (shown,) = asyncio.run(ask_console(ami_settings(settings), ["dialplan show"]))
    except AmiForbidden as error:
        yield found("ami.refused", str(error))
        return
    except LinesError as error:
        yield found("ami.unreachable", str(error))
        return
    special = [number for number in emergency_and_helplines(settings.gate.region) if number.isdigit()]
    yield from look_through(
        steps_of(shown),
        trunks=settings.asterisk.guarded_trunks,
        rendered={"garbo": _rendered(settings)},
        emergency=special[0] if special else "112",
    )


def _rendered(settings: Settings) -> list[str]:
    """The applications of `[garbo]`'s `s`, as this configuration renders them."""
    text = render_dialplan(settings, "asterisk")["extensions_garbo.conf"]
    section = text.partition("[garbo]\n")[2].partition("\nexten => T")[0]
    return [step["step"] for line in section.splitlines() if (step := _STEP.match(line))]
