"""
A judged list as a page that a campaign manager can read, print and send: who may be called now, later, never, and why.

One file of HTML with its charts drawn inside, no script and nothing from elsewhere; or the chart alone as SVG. It names
no telephone number.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ari_app.lists import summary_words as words
from ari_app.lists.checking import ListReport
from ari_app.lists.errors import InputError
from ari_app.lists.tally import Tally
from ari_app.policy.pack import Pack
from ari_app.policy.reason_words import reason_words
from ari_app.policy.request import Campaign, Mode

_MOST_DAYS = 14
_PARTS = (("permit", "now"), ("defer", "later"), ("deny", "never"), ("exempt", "exempt"))
_templates = Environment(
    loader=PackageLoader("ari_app.lists"),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStory:
    """A judged list, and by what it was judged."""

    name: str
    """Of the list's file."""
    report: ListReport
    campaign: Campaign
    operator: str
    now: datetime
    packs: Sequence[Pack]


def write_summary(story: ListStory, path: Path, *, language: str) -> None:
    """
    Write the page, or the chart alone if `path` ends in `.svg`; it appears whole.

    Raises InputError: it cannot be written.
    """
    template = "chart.svg.jinja" if path.suffix.lower() == ".svg" else "summary.html.jinja"
    text = _templates.get_template(template).render(_told(story, language))
    target = path.resolve()
    part = target.with_name(target.name + ".part")
    try:
        if target.exists() and not target.is_file():
            raise InputError(f"{path}: the summary needs a file, and this is none")
        part.write_text(text, encoding="utf-8")
        os.replace(part, target)
    except OSError as failure:
        raise InputError(
            f"{path}: the list was judged, but its summary cannot be written: {failure.strerror}"
        ) from failure


def _told(story: ListStory, language: str) -> dict[str, Any]:
    tally, zone = story.report.tally, story.report.tally.zone
    language = language if language in words.WORDS else words.FALLBACK
    said = words.WORDS[language]
    count = {"skipped": words.number(tally.skipped, language), "rows": words.number(tally.rows, language)}
    first = words.instant(tally.not_before, zone, language) if tally.not_before else ""
    return {
        "story": story,
        "language": language,
        "words": said,
        "headline": (said["skipped"] if tally.rows else said["nobody"]).format(**count),
        "parts": _parts(tally, said, language),
        "reasons": _reasons(story, language),
        "days": _days(tally, said, language),
        "first": said["when_later_hint"].format(first=first),
        "instant": words.instant(story.now, zone, language),
        "shadow": story.campaign.packs_mode is Mode.SHADOW,
        "notes": [(reason_words(code, language), words.number(n, language)) for code, n in tally.notes.most_common()],
        "duplicates": words.number(tally.duplicates, language),
        "faults": words.number(tally.faults, language),
    }


def _parts(tally: Tally, said: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """Now, later, never: where each begins in the bar, in thousandths, and how long it is."""
    parts, begun = [], 0.0
    for verdict, name in _PARTS:
        count = tally.verdicts[verdict]
        if name == "exempt" and not count:
            continue
        length = 1000 * count / max(tally.rows, 1)
        parts.append(
            {
                "name": name,
                "label": said[name],
                "count": words.number(count, language),
                "share": words.share(count, tally.rows, language),
                "from": begun,
                "length": length,
            }
        )
        begun += length
    return parts


def _reasons(story: ListStory, language: str) -> list[dict[str, Any]]:
    """By how many rows each is the reason of, with the rules that gave it."""
    tally = story.report.tally
    sources = {f"{pack.id}/{rule.id}": rule.source.cite for pack in story.packs for rule in pack.rules}
    most = max(tally.reasons.values(), default=1)
    return [
        {
            "code": code,
            "label": reason_words(code, language),
            "count": words.number(count, language),
            "share": words.share(count, tally.rows, language),
            "length": 1000 * count / most,
            "rules": [(rule, sources.get(rule, "")) for each, rule in sorted(tally.objections) if each == code],
        }
        for code, count in tally.reasons.most_common()
    ]


def _days(tally: Tally, said: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """Columns, the first days each and all that come after together; heights in thousandths."""
    found = [(*words.day(day, language), count) for day, count in sorted(tally.days.items())]
    columns, rest = found[:_MOST_DAYS], found[_MOST_DAYS:]
    if rest:
        columns = [
            *found[: _MOST_DAYS - 1],
            (said["and_later"], "…", sum(count for *_, count in found[_MOST_DAYS - 1 :])),
        ]
    most = max((count for *_, count in columns), default=1)
    return [
        {"weekday": weekday, "day": day, "count": words.number(count, language), "height": 1000 * count / most}
        for weekday, day, count in columns
    ]
