"""Output: one JSON document, or plain tables that a person reads; notes go to standard error."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Annotated, TypeAlias

import typer

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
_PIPED_WIDTH = 200


def plain(value: object) -> object:
    """A value of ours as JSON values: instants in UTC with a `Z`, sets sorted."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(inner) for key, inner in value.items()}
        case set() | frozenset():
            return sorted(str(inner) for inner in value)
        case Sequence():
            return [plain(inner) for inner in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.init}
        case _:
            return str(value)


def document(value: object) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def json_line(value: object) -> None:
    """One line of JSON Lines, at once."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False))


def note(text: str) -> None:
    """A message to whoever sits there."""
    typer.echo(printable(text), err=True)


def say(text: str) -> None:
    """A line of the answer."""
    typer.echo(printable(text))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A plain table; nothing is ever cut off."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    held = [tuple(shown(cell) for cell in row) for row in rows]
    if not held:
        note(empty)
        return
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in held:
        grid.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = max(_PIPED_WIDTH, console.measure(grid).maximum)
    console.print(grid)


def pairs(values: Iterable[tuple[str, object]]) -> None:
    """Names and values below each other."""
    held = [(name, shown(value)) for name, value in values]
    width = max((len(name) for name, _ in held), default=0)
    for name, value in held:
        say(f"{name.ljust(width)}  {value}")


def shown(value: object) -> str:
    """A value as a person reads it; instants in this machine's own time."""
    match value:
        case None | "":
            return "-"
        case True:
            return "yes"
        case False:
            return "no"
        case datetime():
            return local(value)
        case set() | frozenset():
            return shown(sorted(str(inner) for inner in value))
        case tuple() | list():
            return ", ".join(shown(inner) for inner in value) or "-"
        case _:
            return printable(str(value))


def local(instant: datetime) -> str:
    """An instant in this machine's own time, with its zone."""
    return instant.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def printable(text: str) -> str:
    """The text without control characters: names come from files, and a terminal obeys them."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)
