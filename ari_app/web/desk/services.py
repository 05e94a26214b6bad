"""
What the desk's pages need of others, and nothing else. Each may raise StoreUnavailable.

A refusal is a value here: whatever is refused is shown beside what the operator had typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from ari_app.desk.walks import Walks
from ari_app.policy.disposition import Disposition
from ari_app.policy.record import VerdictRecord
from ari_app.ports.clock import Clock
from ari_app.ports.dispositions import Noted
from ari_app.ports.live_calls import LiveCall
from ari_app.web.access import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """One earlier call to the callee."""

    at: datetime | None
    operator: str
    campaign: str
    word: str
    """Disposition, else outcome; empty: not known."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of the callee."""

    name: str = ""
    number: str = ""
    customer: str = "unknown"
    """`none`, `current`, `ended` or `unknown`."""
    products: Sequence[str] = ()
    since: datetime | None = None
    contacts: Sequence[PastContact] | None = ()
    """The last ones, newest first; None: it is not known whether there were any."""
    promises: Sequence[datetime] = ()
    """When a call was promised for that has not been kept yet."""
    needs: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextContact:
    """Who is to be called next: somebody who may be called just now."""

    e164: str
    campaign_id: str
    campaign: str
    name: str = ""
    why: str = ""
    """Why the call would be allowed, in a sentence; empty: no rule objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCallback:
    """A call that was promised."""

    due_at: datetime
    e164: str
    campaign_id: str
    campaign: str
    name: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Something to be read first: a notice, or a version of a script."""

    title: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookAnswer:
    """An approved answer of the book, in the operator's language."""

    question: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a word was not taken, or a call not begun."""

    reasons: tuple[str, ...]
    """Sentences in the operator's language; of a call none: its number is never gated, so Garbo does not begin it."""
    first_allowed: datetime | None = None
    """For a callback: the first instant for which it may be promised."""
    code: str = ""
    """Of what is wrong with the word itself, whatever the rules say: `past`, `far` or `unfit`; empty: nothing is."""


class Desks(Protocol):
    """Which call an operator is in."""

    def of(self, operator: str) -> LiveCall | None:
        """Their newest call, until it is closed by `done`."""
        ...

    def mark(self, operator: str) -> str:
        """Of the newest change for them, as their stream of events tells it."""
        ...

    def look_again(self, operator: str) -> None:
        """Wake their desks: something that the pages show has changed."""
        ...

    def done(self, operator: str, call_id: str) -> object:
        """The work after this call is over."""
        ...


class States(Protocol):
    """What operators do: `available`, `in_call`, `after_call`, `break`, `offline`."""

    async def of(self, operator: str) -> str:
        """Now."""
        ...

    async def set(self, operator: str, state: str) -> bool:
        """From now on; False: not while they are in a call."""
        ...


class Calls(Protocol):
    """Verdicts on record, and what was noted of them."""

    async def call(self, call_id: str) -> VerdictRecord | None:
        """A verdict with its outcome."""
        ...

    async def noted(self, call_id: str) -> tuple[Noted, ...]:
        """Every word on a call, oldest first; the last one counts."""
        ...

    async def brand(self, record: VerdictRecord) -> str:
        """The principal as people read of it."""
        ...


class Stories(Protocol):
    """What is known of callees."""

    async def of(self, record: VerdictRecord) -> Story:
        """The story of whom this call is to."""
        ...


class Wording(Protocol):
    """The words of a script with their merge fields filled."""

    async def filler(self, record: VerdictRecord, person: Person) -> "Fill":
        """What fills the texts of this call."""
        ...


class Fill(Protocol):
    """Fills one text."""

    def __call__(self, text: str) -> str:
        """What cannot be filled stands as it is written: nobody shall read over a gap."""
        ...


class Noting(Protocol):
    """Takes words on calls."""

    async def note(
        self,
        call_id: str,
        *,
        person: Person,
        word: Disposition,
        note: str = "",
        needs: tuple[str, ...] = (),
        due_at: datetime | None = None,
        callback_by: str = "",
        value: str = "",
    ) -> Noted | Refusal:
        """Record it with all that follows from it; only then is it done. Raises StoreConflict."""
        ...


class Contacts(Protocol):
    """Whom to call, and how the day went."""

    async def next_for(self, person: Person) -> NextContact | None:
        """Somebody who may be called just now; None: there is nobody."""
        ...

    async def due(self, operator: str) -> tuple[DueCallback, ...]:
        """Callbacks that are due today or overdue, first things first."""
        ...

    async def day(self, operator: str) -> Mapping[str, int]:
        """My day: `calls`, `conversations`, `sold`, `callbacks`."""
        ...


class Dialling(Protocol):
    """Calls on an operator's click."""

    async def call(self, person: Person, *, e164: str, campaign_id: str) -> Refusal | None:
        """The operator's own phone rings, then the call is judged as any other. A refusal says why it does not."""
        ...


class Reading(Protocol):
    """What an operator has not read yet, and what the book says."""

    async def notices(self, person: Person) -> tuple[Unread, ...]:
        """Notices that concern them."""
        ...

    async def scripts(self, person: Person) -> tuple[Unread, ...]:
        """Versions of scripts of their campaigns."""
        ...

    async def answers(self, ids: Sequence[str], *, language: str) -> tuple[BookAnswer, ...]:
        """These entries of the book, as far as they are in force, in this order."""
        ...


class Phones(Protocol):
    """Who sits at which phone."""

    async def of(self, operator: str) -> str:
        """Theirs, as `PJSIP/101`; empty: not known."""
        ...


class KeyMaps(Protocol):
    """Keys that operators have given to actions."""

    async def of(self, operator: str) -> Mapping[str, str]:
        """Action to key, of those that were given another one."""
        ...

    async def save(self, operator: str, keys: Mapping[str, str]) -> None:
        """These and no others from now on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskServices:
    """All of it, for the room."""

    desks: Desks
    states: States
    calls: Calls
    walks: Walks
    stories: Stories
    wording: Wording
    noting: Noting
    contacts: Contacts
    dialling: Dialling
    reading: Reading
    phones: Phones
    key_maps: KeyMaps
    clock: Clock
    zone: tzinfo | None = None
    """Whose clock the page tells the time by; None: this machine's."""
