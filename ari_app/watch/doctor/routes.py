"""Checks on where calls can go: whether any comes to a guarded trunk without the gate, or with more than it judged."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from ari_app.watch.doctor.dialplan.effects import Call, Dials, Jump, effects_of
from ari_app.watch.doctor.dialplan.plan import Dialplan, place_of
from ari_app.watch.doctor.dialplan.targets import Place
from ari_app.watch.doctor.dialplan.walk import GATE, Dialled, Walk, Walker
from ari_app.watch.doctor.dialplan.words import set_by, variables_in
from ari_app.watch.doctor.finding import Finding, found

_LOOK_UPS = ("ENUMLOOKUP(", "ENUMQUERY(", "ENUMRESULT(", "DUNDILOOKUP(", "DUNDIQUERY(", "DUNDIRESULT(")
_MOST_PLACES = 5


def of_routes(plan: Dialplan, *, trunks: Sequence[str], phones: Iterable[str]) -> Iterator[Finding]:
    """
    Every way to a trunk that is not as it should be.

    `trunks` are guarded, as `PJSIP/trunk`; `phones` are contexts in which calls of endpoints begin.
    """
    walker = Walker(plan, trunks)
    walk = _walked(plan, walker, phones)
    yield from _dials(plan, walk, walker.where)
    yield from _each("dialplan.goto_exten", (walker.where(place) for place in _splits(walk, walker)))
    yield from _each("dialplan.enum", _look_ups(plan))
    switches = (f"[{context.name}] switch => {name}" for context in plan.contexts.values() for name in context.switches)
    yield from _each("dialplan.switch", switches)
    yield from _some("dialplan.not_followed", (walker.where(place) for place in walk.lost))


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
    yield from _each("dialplan.unguarded", (where(each.place) for each in guarded if not each.judged))
    yield from _each("dialplan.raw_exten", (where(each.place) for each in guarded if _is_raw(plan, each)))
    yield from _each("dialplan.caller_id", (where(each.place) for each in guarded if "f" in _letters(each.options)))
    follow = (each for each in guarded if not each.apart and _follows(each.options))
    yield from _each("dialplan.forward", (where(each.place) for each in follow))
    apart = ((name, each.place) for each in walk.dialled if not each.judged for name in sorted(each.reach.others))
    yield from _each("dialplan.other_trunk", (f"{name}: {where(place)}" for name, place in apart))
    unknown = (each for each in walk.dialled if each.reach.unknown and not each.reach.guarded and not each.judged)
    yield from _some("dialplan.unknown_dial", (where(each.place) for each in unknown))


def _each(id: str, places: Iterable[str]) -> Iterator[Finding]:
    """A finding for each place, once."""
    for place in dict.fromkeys(places):
        yield found(id, place)


def _some(id: str, places: Iterable[str]) -> Iterator[Finding]:
    """One finding for all of them: a product's own dialplan has hundreds."""
    held = list(dict.fromkeys(places))
    if held:
        more = len(held) - _MOST_PLACES
        yield found(id, "; ".join(held[:_MOST_PLACES]) + (f"; and {more} more" if more > 0 else ""))


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


def _follows(options: str) -> bool:
    """What a variable holds may have the option."""
    return "i" not in _letters(options) and "${" not in options


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
