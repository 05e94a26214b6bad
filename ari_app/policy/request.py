"""
The call that is asked for: who wants to call whom, for which campaign.

An `Ask` is what a door was told, as text. A `CallRequest` is the same after the number was read and campaign and
operator were looked up; it is what the rules see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from ari_app.policy.numbers import Callee
from ari_app.policy.numbers import NumberFormat as NumberFormat


class Purpose(StrEnum):
    """Why a campaign calls (RULES 6.0)."""

    ACQUISITION = "acquisition"
    RETENTION = "retention"
    UPSELL = "upsell"
    CONSENT_RECOVERY = "consent_recovery"
    RESEARCH = "research"
    CARE = "care"
    SERVICE = "service"
    OFFICE = "office"


MARKETING = frozenset({Purpose.ACQUISITION, Purpose.RETENTION, Purpose.UPSELL, Purpose.CONSENT_RECOVERY})
"""The group `marketing`. Asking for consent is itself marketing (Cass. 11019/2021)."""


OBJECTED_TO = frozenset({Purpose.RESEARCH, Purpose.CARE})
"""
Calls that are no marketing and that nobody needs: who says "never again" in one is not called for its campaign again.

A service call belongs to a contract and an office call to a person; neither ends by what was said in one call.
"""


class Mode(StrEnum):
    """Whether objections stop a call (`enforce`) or are only noted (`shadow`)."""

    ENFORCE = "enforce"
    SHADOW = "shadow"


class Role(StrEnum):
    """What a person may see and do."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Door(StrEnum):
    """Through which door a verdict was asked for."""

    STASIS = "stasis"
    FASTAGI = "fastagi"
    CHECK = "check"
    API = "api"
    DESK = "desk"
    """An operator, of somebody who is on the line already: an offer in a call that was permitted without one."""


class CallMode(StrEnum):
    """Who speaks: a person, or a machine of some kind."""

    LIVE = "live"
    AUTOMATED = "automated"
    PRERECORDED = "prerecorded"
    AI_VOICE = "ai_voice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An entry in a register of those who call: ROC, SAN, a TPS licence."""

    register: str
    holder: Literal["agency", "principal"]
    number: str
    valid_until: datetime | None = None
    """The first instant at which it no longer holds; None: it has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A line of a campaign's routing table: for whom it is, and which words they get."""

    when: Mapping[str, tuple[str, ...]] = field(hash=False)
    """Conditions, as `policy.scripts.situation`; empty: for everybody."""
    script: str
    variant: str = ""
    """Empty: by what is known of the callee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One principal's reason to call, with the packs that bind it."""

    id: str
    principal: str
    purpose: Purpose
    sector: str
    packs: tuple[str, ...]
    """Pack ids beside the built-in `core`, which is always in force."""
    trunk: str
    """The endpoint that carries its calls, as `PJSIP/name` or only `name`."""
    caller_id: str
    """E.164, with plus."""
    region: str
    """ISO 3166 country in which dialled numbers are read."""
    agency: str | None = None
    script: str | None = None
    number_format: NumberFormat = NumberFormat.E164
    packs_mode: Mode = Mode.ENFORCE
    closed: bool = False
    operators: frozenset[str] = frozenset()
    """Operators it admits; empty admits any phone."""
    product: str = ""
    """What it offers; empty: nothing in particular."""
    call_mode: CallMode = CallMode.LIVE
    own_similar_products: bool = False
    """The principal declares: what is offered is its own, and like what its customers have bought."""
    trunk_country: str = ""
    """ISO country in which its calls enter the network; empty: that of `region`."""
    opened_at: datetime | None = None
    """When it was set up; None: not on record."""
    ends_at: datetime | None = None
    """The first instant at which it calls no longer, by its plan: screenings are to hold so long. It closes nothing."""
    registrations: tuple[Registration, ...] = ()
    """Of its agency and its principal."""
    languages: str = ""
    """What it is called in, parted by spaces, as `it de`; empty: whatever its operators speak."""
    customers: Literal["", "deny", "care"] = ""
    """
    What becomes of a call to somebody who is a customer of the principal already: denied whatever the purpose, or
    permitted under `care_script` where purpose and packs allow it; empty: as the packs say.
    """
    care_script: str | None = None
    offers: str | None = None
    """The upsell campaign under which an operator may come to an offer in a call of this one."""
    routes: tuple[Route, ...] = ()
    """Which script for whom: the first line that fits; where none does, `script`."""
    principal_name: str = field(default="", compare=False)
    """How the principal is called when people read of it; empty: by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person who calls, and the phone they call from."""

    id: str
    endpoint: str
    language: str
    role: Role = Role.OPERATOR
    campaigns: tuple[str, ...] = ()
    name: str = ""
    """As they give it on the phone; empty: their id."""
    team: str = ""
    speaks: tuple[str, ...] = ()
    """Languages beside `language`."""
    unread: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Scripts whose served version is to be read before it is used, and that they have not read: id to version."""

    @property
    def languages(self) -> tuple[str, ...]:
        """All that they speak, the one they read in first."""
        return tuple(dict.fromkeys((self.language, *self.speaks)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A permit is to be held for a call that comes later."""

    token: str
    """Id of the token that asks for it."""
    held_for: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a door was told; nothing in it has been looked up or read yet. Empty text: not said."""

    dialled: str
    door: Door
    campaign: str = ""
    operator: str = ""
    endpoint: str = ""
    """The calling channel's endpoint, as `PJSIP/101`."""
    channel_id: str = ""
    asterisk_id: str = ""
    idempotency_key: str = ""
    """
    Names the channel, or whatever asks more than once. The same key, number and campaign get the same verdict, and
    count once. Empty: every ask is judged anew.
    """
    call_id: str = ""
    """A reservation to redeem (`GARBO_CALL_ID`)."""
    attended: bool = False
    """An operator is on the line already, before anybody is called."""
    principal: str = ""
    """Who asks knows of this principal's campaigns alone. Empty: of all."""
    ahead: Ahead | None = None
    """A permit is a reservation, to be redeemed by the call itself. None: the call is there."""


