"""The model of a script: steps that lead to one another, each in every language that the script speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ari_app.policy.request import MARKETING
from ari_app.policy.scripts.situation import Conditions

NO_THANK_YOU = "no_thank_you"
NEVER_AGAIN = "never_again"
EXITS = (NO_THANK_YOU, NEVER_AGAIN)
"""Steps of kind `close` that every script has, and that can be reached from each of its steps."""
GOODBYE = "goodbye"
"""The end of a script whose last step names none; nothing is suggested to be noted there."""
NO_VERDICT = "no_verdict"
"""Stands for an answer where an offer is left because its verdict was no permit."""


class StepKind(StrEnum):
    """What a step asks of the operator."""

    SAY = "say"
    ASK = "ask"
    """Has answers; the one that is given leads on."""
    DISCLOSE = "disclose"
    """Something that has to be said: coming to the next step records that it was."""
    OFFER = "offer"
    """Something is sold: in a care or service call only after a second verdict, under an upsell campaign."""
    CLOSE = "close"
    """A courteous end, with the disposition that it suggests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the callee may say to an `ask`, and where that leads."""

    id: str
    text: Mapping[str, str]
    next: str
    identifies: bool = False
    """By this answer it is known that the right person is on the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Where a step leads for those whom the conditions fit."""

    when: Conditions
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to say."""

    id: str
    kind: StepKind
    text: Mapping[str, str]
    """Language to words, for every variant that has none of its own; merge fields are not filled in yet."""
    variants: Mapping[str, Mapping[str, str]]
    answers: tuple[Answer, ...] = ()
    """Of an `ask`; they are told apart by their ids."""
    branches: tuple[Branch, ...] = ()
    """Asked in order before `next`; the first that fits leads on."""
    next: str = ""
    """The step after this one; empty for `ask` and `close`."""
    discloses: tuple[str, ...] = ()
    """Ids of the disclosures that a pack requires and that are made with these words."""
    identifies: bool = False
    """It settles whether the right person is on the line: an `ask` by its answers that say so, others by being said."""
    needs_verdict: bool = False
    """Of an `offer`: it is shown only after a second verdict, under an upsell campaign, has permitted it."""
    otherwise: str = ""
    """Of an `offer` that needs a verdict: the step instead of it where that is no permit."""
    disposition: str = ""
    """Of a `close`: what is suggested to be noted."""
    book: tuple[str, ...] = ()
    """Ids in the book of answers that may be needed here."""

    def words(self, variant: str, language: str) -> str:
        """The words for this variant in this language; a language the script lacks is told in its first one."""
        texts = self.variants.get(variant, self.text)
        return texts.get(language) or next(iter(texts.values()))

    def says_who(self, answer: Answer | None = None) -> bool:
        """Whether it is known who is on the line once this step has been left, by this answer if it is an `ask`."""
        return self.identifies if answer is None else answer.identifies


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script, whole, with the digest of the file it came from."""

    id: str
    version: str
    title: Mapping[str, str]
    sha256: str
    steps: tuple[Step, ...]
    """In the order of the file, the two exits last; the first one is where the call begins."""
    purposes: tuple[str, ...] = ()
    """Of the campaigns that it is written for; empty: any marketing."""
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict, compare=False, repr=False)
    """Where in the file a step, or something in it, stands: by its id and the keys below it."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages every step is written in, in the order of the title."""
        return tuple(self.title)

    def is_for(self, purpose: str) -> bool:
        """Whether it is written for campaigns of this purpose."""
        return purpose in (self.purposes or MARKETING)

    def step(self, step_id: str) -> Step:
        """Raises KeyError: there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def line(self, *path: str) -> int:
        """The line of what stands there, or of what is around it; 1: the script came from no file."""
        return next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), 1)
