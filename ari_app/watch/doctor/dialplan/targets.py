"""Where a jump may lead: every step that fits its words, for a call that stands at a step."""

from collections.abc import Iterator
from dataclasses import dataclass

from ari_app.watch.doctor.dialplan.effects import Call, Jump
from ari_app.watch.doctor.dialplan.patterns import ANY, EVERY, Row, is_open, meet, narrowness, row_of
from ari_app.watch.doctor.dialplan.plan import Context, Dialplan, Extension, Step
from ari_app.watch.doctor.dialplan.words import WILD, Values


@dataclass(frozen=True, slots=True)
class Place:
    """A step, and the context in which the call is: that of the step, or one that includes it."""

    root: str
    context: str
    exten: str
    priority: int


class Targets:
    """Knows the way in one dialplan."""

    def __init__(self, plan: Dialplan, values: Values) -> None:
        """`values`: what variables may hold."""
        self._plan = plan
        self._values = values
        self._orders: dict[str, dict[str, int]] = {}
        self._by_priority: dict[tuple[str, int, bool], list[tuple[Context, Extension]]] = {}

    def step(self, place: Place) -> tuple[Context, Extension, Step]:
        """What stands there."""
        context = self._plan.contexts[place.context]
        extension = context.extensions[place.exten]
        return context, extension, extension.steps[place.priority]

    def begins(self, root: str) -> Iterator[Place]:
        """Every extension that a call may begin at in a context."""
        for context, extension in self._plan.seen_from(root):
            if 1 in extension.steps:
                yield Place(root, context.name, extension.name, 1)

    def after(self, place: Place) -> Iterator[Place]:
        """
        The next priority: of each extension that takes the same number.

        Asterisk looks for the best match anew at each priority: one that lacks a priority falls through to a wider
        pattern that has it, and a narrower one that begins later takes over.
        """
        following = place.priority + 1
        own = following in self._plan.contexts[place.context].extensions[place.exten].steps
        if own:
            yield Place(place.root, place.context, place.exten, following)
        here, rank = row_of(place.exten), self._rank(place.root, place.context, place.exten)
        for context, extension in self._having(place.root, following, late=own):
            if (context.name, extension.name) == (place.context, place.exten):
                continue
            begun = place.priority in extension.steps
            preferred = self._rank(place.root, context.name, extension.name) < rank
            # One that is preferred and has this priority would have been here instead.
            if (own and not preferred) or (begun and preferred) or not meet(here, row_of(extension.name)):
                continue
            yield Place(place.root, context.name, extension.name, following)

    def _having(self, root: str, priority: int, *, late: bool) -> list[tuple[Context, Extension]]:
        """Extensions with this priority; `late`: that lack the one before it."""
        key = (root, priority, late)
        if key not in self._by_priority:
            self._by_priority[key] = [
                (context, extension)
                for context, extension in self._plan.seen_from(root)
                if priority in extension.steps and not (late and priority - 1 in extension.steps)
            ]
        return self._by_priority[key]

    def _rank(self, root: str, context: str, exten: str) -> tuple[int, tuple[int, ...]]:
        """What Asterisk takes first: the context before what it includes, and in it the narrower extension."""
        if root not in self._orders:
            names = dict.fromkeys(each.name for each, _ in self._plan.seen_from(root))
            self._orders[root] = {name: index for index, name in enumerate(names)}
        return self._orders[root][context], narrowness(exten)

    def past_loop(self, place: Place) -> Iterator[Place]:
        """After the EndWhile that belongs to a While."""
        _, extension, _ = self.step(place)
        depth = 0
        for priority in sorted(extension.steps):
            app = extension.steps[priority].app.lower()
            if priority <= place.priority:
                continue
            if app == "endwhile" and depth == 0:
                yield from self.after(Place(place.root, place.context, place.exten, priority))
                return
            depth += {"while": 1, "endwhile": -1}.get(app, 0)

    def of(self, place: Place, jump: Jump | Call) -> tuple[Place, ...] | None:
        """Every step that it may lead to; None: only the call knows in which context or at which priority."""
        roots = self._words(jump.context, place.root)
        wanted = self._row(jump.exten, place)
        priorities = [word for word in self._values.readings(jump.priority) if word]
        if any(WILD in root for root in roots) or not priorities or any(WILD in word for word in priorities):
            return None
        found: dict[Place, None] = {}
        for root in roots:
            for context, extension in self._plan.seen_from(root):
                if not jump.exten and (context.name, extension.name) != (place.context, place.exten):
                    continue
                if wanted is not None and not meet(wanted, row_of(extension.name)):
                    continue
                for priority in (_priority(extension, word, place.priority) for word in priorities):
                    if priority is not None:
                        found[Place(root, context.name, extension.name, priority)] = None
        return tuple(found)

    def carries_signs(self, place: Place, jump: Jump | Call) -> bool:
        """Whether what was dialled becomes the extension as it is, so that a comma in it names another priority."""
        return (
            "${EXTEN" in jump.exten.replace("${FILTER(", "")
            and jump.exten.startswith("${EXTEN")
            and is_open(place.exten)
        )

    def _words(self, text: str, otherwise: str) -> frozenset[str]:
        if not text or text == "${CONTEXT}":
            return frozenset({otherwise})
        return self._values.readings(text)

    def _row(self, text: str, place: Place) -> Row | None:
        if not text:
            return None
        if text == "*any*":
            return EVERY
        if text.startswith("${EXTEN") and text.endswith("}"):
            return _from(row_of(place.exten), text.removeprefix("${EXTEN").removesuffix("}"))
        rows = [
            tuple(ANY if sign == WILD else frozenset({sign}) for sign in each) for each in self._values.readings(text)
        ]
        return rows[0] if len(rows) == 1 else EVERY


def _from(row: Row, cut: str) -> Row:
    """What is left of a row after `:2`; EVERY where that cannot be said."""
    if not cut:
        return row
    start = cut.removeprefix(":")
    if not start.isdigit() or ANY in row[: int(start)] or int(start) > len(row):
        return EVERY
    return row[int(start) :] or EVERY


def _priority(extension: Extension, word: str, here: int) -> int | None:
    if word.isdigit():
        return int(word) if int(word) in extension.steps else None
    if word == "n":
        return here + 1 if here + 1 in extension.steps else None
    step = extension.labelled(word)
    return step.priority if step else None
