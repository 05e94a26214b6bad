"""What the desk's templates show, made of one look: values only, no HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_time

from ari_app.policy.disposition import EFFECTS, Disposition
from ari_app.policy.record import VerdictRecord, iso
from ari_app.policy.scripts import EXITS, StepKind, Walk, fits
from ari_app.policy.scripts.script import NEVER_AGAIN
from ari_app.web.call_page import paragraphs
from ari_app.web.desk.keys import keys_of
from ari_app.web.desk.reading import Look, OnCall, Scene
from ari_app.web.desk.words import WORDS
from ari_app.web.words import WORDS as COMMON
from ari_app.web.words import language_of

_MOST_CONTACTS = 4
_MOST_STEPS = 50
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_GROUPS: tuple[tuple[str, tuple[Disposition, ...]], ...] = (
    ("offer", (Disposition.INTERESTED, Disposition.SOLD, Disposition.REFUSED, Disposition.ALREADY_CUSTOMER)),
    ("later", (Disposition.NOT_NOW, Disposition.CALLBACK, Disposition.HOLDER_ABSENT, Disposition.VOICEMAIL)),
    ("line", (Disposition.HUNG_UP_EARLY, Disposition.LINE_DROPPED, Disposition.WRONG_NUMBER, Disposition.LANGUAGE)),
    ("person", (Disposition.NOT_ELIGIBLE, Disposition.BUSINESS, Disposition.MINOR, Disposition.VULNERABLE)),
    ("wish", (Disposition.COMPLAINT, Disposition.DECEASED, Disposition.NEVER_AGAIN)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What became of what the operator did last; shown until they do something else."""

    kind: str
    """`done`, `refused`, `late` or `failed`."""
    text: str = ""
    """Key of a sentence in `words`; empty: the reasons alone."""
    reasons: tuple[str, ...] = ()
    first_allowed: datetime | None = None
    call_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed into the form that was not taken: it is shown again as it was."""

    call_id: str = ""
    word: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@cache
def _locale(language: str) -> Locale:
    """Babel looks for its file each time it is told a name."""
    return Locale.parse(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clockwork:
    """Tells instants in a language and by one place's clock."""

    language: str
    zone: tzinfo | None

    def local(self, at: datetime) -> datetime:
        """By that clock."""
        return at.astimezone(self.zone)

    def shown(self, at: datetime, now: datetime, *, first: bool = False) -> dict[str, str]:
        """
        For machines and for people: the time alone if it is today, else with the day.

        `first`: it is the first instant of something, and must not be told too early.
        """
        there = self._minute(at, up=first)
        if there.date() == self.local(now).date():
            told = format_time(there, "HH:mm", locale=_locale(self.language))
        else:
            told = format_datetime(there, "EEE d MMM, HH:mm", locale=_locale(self.language))
        return {"iso": iso(at) or "", "shown": told}

    def day(self, at: datetime) -> dict[str, str]:
        """The day alone, with its year."""
        there = self.local(at).replace(tzinfo=None)
        return {"iso": iso(at) or "", "shown": format_date(there, "long", locale=_locale(self.language))}

    def field(self, at: datetime) -> str:
        """As a browser's field for an instant wants it: to the minute, and never too early."""
        return self._minute(at, up=True).isoformat(timespec="minutes")

    def _minute(self, at: datetime, *, up: bool) -> datetime:
        there = self.local(at).replace(tzinfo=None)
        whole = there.replace(second=0, microsecond=0)
        return whole + timedelta(minutes=1) if up and whole < there else whole

    def read(self, text: str) -> datetime | None:
        """What such a field says; None: it is no instant."""
        try:
            there = datetime.fromisoformat(text)
        except ValueError:
            return None
        if not _FIRST_YEAR <= there.year <= _LAST_YEAR:  # beyond these some zone's clock cannot tell it
            return None
        if there.tzinfo is not None:
            return there
        return there.replace(tzinfo=self.zone) if self.zone else there.astimezone()


