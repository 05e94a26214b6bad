"""Checks on the machine that the gate stands on: secrets, space, time zones, ports, and the way to its pages."""

from collections.abc import Iterator

from ari_app.watch.doctor.finding import Finding, Known, Severity
from ari_app.watch.doctor.seen import Machine, Seen

KEY = Known(
    id="key.unusable",
    severity=Severity.ERROR,
    what="The key cannot be used: {cause}.",
    why="Without it no number in the database can be found: no suppression, no customer. Every call is refused.",
    mend="Restore the key file from the backup; never make a new one for an old database.",
)
SECRETS = Known(
    id="files.secret_mode",
    severity=Severity.ERROR,
    what="Files with secrets in them can be read or changed by others.",
    why="With the key hidden numbers can be found again; with the passwords calls can be placed past the gate.",
    mend="`chmod 600 FILE`, and `chown` to the user that the gate runs as.",
)
ZONES = Known(
    id="machine.tzdata",
    severity=Severity.ERROR,
    what="Time zones cannot be read.",
    why="Calling windows are in the callee's own time: where that is unknown, calls are refused.",
    mend="`pip install tzdata`, or `apt install tzdata`.",
)
SPACE = Known(
    id="machine.disk",
    severity=Severity.ERROR,
    what="Less than {least} MB are left where records are kept.",
    why="A verdict that cannot be recorded is a refusal: a full disk stops every call.",
    mend="Make room, or `garbo retention sweep` what may be forgotten.",
)
WEB_TAKEN = Known(
    id="web.port_taken",
    severity=Severity.ERROR,
    what="Somebody else than a gate listens on web.port ({address}).",
    why="The gate's pages cannot be served: no desk, no API, no /metrics.",
    mend="Choose another web.port, or end what listens there: `ss -ltnp` names it.",
)
AGI_TAKEN = Known(
    id="fastagi.port_taken",
    severity=Severity.ERROR,
    what="Somebody else than a gate listens on fastagi.port ({address}).",
    why="The dialplan asks there, gets no verdict, and every call is refused. VICIdial's own FastAGI is on 4577.",
    mend="Choose another fastagi.port and fastagi.gates, and render the dialplan anew.",
)
AGI_SILENT = Known(
    id="fastagi.silent",
    severity=Severity.ERROR,
    what="Nobody listens where the dialplan asks by FastAGI ({address}).",
    why="Every call is refused as `unavailable`, unless another gate answers.",
    mend="Start the gate: `garbo serve`.",
)
PUBLIC = Known(
    id="web.public_url",
    severity=Severity.WARNING,
    what="web.public_url ({url}) leads to no gate: {cause}.",
    why="Links on operators' phones and in webhooks open nothing.",
    mend="Set web.public_url to how browsers reach the gate, and start `garbo serve`.",
)
KNOWN = (KEY, SECRETS, ZONES, SPACE, WEB_TAKEN, AGI_TAKEN, AGI_SILENT, PUBLIC)

LEAST_FREE = 500_000_000
_OTHERS = 0o077


def check(seen: Seen) -> Iterator[Finding]:
    """What is wrong with this machine."""
    machine = seen.machine
    if machine.key_fault:
        yield KEY.found(cause=machine.key_fault)
    yield from SECRETS.at(
        f"{file.path} ({file.mode:03o}): {file.holds}" for file in machine.files if file.mode & _OTHERS
    )
    yield from ZONES.at(machine.zones_missing)
    full = [f"{folder}: {free // 1_000_000} MB" for folder, free in machine.free_bytes.items() if free < LEAST_FREE]
    yield from SPACE.at(full, least=LEAST_FREE // 1_000_000)
    yield from _doors(machine)
    if machine.public_fault:
        yield PUBLIC.found(url=machine.public_url, cause=machine.public_fault)


def _doors(machine: Machine) -> Iterator[Finding]:
    for door in machine.doors:
        if door.state == "taken":
            yield (WEB_TAKEN if door.name == "web" else AGI_TAKEN).found(address=door.address)
        elif door.state == "free" and door.name == "fastagi":
            yield AGI_SILENT.found(address=door.address)
