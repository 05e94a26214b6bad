"""A dialplan as values: contexts, their extensions, and the steps of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One priority of an extension."""

    priority: int
    app: str
    data: str = ""
    label: str = ""
    origin: str = ""
    """`extensions.conf:12`, where Asterisk says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An extension or a pattern, with its steps by priority."""

    name: str
    steps: Mapping[int, Step] = field(default_factory=dict, hash=False)

    def labelled(self, label: str) -> Step | None:
        """The step of a label."""
        return next((step for step in self.steps.values() if step.label == label), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A context with what stands in it."""

    name: str
    extensions: Mapping[str, Extension] = field(default_factory=dict, hash=False)
    includes: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    """Where it looks beside itself when a call is made: `DUNDi/…`, `Realtime/…`."""


@dataclass(frozen=True, kw_only=True)
class Dialplan:
    """All contexts, by name, and the global variables."""

    contexts: Mapping[str, Context]
    variables: Mapping[str, str] = field(default_factory=dict)

    def steps(self) -> Iterator[tuple[Context, Extension, Step]]:
        """Every step there is."""
        for context in self.contexts.values():
            for extension in context.extensions.values():
                for step in extension.steps.values():
                    yield context, extension, step

    def seen_from(self, root: str) -> tuple[tuple[Context, Extension], ...]:
        """Every extension that a call in this context can reach, in the order in which Asterisk looks."""
        if root not in self._seen:
            self._seen[root] = tuple(
                (context, extension)
                for context in self._with_includes(root)
                for extension in context.extensions.values()
            )
        return self._seen[root]

    @cached_property
    def _seen(self) -> dict[str, tuple[tuple[Context, Extension], ...]]:
        return {}

    def _with_includes(self, root: str) -> list[Context]:
        found: dict[str, Context] = {}
        wanted = [root]
        while wanted:
            name = wanted.pop()
            context = self.contexts.get(name)
            if context is not None and name not in found:
                found[name] = context
                wanted += reversed(context.includes)
        return list(found.values())


def place_of(context: Context, extension: Extension, step: Step) -> str:
    """As a person finds it: `[from-operators] _9.,3: Dial(…) (extensions.conf:12)`."""
    where = f"[{context.name}] {extension.name},{step.priority}: {step.app}({step.data})"
    return f"{where} ({step.origin})" if ":" in step.origin else where