def pane(desk: Look, *, zone: tzinfo | None, said: Said | None = None, typed: Typed | None = None) -> dict[str, Any]:
    """Everything that the templates name."""
    language = language_of(desk.person.language)
    clock = Clockwork(language=language, zone=zone)
    keys = keys_of(desk.own_keys)
    values: dict[str, Any] = {
        "language": language,
        "words": WORDS[language],
        "person": desk.person,
        "mark": desk.mark,
        "scene": desk.scene.value,
        "call_id": desk.call.live.call_id if desk.call else "",
        "keys": keys,
        "state": desk.state,
        "phone": desk.phone,
        "due_count": len(desk.due),
        "day": desk.day,
        "said": _said(said, clock, desk.now, current=desk.call.live.call_id if desk.call else ""),
        "due": [_due(each, clock, desk.now) for each in desk.due],
        "waiting": desk.waiting,
    }
    if desk.call:
        values |= _call(desk, desk.call, clock, typed)
    return values


def _said(said: Said | None, clock: Clockwork, now: datetime, *, current: str) -> dict[str, Any] | None:
    if said is None or (said.kind == "done" and said.call_id and said.call_id == current):
        return None  # the word itself stands there as noted
    first = said.first_allowed
    return {
        "kind": said.kind,
        "text": WORDS[clock.language][said.text] if said.text else "",
        "reasons": said.reasons,
        "first_allowed": clock.shown(first, now, first=True) | {"field": clock.field(first)} if first else None,
        "call_id": said.call_id,
    }


def _due(callback: Any, clock: Clockwork, now: datetime) -> dict[str, Any]:
    return {
        "at": clock.shown(callback.due_at, now),
        "overdue": callback.overdue,
        "name": callback.name,
        "e164": callback.e164,
        "campaign": callback.campaign,
        "campaign_id": callback.campaign_id,
    }


def _call(desk: Look, call: OnCall, clock: Clockwork, typed: Typed | None) -> dict[str, Any]:
    record = call.record
    script_language = record.script.language if record.script else clock.language
    return {
        "brand": call.brand,
        "callee": call.story.name or call.story.number,
        "script_language": script_language,
        "script": record.script,
        "lost": call.lost,
        "seq": call.standing.seq if call.standing else -1,
        "step": _step(call, script_language),
        "duties": _duties(call, clock, desk.now),
        "story": _story(call, clock, desk.now),
        "allowed": _allowed(record, clock, desk.now),
        "reasons": [(reason.text, reason.source) for reason in record.reasons],
        "not_before": clock.shown(record.not_before, desk.now, first=True) if record.not_before else None,
        "answered": call.live.answered_at is not None,
        "outcome": COMMON[clock.language].get(f"outcome_{record.outcome}", "") if record.outcome else "",
        "noting": _noting(desk, call, clock, typed),
    }


def _step(call: OnCall, language: str) -> dict[str, Any] | None:
    walk, chosen = call.walk, call.record.script
    if walk is None or chosen is None:
        return None
    step = walk.step
    variant = chosen.variant
    return {
        "id": step.id,
        "kind": step.kind.value,
        "paragraphs": paragraphs(call.fill(step.words(variant, language))),
        "answers": [
            {"id": each.id, "text": call.fill(each.text.get(language) or next(iter(each.text.values())))}
            for each in step.answers
        ],
        "asks": step.kind is StepKind.ASK,
        "over": walk.over,
        "first": not walk.taken,
        "exit": step.id if step.id in EXITS else "",
        "place": len(walk.taken) + 1,
        "of": len(walk.taken) + _ahead(walk),
        "book": call.answers,
    }


def _ahead(walk: Walk) -> int:
    """About how many steps there are from here on, this one too, if every answer is the first one."""
    seen = [walk.at]
    step = walk.step
    while step.kind is not StepKind.CLOSE and len(seen) < _MOST_STEPS:
        to = step.answers[0].next if step.answers else step.next
        to = next((each.next for each in step.branches if fits(each.when, walk.situation)), to)
        if not to or to in seen:
            break
        seen.append(to)
        step = walk.script.step(to)
    return len(seen)


