"""What an import is told to read, and how: columns, a mapping that was kept, a query to a database."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ari_app.cli.outside import UsageFault
from ari_app.cli.profiles import profile_of
from ari_app.cli.said import note

if TYPE_CHECKING:
    from ari_app.lists import Query
    from ari_app.stores.profiles import Profile


def mapping_of(given: Sequence[str], kept: "Profile | None" = None) -> dict[str, str]:
    """
    Column to field: what `--map` says, and of a kept mapping what that says of neither column nor field.

    Raises UsageFault.
    """
    said: dict[str, str] = {}
    for pair in given:
        column, equals, field = pair.rpartition("=")
        if not (column.strip() and equals and field.strip()):
            raise UsageFault(f"--map {pair}: write COLUMN=FIELD, as --map Recapito=number")
        said[column.strip()] = field.strip()
    columns, fields = {column.casefold() for column in said}, set(said.values())
    rest = kept.mapping.items() if kept is not None else ()
    return {column: field for column, field in rest if column.casefold() not in columns and field not in fields} | said


def kept_profile(held: "Sequence[Profile]", name: str | None, kind: str) -> "Profile | None":
    """The mapping that was kept under a name; None: none is named. Raises UsageFault."""
    return None if name is None else profile_of(held, name, kind=kind)


def query_of(sql: str | None, query: str | None, within: int) -> "Query | None":
    """
    The query that rows come from; None: they come from a file.

    Raises UsageFault: there is a database without a query, or a query without a database.
    """
    if sql is None and query is None:
        return None
    from ari_app.lists import Query

    url, text = _said(sql or "", "--sql"), _said(query or "", "--query")
    if not url or not text:
        raise UsageFault("--sql URL and --query SQL belong together: the database, and the SELECT that gives its rows")
    if sql is not None and not sql.startswith("@") and _has_password(sql):
        note("warning: a password on the command line can be read by others: keep the URL in a file, as --sql @FILE")
    return Query(url=url, sql=text, connect_within=timedelta(seconds=within))


def _said(text: str, option: str) -> str:
    """What is said, or what the file behind an @ holds."""
    if not text.startswith("@"):
        return text.strip()
    path = Path(text[1:])
    try:
        return path.read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as failure:
        why = failure.strerror if isinstance(failure, OSError) else "it is no UTF-8 text"
        raise UsageFault(f"{option} @{path}: {why}") from failure


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return False
