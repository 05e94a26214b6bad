"""
Italy's way to a public register, second half: what may be called has come back.

A number that was submitted and is missing from what came back is listed. The answer counts from when it was given, as
somebody says, else from when the list was exported to be submitted: never from the import, which may be weeks later.

Source: RULES IT-3, IT-4, and the consequence drawn from them there: the screening is a set difference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from pyroaring import BitMap64

from ari_app.lists.brought import brought
from ari_app.lists.consultation import BY_FILES, HOLDS, Consultation
from ari_app.lists.errors import InputError
from ari_app.lists.importing import BATCH_ROWS
from ari_app.lists.number_files import digest_of, first_of, numbers_in
from ari_app.lists.rejects import Rejects
from ari_app.lists.source import Source
from ari_app.ports.lists import Answered, Counts, ListFile, ListStore, ScreeningBatch, ScreeningRow, Submission

_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFiles:
    """The two files of a consultation, and who says when the second came."""

    submitted: Path
    returned: Path
    returned_at: datetime | None = None
    """None: the instant of the export counts."""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningReport:
    """What a consultation said, and from when and until when it counts."""

    register: str
    principal: str
    submitted: int
    unreadable: int
    """Rows of the submitted file that hold no number."""
    returned: int
    listed: int
    clear: int
    answered_at: datetime
    said_by: str
    valid_until: datetime
    """The first instant at which it does not hold any more."""
    submitted_sha256: str
    returned_sha256: str
    added: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """Both files, read and found to belong together."""

    sent: BitMap64
    came: BitMap64
    unreadable: int
    sent_digest: str
    came_digest: str
    sent_file: str
    """SHA-256 of the file's bytes."""
    came_file: str

    def rows(self) -> Iterator[ScreeningRow]:
        for number in self.sent:
            yield ScreeningRow(e164=f"+{number}", answer="clear" if number in self.came else "listed")


def import_answer(store: ListStore, ask: Consultation, files: AnswerFiles, *, now: datetime) -> ScreeningReport:
    """
    Publish an answer for each submitted number: listed or clear.

    Raises InputError: the register does not answer so, both files are one, the returned one says more than numbers, a
    returned number was never submitted or cannot be read, or it is not known when the answer came, or that has not
    come yet; StoreError. Then nothing is written.
    """
    if ask.register not in BY_FILES:
        raise InputError(
            f"register {ask.register}: those that give back the numbers that may be called are {', '.join(BY_FILES)}; "
            "an answer that says row by row who is listed is brought in with --answers FILE"
        )
    if files.submitted.exists() and files.returned.exists() and files.submitted.samefile(files.returned):
        raise InputError(f"{files.returned} is the very file that was submitted; bring in what came back")
    answer = _read(files, ask.region)
    batch = _batch(store, ask, files, answer, now)
    report = ScreeningReport(
        register=ask.register,
        principal=ask.principal,
        submitted=len(answer.sent),
        unreadable=answer.unreadable,
        returned=len(answer.came),
        listed=len(answer.sent) - len(answer.came),
        clear=len(answer.came),
        answered_at=batch.answered_at,
        said_by=batch.said_by,
        valid_until=batch.valid_until,
        submitted_sha256=answer.sent_file,
        returned_sha256=answer.came_file,
    )
    return _publish(store, files, batch, answer, report)


def _read(files: AnswerFiles, region: str) -> _Answer:
    submitted, returned = brought(files.submitted), brought(files.returned)
    sent, unreadable = _numbers(submitted, region)
    came, broken = _numbers(returned, region, alone=True)
    if broken.count:
        raise InputError(
            f"{files.returned}{first_of(broken)}; the number would pass for a listed one, so nothing was written"
        )
    if not sent:
        raise InputError(f"{files.submitted}: there is no number in it{first_of(unreadable)}")
    if strangers := sorted(came - sent):
        named = ", ".join(f"+{number}" for number in strangers[:_SHOWN])
        more = f" and {len(strangers) - _SHOWN} more" if len(strangers) > _SHOWN else ""
        raise InputError(
            f"{files.returned}: never submitted: {named}{more}; is it the answer to another list than "
            f"{files.submitted}? Nothing was written"
        )
    return _Answer(
        sent=sent,
        came=came,
        unreadable=unreadable.count,
        sent_digest=digest_of(sent),
        came_digest=digest_of(came),
        sent_file=submitted.sha256,
        came_file=returned.sha256,
    )


