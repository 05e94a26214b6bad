"""Shapes and text as SVG, by attributes alone: a page that forbids inline style shows them all the same."""

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr  # they write XML, and read none  # nosec B406

FONT = 13.0
LINE_HEIGHT = 17.0
_FAMILY = "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"
_NARROW, _BROAD = frozenset("iljtfrI.,:;'’|!() []‹›"), frozenset("mwMW—@%")
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INK, _QUIET = "#1b1b1f", "#4c4c55"


def width_of(text: str, size: float = FONT) -> float:
    """About how wide the text is; rather more than less, since nobody knows the font."""
    return sum(0.4 if sign in _NARROW else 1.0 if sign in _BROAD else 0.64 for sign in text) * size


def wrapped(text: str, width: float, *, most: int, size: float = FONT) -> list[str]:
    """Lines that fit; a word that does not is cut, and after `most` lines the rest is left out with a …"""
    lines: list[str] = [""]
    for word in text.split():
        for piece in _pieces(word, width, size):
            if lines[-1] and width_of(f"{lines[-1]} {piece}", size) > width:
                lines.append(piece)
            else:
                lines[-1] = f"{lines[-1]} {piece}".strip()
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} …"]


def _pieces(word: str, width: float, size: float) -> Iterable[str]:
    piece = ""
    for sign in word:
        if piece and width_of(piece + sign, size) > width:
            yield piece
            piece = ""
        piece += sign
    yield piece


def written(text: str) -> str:
    """The text as XML has it."""
    return escape(_UNPRINTABLE.sub("\ufffd", text))


def text_at(
    lines: Sequence[str],
    x: float,
    y: float,
    *,
    size: float = FONT,
    bold: bool = False,
    quiet: bool = False,
    anchor: str = "start",
    ink: str = "",
) -> str:
    """Lines below each other; `y` is the foot of the first."""
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{y + place * LINE_HEIGHT:.1f}">{written(line)}</tspan>'
        for place, line in enumerate(lines)
    )
    look = ' font-weight="bold"' if bold else ""
    colour = ink or (_QUIET if quiet else _INK)
    return f'<text font-size="{size:g}" fill="{colour}" text-anchor="{anchor}"{look}>{spans}</text>'


def rectangle(
    x: float, y: float, width: float, height: float, *, round_: float, fill: str, stroke: str, line: float = 1.5
) -> str:
    """A rectangle; `round_` is the radius of its corners."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round_:g}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="{line:g}"/>'
    )


def polygon(points: Iterable[tuple[float, float]], *, fill: str, stroke: str) -> str:
    """A shape with corners."""
    placed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{placed}" fill="{fill}" stroke="{stroke}" stroke-width="1.5" stroke-linejoin="round"/>'


def path(drawn: str, *, dashed: bool = False) -> str:
    """A line with an arrow at its end."""
    dashes = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<path d="{drawn}" fill="none" stroke="{_QUIET}" stroke-width="1.6" marker-end="url(#flow-arrow)"{dashes}/>'


def group(parts: Iterable[str], *, title: str) -> str:
    """Parts that belong together; the title is read out, and shown when pointed at."""
    return f"<g><title>{written(title)}</title>{''.join(parts)}</g>"


def document(parts: Iterable[str], *, width: float, height: float, language: str, title: str, description: str) -> str:
    """The whole picture."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-labelledby="flow-title flow-text" lang={quoteattr(language)} '
        f'font-family="{_FAMILY}">\n'
        f'<title id="flow-title">{written(title)}</title>\n<desc id="flow-text">{written(description)}</desc>\n'
        '<defs><marker id="flow-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="{_QUIET}"/></marker></defs>\n'
        + rectangle(0, 0, width, height, round_=0, fill="#ffffff", stroke="none")
        + "\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )
