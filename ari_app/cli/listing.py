"""`garbo check --list`: a whole contact list judged, with its progress on standard error."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ari_app.cli.asked import known, language_of
from ari_app.cli.importing import tell_left_out
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import document, local, note, say

if TYPE_CHECKING:
    from ari_app.config import Settings
    from ari_app.main.listing import ListChecked

_SUMMARIES = (".html", ".svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for beside the list."""

    out: Path
    summary: Path | None
    language: str | None
    mapping: dict[str, str]
    sheet: str = ""


def wanted(
    path: Path,
    out: Path | None,
    summary: Path | None,
    language: str | None,
    mapping: dict[str, str],
    sheet: str | None = None,
) -> Wanted:
    """What was asked for. Raises UsageFault: it cannot be done."""
    if out is None:
        raise UsageFault("--list needs -o OUT: where the judged list goes")
    if summary is not None and summary.suffix.lower() not in _SUMMARIES:
        raise UsageFault(f"--summary {summary}: name a file that ends in .html, or in .svg for the chart alone")
    if language is not None and summary is None:
        raise UsageFault("--language is that of the --summary")
    files = {"--list": path, "-o": out} | ({"--summary": summary} if summary else {})
    for option, file in list(files.items())[1:]:
        if not file.absolute().parent.is_dir():
            raise UsageFault(f"{option} {file}: there is no folder {file.absolute().parent}")
        same = next((other for other, held in files.items() if other != option and _is_same(file, held)), None)
        if same is not None:
            raise UsageFault(f"{option} {file} is the file of {same}")
    spoken = language_of(language) if language else None
    return Wanted(out=out, summary=summary, language=spoken, mapping=mapping, sheet=sheet or "")


def check_list(
    settings: "Settings",
    path: Path,
    asked: Wanted,
    *,
    campaign: str,
    operator: str,
    at: datetime | None,
    as_json: bool,
) -> None:
    """Judge the list, and say what became of it."""
    from ari_app import main

    names = [held.id for held in main.open_directory(settings).campaigns()]
    known(campaign, names, "campaign", "`garbo campaign add` makes one")
    with _ended_in_order(), _progress_of(path.name) as progress:
        done = main.check_file(
            settings,
            path=path,
            out=asked.out,
            campaign=campaign,
            operator=operator,
            at=at,
            mapping=asked.mapping,
            sheet=asked.sheet,
            progress=progress,
        )
    tell_left_out(done.report.left_out)
    if asked.summary is not None:
        main.write_summary(done, asked.summary, language=asked.language)
    if as_json:
        document(_document(done, asked))
    else:
        _tell(done)
    _notes(done)


def _document(done: "ListChecked", asked: Wanted) -> dict[str, object]:
    tally, sitting = done.report.tally, done.sitting
    return {
        "list": str(done.path),
        "sha256": done.report.sha256,
        "out": str(asked.out),
        "summary": str(asked.summary) if asked.summary else None,
        "campaign": sitting.admission.campaign_id,
        "operator": sitting.admission.operator_id or None,
        "judged_for": sitting.now,
        "rows": tally.rows,
        "skipped": tally.skipped,
        "verdicts": {word: tally.verdicts[word] for word in ("permit", "defer", "deny", "exempt")},
        "reasons": dict(tally.reasons.most_common()),
        "notes": dict(tally.notes.most_common()),
        "not_before": tally.not_before,
        "not_before_days": {day.isoformat(): count for day, count in sorted(tally.days.items())},
        "duplicates": tally.duplicates,
        "faulty_lines": tally.faults,
        "packs": [
            {"id": pack.id, "version": pack.version, "sha256": pack.sha256, "status": pack.status}
            for pack in sitting.packs.values()
        ],
        "seconds": done.report.seconds,
    }


def _tell(done: "ListChecked") -> None:
    tally = done.report.tally
    say(f"{tally.skipped} of {tally.rows} would be skipped")
    later, never = tally.verdicts["defer"], tally.verdicts["deny"]
    if later:
        first = f", the first from {local(tally.not_before)} on" if tally.not_before else ""
        say(f"  {later} not now, but later{first}")
    if never:
        say(f"  {never} never, as things stand")
    if tally.reasons:
        say("By reason (a row may have several):")
        width = len(str(tally.reasons.most_common(1)[0][1]))
        for code, count in tally.reasons.most_common():
            say(f"  {str(count).rjust(width)}  {code}")
    if tally.verdicts["exempt"]:
        say(f"Never gated, as emergency, internal or exempt numbers: {tally.verdicts['exempt']}")
    if tally.duplicates:
        say(f"Repeats of a number that stands before in the list: {tally.duplicates}")


def _notes(done: "ListChecked") -> None:
    tally = done.report.tally
    for line, fault in tally.first_faults:
        note(f"line {line}: {fault}; denied, since its number cannot be read")
    if tally.faults > len(tally.first_faults):
        note(f"and {tally.faults - len(tally.first_faults)} more")
    if tally.notes:
        said = ", ".join(f"{code} {count}" for code, count in tally.notes.most_common())
        note(f"SHADOW: noted and not stopped, on rows that may be called: {said}")
    if done.asks_live:
        note("the principal's own books were asked for every number: that is what took long")
    drafts = [pack.id for pack in done.sitting.packs.values() if pack.status == "draft"]
    if drafts:
        note(f"draft, not reviewed by anybody: {', '.join(drafts)}")


def _is_same(file: Path, other: Path) -> bool:
    if file.absolute() == other.absolute():
        return True
    return file.exists() and other.exists() and file.samefile(other)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM ends the command as Ctrl-C does: with nothing left behind."""
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress_of(name: str) -> Iterator[Callable[[int, int, int], None] | None]:
    """A bar with rows a second and time left on standard error; none where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[told]}"))
    began = time.monotonic()
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(name, told="")

        def told(read: int, size: int, rows: int) -> None:
            rate = rows / max(time.monotonic() - began, 0.001)
            bar.update(task, completed=read, total=size, told=f"{rows:,} rows  {rate:,.0f}/s")

        yield told
