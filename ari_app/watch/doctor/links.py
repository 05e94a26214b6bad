"""Checks on how Garbo and Asterisk reach each other: ARI, AMI, the HTTP server, and the gates that are there."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from ari_app.watch.doctor.finding import Finding, Known, Severity
from ari_app.watch.doctor.seen import Ari, Console, PbxFiles, Seen, Unseen

ARI_UNREACHABLE = Known(
    id="ari.unreachable",
    severity=Severity.ERROR,
    what="ARI does not answer: {cause}.",
    why="Without it no gate judges by Stasis, and every call is refused.",
    mend="Set `enabled = yes` in http.conf and ari.conf, load res_ari.so, and check asterisk.ari_url ({url}).",
)
ARI_REFUSED = Known(
    id="ari.refused",
    severity=Severity.ERROR,
    what="ARI does not take asterisk.ari_user and its password: {cause}.",
    why="The gate cannot connect, and every call is refused.",
    mend="Make both the same as a section `[{user}]` with `type = user` in ari.conf, then `module reload res_ari.so`.",
)
ARI_READ_ONLY = Known(
    id="ari.read_only",
    severity=Severity.ERROR,
    what="The ARI user may only read.",
    why="A verdict cannot be told to a channel: every call runs into its time-out.",
    mend="`read_only = no` for `[{user}]` in ari.conf, then `module reload res_ari.so`.",
)
NO_GATE = Known(
    id="gate.absent",
    severity=Severity.ERROR,
    what="No gate is connected: none of asterisk.apps is registered.",
    why="Every call is refused as `unavailable`.",
    mend="Start one: `garbo serve`; its log says what keeps it from connecting.",
)
GATE_MISSING = Known(
    id="gate.missing",
    severity=Severity.WARNING,
    what="Gates that asterisk.apps names are not connected.",
    why="The dialplan tries them in vain; while none of the others answers, calls are refused.",
    mend="Start them (`GARBO_ASTERISK__APP=NAME garbo serve`), or take them out of apps and render the dialplan anew.",
)
WRITE_TIMEOUT = Known(
    id="ari.write_timeout",
    severity=Severity.WARNING,
    what="websocket_write_timeout is {held} ms.",
    why="A gate that is busy for a moment is cut off, and while it is away calls are refused.",
    mend="`websocket_write_timeout = 2000` in [general] of {folder}/ari.conf, then `module reload res_ari.so`.",
)
HASHED = Known(
    id="ari.password_format",
    severity=Severity.WARNING,
    what="The ARI user's password is kept as a hash.",
    why="Asterisk computes it for each request: 2 ms, several times a call.",
    mend="`password_format = plain` for `[{user}]` in {folder}/ari.conf, and the file readable by Asterisk alone.",
)
SESSIONS = Known(
    id="http.sessionlimit",
    severity=Severity.WARNING,
    what="The HTTP server takes {held} sessions.",
    why="Idle connections count. Beyond it Asterisk closes new ones without an answer: a gate cannot connect.",
    mend="`sessionlimit = 500` in {folder}/http.conf, then `module reload http`.",
)
KEEP_ALIVE = Known(
    id="http.session_keep_alive",
    severity=Severity.WARNING,
    what="The HTTP server closes idle connections after {held} ms.",
    why="A request that is sent just then is lost and has to be sent again, while a call waits.",
    mend="`session_keep_alive = 60000` in {folder}/http.conf, then `module reload http`.",
)
HTTP_OFF = Known(
    id="http.off",
    severity=Severity.ERROR,
    what="Asterisk's HTTP server is off.",
    why="ARI is served by it: no gate can connect.",
    mend="`enabled = yes` and `bindaddr = 127.0.0.1` in http.conf, then `module reload http`.",
)
HTTP_OPEN = Known(
    id="http.exposed",
    severity=Severity.WARNING,
    what="Asterisk's HTTP server listens unencrypted on {address}.",
    why="Who can reach it can read the ARI password on the wire, and with it place and end calls.",
    mend="`bindaddr = 127.0.0.1` in http.conf, or TLS there and `https://` in asterisk.ari_url.",
)
FILES_UNSEEN = Known(
    id="files.unseen",
    severity=Severity.NOTE,
    what="Asterisk's own configuration was not read: {cause}.",
    why="websocket_write_timeout, password_format, sessionlimit and session_keep_alive were not looked at.",
    mend="Run `garbo doctor` on Asterisk's machine, as a user who may read ari.conf and http.conf.",
)
AMI_OFF = Known(
    id="ami.off",
    severity=Severity.WARNING,
    what="AMI is not configured.",
    why="Nobody sees a call that goes round the gate, and silent calls of dialers are not cut.",
    mend="A user in manager.conf with `read = system,call` and `write = call,reporting,originate,command`; name it in "
    "asterisk.ami_user.",
)
AMI_UNREACHABLE = Known(
    id="ami.unreachable",
    severity=Severity.ERROR,
    what="AMI does not answer: {cause}.",
    why="Nobody sees a call that goes round the gate.",
    mend="`enabled = yes` in manager.conf, and check asterisk.ami_host and ami_port.",
)
AMI_REFUSED = Known(
    id="ami.refused",
    severity=Severity.ERROR,
    what="AMI does not take asterisk.ami_user and its secret: {cause}.",
    why="Nobody sees a call that goes round the gate.",
    mend="Make both the same as a section of manager.conf, `permit` this machine's address, then `manager reload`.",
)
AMI_RIGHTS = Known(
    id="ami.rights",
    severity=Severity.ERROR,
    what="The AMI user lacks rights that are needed.",
    why="Without `system` and `call` no line is told of; without `reporting` none can be asked about; `command` reads "
    "the dialplan; `originate` begins the canary's and operators' calls.",
    mend="`read = system,call` and `write = call,reporting,originate,command` for `[{user}]` in manager.conf, then "
    "`manager reload`.",
)
CHANNELVARS = Known(
    id="ami.channelvars",
    severity=Severity.WARNING,
    what="Events of AMI do not carry GARBO_PERMIT.",
    why="For each leg on a guarded trunk its permit has to be asked for: a leg without one is cut later.",
    mend="`channelvars = GARBO_PERMIT` in [general] of manager.conf, then `manager reload`.",
)
AMI_OPEN = Known(
    id="ami.exposed",
    severity=Severity.WARNING,
    what="AMI listens unencrypted on {address}.",
    why="Who can reach it can read its secret on the wire, and with it place calls past every gate.",
    mend="`bindaddr = 127.0.0.1` in [general] of manager.conf, then restart Asterisk.",
)
CLOCK = Known(
    id="clock.asterisk",
    severity=Severity.WARNING,
    what="Asterisk's clock is {seconds} s {way} this machine's.",
    why="Records of both do not fit together. The gate allows for it while it judges, and its start-up does not.",
    mend="Let both follow the same time server: `timedatectl set-ntp true`.",
)
KNOWN = (
    *(ARI_UNREACHABLE, ARI_REFUSED, ARI_READ_ONLY, NO_GATE, GATE_MISSING, WRITE_TIMEOUT, HASHED),
    *(HTTP_OFF, HTTP_OPEN, SESSIONS, KEEP_ALIVE, FILES_UNSEEN),
    *(AMI_OFF, AMI_UNREACHABLE, AMI_REFUSED, AMI_RIGHTS, CHANNELVARS, AMI_OPEN, CLOCK),
)

_READ, _WRITE = ("system", "call"), ("call", "reporting", "originate", "command")
_SHORTEST_WRITE_MS, _SHORTEST_KEPT_MS, _FEWEST_SESSIONS = 1000, 30_000, 200
_DEFAULTS = {"websocket_write_timeout": 100, "sessionlimit": 100, "session_keep_alive": 15_000}
_CLOCK_MAY = timedelta(seconds=1)


def check(seen: Seen) -> Iterator[Finding]:
    """What is wrong between Garbo and Asterisk."""
    yield from _ari(seen)
    yield from _gates(seen)
    yield from _ami(seen)
    yield from _http(seen)
    yield from _files(seen)


def _ari(seen: Seen) -> Iterator[Finding]:
    ari = seen.ari
    if isinstance(ari, Unseen):
        known = ARI_REFUSED if ari.refused else ARI_UNREACHABLE
        yield known.found(cause=ari.cause, url=seen.wanted.ari_url, user=seen.wanted.ari_user)
        return
    if not ari.may_write:
        yield ARI_READ_ONLY.found(user=ari.user)
    if abs(ari.ahead) > _CLOCK_MAY:
        seconds = round(abs(ari.ahead).total_seconds(), 1)
        yield CLOCK.found(seconds=seconds, way="ahead of" if ari.ahead > timedelta(0) else "behind")


def _gates(seen: Seen) -> Iterator[Finding]:
    if not isinstance(seen.ari, Ari) or seen.wanted.door == "fastagi":
        return  # the ports of FastAGI are checked where ports are
    there = seen.ari.registered
    if isinstance(seen.console, Console) and seen.console.connected is not None:
        there &= seen.console.connected  # an application outlives its gate while a channel stands in it
    missing = [app for app in seen.wanted.apps if app not in there]
    if len(missing) == len(seen.wanted.apps):
        yield NO_GATE.found(missing)
    else:
        yield from GATE_MISSING.at(missing)


def _ami(seen: Seen) -> Iterator[Finding]:
    console = seen.console
    if not seen.wanted.ami_user:
        yield AMI_OFF.found()
        return
    if isinstance(console, Unseen):
        yield (AMI_REFUSED if console.refused else AMI_UNREACHABLE).found(cause=console.cause)
        return
    lacking = [f"read: {right}" for right in _READ if not {right, "all"} & console.read]
    lacking += [f"write: {right}" for right in _WRITE if not {right, "all"} & console.write]
    yield from AMI_RIGHTS.at(lacking, user=console.user)
    if "command" in console.write and "GARBO_PERMIT" not in console.channelvars:
        yield CHANNELVARS.found()
    if _is_open(console.ami_address):
        yield AMI_OPEN.found(address=console.ami_address)


def _http(seen: Seen) -> Iterator[Finding]:
    if not isinstance(seen.console, Console) or "command" not in seen.console.write:
        return
    if not seen.console.http_address:
        if not isinstance(seen.ari, Ari):
            yield HTTP_OFF.found()
    elif _is_open(seen.console.http_address) and not seen.console.http_encrypted:
        yield HTTP_OPEN.found(address=seen.console.http_address)


def _files(seen: Seen) -> Iterator[Finding]:
    files = seen.files
    if isinstance(files, Unseen):
        yield FILES_UNSEEN.found(cause=files.cause)
        return
    if unread := [f"{name}.conf" for name, held in (("ari", files.ari), ("http", files.http)) if held is None]:
        yield FILES_UNSEEN.found(cause=f"{files.folder}/{' and '.join(unread)} cannot be read")
    if files.ari is not None:
        yield from _ari_file(files, files.ari, seen)
    if files.http is not None:
        general = files.http.get("general", {})
        sessions, kept = _number(general, "sessionlimit"), _number(general, "session_keep_alive")
        if sessions is not None and sessions < _FEWEST_SESSIONS:
            yield SESSIONS.found(held=sessions, folder=files.folder)
        if kept is not None and kept < _SHORTEST_KEPT_MS:
            yield KEEP_ALIVE.found(held=kept, folder=files.folder)


def _ari_file(files: PbxFiles, held: Mapping[str, Mapping[str, str]], seen: Seen) -> Iterator[Finding]:
    timeout = _number(held.get("general", {}), "websocket_write_timeout")
    if timeout is not None and timeout < _SHORTEST_WRITE_MS:
        yield WRITE_TIMEOUT.found(held=timeout, folder=files.folder)
    user = seen.wanted.ari_user
    if held.get(user, {}).get("password_format", "plain").lower() == "crypt":
        yield HASHED.found(user=user, folder=files.folder)


def _number(section: Mapping[str, str], key: str) -> int | None:
    """A key's number, else Asterisk's own default; None: it is no number."""
    text = section.get(key)
    if text is None:
        return _DEFAULTS[key]
    return int(text) if text.isdigit() else None


def _is_open(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    return bool(host) and host not in ("127.0.0.1", "::1", "localhost") and not host.startswith("127.")