def _duties(call: OnCall, clock: Clockwork, now: datetime) -> list[dict[str, Any]]:
    """What must be disclosed in this call: what has been, and when, first; then what is still owed."""
    if call.standing is None:
        return []
    words = WORDS[clock.language]
    said = call.standing.disclosed_at
    told = [*said, *(duty for duty in call.standing.owed if duty not in said)]
    return [
        {
            "name": words.get(f"duty_{duty}", duty.replace("_", " ")),
            "at": clock.shown(said[duty], now) if duty in said else None,
        }
        for duty in told
    ]


def _story(call: OnCall, clock: Clockwork, now: datetime) -> dict[str, Any]:
    story, words, common = call.story, WORDS[clock.language], COMMON[clock.language]
    contacts = None
    if story.contacts is not None:
        contacts = [
            {
                "at": clock.shown(each.at, now) if each.at else None,
                "operator": each.operator or common["nobody_named"],
                "word": words.get(f"word_{each.word}") or common.get(f"outcome_{each.word}") or words["word_unknown"],
                "note": each.note,
            }
            for each in story.contacts[:_MOST_CONTACTS]
        ]
    return {
        "name": story.name,
        "number": story.number,
        "customer": common[f"customer_{story.customer}"],
        "products": story.products,
        "since": clock.day(story.since) if story.since else None,
        "contacts": contacts,
        "promises": [clock.shown(at, now) for at in story.promises],
        "needs": story.needs,
    }


def _allowed(record: VerdictRecord, clock: Clockwork, now: datetime) -> dict[str, Any]:
    said = [line.get("said") for line in record.evidence.trace]
    return {
        "asked": sum(each in ("passed", "lifted") for each in said),
        "lifted": sum(each == "lifted" for each in said),
        "packs": record.packs,
        "at": clock.shown(record.decided_at, now),
        "shadow": record.mode == "shadow",
    }


def _noting(desk: Look, call: OnCall, clock: Clockwork, typed: Typed | None) -> dict[str, Any]:
    """The words that may be noted, in groups; one is suggested by where the walk ended, if it did."""
    own = typed if typed and typed.call_id == call.live.call_id else Typed()
    walk = call.walk
    suggested = walk.step.disposition if walk and walk.over and call.noted is None else ""
    if walk and walk.at == NEVER_AGAIN and call.noted is None:
        suggested = Disposition.NEVER_AGAIN.value
    keys, words = keys_of(desk.own_keys), WORDS[clock.language]
    groups = [
        (
            group,
            [
                {
                    "id": word.value,
                    "text": words[f"word_{word.value}"],
                    "key": keys[action_of(word)],
                    "suggested": word.value == suggested,
                    "noted": call.noted is not None and call.noted.disposition is word,
                    "more": _more(word),
                    "open": own.word == word.value,
                }
                for word in members
            ],
        )
        for group, members in _GROUPS
    ]
    noted = call.noted
    return {
        "groups": groups,
        "typed": {name: own.fields.get(name, "") for name in ("note", "needs", "due", "value")},
        "note": noted.note if noted else "",
        "earliest": clock.field(desk.now),
        "noted": {"text": words[f"word_{noted.disposition.value}"], "at": clock.shown(noted.at, desk.now)}
        if noted
        else None,
        "open": bool(own.word) and desk.scene is Scene.TALKING,
    }


def _more(word: Disposition) -> str:
    """What a word needs besides its key: a confirming key where it can never be undone, an instant, a language."""
    effect = EFFECTS.get(word)
    if effect is not None and effect.suppresses:
        return "confirm"
    return {Disposition.CALLBACK: "due", Disposition.LANGUAGE: "value"}.get(word, "")


def action_of(word: Disposition) -> str:
    """The name of a word among the actions that have keys."""
    return "word_never_again" if word is Disposition.NEVER_AGAIN else word.value
