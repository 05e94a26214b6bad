"""What was seen of an installation: all that the checks get, and all that they may judge by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from ari_app.watch.doctor.dialplan.plan import Context, Dialplan


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A part that could not be looked at."""

    cause: str
    refused: bool = False
    """It answered, and does not take user or secret; of a database: its schema is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskFault:
    """A known fault of the version at the other end."""

    what: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ari:
    """What ARI tells over HTTP."""

    user: str
    version: str
    entity_id: str
    faults: tuple[AsteriskFault, ...] = ()
    registered: frozenset[str] = frozenset()
    """Stasis applications that there are."""
    may_write: bool = True
    ahead: timedelta = timedelta(0)
    """Asterisk's clock, less ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A PJSIP endpoint as the console shows it."""

    name: str
    exists: bool = True
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What Asterisk's console tells over AMI; empty texts: it does not know the command."""

    user: str
    read: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    channelvars: frozenset[str] = frozenset()
    ami_address: str = ""
    """As `127.0.0.1:5038`."""
    http_address: str = ""
    """Empty: its HTTP server is off."""
    http_encrypted: bool = False
    modules: frozenset[str] = frozenset()
    """Loaded, as `app_dial.so`; empty: they could not be listed."""
    connected: frozenset[str] | None = None
    """Applications with a live websocket; None: this version does not tell."""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    """By name: trunks and phones."""
    dialplan: Dialplan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxFiles:
    """What stands in Asterisk's own files, section and key to value; None: the file cannot be read from here."""

    folder: str
    ari: Mapping[str, Mapping[str, str]] | None = None
    http: Mapping[str, Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFile:
    """A file that nobody else may read."""

    path: Path
    mode: int
    holds: str
    """What is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A port of ours."""

    name: Literal["web", "fastagi"]
    address: str
    state: Literal["ours", "free", "taken"]
    """`ours`: a gate answers there; `taken`: somebody else does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """This machine, as far as the gate stands on it."""

    key_fault: str = ""
    """Why the key cannot be used; empty: it can."""
    files: tuple[SecretFile, ...] = ()
    zones_missing: tuple[str, ...] = ()
    free_bytes: Mapping[str, int] = field(default_factory=dict)
    """By folder."""
    doors: tuple[Door, ...] = ()
    public_url: str = ""
    public_fault: str = ""
    """Why it does not lead to a gate; empty: it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSeen:
    """A campaign that is open."""

    id: str
    principal: str
    packs: tuple[str, ...] = ()
    packs_missing: tuple[str, ...] = ()
    """Of its packs, those that cannot be used."""
    drafts: tuple[str, ...] = ()
    """Of its packs, those that nobody has reviewed."""
    trunk: str = ""
    caller_id: str = ""
    shadow: bool = False
    caller_id_faults: tuple[str, ...] = ()
    """Why its packs would not let it be shown."""
    unregistered_in: tuple[str, ...] = ()
    """Registers, such as ROC, that its packs want its caller id in, and that it is not on record of."""
    unscreened: Mapping[str, int] = field(default_factory=dict)
    """By register: contacts that it never answered about, or whose answer has run out."""
    expiring: Mapping[str, int] = field(default_factory=dict)
    """By register: contacts whose answer runs out within `screening.warn_days`."""
    wins_customers: bool = False
    """It is not to call who is a customer already."""
    customers_at: datetime | None = None
    """When the list of its principal's customers was published last; None: there is none."""
    asks_crm: bool = False
    """Its principal's CRM is asked at every call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A whole register that was loaded."""

    name: str
    valid_until: datetime | None = None
    """The first instant at which a part of it answers no longer."""
    fault: str = ""
    """Why it cannot be read; empty: it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What the database holds, as far as it decides about calls."""

    engine: str
    """`sqlite` or `postgresql`."""
    server_version: tuple[int, ...] = ()
    ahead: timedelta = timedelta(0)
    """Its clock, less ours."""
    key_fault: str = ""
    """Why its numbers cannot be found with this key; empty: they can."""
    campaigns: tuple[CampaignSeen, ...] = ()
    names: frozenset[str] = frozenset()
    """Every campaign, closed ones too."""
    phones: Mapping[str, str] = field(default_factory=dict)
    """Operator to endpoint."""
    registers: tuple[Register, ...] = ()
    """Whole ones, that are loaded or that a pack asks for."""
    unfinished: tuple[str, ...] = ()
    """Imports that were begun and never published."""
    lapsed: tuple[str, ...] = ()
    """Entries of agencies and principals in registers of callers that have run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the configuration says, as far as it is held against what was seen."""

    apps: tuple[str, ...] = ("garbo-a",)
    door: Literal["stasis", "fastagi"] = "stasis"
    agi_gates: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ("PJSIP/trunk",)
    emergency_trunk: str = "PJSIP/trunk"
    special_numbers: tuple[str, ...] = ()
    default_campaign: str = ""
    warn_days: int = 3
    ari_url: str = ""
    ari_user: str = "garbo"
    ami_user: str = ""
    """Empty: AMI is not used."""
    canary: bool = False
    rendered: Mapping[str, Context] = field(default_factory=dict)
    """Our own contexts as this configuration renders them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything."""

    now: datetime
    wanted: Wanted
    ari: Ari | Unseen
    console: Console | Unseen
    files: PbxFiles | Unseen
    machine: Machine
    records: Records | Unseen
