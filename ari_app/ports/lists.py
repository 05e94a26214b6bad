"""
Where imported lists go: rows are put under a version that nobody sees until it is published.

Synchronous: imports run in a process of their own. Raises StoreUnavailable (ports.verdicts).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from ari_app.policy.held import ConsentForm, CustomerStatus, Screening, SuppressionPurpose
from ari_app.policy.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRow:
    """One row of a suppression list, read and checked."""

    e164: str
    scope: str
    reason: str
    source: str
    purpose: SuppressionPurpose = SuppressionPurpose.MARKETING
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """One row of a principal's customer list, read and checked."""

    e164: str
    status: CustomerStatus
    products: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    person: str | None = None
    as_of: datetime | None = None
    """When the principal said so; None: when it is imported."""
    source: str = ""
    """The file's name, or `sql`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """One consent to a principal, or the withdrawal of one, read and checked."""

    e164: str
    purpose: str
    given_at: datetime
    form: ConsentForm = ConsentForm.EXPRESS
    text_version: str = ""
    evidence: str = ""
    withdrawn_at: datetime | None = None
    channel: str = ""
    """How it was given: `web`, `phone`, `paper` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """One entry of a campaign's contact list, read and checked."""

    e164: str
    list_id: str
    list_source: str = ""
    listed: bool | None = None
    """In a public directory; None: the list does not say."""
    party: Literal["consumer", "business"] | None = None
    language: str = ""
    person: str = ""
    generated: bool = False
    household: str = ""
    """The principal's own reference for who lives together; kept, and judged by no rule."""
    name: str = field(default="", compare=False)
    """As the operator greets them; judged by no rule. Two names at one number contradict nothing: the first stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One call of the past, made by whatever called before Garbo did."""

    e164: str
    campaign: str
    at: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdRow:
    """A declared range of caller ids; both ends are in it, in E.164, of equal length."""

    range_start: str
    range_end: str
    owner: str
    """Id of a principal or an agency."""
    registered_in: str = ""
    """Registers it was declared to, in capitals, with spaces between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRow:
    """What a register answered about one number."""

    e164: str
    answer: Literal["listed", "clear"]
    answered_at: datetime | None = None
    """None: as the batch."""
    valid_until: datetime | None = None
    """None: as the batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningBatch:
    """What the answers of one consultation have in common, unless a row says otherwise."""

    principal: str
    register: str
    answered_at: datetime
    said_by: str
    """Who says that it was answered then."""
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A list that was exported to be submitted to a register."""

    exported_at: datetime
    returned: str = ""
    """Digest of the numbers in the answer that was imported to it; empty: none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer to a submission, which has it once the answer is published."""

    principal: str
    register: str
    submitted: str
    """Digest of the numbers that were submitted."""
    returned: str
    """Digest of those that came back."""
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """For whom a contact list was approved, and by whom."""

    campaign: str
    agency: str = ""
    """The agency that is to call; empty: the principal itself."""
    approved_by: str = ""
    """Who at the principal approved it; empty: nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a batch of rows did to the list."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Batches add up."""
        return Counts(
            added=self.added + other.added,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFile:
    """Where a version comes from."""

    kind: str
    """
    `suppressions`, `customers`, `consents`, `contacts`, `attempts`, `caller-ids`, `screening:REGISTER`, or
    `customers:delivery`.
    """
    principal: str | None
    """Whose list it is; None: everybody's."""
    file_name: str
    sha256: str


class ListStore(Protocol):
    """Versions of imported lists."""

    def begin(self, file: ListFile) -> int:
        """Open a version; its rows stay invisible until it is published."""
        ...

    def put_suppressions(self, version: int, rows: Sequence[SuppressionRow]) -> Counts:
        """
        Put a batch: some ten thousand rows, so that the store can write together what lies together.

        Only what differs is written, a few milliseconds at a time. Of two rows that contradict each other the later
        counts. It may still be on its way when this returns; `publish` waits for it.
        """
        ...

    def put_customers(self, version: int, principal: str, rows: Sequence[CustomerRow]) -> Counts:
        """The same for customers of one principal; a word that is older than the one on record changes nothing."""
        ...

    def put_consents(self, version: int, principal: str, rows: Sequence[ConsentRow]) -> Counts:
        """The same for consents to one principal; what was withdrawn once stays withdrawn, whatever a row says."""
        ...

    def put_contacts(self, version: int, approval: Approval, rows: Sequence[ContactRow]) -> Counts:
        """The same for lists of a campaign. Published, each list takes the place of the one that had its id before."""
        ...

    def empty_contacts(self, version: int, approval: Approval, list_id: str) -> int:
        """Put a list of a campaign that has no entries any more; how many it had. 0 too if there is no such list."""
        ...

    def put_attempts(self, version: int, rows: Sequence[AttemptRow]) -> Counts:
        """The same for calls of the past, each under its campaign's principal."""
        ...

    def put_caller_ids(self, version: int, rows: Sequence[CallerIdRow]) -> Counts:
        """The same for ranges of caller ids; what was said of the very same range before is replaced."""
        ...

    def put_screenings(self, version: int, batch: ScreeningBatch, rows: Sequence[ScreeningRow]) -> Counts:
        """The same for a register's answers."""
        ...

    def newest_answers(
        self, principal: str, register: str, numbers: Iterable[str], *, now: datetime
    ) -> Mapping[str, Screening]:
        """
        What the register answered last about each of these numbers (E.164), up to `now`; without those it never did.

        Of two answers at the same instant the stricter, as `policy.screenings.newest_answer`.
        """
        ...

    def record_export(self, principal: str, register: str, *, file_name: str, digest: str, numbers: int) -> datetime:
        """Record that a list was exported now, to be submitted to a register; `digest` is that of its numbers."""
        ...

    def submissions(self, principal: str, register: str, digest: str) -> tuple[Submission, ...]:
        """Every export of exactly these numbers for this register, oldest first."""
        ...

    def publish(self, version: int, report: Mapping[str, object], *, answered: Answered | None = None) -> None:
        """
        Make the whole version visible by one update, and keep its report; `answered` marks the submission.

        Raises StoreConflict: it is not open any more, or another version of the same kind and principal was published
        since it was begun (of deliveries, whose rows have instants of their own, any number may be).
        """
        ...

    def abandon(self, version: int) -> None:
        """Drop a version that was not published, with its rows."""
        ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery that was published."""

    sha256: str
    """Of what was delivered."""
    report: Mapping[str, object]


class DeliveryStore(ListStore, Protocol):
    """Versions of imported lists, some of which are sent and not fetched."""

    def delivered(self, file: ListFile) -> Delivered | None:
        """The newest published version of this kind, principal and file name; its digest may be another."""
        ...
