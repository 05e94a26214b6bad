"""
`garbo check --list`, wired: a short list is judged here, a long one by the processes of `workers`.

Each worker has a database connection that only reads, and gets the instant, the campaign, the packs and the scripts
from here, so that all judge by the same.
"""

import asyncio
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from multiprocessing.connection import Connection
from pathlib import Path

from ari_app.config import ConfigError, Settings, read_keyring
from ari_app.judging.bulk import Answer, ListJudge
from ari_app.lists import summary
from ari_app.lists.checking import ListReport, ListRequest, Progress, check_list
from ari_app.lists.summary import ListStory
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom, open_courtroom
from ari_app.main.workers import handed_out, workers
from ari_app.policy.pack import CORE, Pack
from ari_app.policy.request import Ask, Door
from ari_app.policy.scripts import Script, scripts_of
from ari_app.ports.verdicts import Admission, StoreConflict, StoreError
from ari_app.stores.bulk import SqlArchive

_JUDGED_HERE = 2
"""Chunks: a list that is no longer needs no process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """By what a whole list is judged. Implements ports.packs.Packs and ports.packs.Scripts."""

    admission: Admission
    now: datetime
    packs: dict[str, Pack]
    scripts: dict[str, Script]

    def get(self, pack_id: str) -> Pack | None:
        """As ports.packs.Packs."""
        return self.packs.get(pack_id)

    def current(self, script_id: str) -> Script | None:
        """As ports.packs.Scripts."""
        return self.scripts.get(script_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChecked:
    """A list that was judged, and by what."""

    path: Path
    report: ListReport
    sitting: Sitting
    asks_live: bool
    """The principal's own books were asked, number by number."""


def check_file(
    settings: Settings,
    *,
    path: Path,
    out: Path,
    campaign: str,
    operator: str = "",
    at: datetime | None = None,
    mapping: dict[str, str],
    sheet: str = "",
    progress: Progress | None = None,
) -> ListChecked:
    """
    Judge the list at `path` into `out`, changing nothing else.

    Raises InputError, ConfigError, StoreError; StoreConflict: there is no such campaign. WorkerLost.
    """
    database = open_database(settings)
    try:
        room = open_courtroom(settings, database)
        sitting = _sitting(room, campaign, operator, at or SystemClock().now())
        held = sitting.admission.campaign
        if held is None:
            raise StoreConflict(f"there is no campaign {campaign!r}; `garbo campaign add` makes one")
        here = _judge(settings, room, sitting)
        request = ListRequest(path=path, out=out, region=held.region, mapping=mapping, sheet=sheet)
        report = check_list(request, lambda chunks: _judged(settings, room, here, sitting, chunks), progress)
        return ListChecked(path=path, report=report, sitting=sitting, asks_live=here.asks_live)
    finally:
        database.close()


def write_summary(done: ListChecked, path: Path, *, language: str | None) -> None:
    """
    The page about a judged list, in this language, else in that of the campaign's country.

    Raises InputError.
    """
    sitting, campaign = done.sitting, done.sitting.admission.campaign
    if campaign is None:
        raise ValueError("a list is judged for a campaign that exists")
    story = ListStory(
        name=done.path.name,
        report=done.report,
        campaign=campaign,
        operator=sitting.admission.operator_id,
        now=sitting.now,
        packs=tuple(sitting.packs.values()),
    )
    summary.write_summary(story, path, language=language or campaign.region.lower())


def _sitting(room: Courtroom, campaign: str, operator: str, now: datetime) -> Sitting:
    room.scripts.refresh()
    ask = Ask(dialled="", door=Door.CHECK, campaign=campaign, operator=operator)
    admission = room.verdicts.book.admission(ask, default_campaign="")
    held = admission.campaign
    hearing = room.judge.hearing
    packs = {name: hearing.packs.get(name) for name in (CORE, *(held.packs if held else ()))}
    scripts = {name: hearing.scripts.current(name) for name in scripts_of(held)}
    return Sitting(
        admission=admission,
        now=now,
        packs={name: pack for name, pack in packs.items() if pack is not None},
        scripts={name: script for name, script in scripts.items() if script is not None},
    )


def _judge(settings: Settings, room: Courtroom, sitting: Sitting) -> ListJudge:
    campaign = sitting.admission.campaign
    if campaign is None:
        raise ValueError("a list is judged for a campaign that exists")
    archive = SqlArchive(room.database, read_keyring(settings.privacy.hash_key_file))
    hearing = replace(room.judge.hearing, packs=sitting, scripts=sitting)
    return ListJudge(hearing, archive, admission=sitting.admission, campaign=campaign, now=sitting.now)


def _judged(
    settings: Settings, room: Courtroom, here: ListJudge, sitting: Sitting, chunks: Iterator[Sequence[str]]
) -> Generator[Answer, None, None]:
    first = list(islice(chunks, _JUDGED_HERE + 1))
    if len(first) <= _JUDGED_HERE:
        with _sessions(room) as runner:
            for chunk in first:
                yield runner.run(here.judge(chunk))
        return
    with workers(work, (settings, sitting)) as pipes:
        yield from handed_out(chain(first, chunks), pipes)


@contextmanager
def _sessions(room: Courtroom) -> Iterator[asyncio.Runner]:
    """A loop to judge in; the room, and with it what was opened to a CRM in this loop, is closed at its end."""
    with asyncio.Runner() as runner:
        try:
            yield runner
        finally:
            runner.run(room.close())


def work(pipe: Connection, settings: Settings, sitting: Sitting) -> None:
    """A worker's life: chunks in, answers out, until the pipe is closed. What goes wrong goes the same way."""
    try:
        database = open_database(settings)
        try:
            room = open_courtroom(settings, database)
            with _sessions(room) as runner, suppress(EOFError):
                judge = _judge(settings, room, sitting)
                while True:
                    pipe.send(runner.run(judge.judge(pipe.recv())))
        finally:
            database.close()
    except (StoreError, ConfigError) as failure:
        pipe.send(failure)
    except BrokenPipeError:
        return  # nobody is there any more
