"""
The flow of a script as a picture, for the person who writes it.

Steps stand below each other as the talk goes, each with its words. A way that leads to an end, or back, is named in its
step; all others are lines. The ends stand at the side, once each, and above them the two that are open from every step.
What tells the kinds apart is a word and a shape before it is a colour, and nothing is fetched from anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence

from ari_app.policy.scripts.layout import Box, Layout, arrange
from ari_app.policy.scripts.picture_card import WIDTH, Card, Way, legend
from ari_app.policy.scripts.picture_words import WORDS, bare_words, condition, remarks, told_in
from ari_app.policy.scripts.script import EXITS, Script, Step, StepKind
from ari_app.policy.scripts.svg import LINE_HEIGHT, document, path, rectangle, text_at, width_of, wrapped

_MARGIN, _TOP, _SIDE = 28.0, 104.0, 70.0
_LABEL = 12.0


def picture(script: Script, language: str) -> str:
    """The flow as an SVG document, its words in `language`, or in the script's first one where it lacks that."""
    spoken = language if language in script.title else script.languages[0]
    told = told_in(language)
    ways = {step.id: tuple(_ways(script, step, spoken, told)) for step in script.steps}
    drawn = [step for step in script.steps if step.kind is not StepKind.CLOSE]
    lines = [(step.id, way.to) for step in drawn for way in ways[step.id] if way.kind is not StepKind.CLOSE]
    upward = arrange([_box(Card(step, spoken, told), ()) for step in drawn], lines).upward if drawn else frozenset()
    cards: dict[str, Card] = {}
    leading: dict[str, tuple[Way, ...]] = {}
    for step in drawn:
        named = tuple(way for way in ways[step.id] if way.kind is StepKind.CLOSE or (step.id, way.to) in upward)
        leading[step.id] = tuple(way for way in ways[step.id] if way not in named)
        note = WORDS[told]["start"] if step is script.steps[0] else ""
        cards[step.id] = Card(step, spoken, told, named, note)
    boxes = [_box(cards[step.id], leading[step.id]) for step in drawn]
    layout = arrange(boxes, [line for line in lines if line not in upward]) if drawn else None
    parts = list(_talk(layout, cards, leading)) if layout else []
    side = _MARGIN + (layout.width + _SIDE if layout else 0)
    ends, foot = _ends(script, spoken, told, side)
    width = side + WIDTH + _MARGIN
    title = f"{script.title[spoken]} ({script.id}, {WORDS[told]['version']} {script.version})"
    return document(
        [*_head(title, told), *parts, *ends],
        width=width,
        height=max(_TOP + (layout.height if layout else 0), foot) + _MARGIN,
        language=told,
        title=f"{WORDS[told]['flow_of']} {title}",
        description=" ".join(_told(step, ways[step.id], spoken, told) for step in script.steps),
    )


def _ways(script: Script, step: Step, language: str, told: str) -> Iterator[Way]:
    words = WORDS[told]
    for answer in step.answers:
        label = bare_words(answer.text.get(language) or next(iter(answer.text.values())))
        yield Way(label, answer.next, script.step(answer.next).kind)
    for branch in step.branches:
        yield Way(condition(branch.when), branch.next, script.step(branch.next).kind)
    if step.next:
        label = words["else"] if step.branches else words["permitted"] if step.needs_verdict else ""
        yield Way(label, step.next, script.step(step.next).kind)
    if step.otherwise:
        yield Way(words["not_permitted"], step.otherwise, script.step(step.otherwise).kind)


def _box(card: Card, leading: Sequence[Way]) -> Box:
    return Box(id=card.step.id, width=WIDTH, height=card.height, below=_room_below(leading))


def _room_below(leading: Sequence[Way]) -> float:
    """What the labels of the lines that leave a step take: all of them go straight down so far."""
    tallest = max((len(_label(way, leading)) for way in leading), default=0)
    return tallest * LINE_HEIGHT + 10 if tallest else 0


