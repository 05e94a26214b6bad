"""
Boxes joined by lines, laid out in layers from top to bottom: no line passes through a box.

The usual three steps: layers by the longest path, an order within each layer that crosses few lines, and then places
that stand as nearly as they can below what leads to them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

GAP_X = 34.0
GAP_Y = 44.0
"""Between two layers, beside what the labels there take."""
_PASSAGE = 12.0
_SWEEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What is to be placed; `below` is room for the labels of the lines that leave it."""

    id: str
    width: float
    height: float
    below: float = 0.0


@dataclass(frozen=True, slots=True)
class Spot:
    """The upper left corner of a box."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything stands."""

    spots: Mapping[str, Spot]
    passages: Mapping[tuple[str, str], tuple[tuple[float, float, float], ...]]
    """Of each line that goes past layers: where (x) and from where to where (y) it passes each."""
    upward: frozenset[tuple[str, str]]
    """Lines that lead back to where the talk has been."""
    width: float
    height: float


_Node = str | tuple[str, str, int]
"""A box by its id, or the place where a line passes a layer."""


def arrange(boxes: Sequence[Box], lines: Sequence[tuple[str, str]]) -> Layout:
    """Place the boxes; the first one is the start, and lines name boxes by their ids."""
    by_id = {box.id: box for box in boxes}
    upward = _upward(list(by_id), lines)
    downward = list(dict.fromkeys(line for line in lines if line not in upward))
    depth = _depths(list(by_id), downward)
    layers, links = _with_passages(by_id, downward, depth)
    _order(layers, links)
    widths = {node: by_id[node].width if isinstance(node, str) else _PASSAGE for layer in layers for node in layer}
    centres = _centres(layers, links, widths)
    left = min(centres[node] - widths[node] / 2 for node in centres)
    right = max(centres[node] + widths[node] / 2 for node in centres)
    spots: dict[str, Spot] = {}
    passages: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    y = 0.0
    for layer in layers:
        here = [by_id[node] for node in layer if isinstance(node, str)]
        bottom = y + max(box.height for box in here)
        for node in layer:
            if isinstance(node, str):
                spots[node] = Spot(centres[node] - widths[node] / 2 - left, y)
            else:
                passages.setdefault(node[:2], []).append((centres[node] - left, y, bottom))
        y = max(y + box.height + box.below for box in here) + GAP_Y
    return Layout(
        spots=spots,
        passages={line: tuple(through) for line, through in passages.items()},
        upward=frozenset(upward),
        width=right - left,
        height=y - GAP_Y,
    )


def _upward(ids: Sequence[str], lines: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Lines that close a circle, as a walk from the start meets them."""
    onward = {box: [to for start, to in lines if start == box] for box in ids}
    upward: set[tuple[str, str]] = set()
    done: set[str] = set()
    for start in ids:
        way = [(start, iter(onward[start]))] if start not in done else []
        under_way = {start}
        done.add(start)
        while way:
            box, ahead = way[-1]
            to = next(ahead, None)
            if to is None:
                way.pop()
                under_way.discard(box)
            elif to in under_way:
                upward.add((box, to))
            elif to not in done:
                done.add(to)
                under_way.add(to)
                way.append((to, iter(onward[to])))
    return upward


def _depths(ids: Sequence[str], downward: Sequence[tuple[str, str]]) -> dict[str, int]:
    depth = dict.fromkeys(ids, 0)
    for _ in ids:
        for start, to in downward:
            depth[to] = max(depth[to], depth[start] + 1)
    return depth


def _with_passages(
    by_id: Mapping[str, Box], downward: Sequence[tuple[str, str]], depth: Mapping[str, int]
) -> tuple[list[list[_Node]], list[tuple[_Node, _Node]]]:
    layers: list[list[_Node]] = [[] for _ in range(max(depth.values()) + 1)]
    for box in by_id:
        layers[depth[box]].append(box)
    links: list[tuple[_Node, _Node]] = []
    for start, to in downward:
        before: _Node = start
        for layer in range(depth[start] + 1, depth[to]):
            passage: _Node = (start, to, layer)
            layers[layer].append(passage)
            links.append((before, passage))
            before = passage
        links.append((before, to))
    return layers, links


def _order(layers: list[list[_Node]], links: Sequence[tuple[_Node, _Node]]) -> None:
    """Each layer sorted so that its nodes stand near the middle of what they are linked to."""
    above: dict[_Node, list[_Node]] = {}
    below: dict[_Node, list[_Node]] = {}
    for start, to in links:
        above.setdefault(to, []).append(start)
        below.setdefault(start, []).append(to)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, links)
    for sweep in range(_SWEEPS):
        beside, passing = (above, layers[1:]) if sweep % 2 == 0 else (below, layers[-2::-1])
        for layer in passing:
            place = {node: at for each in layers for at, node in enumerate(each)}
            layer.sort(key=lambda node, place=place, beside=beside: _middle(node, place, beside))  # type: ignore[misc]
        crossings = _crossings(layers, links)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    for layer, kept in zip(layers, best, strict=True):
        layer[:] = kept


def _middle(node: _Node, place: Mapping[_Node, int], beside: Mapping[_Node, Sequence[_Node]]) -> float:
    linked = [place[each] for each in beside.get(node, ())]
    return sum(linked) / len(linked) if linked else float(place[node])


def _crossings(layers: Sequence[Sequence[_Node]], links: Sequence[tuple[_Node, _Node]]) -> int:
    place = {node: (depth, at) for depth, layer in enumerate(layers) for at, node in enumerate(layer)}
    ends = [(place[start], place[to][1]) for start, to in links]
    return sum(
        depth == other_depth and (at - other_at) * (to - other_to) < 0
        for i, ((depth, at), to) in enumerate(ends)
        for (other_depth, other_at), other_to in ends[:i]
    )


def _centres(
    layers: Sequence[Sequence[_Node]], links: Sequence[tuple[_Node, _Node]], widths: Mapping[_Node, float]
) -> dict[_Node, float]:
    above: dict[_Node, list[_Node]] = {}
    below: dict[_Node, list[_Node]] = {}
    for start, to in links:
        above.setdefault(to, []).append(start)
        below.setdefault(start, []).append(to)
    centres: dict[_Node, float] = {}
    for layer in layers:
        centres |= zip(layer, _apart([0.0] * len(layer), [widths[node] for node in layer]), strict=True)
    for _ in range(_SWEEPS):
        # By one side at a time: by both at once some drawings would never come to rest. Upwards last, so that what
        # leads to one step alone stands straight above it.
        for beside, passing in ((above, layers), (below, layers[::-1])):
            for layer in passing:
                wished = [_mean([centres[each] for each in beside.get(node, ())], centres[node]) for node in layer]
                centres |= zip(layer, _apart(wished, [widths[node] for node in layer]), strict=True)
    return centres


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _apart(wished: Sequence[float], widths: Sequence[float]) -> Iterator[float]:
    """Centres as near as can be to those that are wished for, in their order, and none on top of another."""
    offsets = [0.0]
    for left, right in pairwise(widths):
        offsets.append(offsets[-1] + (left + right) / 2 + GAP_X)
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        mean, size = wish - offset, 1
        while pools and pools[-1][0] >= mean:
            before, many = pools.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        pools.append((mean, size))
    levels = [mean for mean, size in pools for _ in range(size)]
    return (level + offset for level, offset in zip(levels, offsets, strict=True))