def passage_key(asterisk_id: str, channel_id: str) -> str:
    """The idempotency key of a channel: however often it comes to a gate, and to which, it is the same call."""
    return f"{asterisk_id}/{channel_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A call as the rules see it."""

    call_id: str
    """ULID, unique for each call."""
    ask: Ask
    callee: Callee
    campaign_id: str
    """The campaign that was named or fell to this call; empty if none did."""
    campaign: Campaign | None
    """None: no campaign of that id exists."""
    operator_id: str
    operator: Operator | None
    asked_at: datetime
    idempotency_key: str = ""
    """The ask's key with number and campaign as they were read: two spellings are one call."""
    direction: str = "outbound"
    by_token: bool = False
    """It redeems what was reserved by a token, which admits it where nobody is known who calls."""

    @property
    def mode(self) -> CallMode:
        """Who will speak; a person, if no campaign says otherwise."""
        return self.campaign.call_mode if self.campaign else CallMode.LIVE

    @property
    def attended(self) -> bool:
        """
        Whether an operator is on the line before the callee's phone rings.

        A channel that has nobody behind it is attended if it names an operator whom we know: then it is that
        operator's. What was reserved for nobody in particular has nobody either, whatever channel it comes on. A check
        asks about the callee: it is answered as for any operator who waits.
        """
        theirs = bool(self.ask.operator) and self.operator is not None
        match self.ask.door:
            case Door.STASIS | Door.FASTAGI:
                return theirs or (self.ask.attended and not (self.by_token and self.operator is None))
            case Door.CHECK:
                return True
            case Door.DESK:
                return True
            case Door.API:
                return theirs

    @property
    def subject(self) -> str:
        """What the call is about: the campaign's product, else its sector."""
        return (self.campaign.product or self.campaign.sector) if self.campaign else ""
