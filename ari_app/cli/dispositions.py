"""`garbo calls disposition`: what was said in a call, in one word, with all that follows from it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ari_app.cli.asked import known, language_of, settings_of
from ari_app.cli.callbacks import due_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, local, plain, say

if TYPE_CHECKING:
    from ari_app.config import Settings
    from ari_app.ports.dispositions import Noted, Word

# policy.disposition.Disposition, word for word (a test compares them): importing it would slow `--help` down.
# fmt: off
DispositionName = Literal[
    "interested", "sold", "refused", "not_now", "holder_absent", "callback", "voicemail", "machine", "wrong_number",
    "already_customer", "never_again", "complaint", "language", "hung_up_early", "line_dropped", "not_eligible",
    "deceased", "minor", "vulnerable", "business",
]
# fmt: on


def disposition(
    ctx: typer.Context,
    call_id: Annotated[str, typer.Argument(metavar="CALL_ID")],
    word: Annotated[DispositionName, typer.Argument(metavar="WORD", help="What was said, or seen.")],
    *,
    operator: Annotated[str | None, typer.Option(metavar="O", help="Who notes it; else who called.")] = None,
    note: Annotated[str, typer.Option(metavar="T", help="In their own words.")] = "",
    callback_at: Annotated[str | None, typer.Option(metavar="ISO", help="They are promised a call then.")] = None,
    value: Annotated[str, typer.Option(help="language: which, as de; wrong_number: who is not there.")] = "",
    need: Annotated[
        list[str] | None, typer.Option(metavar="T", help="What they said they need; may be given again.")
    ] = None,
    correct: Annotated[
        bool, typer.Option("--correct", help="A supervisor corrects what was noted: needs --recording and --by.")
    ] = False,
    recording: Annotated[str, typer.Option(metavar="REF", help="The recording that shows what was said.")] = "",
    by: Annotated[str | None, typer.Option(metavar="SUPERVISOR", help="Who corrects.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    Note what was said in a call, effective for the very next verdict.

    A later word corrects an earlier one; with --correct it does so for good. A suppression is never undone by a word.
    """
    _need_all_or_none(correct, recording, by, operator)
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.policy.disposition import Disposition
    from ari_app.ports.dispositions import Word

    record = main.call(settings, call_id)
    if record is None:
        raise UsageFault(f"there is no call {call_id}; `garbo calls list` names those there are")
    operator = by or operator
    if operator is not None:
        operators = [held.id for held in main.open_directory(settings).operators()]
        known(operator, operators, "operator", "see `garbo operator list`")
    if word == "callback" and callback_at is None:
        raise UsageFault("callback: say when they are to be called, as --callback-at 2026-12-31T17:30")
    due_at = due_of(callback_at, "--callback-at") if callback_at is not None else None
    if word == "language" and not value:
        raise UsageFault("language: say which they asked for, as --value de")
    if value and word not in ("language", "wrong_number"):
        raise UsageFault(f"--value {value}: {word} says all by itself")
    who = operator or record.operator
    said = Word(
        call_id=call_id,
        disposition=Disposition(word),
        operator=who or "cli",
        at=datetime.now(UTC),
        note=note.strip(),
        value=language_of(value) if word == "language" else value.strip(),
        due_at=due_at,
        callback_by=(operator if not correct else None) or record.operator if due_at is not None else "",
        needs=tuple(need or ()),
        recording=recording.strip(),
    )
    noted = _noted(settings, said, supervisor=correct)
    if as_json:
        values = plain(noted)
        document({"call_id": call_id, **(values if isinstance(values, dict) else {})})
    else:
        say(f"{call_id}: {word}{_effects(noted)}")


def _need_all_or_none(correct: bool, recording: str, by: str | None, operator: str | None) -> None:  # noqa: FBT001  as it is asked
    if correct and not (recording.strip() and by):
        raise UsageFault("--correct: name the recording and who corrects, as --recording REF --by SUPERVISOR")
    if not correct and (recording or by):
        raise UsageFault("--recording and --by go with --correct")
    if correct and operator is not None:
        raise UsageFault("--correct: --by says who corrects; --operator is for who notes")


def _noted(settings: "Settings", said: "Word", *, supervisor: bool) -> "Noted":
    from ari_app import main
    from ari_app.desk.dispositions import NotingError, WordRefused

    try:
        return main.note(settings, said, supervisor=supervisor)
    except WordRefused as refused:
        first = f"; it may be promised from {local(refused.first_allowed)} on" if refused.first_allowed else ""
        raise UsageFault(f"{refused}{first}") from refused
    except NotingError as refused:
        raise UsageFault(f"{refused}; only a supervisor or an admin may") from refused


def _effects(noted: "Noted") -> str:
    done = [
        text
        for text, what in (
            ("the number is suppressed for this principal", noted.suppression),
            ("it is noted about the person", noted.flag),
            ("a call is promised", noted.callback),
        )
        if what
    ]
    return f"; {', '.join(done)}" if done else ""
