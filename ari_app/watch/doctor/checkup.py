"""All checks together, every finding that there can be, and the page that describes them."""

import re

from ari_app.watch.doctor import links, loaded, machine, pbx, records, routes
from ari_app.watch.doctor.finding import Finding, Known, Severity, in_order
from ari_app.watch.doctor.seen import Seen

_PARTS = (links, pbx, loaded, routes, records, machine)
KNOWN: tuple[Known, ...] = tuple(known for part in _PARTS for known in part.KNOWN)
"""By part, in the order in which they are looked at."""

_GROUPS = {
    "ari": "ARI",
    "gate": "Gates",
    "http": "Asterisk's HTTP server",
    "files": "Files",
    "ami": "AMI",
    "clock": "Clocks",
    "asterisk": "Asterisk",
    "trunk": "Trunks",
    "operator": "Operators' phones",
    "dialplan": "Dialplan",
    "database": "Database",
    "campaign": "Campaigns",
    "pack": "Packs",
    "lists": "Lists",
    "registration": "Registers of callers",
    "canary": "Canary",
    "key": "The key",
    "machine": "The machine",
    "web": "The site",
    "fastagi": "FastAGI",
}


def examine(seen: Seen) -> tuple[Finding, ...]:
    """Everything that is found, the gravest first, each id once."""
    return in_order(finding for part in _PARTS for finding in part.check(seen))


def sound(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing needs to be mended: notes alone do not."""
    return all(finding.severity is Severity.NOTE for finding in findings)


def described() -> str:
    """Every finding, in Markdown, by group."""
    groups: dict[str, list[Known]] = {}
    for known in KNOWN:
        groups.setdefault(known.id.partition(".")[0], []).append(known)
    lines: list[str] = []
    for group, held in groups.items():
        lines += [f"### {_GROUPS[group]}", ""]
        for known in held:
            what, why, mend = (_open(text) for text in (known.what, known.why, known.mend))
            lines += [f"**`{known.id}`** ({known.severity.value}). {what}", "", f"- Why: {why}", f"- Mend: {mend}", ""]
    return "\n".join(lines)


def _open(text: str) -> str:
    """What only a look can say is left open."""
    return re.sub(r"\{\w+\}", "…", text.replace("{{", "\1").replace("}}", "\2")).replace("\1", "{").replace("\2", "}")
