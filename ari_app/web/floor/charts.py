"""
The floor's charts, as SVG that needs nothing beside it: no script, no font and no style from anywhere else.

They are shown as images, so whatever they say is said in the page as well, in words and in a table. Series are told
apart by pattern as well as by colour. Drawing takes some milliseconds, so it is done on a thread, and what was drawn is
kept while the figures are the same.
"""

import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pygal
from pygal.etree import etree
from pygal.style import Style

# The library leaves a finder for plugins behind, of a kind that Python warns of at every import that fails after it.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]

_INK, _QUIET, _PAPER, _LINE = "#1b1b1f", "#4c4c55", "#fdfdfb", "#8a877f"
_PERMIT, _DEFER, _DENY = "#1f6f8b", "#b7791f", "#8c2f39"
"""Each at least 3:1 against paper, and against its neighbour in lightness or pattern."""
_FONT = "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif"
_DARK = """
@media (prefers-color-scheme: dark) {
  .graph > .background, .plot > .background { fill: #1a1a1d; }
  .graph, .title, .legends .legend text, .axis text, .axis text.major, .series text, text.no_data { fill: #f1efe9; }
  .axis .line, .axis .guide.line { stroke: #8f8c84; }
}
"""
_STYLE = Style(
    background=_PAPER,
    plot_background=_PAPER,
    foreground=_INK,
    foreground_strong=_INK,
    foreground_subtle=_QUIET,
    guide_stroke_color=_LINE,
    major_guide_stroke_color=_LINE,
    guide_stroke_dasharray="2,4",
    opacity="1",
    opacity_hover="1",
    transition="0s",
    colors=(_PERMIT, _DEFER, _DENY),
    font_family=_FONT,
    label_font_size=14,
    major_label_font_size=14,
    value_font_size=14,
    legend_font_size=15,
    no_data_font_size=20,
)
_PLAIN: dict[str, Any] = {
    "js": [],
    "disable_xml_declaration": True,
    "show_minor_x_labels": True,
    "tooltip_border_radius": 0,
    "explicit_size": True,
    "margin": 8,
    "max_scale": 6,
}
_ROW_PX, _AROUND_PX, _WIDTH = 34, 24, 760
_BEHIND_ITS_BAR = ".text-overlay text.value, .series text.value { text-anchor: start; }"
_HATCH = "hatch"
_DOTS = "dots"


@lru_cache(maxsize=64)
def reasons_chart(rows: tuple[tuple[str, int], ...], nothing: str) -> bytes:
    """A bar a reason, the most frequent on top, each with its number."""
    chart = pygal.HorizontalBar(
        **_PLAIN,
        style=_STYLE,
        css=("file://style.css", "file://graph.css", "inline:" + _DARK + _bars(0, _DENY) + _BEHIND_ITS_BAR),
        range=(0, 1.12 * max((number for _, number in rows), default=1)),  # room for the longest bar's number
        width=_WIDTH,
        height=_AROUND_PX + _ROW_PX * max(1, len(rows)),
        show_legend=False,
        print_values=True,
        print_values_position="top",
        show_x_labels=False,
        show_x_guides=False,
        truncate_label=-1,
        no_data_text=nothing,
        spacing=6,
    )
    upwards = rows[::-1]  # the library draws from below
    chart.x_labels = [label for label, _ in upwards]
    chart.add("", [number for _, number in upwards])
    return _svg(chart)


@lru_cache(maxsize=64)
def hours_chart(hours: tuple[tuple[str, int, int, int], ...], names: tuple[str, str, str], nothing: str) -> bytes:
    """Verdicts by the hour, stacked: permitted, deferred, denied, in this order from below."""
    chart = pygal.StackedBar(
        **_PLAIN,
        style=_STYLE,
        css=(
            "file://style.css",
            "file://graph.css",
            "inline:" + _DARK + _bars(0, _PERMIT) + _bars(1, _DEFER, _DOTS) + _bars(2, _DENY, _HATCH),
        ),
        width=_WIDTH,
        height=300,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        legend_box_size=16,
        truncate_legend=-1,
        no_data_text=nothing,
        spacing=6,
    )
    chart.x_labels = [hour for hour, *_ in hours]
    for place, name in enumerate(names):
        chart.add(name, [numbers[place] for _, *numbers in hours] if any(sum(h[1:]) for h in hours) else [])
    return _svg(chart, patterns=((_DOTS, _DEFER), (_HATCH, _DENY)))


@lru_cache(maxsize=128)
def spark(values: tuple[int, ...]) -> bytes:
    """The course of a figure, an hour a bar; it has no words, and goes with a number that has."""
    chart = pygal.Bar(
        **(_PLAIN | {"margin": 1}),
        style=_STYLE,
        css=("file://style.css", "file://graph.css", "inline:" + _DARK + _bars(0, _PERMIT)),
        width=168,
        height=40,
        show_legend=False,
        show_x_labels=False,
        show_y_labels=False,
        show_y_guides=False,
        show_x_guides=False,
        no_data_text="",
        spacing=0,
    )
    chart.add("", list(values))
    return _svg(chart)


def _bars(series: int, colour: str, pattern: str = "") -> str:
    fill = f"url(#{pattern})" if pattern else colour
    shapes = f".series.serie-{series} rect, .legends #activate-serie-{series} rect"
    return f"{shapes} {{ fill: {fill}; stroke: {colour}; stroke-width: 1; }}\n"


def _svg(chart: Any, *, patterns: Iterable[tuple[str, str]] = ()) -> bytes:
    """The chart without what only a script would use: an image runs none."""
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in [child for child in parent if _name(child) in ("script", "desc", "title")]:
            parent.remove(child)
    defs = next(each for each in root.iter() if _name(each) == "defs")
    for pattern, colour in patterns:
        defs.append(_pattern(pattern, colour))
    return bytes(etree.tostring(root, encoding="utf-8"))


def _pattern(name: str, colour: str) -> Any:
    """Lines or dots of a colour on paper, six units wide."""
    made = etree.Element("pattern", id=name, width="6", height="6", patternUnits="userSpaceOnUse")
    etree.SubElement(made, "rect", width="6", height="6", fill=colour)
    light = {"stroke": _PAPER, "fill": _PAPER}
    if name == _HATCH:
        etree.SubElement(made, "path", d="M0,6 L6,0 M-1,1 L1,-1 M5,7 L7,5", **(light | {"stroke-width": "1.4"}))
    else:
        etree.SubElement(made, "circle", cx="3", cy="3", r="1.2", **(light | {"stroke": "none"}))
    return made


def _name(element: Any) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""
