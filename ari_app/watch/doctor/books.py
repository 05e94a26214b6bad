"""What is wrong with what is on record: campaigns, their packs and caller ids, lists, and the database itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ari_app.policy.request import Campaign, Mode
from ari_app.watch.doctor.finding import Finding, found

_STALE = timedelta(days=30)
_SKEW = timedelta(seconds=2)
_OLDEST = {"sqlite": (3, 35), "postgresql": (13,)}
"""SQLite: `RETURNING`. PostgreSQL: the oldest that still gets fixes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """How far one register's answers let a campaign call its contacts."""

    register: str
    unanswered: int
    """It never answered, or its answer has run out."""
    expiring: int
    """Its answer runs out within `screening.warn_days`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the database holds."""

    campaigns: Sequence[Campaign]
    packs: Mapping[str, str]
    """Status by id, of those that can be used."""
    published: Mapping[tuple[str, str], datetime]
    """By kind and principal, when a list was published last."""
    now: datetime
    caller_ids: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """By campaign, what its packs have against its caller id: reason code, and why."""
    screened: Mapping[str, Sequence[Screened]] = field(default_factory=dict)
    """By campaign."""
    default_campaign: str = ""
    unfinished: Sequence[str] = ()
    """Imports that were begun and never published."""
    lapsed: Sequence[str] = ()
    """Entries in registers of callers that have run out."""
    registers: Mapping[str, str] = field(default_factory=dict)
    """Whole registers that cannot answer, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The database itself."""

    engine: str
    """`sqlite` or `postgresql`."""
    version: tuple[int, ...]
    ahead: timedelta = timedelta(0)
    """How far its clock is ahead of this machine's."""


def of_server(server: Server) -> Iterator[Finding]:
    """Of the database itself."""
    least = _OLDEST.get(server.engine, ())
    if server.version < least:
        held, wanted = (".".join(map(str, each)) for each in (server.version, least))
        yield found("database.version", f"{server.engine} {held} is older than {wanted}")
    if abs(server.ahead) > _SKEW:
        seconds = server.ahead.total_seconds()
        yield found("database.clock", f"the database's clock differs from this machine's by {seconds:+.1f} s")


def of_books(books: Books, guarded: Sequence[str]) -> Iterator[Finding]:
    """Of campaigns, packs and lists; closed campaigns say nothing."""
    open_ones = [each for each in books.campaigns if not each.closed]
    default = books.default_campaign
    if default and default not in {each.id for each in open_ones}:
        state = "closed" if default in {each.id for each in books.campaigns} else "unknown"
        yield found("campaign.default", f"default_campaign {default} is {state}")
    for campaign in open_ones:
        yield from _of_campaign(books, campaign, guarded)
    for pack in sorted({pack for campaign in open_ones for pack in campaign.packs}):
        if books.packs.get(pack) == "draft":
            yield found("pack.draft", f"pack {pack} is a draft")
    for principal in sorted({campaign.principal for campaign in open_ones}):
        yield from _of_principal(books, principal)
    for each in books.unfinished:
        yield found("lists.unfinished", each)
    for each in books.lapsed:
        yield found("registration.lapsed", each)
    for name, why in books.registers.items():
        yield found("register.stale", f"register {name}: {why}")


def _of_campaign(books: Books, campaign: Campaign, guarded: Sequence[str]) -> Iterator[Finding]:
    name = f"campaign {campaign.id}"
    if not campaign.packs:
        yield found("campaign.no_packs", f"{name} has no pack")
    for pack in campaign.packs:
        if pack not in books.packs:
            yield found("campaign.pack_missing", f"{name} names pack {pack}, which cannot be used")
    if campaign.packs_mode is Mode.SHADOW:
        yield found("campaign.shadow", f"{name} is in shadow mode")
    trunk = campaign.trunk if "/" in campaign.trunk else f"PJSIP/{campaign.trunk}"
    if trunk not in guarded:
        yield found("campaign.trunk", f"{name} dials over {trunk}, which is not guarded")
    for code, why in books.caller_ids.get(campaign.id, ()):
        kind = "caller_id.unregistered" if code == "caller_id_not_registered" else "caller_id.not_allowed"
        yield found(kind, f"{name} shows {campaign.caller_id or 'no number'}: {why}")
    for each in books.screened.get(campaign.id, ()):
        if each.unanswered:
            yield found(
                "screening.expired", f"{name}: {each.unanswered} contacts have no valid answer of {each.register}"
            )
        if each.expiring:
            yield found("screening.expiring", f"{name}: {each.expiring} answers of {each.register} run out soon")


def _of_principal(books: Books, principal: str) -> Iterator[Finding]:
    own = {kind: at for (kind, whose), at in books.published.items() if whose in (principal, "") and kind != "contacts"}
    if not own:
        yield found("lists.none", f"principal {principal} has no list of customers or suppressions")
    for kind, at in sorted(own.items()):
        if books.now - at > _STALE:
            yield found("lists.stale", f"{kind} of {principal} are {(books.now - at).days} days old")
