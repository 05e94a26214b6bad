"""Checks on our own contexts: loaded, as they would be rendered, with a denial behind every question to a gate."""

from collections.abc import Iterator

from ari_app.watch.doctor.dialplan.effects import Back, Dials, Jump, Next, effects_of
from ari_app.watch.doctor.dialplan.plan import Context, Dialplan, Extension, Step, place_of
from ari_app.watch.doctor.dialplan.walk import GATE, Walker
from ari_app.watch.doctor.dialplan.words import split
from ari_app.watch.doctor.dialplan.written import differ
from ari_app.watch.doctor.finding import Finding, Known, Severity
from ari_app.watch.doctor.routes import phone_contexts
from ari_app.watch.doctor.seen import Console, Seen, Wanted

_RENDER = (
    "garbo dialplan render --flavor asterisk -o /etc/asterisk && asterisk -rx 'dialplan reload' "
    "(with the flavour of your PBX)"
)
MISSING = Known(
    id="dialplan.garbo_missing",
    severity=Severity.ERROR,
    what="The subroutine [garbo] is not loaded.",
    why="Every extension that calls it ends there: no call goes out. And where nothing calls it, nothing is judged.",
    mend=_RENDER,
)
STALE = Known(
    id="dialplan.garbo_stale",
    severity=Severity.ERROR,
    what="What Asterisk has loaded of our own contexts is not what this configuration renders.",
    why="It may ask gates that are gone, know other emergency numbers, or dial another trunk for them.",
    mend=_RENDER,
)
OUTBOUND = Known(
    id="dialplan.outbound_missing",
    severity=Severity.WARNING,
    what="The context [garbo-outbound] is not loaded.",
    why="Calls that Garbo begins itself (an operator clicks “next contact”, the canary) have no way out.",
    mend=_RENDER,
)
NO_DENIAL = Known(
    id="dialplan.no_denial",
    severity=Severity.ERROR,
    what="Behind a question to a gate the call goes on, whether or not there was an answer.",
    why="STASISSTATUS and AGISTATUS say SUCCESS for a gate that hung or died: such a call leaves unjudged.",
    mend="Let the line behind Stasis() or AGI() deny, and let only a jump to a label of your own go on: see [garbo].",
)
EMERGENCY = Known(
    id="dialplan.emergency_missing",
    severity=Severity.ERROR,
    what="Emergency numbers or helplines are not among those that are never gated.",
    why="A call for help waits for a gate, and is refused while there is none.",
    mend=_RENDER,
)
UNREACHABLE = Known(
    id="dialplan.emergency_unreachable",
    severity=Severity.ERROR,
    what="Emergency numbers or helplines lead to no Dial from a context of operators' phones.",
    why="Who dials them hears nothing, gate or no gate.",
    mend="`include => garbo-outbound` in that context, or an extension of your own for them.",
)
UNSEEN = Known(
    id="dialplan.unseen",
    severity=Severity.WARNING,
    what="The dialplan was not looked at: {cause}.",
    why="Nobody knows whether every way to a trunk passes the gate.",
    mend="Give asterisk.ami_user a user of manager.conf with `write = command`.",
)
KNOWN = (MISSING, STALE, OUTBOUND, NO_DENIAL, EMERGENCY, UNREACHABLE, UNSEEN)

OUTBOUND_CONTEXT, SPECIAL_CONTEXT = "garbo-outbound", "garbo-special"
_LONGEST_WAY = 500


def check(seen: Seen) -> Iterator[Finding]:
    """What is wrong with our own part of the dialplan."""
    if not isinstance(seen.console, Console):
        if seen.wanted.ami_user:
            return  # that AMI cannot be used is a finding of its own
        yield UNSEEN.found(cause="AMI is not configured")
        return
    plan = seen.console.dialplan
    if plan is None:
        yield UNSEEN.found(cause="Asterisk's console does not show it to this user")
        return
    yield from _contexts(plan, seen.wanted)
    yield from NO_DENIAL.at(_undenied(plan, seen.wanted))
    yield from _help(plan, seen)