def _label(way: Way, leading: Sequence[Way]) -> list[str]:
    return wrapped(way.label, WIDTH / len(leading) - 8, most=4, size=_LABEL) if way.label else []


def _head(title: str, told: str) -> Iterator[str]:
    yield text_at([title], _MARGIN, 38, size=20, bold=True)
    yield from legend(_MARGIN, 56, told)


def _talk(layout: Layout, cards: Mapping[str, Card], leading: Mapping[str, Sequence[Way]]) -> Iterator[str]:
    """Lines first, so that no line is drawn over words."""
    labels: list[str] = []
    for step_id, ways in leading.items():
        spot = layout.spots[step_id]
        foot = _TOP + spot.y + cards[step_id].height
        below = _room_below(ways)
        heads = [_heads_to(layout, step_id, way.to) for way in ways]
        for place, at in enumerate(sorted(range(len(ways)), key=heads.__getitem__)):
            x = _MARGIN + spot.x + WIDTH * (place + 0.5) / len(ways)
            yield path(_line(layout, step_id, ways[at].to, x, foot, below))
            labels += _label_at(_label(ways[at], ways), x, foot)
    for step_id, card in cards.items():
        spot = layout.spots[step_id]
        yield card.drawn(_MARGIN + spot.x, _TOP + spot.y)
    yield from labels


def _heads_to(layout: Layout, step_id: str, to: str) -> float:
    passages = layout.passages.get((step_id, to), ())
    return passages[0][0] if passages else layout.spots[to].x + WIDTH / 2


def _line(layout: Layout, step_id: str, to: str, x: float, foot: float, below: float) -> str:
    """Straight down past the labels, then in curves through each passage to the middle of the step's upper edge."""
    at = foot + below
    drawn = [f"M{x:.1f} {foot:.1f} V{at:.1f}"]
    target = layout.spots[to]
    stops = [(px + _MARGIN, top + _TOP, low + _TOP) for px, top, low in layout.passages.get((step_id, to), ())]
    stops.append((_MARGIN + target.x + WIDTH / 2, _TOP + target.y - 2, _TOP + target.y - 2))
    for stop, top, low in stops:
        half = (at + top) / 2
        drawn.append(f"C{x:.1f} {half:.1f} {stop:.1f} {half:.1f} {stop:.1f} {top:.1f}")
        if low > top:
            drawn.append(f"V{low:.1f}")
        x, at = stop, low
    return " ".join(drawn)


def _label_at(label: Sequence[str], x: float, foot: float) -> Iterator[str]:
    if label:
        width = max(width_of(line, _LABEL) for line in label) + 6
        height = len(label) * LINE_HEIGHT + 2
        yield rectangle(x - width / 2, foot + 6, width, height, round_=3, fill="#ffffff", stroke="none")
        yield text_at(label, x, foot + 19, size=_LABEL, anchor="middle")


def _ends(script: Script, language: str, told: str, x: float) -> tuple[list[str], float]:
    """The ends at the side, the exits first, and how far down they go."""
    words = WORDS[told]
    closes = [step for step in script.steps if step.kind is StepKind.CLOSE]
    y = _TOP
    parts = [text_at([words["ends"]], x, y - 12, size=15, bold=True)]
    for step in sorted(closes, key=lambda step: step.id not in EXITS):
        card = Card(step, language, told, note=words["any_step"] if step.id in EXITS else "")
        parts.append(card.drawn(x, y))
        y += card.height + 14
    return parts, y


def _told(step: Step, ways: Sequence[Way], language: str, told: str) -> str:
    """A step in one sentence or two, for whoever hears the picture."""
    words = WORDS[told]
    said = bare_words(step.text.get(language) or next(iter(step.text.values())))
    besides = "".join(f" ({remark})" for remark in remarks(step, told))
    led = "; ".join(f"{way.label or words['then']} → {way.to}" for way in ways)
    return f"{step.id}, {words[step.kind]}: {said}{besides}{f' {led}.' if led else ''}"