def _numbers(file: Source, region: str, *, alone: bool = False) -> tuple[BitMap64, Rejects]:
    if file.left_out:
        others = ", ".join(file.left_out)
        raise InputError(f"{file.name}: other sheets hold something too ({others}); bring a workbook with one sheet")
    rejects = Rejects(None)
    return BitMap64(numbers_in(file, region=region, rejects=rejects, alone=alone)), rejects


def _batch(store: ListStore, ask: Consultation, files: AnswerFiles, answer: _Answer, now: datetime) -> ScreeningBatch:
    """From when the answer counts, and until when."""
    answered_at, by = files.returned_at, files.by
    if answered_at is None:
        exported = store.submissions(ask.principal, ask.register, answer.sent_digest)
        answered_at, by = exported_at(exported, answer.came_digest), "export"
    if answered_at is None:
        raise InputError(
            f"{files.submitted}: no list of these numbers was exported for {ask.register} by `garbo screening export`, "
            "so how old the answer is, is not known; say when it came: --returned-at 2026-11-30T10:00:00+01:00"
        )
    if answered_at > now:
        raise InputError(f"--returned-at {answered_at.isoformat()}: that has not come yet")
    return ScreeningBatch(
        principal=ask.principal,
        register=ask.register,
        answered_at=answered_at,
        said_by=by,
        valid_until=answered_at + HOLDS[ask.register],
    )


def exported_at(exported: Sequence[Submission], came_digest: str) -> datetime | None:
    """
    When the list went out that this is the answer to.

    The same numbers may have gone out often: the oldest export that has this very answer, since to bring that in again
    renews nothing; else the oldest that has none yet, since an answer must not count from later than it can have been
    given; else the newest.
    """
    unanswered = (each for each in exported if not each.returned)
    same = (each for each in exported if each.returned == came_digest)
    found = next(same, None) or next(unanswered, None) or (exported[-1] if exported else None)
    return found.exported_at if found else None


def is_known(store: ListStore, answered: Answered) -> bool:
    """Whether an export of these numbers has this very answer already."""
    exported = store.submissions(answered.principal, answered.register, answered.submitted)
    return any(each.returned == answered.returned for each in exported)


def _publish(
    store: ListStore, files: AnswerFiles, batch: ScreeningBatch, answer: _Answer, report: ScreeningReport
) -> ScreeningReport:
    file = ListFile(
        kind=f"screening:{batch.register}",
        principal=batch.principal,
        file_name=files.returned.name,
        sha256=report.returned_sha256,
    )
    version = store.begin(file)
    try:
        counts, rows = Counts(), answer.rows()
        while some := list(islice(rows, BATCH_ROWS)):
            counts += store.put_screenings(version, batch, some)
        told = asdict(report) | {"added": counts.added, "updated": counts.updated, "unchanged": counts.unchanged}
        instants = {name: told[name].isoformat() for name in ("answered_at", "valid_until")}
        answered = Answered(
            principal=batch.principal,
            register=batch.register,
            submitted=answer.sent_digest,
            returned=answer.came_digest,
            answered_at=batch.answered_at,
        )
        # An answer that is brought in again answers no other export: that one's own answer is still to come.
        again = counts.unchanged == len(answer.sent) or (files.returned_at is None and is_known(store, answered))
        store.publish(version, told | instants, answered=None if again else answered)
    except BaseException:
        store.abandon(version)
        raise
    return ScreeningReport(**told)
