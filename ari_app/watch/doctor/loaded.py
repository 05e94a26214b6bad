"""Checks on our own contexts: loaded, as they would be rendered, with a denial behind every question to a gate."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ari_app.watch.doctor.dialplan.effects import Back, Dials, Jump, Next, effects_of
from ari_app.watch.doctor.dialplan.plan import Context, Dialplan, Extension, Step, place_of
from ari_app.watch.doctor.dialplan.walk import GATE, Walker
from ari_app.watch.doctor.dialplan.written import differ
from ari_app.watch.doctor.finding import Finding, found

OUTBOUND, SPECIAL = "garbo-outbound", "garbo-special"
_LONGEST_WAY = 500
_MOST = 8


def of_own(
    plan: Dialplan,
    *,
    rendered: Mapping[str, Context],
    questions: Sequence[str],
    help_numbers: Sequence[str],
) -> Iterator[Finding]:
    """
    What is wrong with our own contexts.

    `rendered`: as this configuration renders them; `questions`: how a gate is asked for a verdict, as
    `Stasis(garbo-a,verdict`; `help_numbers`: what is never gated, by law.
    """
    if GATE not in plan.contexts:
        yield found("dialplan.missing", "there is no context [garbo] in the dialplan")
        return
    if OUTBOUND not in plan.contexts:
        yield found("dialplan.outbound", "there is no context [garbo-outbound] in the dialplan")
    for name, wanted in rendered.items():
        loaded = plan.contexts.get(name)
        if loaded is None and name != OUTBOUND:
            yield found("dialplan.outdated", f"[{name}] is not loaded")
        elif loaded is not None and (odd := differ(loaded, wanted)):
            yield found(
                "dialplan.outdated", f"[{name}] is not what `garbo dialplan render` makes of garbo.toml: {_few(odd)}"
            )
    special = plan.contexts.get(SPECIAL, Context(name=SPECIAL))
    if unknown := [number for number in help_numbers if number not in special.extensions]:
        yield found("dialplan.emergency", f"[{SPECIAL}] does not know {_few(unknown)}")
    for context, extension, step in plan.steps():
        asks = f"{step.app}({step.data}".lower()
        if any(asks.startswith(f"{each},".lower()) for each in questions) and _goes_on(plan, context, extension, step):
            yield found("dialplan.no_denial", place_of(context, extension, step))


def of_help(plan: Dialplan, *, contexts: Iterable[str], help_numbers: Sequence[str]) -> Iterator[Finding]:
    """Numbers for help that lead to no Dial from a context of operators' phones."""
    walker = Walker(plan, ())
    for context in contexts:
        lost = [number for number in help_numbers if not _leads(walker, context, number)]
        if lost:
            yield found("dialplan.emergency_lost", f"[{context}]: {_few(lost)}")


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")


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


def _leads(walker: Walker, context: str, number: str) -> bool:
    walk = walker.from_places(walker.begins_taking(context, number))
    return bool(walk.dialled or walk.lost)
