"""What is wrong by Asterisk's console: rights on AMI, addresses that are open, endpoints that calls need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ari_app.watch.doctor.finding import Finding, found

_READ, _WRITE = ("system", "call"), ("call", "reporting", "originate", "command")
_WATCHERS = 2
"""A gate, and whoever watches while it hangs: `garbo watch`, or another gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What the console told; None: it did not, or this release has no such command."""

    user: str
    read: frozenset[str] | None = None
    write: frozenset[str] | None = None
    """Rights of the user on AMI."""
    channelvars: frozenset[str] | None = None
    """Variables that every event of AMI carries."""
    watchers: int | None = None
    """How many processes of this user are told of lines now."""
    ami_address: str = ""
    http_address: str = ""
    """Where they listen unencrypted, as `127.0.0.1:8088`; empty: nowhere."""
    endpoints: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)
    """Settings of PJSIP endpoints that were asked about; None: there is no such endpoint."""

    def contexts(self, names: Mapping[str, str]) -> tuple[str, ...]:
        """Contexts in which calls of these endpoints begin."""
        held = (self.endpoints.get(name) or {} for name in names)
        return tuple(dict.fromkeys(values["context"] for values in held if values.get("context")))


def of_console(console: Console, *, trunks: Mapping[str, str], phones: Mapping[str, str]) -> Iterator[Finding]:
    """What is wrong; `trunks` and `phones` are names of endpoints, each with who names it."""
    yield from _rights(console)
    if console.channelvars is not None and "GARBO_PERMIT" not in console.channelvars:
        yield found("ami.channelvars", "events of AMI do not carry GARBO_PERMIT")
    if console.watchers is not None and console.watchers < _WATCHERS:
        yield found("ami.one_watch", f"{console.watchers} of user {console.user} are connected")
    for id, address in (("ami.exposed", console.ami_address), ("ari.exposed", console.http_address)):
        if _is_open(address):
            yield found(id, f"it listens unencrypted at {address}")
    for name, whose in trunks.items():
        settings = console.endpoints.get(name, {})
        if settings is None:
            yield found("trunk.missing", f"{whose} names PJSIP/{name}, and there is no such endpoint")
        elif settings.get("from_user"):
            yield found("trunk.from_user", f"endpoint {name} has from_user = {settings['from_user']}")
    for name, whose in phones.items():
        if name in console.endpoints and console.endpoints[name] is None:
            yield found("operator.phone", f"{whose} has PJSIP/{name}, and there is no such endpoint")


def _rights(console: Console) -> Iterator[Finding]:
    lacking = [
        f"{kind} = {right}"
        for kind, wanted, held in (("read", _READ, console.read), ("write", _WRITE, console.write))
        for right in wanted
        if held is not None and not held & {right, "all"}
    ]
    if lacking:
        yield found("ami.rights", f"user {console.user} lacks {', '.join(lacking)}")


def _is_open(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    return bool(host) and host not in ("::1", "localhost") and not host.startswith("127.")
