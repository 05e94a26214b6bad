"""Dialplan of our own making, read from its file: so that what is loaded can be held against what would be rendered."""

import re

from ari_app.watch.doctor.dialplan.plan import Context, Extension, Step
from ari_app.watch.doctor.dialplan.shown import step_of

_SECTION = re.compile(r"\[([^\]]+)\].*")
_LINE = re.compile(r"(exten|same|include)\s*=>\s*(.*)")
_PRIORITY = re.compile(r"(n|\d+)(?:\(([^)]*)\))?")


def read_written(text: str) -> dict[str, Context]:
    """The contexts of a file of `extensions.conf`'s form, as `garbo dialplan render` writes it."""
    extensions: dict[str, dict[str, dict[int, Step]]] = {}
    includes: dict[str, list[str]] = {}
    context = exten = ""
    priority = 0
    for line in text.splitlines():
        bare = re.sub(r"(?<!\\);.*", "", line).strip()
        if section := _SECTION.fullmatch(bare):
            context = section[1]
            extensions.setdefault(context, {})
            includes.setdefault(context, [])
        elif (found := _LINE.fullmatch(bare)) and context:
            if found[1] == "include":
                includes[context].append(found[2].strip())
                continue
            rest = found[2]
            if found[1] == "exten":
                exten, _, rest = (part.strip() for part in rest.partition(","))
            said, _, does = (part.strip() for part in rest.partition(","))
            if place := _PRIORITY.fullmatch(said):
                priority = priority + 1 if place[1] == "n" else int(place[1])
                step = step_of(priority, does, label=place[2] or "")
                extensions[context].setdefault(exten, {})[priority] = step
    return {
        name: Context(
            name=name,
            extensions={each: Extension(name=each, steps=steps) for each, steps in held.items()},
            includes=tuple(includes[name]),
        )
        for name, held in extensions.items()
    }


def differ(loaded: Context, rendered: Context) -> tuple[str, ...]:
    """Extensions that are not as they would be rendered, and `include` if that is it; empty: both are the same."""
    names = dict.fromkeys((*rendered.extensions, *loaded.extensions))
    odd = [name for name in names if _shape(loaded, name) != _shape(rendered, name)]
    return tuple(odd if loaded.includes == rendered.includes else [*odd, "include"])


def _shape(context: Context, name: str) -> list[tuple[int, str, str, str]]:
    extension = context.extensions.get(name)
    steps = extension.steps if extension else {}
    return [
        (step.priority, step.label, step.app.lower(), "".join(step.data.replace("\\", "").split()))
        for _, step in sorted(steps.items())
    ]
