"""Checks on where calls can go: whether any comes to a guarded trunk without the gate, or with more than it judged."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from ari_app.watch.doctor.dialplan.effects import Call, Dials, Jump, effects_of
from ari_app.watch.doctor.dialplan.plan import Dialplan, place_of
from ari_app.watch.doctor.dialplan.targets import Place
from ari_app.watch.doctor.dialplan.walk import GATE, Dialled, Walk, Walker
from ari_app.watch.doctor.dialplan.words import set_by, variables_in
from ari_app.watch.doctor.finding import Finding, Known, Severity
from ari_app.watch.doctor.seen import Console, Seen

UNGATED = Known(
    id="dialplan.ungated",
    severity=Severity.ERROR,
    what="Calls can come to a Dial on a guarded trunk without having passed the gate.",
    why="Such a call is judged by nobody: suppressed and registered people are called.",
    mend="Put `same => n,Gosub(garbo,s,1(${{EXTEN}}))` before the Dial, on every way that leads to it, and "
    "`dialplan reload`.",
)
RAW = Known(
    id="dialplan.raw_exten",
    severity=Severity.ERROR,
    what="A Dial on a guarded trunk takes what was dialled, and not the number that was judged.",
    why="It may hold commas and options: `3331234567,20,G(…)` is judged as one number and reaches another.",
    mend="Dial `PJSIP/${{GARBO_NUMBER}}@trunk`, which the gate has set.",
)
SPLIT = Known(
    id="dialplan.goto_exten",
    severity=Severity.ERROR,
    what="A Goto takes what was dialled as its extension, and a guarded trunk can be reached from there.",
    why="A comma in it names another priority: `+39333,4` begins behind the line that asks the gate.",
    mend="Use `include => CONTEXT` instead, or `Goto(CONTEXT,${{FILTER(0-9+,${{EXTEN}})}},1)`.",
)
CALLER_ID = Known(
    id="dialplan.dial_f",
    severity=Severity.ERROR,
    what="A Dial on a guarded trunk has the option `f`, which sets another caller id than the gate's.",
    why="The callee sees a number that the campaign must not show, or one that is in no register.",
    mend="Take `f` out of the options of that Dial.",
)
FORWARD = Known(
    id="dialplan.dial_forward",
    severity=Severity.WARNING,
    what="A Dial on a guarded trunk follows a carrier's 302 to another number.",
    why="That number was not judged. It is dialled in the context of the call, with the first one's permit.",
    mend="Add the option `i`: `Dial(PJSIP/${{GARBO_NUMBER}}@trunk,,i)`.",
)
OTHER = Known(
    id="dialplan.other_trunk",
    severity=Severity.WARNING,
    what="Numbers are dialled without the gate on trunks that asterisk.guarded_trunks does not name.",
    why="Nobody watches these trunks: what leaves there is not judged, and not missed.",
    mend="Name them in guarded_trunks and bring their calls to the gate. One that only joins your own sites may stay.",
)
LOOKED_UP = Known(
    id="dialplan.enum",
    severity=Severity.WARNING,
    what="The dialplan asks ENUM or DUNDi where a number is to be reached.",
    why="What it answers is dialled on no trunk that could be guarded.",
    mend="Ask the gate before the look-up, or take the look-up out of the outbound routes.",
)
SWITCHED = Known(
    id="dialplan.switch",
    severity=Severity.WARNING,
    what="Extensions come from elsewhere when a call is made.",
    why="What a switch (Realtime, DUNDi, IAX2) will answer cannot be looked at, and may dial a trunk without the gate.",
    mend="Move outbound extensions into extensions.conf, or make sure that each of them asks the gate.",
)
LOST = Known(
    id="dialplan.not_followed",
    severity=Severity.NOTE,
    what="Some steps lead where only a call knows, and were not followed.",
    why="A way to a trunk that begins there was not looked at.",
    mend="Nothing, if they lead to no trunk; the bypass watch (asterisk.ami_user) sees what leaves on one.",
)
UNKNOWN = Known(
    id="dialplan.unknown_dial",
    severity=Severity.NOTE,
    what="Some Dials say only in a call whom they reach, and are not behind the gate.",
    why="If one of them reaches a guarded trunk, its calls are not judged.",
    mend="Nothing, if they ring phones; the bypass watch (asterisk.ami_user) sees what leaves on a trunk.",
)
KNOWN = (UNGATED, RAW, SPLIT, CALLER_ID, FORWARD, OTHER, LOOKED_UP, SWITCHED, LOST, UNKNOWN)

_LOOK_UPS = ("ENUMLOOKUP(", "ENUMQUERY(", "ENUMRESULT(", "DUNDILOOKUP(", "DUNDIQUERY(", "DUNDIRESULT(")
_MOST_PLACES = 20


def check(seen: Seen) -> Iterator[Finding]:
    """What is wrong with the ways to guarded trunks, as far as the dialplan was seen."""
    if not isinstance(seen.console, Console) or seen.console.dialplan is None:
        return
    plan = seen.console.dialplan
    walker = Walker(plan, seen.wanted.guarded)
    walk = _walked(plan, walker, phone_contexts(seen.console))
    yield from _dials(plan, walk, walker.where)
    yield from SPLIT.at(walker.where(place) for place in _splits(walk, walker))
    yield from LOOKED_UP.at(_look_ups(plan))
    yield from SWITCHED.at(f"{context.name}: {name}" for context in plan.contexts.values() for name in context.switches)
    yield from LOST.at(_some(walker.where(place) for place in walk.lost))


def phone_contexts(console: Console) -> tuple[str, ...]:
    """Contexts in which calls of known endpoints begin."""
    found = (endpoint.values.get("context", "") for endpoint in console.endpoints.values())
    return tuple(dict.fromkeys(name for name in found if name))


def beginnings(plan: Dialplan, phones: Iterable[str]) -> tuple[str, ...]:
    """
    Contexts in which calls may begin: those of endpoints, and those that no other one leads to.

    A context that is only ever jumped to or included is looked at on the way; a ring of such contexts has no beginning,
    so whoever walks also begins wherever the walk did not come.
    """
    led_to = {name for context in plan.contexts.values() for name in context.includes}
    for context, _extension, step in plan.steps():
        for effect in effects_of(step):
            if isinstance(effect, Jump | Call) and effect.context != context.name:
                led_to.add(effect.context)
            elif isinstance(effect, Dials):
                led_to |= {
                    each.partition("@")[2].partition("/")[0]
                    for each in effect.destinations
                    if each.startswith("Local/")
                }
    free = [name for name in plan.contexts if name not in led_to]
    return tuple(dict.fromkeys((*(name for name in phones if name in plan.contexts), *free)))


def _walked(plan: Dialplan, walker: Walker, phones: Iterable[str]) -> Walk:
    roots = list(beginnings(plan, phones))
    while True:
        walk = walker.from_contexts(roots)
        come_to = {place.context for place in walk.seen} | {place.root for place in walk.seen}
        rest = [
            name for name in plan.contexts if name not in come_to and name not in roots and not name.startswith(GATE)
        ]
        if not rest:
            return walk
        roots.append(rest[0])


def _dials(plan: Dialplan, walk: Walk, where: Callable[[Place], str]) -> Iterator[Finding]:
    guarded = [each for each in walk.dialled if each.reach.guarded]
    yield from UNGATED.at(where(each.place) for each in guarded if not each.judged)
    yield from RAW.at(where(each.place) for each in guarded if _is_raw(plan, each))
    yield from CALLER_ID.at(where(each.place) for each in guarded if _has_option(each.options, "f"))
    yield from FORWARD.at(where(each.place) for each in guarded if not each.apart and _follows(each.options))
    yield from OTHER.at(
        f"{name} at {where(each.place)}"
        for each in walk.dialled
        if not each.judged
        for name in sorted(each.reach.others)
    )
    unknown = (each for each in walk.dialled if each.reach.unknown and not each.reach.guarded and not each.judged)
    yield from UNKNOWN.at(_some(where(each.place) for each in unknown))


def _is_raw(plan: Dialplan, dialled: Dialled) -> bool:
    """Whether what was dialled, or an argument, stands in the destination as it came."""
    tainted = _tainted(plan, dialled.place)
    return any(name in tainted or name.startswith("ARG") for name in variables_in(dialled.destination))


def _tainted(plan: Dialplan, place: Place) -> frozenset[str]:
    """Variables that hold what was dialled, by what the extension itself sets before the step."""
    found = {"EXTEN"}
    steps = plan.contexts[place.context].extensions[place.exten].steps
    for priority in sorted(steps):
        pair = set_by(steps[priority].app, steps[priority].data) if priority < place.priority else None
        if pair is not None:
            name, value = pair
            (found.add if variables_in(value) & found else found.discard)(name)
    return frozenset(found)


@lru_cache(maxsize=1024)
def _letters(options: str) -> str:
    """The options' letters without what stands in brackets."""
    depth, found = 0, ""
    for sign in options:
        depth += sign in "([{"
        found += sign if depth == 0 else ""
        depth -= sign in ")]}"
    return found


def _has_option(options: str, letter: str) -> bool:
    return letter in _letters(options)


def _follows(options: str) -> bool:
    """Options that a variable holds may have it."""
    return not _has_option(options, "i") and "${" not in options


def _splits(walk: Walk, walker: Walker) -> Iterator[Place]:
    """Jumps with what was dialled as extension, from where a guarded trunk is reached."""
    for place in walk.splitting:
        onward = walker.from_places([place])
        if any(each.reach.guarded for each in onward.dialled):
            yield place


def _look_ups(plan: Dialplan) -> Iterator[str]:
    for context, extension, step in plan.steps():
        if any(word in step.data.upper() for word in _LOOK_UPS):
            yield place_of(context, extension, step)


def _some(places: Iterable[str]) -> tuple[str, ...]:
    """A product's own dialplan has hundreds of them."""
    held = tuple(dict.fromkeys(places))
    more = len(held) - _MOST_PLACES
    return held if more <= 0 else (*held[:_MOST_PLACES], f"and {more} more")
