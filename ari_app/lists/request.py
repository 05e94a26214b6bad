"""What is to be imported, and what it is held against."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """A file, how it is to be read, and for whom."""

    kind: str
    path: Path
    region: str
    """Where numbers without a country prefix are."""
    country: str = ""
    """Where the principal is, by whose clock a time without an offset is read; empty: as `region`."""
    principal: str | None = None
    campaign: str | None = None
    agency: str = ""
    """Who calls for the campaign now; empty: the principal itself."""
    approved_by: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Column to field."""
    rejects: Path | None = None
    now: datetime | None = None
    """What lies after it has not happened yet; None: nothing is held against it."""
    scope_exists: Callable[[str], bool] = lambda _scope: True
    campaign_exists: Callable[[str], bool] = lambda _campaign: True
    """Whether there is such a campaign, of `principal` if that is named."""
    owners: Collection[str] = ()
    """Ids of principals and agencies."""
