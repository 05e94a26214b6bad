"""One step in a picture: its shape, its words, and the ways out of it that are named and not drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ari_app.policy.scripts.picture_words import WORDS, bare_words, remarks
from ari_app.policy.scripts.script import Step, StepKind
from ari_app.policy.scripts.svg import (
    FONT,
    LINE_HEIGHT,
    group,
    polygon,
    rectangle,
    text_at,
    width_of,
    wrapped,
)

WIDTH = 310.0
_PAD, _HEAD, _CUT = 14.0, 24.0, 12.0
_SMALL = 12.0
_MOST_LINES = 14
_WAY_GAP = 5.0

COLOURS = {
    StepKind.SAY: ("#eef3fb", "#3f5f94"),
    StepKind.ASK: ("#fdf6e0", "#8a6a12"),
    StepKind.DISCLOSE: ("#e9f5ec", "#2f6b41"),
    StepKind.OFFER: ("#f6ecf8", "#7a3f87"),
    StepKind.CLOSE: ("#f1f1ee", "#5b5b57"),
}
"""Fill and line of each kind."""


@dataclass(frozen=True, slots=True)
class Way:
    """Out of a step: what leads there, and where to."""

    label: str
    to: str
    kind: StepKind
    """Of the step it leads to."""


@dataclass(frozen=True, slots=True)
class Card:
    """A step as it is drawn; `named` are the ways that stand in it as words."""

    step: Step
    language: str
    told: str
    named: tuple[Way, ...] = ()
    note: str = ""
    """Beside its name."""

    @property
    def height(self) -> float:
        """How tall it is."""
        rows = len(self._words()) + len(self._remarks())
        ways = sum(len(self._label(way)) * LINE_HEIGHT + _WAY_GAP for way in self.named)
        return _HEAD + rows * LINE_HEIGHT + (ways + 8 if self.named else 0) + 18

    def drawn(self, x: float, y: float) -> str:
        """The card with its upper left corner there."""
        step = self.step
        line = COLOURS[step.kind][1]
        kind = WORDS[self.told][step.kind]
        name = f"{kind} · {self.note}" if self.note else kind
        parts = [*_shape(step.kind, x, y, WIDTH, self.height)]
        parts.append(text_at([name], x + _PAD, y + 18, size=_SMALL, bold=True, ink=line))
        parts.append(text_at([step.id], x + WIDTH - _PAD - 4, y + 18, size=_SMALL, quiet=True, anchor="end"))
        foot = y + _HEAD + 16
        words, told = self._words(), self._remarks()
        parts.append(text_at(words, x + _PAD, foot))
        foot += len(words) * LINE_HEIGHT
        if told:
            parts.append(text_at(told, x + _PAD, foot + 1, size=_SMALL, ink=line))
            foot += len(told) * LINE_HEIGHT
        parts += self._ways_at(x, foot + 8)
        return group(parts, title=f"{step.id} ({kind}): {bare_words(_in(step.text, self.language))}")

    def _words(self) -> list[str]:
        return wrapped(bare_words(_in(self.step.text, self.language)), WIDTH - 2 * _PAD, most=_MOST_LINES)

    def _remarks(self) -> list[str]:
        found = (f"– {remark}" for remark in remarks(self.step, self.told))
        return [line for told in found for line in wrapped(told, WIDTH - 2 * _PAD, most=3, size=_SMALL)]

    def _label(self, way: Way) -> list[str]:
        room = WIDTH - 2 * _PAD - _pill_width(way) - 26
        return wrapped(way.label or WORDS[self.told]["then"], room, most=3, size=_SMALL)

    def _ways_at(self, x: float, y: float) -> Iterator[str]:
        for way in self.named:
            label = self._label(way)
            yield text_at(label, x + _PAD, y + 4, size=_SMALL, quiet=True)
            left = x + WIDTH - _PAD - _pill_width(way)
            yield text_at(["→"], left - 10, y + 4, size=_SMALL, quiet=True, anchor="middle")
            yield from pill(way.to, way.kind, left, y - 9)
            y += len(label) * LINE_HEIGHT + _WAY_GAP


def pill(name: str, kind: StepKind, x: float, y: float) -> Iterator[str]:
    """The name of a step, small, in the colours of its kind."""
    fill, line = COLOURS[kind]
    width = width_of(name, _SMALL) + 16
    yield rectangle(x, y, width, 18, round_=9 if kind is StepKind.CLOSE else 4, fill=fill, stroke=line, line=1)
    yield text_at([name], x + width / 2, y + 13, size=_SMALL, anchor="middle")


def legend(x: float, y: float, told: str) -> Iterator[str]:
    """Each kind's shape and name in a row."""
    for kind in StepKind:
        name = WORDS[told][kind]
        yield from _shape(kind, x, y, 34, 22)
        yield text_at([name], x + 42, y + 16)
        x += 42 + width_of(name, FONT) + 26


def _pill_width(way: Way) -> float:
    return width_of(way.to, _SMALL) + 16


def _in(texts: object, language: str) -> str:
    held = dict(texts)  # type: ignore[call-overload]
    return str(held.get(language) or next(iter(held.values()), ""))


def _shape(kind: StepKind, x: float, y: float, width: float, height: float) -> Iterator[str]:
    """Say: square corners; ask: cut corners; disclose: a folded sheet; offer: a double line; close: round ends."""
    fill, line = COLOURS[kind]
    right, foot, cut = x + width, y + height, min(_CUT, height / 3)
    match kind:
        case StepKind.SAY:
            yield rectangle(x, y, width, height, round_=2, fill=fill, stroke=line)
        case StepKind.ASK:
            corners: Sequence[tuple[float, float]] = (
                *((x + cut, y), (right - cut, y), (right, y + cut), (right, foot - cut)),
                *((right - cut, foot), (x + cut, foot), (x, foot - cut), (x, y + cut)),
            )
            yield polygon(corners, fill=fill, stroke=line)
        case StepKind.DISCLOSE:
            sheet = ((x, y), (right, y), (right, foot - cut), (right - cut, foot), (x, foot))
            yield polygon(sheet, fill=fill, stroke=line)
            fold = ((right, foot - cut), (right - cut, foot - cut), (right - cut, foot))
            yield polygon(fold, fill="#ffffff", stroke=line)
        case StepKind.OFFER:
            yield rectangle(x, y, width, height, round_=6, fill=fill, stroke=line)
            yield rectangle(x + 4, y + 4, width - 8, height - 8, round_=4, fill="none", stroke=line, line=1)
        case StepKind.CLOSE:
            yield rectangle(x, y, width, height, round_=min(22.0, height / 2), fill=fill, stroke=line)
