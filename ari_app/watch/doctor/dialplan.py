"""
The dialplan as Asterisk has it loaded (`dialplan show`), looked through for ways out that nobody guards.

Source of the form: main/pbx.c, show_dialplan_helper: contexts in quotes, then extensions, priorities and applications.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ari_app.watch.doctor.finding import Finding, found

_CONTEXT = re.compile(r"\[ Context '(?P<name>[^']+)' created by ")
_STEP = re.compile(
    r"^\s*(?:'(?P<exten>[^']*)' =>)?\s*(?:\[(?P<label>[^\]]+)\])?\s*(?P<priority>\d+)\. (?P<app>\w+)\((?P<data>.*)\)"
    r"\s+\[[^\]]*\]\s*$"
)
_OURS = re.compile(r"garbo\b[^,]*,s,1\(|garbo-[a-z]+,s,1")
_SECRET = re.compile(r"\$\{EXTEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One priority."""

    context: str
    exten: str
    priority: int
    app: str
    data: str


def steps_of(shown: str) -> tuple[Step, ...]:
    """What `dialplan show` says."""
    return tuple(_steps(shown))


def _steps(shown: str) -> Iterator[Step]:
    context = exten = ""
    for line in shown.splitlines():
        if begun := _CONTEXT.search(line):
            context, exten = begun["name"], ""
        elif context and (step := _STEP.match(line)):
            exten = step["exten"] if step["exten"] is not None else exten
            yield Step(context=context, exten=exten, priority=int(step["priority"]), app=step["app"], data=step["data"])


def look_through(
    steps: Sequence[Step], *, trunks: Sequence[str], rendered: Mapping[str, Sequence[str]], emergency: str
) -> Iterator[Finding]:
    """
    Everything that is wrong with it.

    `rendered` is what this configuration renders: the applications of a context in their order; `emergency` a number
    that must be in it.
    """
    ours = [step for step in steps if step.context == "garbo"]
    if not ours:
        yield found("dialplan.missing", "there is no context [garbo] in the dialplan")
        return
    for context, wanted in rendered.items():
        held = [f"{step.app}({step.data})" for step in steps if step.context == context and step.exten == "s"]
        if wanted and list(wanted) != held:
            yield found("dialplan.outdated", f"[{context}] is not what `garbo dialplan render` makes of garbo.toml")
    if not any(step.context == "garbo-special" and step.exten == emergency for step in steps):
        yield found("dialplan.emergency", f"[garbo-special] does not know {emergency}")
    for step in steps:
        if not step.context.startswith("garbo"):
            yield from _of_step(step, steps, trunks)


def _of_step(step: Step, steps: Sequence[Step], trunks: Sequence[str]) -> Iterator[Finding]:
    place = f"[{step.context}] {step.exten},{step.priority}: {step.app}({step.data})"
    if "ENUMLOOKUP" in step.data or step.app in ("EnumLookup", "DUNDiLookup") or "DUNDI/" in step.data:
        yield found("dialplan.enum", place)
    if step.app not in ("Dial", "RetryDial") or not _is_outbound(step.data, trunks):
        return
    if not _is_guarded(step, steps):
        yield found("dialplan.unguarded", place)
    if _SECRET.search(step.data):
        yield found("dialplan.raw_exten", place)
    options = step.data.split(",")[2] if step.data.count(",") >= 2 else ""
    if re.search(r"f(\(|$|[A-Za-z])", re.sub(r"\([^)]*\)", "()", options)):
        yield found("dialplan.caller_id", place)


def _is_outbound(data: str, trunks: Sequence[str]) -> bool:
    technologies = data.split(",", 1)[0]
    return any(
        f"{technology}/" in technologies and re.search(rf"(?:@|/){re.escape(name)}(?:[/&,@:]|$)", technologies)
        for technology, _, name in (trunk.partition("/") for trunk in trunks)
    )


def _is_guarded(step: Step, steps: Sequence[Step]) -> bool:
    """Whether the gate is asked before it, in its own extension."""
    return any(
        other.app in ("Gosub", "GosubIf", "Macro") and _OURS.search(other.data)
        for other in steps
        if other.context == step.context and other.exten == step.exten and other.priority < step.priority
    )
