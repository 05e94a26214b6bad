"""The page that tells what packs hold: Markdown, a table for each, made from the packs alone."""

from collections.abc import Iterable
from datetime import date

from ari_app.policy.pack import Pack, Rule, Source
from ari_app.policy.pack_words import force_in_words, kind_of, params_in_words, standing, when_in_words

_HEAD = """\
# Rules

<!-- Made by `make rules` from the packs in ari_app/packs. Change those, not this. -->

**These packs are drafts until a lawyer has reviewed them, and nothing here is legal advice.** What each figure rests on
stands beside it:

| evidence | |
|---|---|
| `P` | read on a primary page or a regulator's |
| `S` | read on a secondary page: press, a law firm, a vendor |
| `S-repo` | read in somebody's reference file |
| `M-high`, `M-med`, `M-low` | not confirmed; how likely it is thought to be |
| `?` | looked for, and not found; or the house's own rule, which needs no source |

*Open point* marks a rule or ground on which the sources leave something open: it binds, or lifts, only where the
installation names it under `[packs] switched_on`. `law`, `regulator`, `code`, `house` and `best practice` say how a
rule binds people; all of them bind calls alike. [How packs are written](packs.md).
"""


def rules_page(packs: Iterable[Pack]) -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_pack(pack) for pack in packs)])


def _pack(pack: Pack) -> str:
    title = pack.title.get("en") or next(iter(pack.title.values()))
    lines = [
        f"## `{pack.id}`: {title}",
        "",
        f"Version {pack.version}, jurisdiction {pack.jurisdiction}. **{standing(pack).capitalize()}.**",
        "",
        *_table(
            ("rule", "kind", "parameters", "applies to", "unless", "force", "source", "in force"),
            (_rule(rule) for rule in pack.rules),
        ),
    ]
    if pack.grounds:
        grounds = (
            (
                f"`{ground.id}`",
                f"`{kind_of(ground.kind)}`",
                params_in_words(ground.kind),
                _source(ground.source),
                "*open point*" if ground.optional else "",
            )
            for ground in pack.grounds
        )
        lines += ["", *_table(("ground", "kind", "parameters", "source", ""), grounds)]
    if pack.duties:
        duties = (
            (
                f"`{duty.id}`",
                f"`{kind_of(duty.kind)}`",
                params_in_words(duty.kind),
                when_in_words(duty.when),
                force_in_words(duty.force),
                _source(duty.source),
                _in_force(duty.effective_from, duty.effective_to, optional=False),
            )
            for duty in pack.duties
        )
        columns = ("duty", "kind", "parameters", "applies to", "force", "source", "in force")
        lines += ["", *_table(columns, duties)]
    return "\n".join([*lines, ""])


def _rule(rule: Rule) -> tuple[str, ...]:
    return (
        f"`{rule.id}`",
        f"`{kind_of(rule.kind)}`",
        params_in_words(rule.kind),
        when_in_words(rule.when),
        ", ".join(f"`{ground}`" for ground in rule.unless),
        force_in_words(rule.force),
        _source(rule.source),
        _in_force(rule.effective_from, rule.effective_to, optional=rule.optional),
    )


def _in_force(start: date | None, end: date | None, *, optional: bool) -> str:
    said = [
        *(["*open point*"] if optional else []),
        *([f"from {start}"] if start else []),
        *([f"until {end}"] if end else []),
    ]
    return ", ".join(said)


def _source(source: Source | None) -> str:
    if source is None:
        return ""
    cite = f"[{source.cite}]({source.url})" if source.url else source.cite
    return f"{cite} ({source.evidence})"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return [line(columns), "|" + "---|" * len(columns), *(line(row) for row in rows)]
