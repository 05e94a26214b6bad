"""What has to be known of one principal's CRM."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from ari_app.policy.held import CustomerStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Dotted paths into the CRM's JSON; all but `record` begin at a record. Empty: there is no such thing."""

    record: str = ""
    """Where the customers stand, `*` for every element of a list; empty: the answer itself is the one record."""
    status: str = "status"
    products: str = "products"
    since: str = "since"
    until: str = "until"
    person: str = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmSettings:
    """How one principal's CRM is asked and read."""

    url: str = field(repr=False)
    """With `{number}`, the E.164 number percent-encoded, or `{digits}`, the same without its plus."""
    words: Mapping[str, CustomerStatus]
    """The CRM's own words for a status, casefolded."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ca_file: Path | None = None
    """Certificates that are trusted instead of the system's."""
    places: Places = Places()
    not_found: Literal["none", "unknown"] = "none"
    timeout: timedelta = timedelta(milliseconds=150)
    """For a whole look-up, its second try included."""
    connections: int = 10
    failures: int = 5
    """So many in a row, and it is left alone for `pause`."""
    pause: timedelta = timedelta(seconds=10)
    last_known: timedelta | None = None
    """How old an earlier answer may be that stands in for one that does not come; None: none may."""
