"""What is wrong around a gate but for its dialplan: the exchange, its files, campaigns, lists, the machine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ari_app.policy.request import Campaign
from ari_app.watch.doctor.finding import Finding, found

_SKEW = timedelta(seconds=2)
_STALE = timedelta(days=30)
_LEAST_FREE = 500 * 1024 * 1024
_LEAST_SESSIONS = 200
_LEAST_KEEP_ALIVE_MS = 20_000
_LEAST_WRITE_TIMEOUT_MS = 1000
_PRIVATE = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What ARI says of the Asterisk that runs."""

    version: str
    faults: Sequence[str]
    """Known faults of this version, in words."""
    ahead: timedelta
    """How far its clock is ahead of this machine's."""
    modules: frozenset[str]
    """Those that run."""
    needed: frozenset[str]
    apps: frozenset[str]
    """Stasis applications that are connected."""
    app: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Keys of Asterisk's configuration files, as `(file, section, key)`; what is not there is not said."""

    said: Mapping[tuple[str, str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the database holds."""

    campaigns: Sequence[Campaign]
    packs: Mapping[str, str]
    """Status by id."""
    registered: Sequence[tuple[str, str]]
    """Ranges of caller ids that some register holds, E.164."""
    published: Mapping[tuple[str, str], datetime]
    """By kind and principal, when a list was published last."""
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the machine says."""

    key: tuple[str, int] | None
    """The key file and its mode; None: it is not there."""
    secrets: Sequence[tuple[str, int]]
    free: int
    """Bytes where the database is."""
    guarded: Sequence[str]
    ami: bool
    canary: bool


def of_exchange(seen: Exchange) -> Iterator[Finding]:
    """Of the exchange."""
    for fault in seen.faults:
        yield found("asterisk.fault", f"Asterisk {seen.version} {fault}")
    for module in sorted(seen.needed - seen.modules):
        yield found("asterisk.module", f"{module} is not running")
    if abs(seen.ahead) > _SKEW:
        yield found(
            "clock.skew", f"Asterisk's clock differs from this machine's by {seen.ahead.total_seconds():+.1f} s"
        )
    if seen.app not in seen.apps:
        yield found("ari.no_gate", f"no application {seen.app} is connected to Asterisk")


def of_files(files: Files, trunks: Sequence[str]) -> Iterator[Finding]:
    """Of Asterisk's configuration files; a file that was not read says nothing."""
    said = files.said
    read = {file for file, _, _ in said}
    if "http.conf" in read:
        sessions = _number(said.get(("http.conf", "general", "sessionlimit"), "100"))
        if sessions is not None and sessions < _LEAST_SESSIONS:
            yield found("http.sessions", f"http.conf: sessionlimit is {sessions}")
        kept = _number(said.get(("http.conf", "general", "session_keep_alive"), "15000"))
        if kept is not None and kept < _LEAST_KEEP_ALIVE_MS:
            yield found("http.keep_alive", f"http.conf: session_keep_alive is {kept} ms")
    if "ari.conf" in read:
        wait = _number(said.get(("ari.conf", "general", "websocket_write_timeout"), "100"))
        if wait is not None and wait < _LEAST_WRITE_TIMEOUT_MS:
            yield found("ari.write_timeout", f"ari.conf: websocket_write_timeout is {wait} ms")
    if "asterisk.conf" in read and ("asterisk.conf", "options", "entityid") not in said:
        yield found("ari.entity_id", "asterisk.conf: there is no entityid")
    for trunk in trunks:
        if ("pjsip.conf", trunk.rpartition("/")[2], "from_user") in said:
            yield found("trunk.from_user", f"pjsip.conf: endpoint {trunk} has a from_user")


def of_books(books: Books, guarded: Sequence[str]) -> Iterator[Finding]:
    """Of campaigns, packs and lists; closed campaigns say nothing."""
    open_ones = [each for each in books.campaigns if not each.closed]
    for campaign in open_ones:
        if not campaign.packs:
            yield found("campaign.no_packs", f"campaign {campaign.id} has no pack")
        trunk = campaign.trunk if "/" in campaign.trunk else f"PJSIP/{campaign.trunk}"
        if trunk not in guarded:
            yield found("campaign.trunk", f"campaign {campaign.id} dials over {trunk}, which is not guarded")
        held = any(first <= campaign.caller_id <= last for first, last in books.registered)
        if "it" in campaign.packs and not held:
            yield found("caller_id.unregistered", f"campaign {campaign.id} calls from a number that no register holds")
    for pack in sorted({pack for campaign in open_ones for pack in campaign.packs}):
        if books.packs.get(pack) == "draft":
            yield found("pack.draft", f"pack {pack} is a draft")
    for principal in sorted({campaign.principal for campaign in open_ones}):
        yield from _of_principal(books, principal)


def _of_principal(books: Books, principal: str) -> Iterator[Finding]:
    own = {kind: at for (kind, whose), at in books.published.items() if whose in (principal, "") and kind != "contacts"}
    if not own:
        yield found("lists.none", f"principal {principal} has no list of customers or suppressions")
    for kind, at in sorted(own.items()):
        if books.now - at > _STALE:
            yield found("lists.stale", f"{kind} of {principal} are {(books.now - at).days} days old")


def of_machine(machine: Machine) -> Iterator[Finding]:
    """Of files, disk and what is switched off."""
    if machine.key is not None and machine.key[1] & _PRIVATE:
        yield found("key.mode", f"{machine.key[0]} can be read by others ({machine.key[1]:o})")
    for path, mode in machine.secrets:
        if mode & _PRIVATE:
            yield found("secret.mode", f"{path} can be read by others ({mode:o})")
    if machine.free < _LEAST_FREE:
        yield found("disk.space", f"{machine.free // (1024 * 1024)} MiB are free where the database is")
    if not machine.ami:
        yield found("ami.off", "[asterisk] ami_user is empty")
    if not machine.canary:
        yield found("canary.off", "[canary] number is empty")


def _number(text: str) -> int | None:
    return int(text) if text.strip().isascii() and text.strip().isdigit() else None
