"""A soak's picture: memory and latency over time, as SVG."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pygal
from pygal.style import Style

# As in web/floor/charts: its finder of plugins is of a kind that Python warns of at every import that fails after it.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]

_STYLE = Style(
    background="#fdfdfb",
    plot_background="#fdfdfb",
    foreground="#4c4c55",
    foreground_strong="#1b1b1f",
    foreground_subtle="#8a877f",
    colors=("#1f6f8b", "#8a877f", "#8c2f39", "#b7791f"),
    font_family="sans-serif",
)


def draw(
    memory: Mapping[str, Sequence[tuple[float, float]]],
    taken: Mapping[str, Sequence[tuple[float, float]]],
    file: Path,
) -> None:
    """Memory by the scale on the left, what verdicts took by that on the right; both by minutes."""
    chart = pygal.XY(
        style=_STYLE,
        width=1000,
        height=420,
        dots_size=1,
        js=(),
        title="Memory (left), and what a verdict takes (right)",
        x_title="minutes",
        range=(0, max(value for line in memory.values() for _, value in line) * 1.2),
        secondary_range=(0, max(value for line in taken.values() for _, value in line) * 1.2),
    )
    for name, points in memory.items():
        chart.add(name, list(points))
    for name, points in taken.items():
        chart.add(name, list(points), secondary=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(chart.render())
