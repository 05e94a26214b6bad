"""`garbo answers`: what is said when somebody asks; written, approved by somebody else, withdrawn."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ari_app.cli.asked import settings_of, words_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, note, pairs, say, table

if TYPE_CHECKING:
    from ari_app.desk.book import BookAnswer

answers = typer.Typer()
Id: TypeAlias = Annotated[str, typer.Argument(metavar="ID")]
By: TypeAlias = Annotated[str | None, typer.Option("--by", metavar="WHO", help="Who does it; else the login name.")]


@answers.command("add")
def add(
    ctx: typer.Context,
    id: Id,
    *,
    topic: Annotated[str, typer.Option(help="What it is about, as billing.")],
    question_it: Annotated[str, typer.Option(metavar="TEXT", help="What is asked, in Italian.")],
    question_en: Annotated[str, typer.Option(metavar="TEXT", help="The same in English.")],
    text_it: Annotated[str, typer.Option(metavar="TEXT", help="What is answered, in Italian.")],
    text_en: Annotated[str, typer.Option(metavar="TEXT", help="The same in English.")],
    principal: Annotated[str | None, typer.Option(metavar="P", help="For this brand alone.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Write an answer, or a new version of one; it counts once somebody else has approved it."""
    from ari_app import main
    from ari_app.desk.book import AnswerText
    from ari_app.desk.refusals import AtTheServer

    book = main.open_answers(settings_of(ctx))
    said = AnswerText(
        id=id,
        topic=topic,
        question={"it": question_it, "en": question_en},
        text={"it": text_it, "en": text_en},
        principal=principal,
    )
    new = book.add(AtTheServer(_who(by)), said)
    held = book.versions(id)[0]
    if not new:
        note(f"answer {id} says so already, in version {held.version}")
    document(_document(held)) if as_json else say(f"answer {id} version {held.version}, to be approved")


@answers.command("list")
def list_all(
    ctx: typer.Context,
    sought: Annotated[str, typer.Argument(metavar="[WORDS]", help="Words that it has to hold, in any case.")] = "",
    *,
    principal: Annotated[str | None, typer.Option(metavar="P", help="Of this brand, and those for all.")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Those that are to be approved instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the answers that count, at most 200."""
    from ari_app import main

    book = main.open_answers(settings_of(ctx))
    held = book.waiting() if waiting else book.find(sought, principal=principal)
    if as_json:
        document([_document(each) for each in held])
        return
    rows = (
        (each.said.id, each.version, each.said.principal, each.said.topic, each.said.question["en"], each.approved_by)
        for each in held
    )
    table(("ID", "VERSION", "PRINCIPAL", "TOPIC", "QUESTION", "APPROVED BY"), rows, empty="no such answer counts")


@answers.command("show")
def show(ctx: typer.Context, id: Id, *, as_json: AsJson = False) -> None:
    """Show every version of an answer, newest first."""
    from ari_app import main

    held = main.open_answers(settings_of(ctx)).versions(id)
    if as_json:
        document([_document(each) for each in held])
        return
    for each in held:
        pairs(_document(each).items())
        say("")


@answers.command("approve")
def approve(
    ctx: typer.Context,
    id: Id,
    *,
    version: Annotated[int | None, typer.Option(help="Else the newest.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let an answer count; whoever wrote it cannot."""
    from ari_app import main
    from ari_app.desk.refusals import AtTheServer

    book = main.open_answers(settings_of(ctx))
    meant = book.versions(id)[0].version if version is None else version
    entry = book.approve(AtTheServer(_who(by)), id, meant)
    document(_document(entry)) if as_json else say(f"answer {id} version {meant} approved by {entry.approved_by}")


@answers.command("withdraw")
def withdraw(ctx: typer.Context, id: Id, *, by: By = None, as_json: AsJson = False) -> None:
    """Let an answer count no longer, in any version; it stays on record."""
    from ari_app import main
    from ari_app.desk.refusals import AtTheServer

    book = main.open_answers(settings_of(ctx))
    book.withdraw(AtTheServer(_who(by)), id)
    document(_document(book.versions(id)[0])) if as_json else say(f"answer {id} is withdrawn")


@answers.command("import")
def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="TOML: [[answer]] with id, topic, question, text.")],
    *,
    approved_by: Annotated[
        str | None, typer.Option(metavar="WHO", help="Who at the principal approved them as they are.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take a file of answers into the book; what says what the book says is passed over."""
    from ari_app import main
    from ari_app.desk.answers_file import parse_answers
    from ari_app.desk.refusals import AtTheServer

    settings = settings_of(ctx)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise UsageFault(f"{file}: it cannot be read as a text in UTF-8 ({failure})") from failure
    said = parse_answers(text, name=file.name)
    new = main.open_answers(settings).take(AtTheServer(_who(by)), said, approved_by=approved_by)
    counted = {"read": len(said), "added": new, "unchanged": len(said) - new}
    document(counted) if as_json else say(", ".join(f"{name} {count}" for name, count in counted.items()))


def _who(by: str | None) -> str:
    return words_of(by, "--by") if by is not None else getpass.getuser()


def _document(entry: "BookAnswer") -> dict[str, object]:
    said = entry.said
    head = {"id": said.id, "version": entry.version, "principal": said.principal, "topic": said.topic}
    words = {"question": said.question, "text": said.text}
    fate = {"approved_by": entry.approved_by, "approved_at": entry.approved_at, "withdrawn_at": entry.withdrawn_at}
    return {**head, **words, "author": entry.author, "made_at": entry.made_at, **fate}
