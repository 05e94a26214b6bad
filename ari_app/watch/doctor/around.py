"""What is wrong around a gate: the exchange, its files, the machine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from ari_app.watch.doctor.finding import Finding, found

_SKEW = timedelta(seconds=2)
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
    others: Sequence[str] = ()
    """What the dialplan tries beside it."""
    may_write: bool = True
    stasis: bool = True
    """Gates are asked by Stasis, so that they must be connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Keys of Asterisk's configuration files, as `(file, section, key)`; what is not there is not said."""

    said: Mapping[tuple[str, str, str], str] = field(default_factory=dict)


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
    key_fault: str = ""
    """Why the key cannot be used."""
    zones_missing: Sequence[str] = ()
    """Time zones that cannot be read."""
    web_taken: str = ""
    """Where somebody else listens on the port of the pages."""
    public_fault: str = ""
    """Why browsers do not reach the gate."""
    agi_silent: Sequence[str] = ()
    """Addresses at which the dialplan asks by FastAGI, and nobody listens."""


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
    if not seen.may_write:
        yield found("ari.read_only", "the ARI user may only read")
    if not seen.stasis:
        return
    if seen.app not in seen.apps:
        yield found("ari.no_gate", f"no application {seen.app} is connected to Asterisk")
    for other in seen.others:
        if other not in seen.apps:
            yield found("ari.gate_missing", f"no application {other} is connected to Asterisk")


def of_files(files: Files, trunks: Sequence[str], user: str = "") -> Iterator[Finding]:
    """
    Of Asterisk's configuration files; a file that was not read says nothing.

    `trunks`: those of which the console did not tell; `user`: the one of ARI.
    """
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
        if said.get(("ari.conf", user, "password_format")) == "crypt":
            yield found("ari.password_format", f"ari.conf: the password of {user} is a hash")
    if "asterisk.conf" in read and ("asterisk.conf", "options", "entityid") not in said:
        yield found("ari.entity_id", "asterisk.conf: there is no entityid")
    for trunk in trunks:
        if ("pjsip.conf", trunk.rpartition("/")[2], "from_user") in said:
            yield found("trunk.from_user", f"pjsip.conf: endpoint {trunk} has a from_user")


def of_machine(machine: Machine) -> Iterator[Finding]:
    """Of files, disk, ports and what is switched off."""
    yield from _of_secrets(machine)
    if machine.free < _LEAST_FREE:
        yield found("disk.space", f"{machine.free // (1024 * 1024)} MiB are free where the database is")
    if machine.zones_missing:
        yield found("machine.tzdata", f"no time zone data for {', '.join(machine.zones_missing)}")
    if machine.web_taken:
        yield found("web.port", f"somebody else than a gate answers at {machine.web_taken}")
    if machine.public_fault:
        yield found("web.public_url", machine.public_fault)
    for address in machine.agi_silent:
        yield found("fastagi.silent", f"nobody listens at {address}")
    if not machine.ami:
        yield found("ami.off", "[asterisk] ami_user is empty")
    if not machine.canary:
        yield found("canary.off", "[canary] number is empty")


def _of_secrets(machine: Machine) -> Iterator[Finding]:
    if machine.key_fault:
        yield found("key.missing", machine.key_fault)
    if machine.key is not None and machine.key[1] & _PRIVATE:
        yield found("key.mode", f"{machine.key[0]} can be read by others ({machine.key[1]:o})")
    for path, mode in machine.secrets:
        if mode & _PRIVATE:
            yield found("secret.mode", f"{path} can be read by others ({mode:o})")


def _number(text: str) -> int | None:
    return int(text) if text.strip().isascii() and text.strip().isdigit() else None