def _contexts(plan: Dialplan, wanted: Wanted) -> Iterator[Finding]:
    if GATE not in plan.contexts:
        yield MISSING.found()
        return
    if OUTBOUND_CONTEXT not in plan.contexts:
        yield OUTBOUND.found()
    odd = []
    for name, rendered in wanted.rendered.items():
        loaded = plan.contexts.get(name)
        if loaded is None and name != OUTBOUND_CONTEXT:
            odd.append(f"[{name}]: not loaded")
        elif loaded is not None:
            odd += [f"[{name}]: {each}" for each in differ(loaded, rendered)]
    yield from STALE.at(odd)


def _undenied(plan: Dialplan, wanted: Wanted) -> Iterator[str]:
    for context, extension, step in plan.steps():
        if _asks(step, wanted) and _goes_on(plan, context, extension, step):
            yield place_of(context, extension, step)


def _asks(step: Step, wanted: Wanted) -> bool:
    first = split(step.data)[0].strip()
    match step.app.lower():
        case "stasis":
            return first in wanted.apps and "verdict" in split(step.data)[1:2]
        case "agi":
            return any(first == f"agi://{gate}/verdict" for gate in wanted.agi_gates)
        case _:
            return False


def _goes_on(plan: Dialplan, context: Context, extension: Extension, step: Step) -> bool:
    """Whether the call comes to a Dial or back to its caller though no jump with a condition is taken."""
    here, priority = extension, step.priority
    for _ in range(_LONGEST_WAY):
        following = here.steps.get(priority + 1)
        if following is None:
            return False
        priority += 1
        effects = effects_of(following)
        if any(isinstance(effect, Back | Dials) for effect in effects):
            return True
        if not any(isinstance(effect, Next) for effect in effects):
            jumps = [effect for effect in effects if isinstance(effect, Jump)]
            found = _led(plan, context, here, jumps[0]) if len(jumps) == 1 else None
            if found is None:
                return False
            here, priority = found[0], found[1] - 1
    return False


def _led(plan: Dialplan, context: Context, here: Extension, jump: Jump) -> tuple[Extension, int] | None:
    there = plan.contexts.get(jump.context, context) if jump.context else context
    extension = there.extensions.get(jump.exten) if jump.exten else here
    if extension is None:
        return None
    labelled = extension.labelled(jump.priority)
    priority = int(jump.priority) if jump.priority.isdigit() else labelled.priority if labelled else None
    return (extension, priority) if priority is not None else None


def _help(plan: Dialplan, seen: Seen) -> Iterator[Finding]:
    numbers = seen.wanted.special_numbers
    special = plan.contexts.get(SPECIAL_CONTEXT)
    if special is not None:
        yield from EMERGENCY.at(number for number in numbers if number not in special.extensions)
    walker = Walker(plan, seen.wanted.guarded)
    lost = []
    for context in operators_contexts(seen):
        found = [number for number in numbers if context in plan.contexts and not _leads(walker, context, number)]
        if found:
            lost.append(f"{context}: {', '.join(found)}")
    yield from UNREACHABLE.at(lost)


def operators_contexts(seen: Seen) -> tuple[str, ...]:
    """Contexts of phones that are no trunks."""
    if not isinstance(seen.console, Console):
        return ()
    trunks = {name.rpartition("/")[2] for name in (*seen.wanted.guarded, seen.wanted.emergency_trunk)}
    return tuple(
        context
        for context in phone_contexts(seen.console)
        if any(
            endpoint.values.get("context") == context and name not in trunks
            for name, endpoint in seen.console.endpoints.items()
        )
    )


def _leads(walker: Walker, context: str, number: str) -> bool:
    walk = walker.from_places(walker.begins_taking(context, number))
    return bool(walk.dialled or walk.lost)
