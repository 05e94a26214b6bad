"""What is to be imported, from where, and what it is held against."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ari_app.lists.brought import brought
from ari_app.lists.errors import InputError
from ari_app.lists.queries import Query
from ari_app.lists.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """A file or a query, how it is to be read, and for whom. Raises InputError: it is neither, or both."""

    kind: str
    path: Path | None = None
    query: Query | None = None
    region: str
    """Where numbers without a country prefix are."""
    country: str = ""
    """Where the principal is, by whose clock a time without an offset is read; empty: as `region`."""
    principal: str | None = None
    campaign: str | None = None
    agency: str = ""
    """Who calls for the campaign now; empty: the principal itself."""
    approved_by: str = ""
    sheet: str = ""
    """Of a workbook; empty: the first that is not hidden."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Column to field."""
    rejects: Path | None = None
    dry_run: bool = False
    """Whether everything is read and counted, and nothing published."""
    now: datetime | None = None
    """What lies after it has not happened yet; None: nothing is held against it."""
    scope_exists: Callable[[str], bool] = lambda _scope: True
    campaign_exists: Callable[[str], bool] = lambda _campaign: True
    """Whether there is such a campaign, of `principal` if that is named."""
    owners: Collection[str] = ()
    """Ids of principals and agencies."""

    def __post_init__(self) -> None:
        """Check that there is one thing to be read."""
        if (self.path is None) == (self.query is None):
            raise InputError("a list comes from a FILE or from a database by --sql URL --query SQL: name one of them")
        if self.query is not None and self.sheet:
            raise InputError(f"--sheet {self.sheet}: only an XLSX workbook has sheets, and this is a query")

    @property
    def name(self) -> str:
        """What is read, as reports call it: the file's name, or `sql`."""
        return self.path.name if self.path is not None else "sql"

    def source(self) -> Source:
        """What is to be read, looked through. Raises InputError, SourceError."""
        if self.query is not None:
            return self.query
        assert self.path is not None  # noqa: S101  one of the two is there
        return brought(self.path, sheet=self.sheet)
