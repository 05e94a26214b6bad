"""What the script page shows, made of a verdict record and the script it chose: values only, no HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ari_app.policy.record import VerdictRecord, iso
from ari_app.policy.scripts import EXITS, Script, ScriptChoice, Situation, Step, fits
from ari_app.policy.scripts.record_fields import fields_of_record
from ari_app.policy.scripts.shown import shown
from ari_app.policy.scripts.situation import situation_of_record
from ari_app.web.words import WORDS, language_of

_MOST_CONTACTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """A time for the page: for machines, and for people in this machine's zone."""

    iso: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One earlier call to the callee."""

    at: Instant | None
    operator: str
    campaign: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where a step leads."""

    when: str
    """The answer, or whom it is for; empty: always."""
    to: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One step, as it is read."""

    id: str
    kind: str
    paragraphs: list[str]
    filled: bool
    """False: what stands there is why the words do not."""
    ways: list[Way]
    remark: str = ""


def call_page(record: VerdictRecord, script: Script | None) -> dict[str, Any]:
    """Everything that `call.html` names."""
    language = language_of(record.language)
    words = WORDS[language]
    chosen = record.script
    title = script.title.get(language) or next(iter(script.title.values()), "") if script else ""
    return {
        "language": language,
        "script_language": chosen.language if chosen else language,
        "words": words,
        "title": title or words["call"],
        "record": record,
        "verdict": words.get(record.verdict, record.verdict),
        "steps": _steps(record, script, chosen, words) if script and chosen else [],
        "exits": [step.id for step in script.steps if step.id in EXITS] if script and chosen else [],
        "decided_at": _instant(record.decided_at),
        "not_before": _instant(record.not_before),
        "customer": _customer(record.evidence.facts, words),
        "contacts": _contacts(record.evidence.facts, words),
        "statuses": {pack.id: words.get(f"status_{pack.status}", pack.status) for pack in record.packs},
        "outcome": words.get(f"outcome_{record.outcome}", record.outcome) if record.outcome else "",
    }


def paragraphs(text: str) -> list[str]:
    """The text's paragraphs, as blank lines part them."""
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def _steps(record: VerdictRecord, script: Script, chosen: ScriptChoice, words: Mapping[str, str]) -> list[Told]:
    """Every step for this very callee: branches are gone by what is known of them, since it will not change."""
    fields = fields_of_record(record, language=chosen.language)
    situation = situation_of_record(record)
    return [_told(step, script, chosen, words, fields, situation) for step in script.steps]


def _told(
    step: Step,
    script: Script,
    chosen: ScriptChoice,
    words: Mapping[str, str],
    fields: Mapping[str, object],
    situation: Situation,
) -> Told:
    said = shown(step.words(chosen.variant, chosen.language), fields, chosen.language)
    ways = [
        (shown(answer.text.get(chosen.language, answer.id), fields, chosen.language).text, answer.next)
        for answer in step.answers
    ]
    if step.next:
        fitting = next((branch.next for branch in step.branches if fits(branch.when, situation)), step.next)
        ways.append((words["if_permitted"] if step.needs_verdict else "", fitting))
    if step.otherwise:
        ways.append((words["if_not_permitted"], step.otherwise))
    return Told(
        id=step.id,
        kind=words[f"step_{step.kind}"],
        paragraphs=paragraphs(said.text),
        filled=said.filled,
        ways=[Way(when=when, to=to, title=f"{words['step']} {_place(script, to)}") for when, to in ways],
        remark=words["any_time"] if step.id in EXITS else words["second_verdict"] if step.needs_verdict else "",
    )


def _place(script: Script, step_id: str) -> int:
    return next(place for place, step in enumerate(script.steps, start=1) if step.id == step_id)


def _instant(value: object) -> Instant | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return Instant(iso=iso(value) or "", shown=value.astimezone().strftime("%d/%m/%Y %H:%M"))


def _known(facts: Mapping[str, Any], name: str) -> Any:
    """The value of a recorded fact; None: it was Unknown, or has been erased."""
    fact = facts.get(name)
    return fact.get("value") if isinstance(fact, Mapping) else None


def _customer(facts: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    held = _known(facts, "customer")
    if not isinstance(held, Mapping):
        return {"status": words["customer_unknown"], "products": [], "since": None, "until": None}
    return {
        "status": words.get(f"customer_{held.get('status')}", words["customer_unknown"]),
        "products": list(held.get("products") or ()),
        "since": _instant(held.get("since")),
        "until": _instant(held.get("until")),
    }


def _contacts(facts: Mapping[str, Any], words: Mapping[str, str]) -> list[Contact] | None:
    """The last contacts, newest first; None: it is not known whether there were any."""
    held = _known(facts, "attempts")
    if held is None:
        return None
    return [
        Contact(
            at=_instant(attempt.get("at")),
            operator=attempt.get("operator") or words["nobody_named"],
            campaign=attempt.get("campaign") or "",
            outcome=words.get(f"outcome_{attempt.get('outcome')}", words["outcome_None"]),
        )
        for attempt in held[:_MOST_CONTACTS]
    ]
