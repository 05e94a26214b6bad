"""A verdict rule by rule: what each was asked, which facts it saw, and what it said of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from ari_app.policy.pack import Pack, Rule
from ari_app.policy.pack_words import kind_of
from ari_app.policy.record import VerdictRecord

_GATE = "gate"
_NOT_ASKED = "not_applicable"
_LOOKED_AT_GROUNDS = ("objected", "lifted")


def explained(record: VerdictRecord, packs: Iterable[Pack]) -> list[dict[str, Any]]:
    """
    A line for each rule that was run, in order, as JSON values.

    `saw` holds what it read, by the fact's name; where it objected or was lifted, also what its grounds read. Of a fact
    that is Unknown it says `{"unknown": cause}`. A rule that does not apply saw nothing. What no pack holds is `gate`.
    """
    rules = {f"{pack.id}/{rule.id}": (pack, rule) for pack in packs for rule in pack.rules}
    return [_line(run, rules.get(run["rule"]), record.evidence.facts) for run in record.evidence.trace]


def _line(run: Mapping[str, Any], held: tuple[Pack, Rule] | None, facts: Mapping[str, Any]) -> dict[str, Any]:
    said = run["said"]
    read = str(run["reads"]).split() if said != _NOT_ASKED else []
    if held and said in _LOOKED_AT_GROUNDS:
        pack, rule = held
        grounds = (ground for ground in pack.grounds if ground.id in rule.unless and ground.switched_on)
        read += [name for ground in grounds for name in ground.kind.reads]
    return {
        "rule": run["rule"],
        "kind": kind_of(held[1].kind) if held else _GATE,
        "said": said,
        "detail": run["detail"],
        "saw": {name: _seen(facts[name]) for name in dict.fromkeys(read) if name in facts},
    }


def _seen(fact: Mapping[str, Any]) -> Any:
    return fact["value"] if "value" in fact else {"unknown": fact.get("cause", "")}
