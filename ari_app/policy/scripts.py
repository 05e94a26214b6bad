"""
Scripts: what an operator is to say, parsed from TOML, and which wording fits this very person.

`parse_script` reads a file, `route` chooses a variant by what is known about the callee, `Step.words` gives the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ari_app.policy.attempts import Attempt, was_conversation
from ari_app.policy.facts import Facts, Unknown
from ari_app.policy.held import CustomerStatus
from ari_app.policy.request import CallRequest
from ari_app.policy.source_text import FileMistakes, keys_of, mistakes_of, read_source

Variant: TypeAlias = Literal["prospect", "customer", "former_customer", "spoken_before", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptChoice:
    """The script for this call, and why it was chosen."""

    id: str
    version: str
    variant: str
    """`prospect`, `customer`, `former_customer`, `spoken_before` or `unknown`."""
    language: str
    why: str

    def document(self) -> dict[str, str]:
        """As JSON values."""
        return {
            "id": self.id,
            "version": self.version,
            "variant": self.variant,
            "language": self.language,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to say."""

    id: str
    kind: str
    text: Mapping[str, str]
    """Language to words, for every variant that has none of its own."""
    variants: Mapping[str, Mapping[str, str]]

    def words(self, variant: str, language: str) -> str:
        """The words for this variant in this language; a language the script lacks is told in its first one."""
        texts = self.variants.get(variant, self.text)
        return texts.get(language) or next(iter(texts.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script, whole, with the digest of the file it came from."""

    id: str
    version: str
    title: Mapping[str, str]
    sha256: str
    steps: tuple[Step, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages every step is written in, in the order of the title."""
        return tuple(self.title)


class ScriptError(FileMistakes):
    """A script file cannot be used."""


_WHY: dict[Variant, dict[str, str]] = {
    "unknown": {
        "it": "Non si sa che rapporto abbia questa persona con il committente.",
        "en": "It is not known how this person stands with the principal.",
    },
    "spoken_before": {
        "it": "Con questa persona si è già parlato per lo stesso committente.",
        "en": "This person has been spoken to before for the same principal.",
    },
    "customer": {
        "it": "È già cliente del committente.",
        "en": "This person is a customer of the principal.",
    },
    "former_customer": {
        "it": "È stato cliente del committente.",
        "en": "This person used to be a customer of the principal.",
    },
    "prospect": {
        "it": "Non è cliente del committente e non è ancora stato chiamato.",
        "en": "This person is no customer of the principal and has not been spoken to yet.",
    },
}


def _spoke(attempt: Attempt) -> bool:
    return attempt.outcome is not None and was_conversation(attempt)  # a call under way has not told anything yet


def route(facts: Facts, script: Script, *, language: str) -> ScriptChoice:
    """
    The first that fits: unknown facts, spoken before, customer, former customer, prospect.

    An earlier call that nobody saw end counts as spoken.
    """
    variant: Variant = "unknown"
    if not isinstance(facts.attempts, Unknown) and not isinstance(facts.customer, Unknown):
        variant = _variant(facts.customer.value.status, facts.attempts.value)
    return _choice(script.id, script.version, variant, language)


def _variant(status: CustomerStatus, attempts: tuple[Attempt, ...]) -> Variant:
    if any([_spoke(attempt) for attempt in attempts]):
        return "spoken_before"
    if status is CustomerStatus.CURRENT:
        return "customer"
    return "former_customer" if status is CustomerStatus.ENDED else "prospect"


@lru_cache(maxsize=1024)
def _choice(script: str, version: str, variant: Variant, language: str) -> ScriptChoice:
    why = _WHY[variant].get(language, _WHY[variant]["en"])
    return ScriptChoice(id=script, version=version, variant=variant, language=language, why=why)


def language_for(request: CallRequest, script: Script) -> str:
    """The operator's language, else that of the campaign's region, else English, else the script's first."""
    if request.operator and request.operator.language in script.title:
        return request.operator.language
    # it, fr, es, de: country and language have one code
    region = request.campaign.region.lower() if request.campaign else ""
    return region if region in script.title else "en" if "en" in script.title else script.languages[0]


def parse_script(text: str, *, name: str) -> Script:
    """
    Read a script file; `name` is the file's name, for its mistakes.

    Raises ScriptError: with every mistake's line and key.
    """
    source = read_source(text, name=name, error_type=ScriptError)
    try:
        file = _ScriptFile.model_validate(source.values)
    except ValidationError as error:
        raise ScriptError(mistakes_of(error, source, (), keys_of(_ScriptFile))) from None
    return Script(
        id=file.id,
        version=file.version,
        title=file.title,
        sha256=source.sha256,
        steps=tuple(
            Step(
                id=step.id,
                kind=step.kind,
                text=step.text,
                variants={str(variant): texts for variant, texts in step.variant.items()},
            )
            for step in file.step
        ),
    )


def _in_both_languages(texts: dict[str, str]) -> dict[str, str]:
    missing = [language for language in ("it", "en") if language not in texts]
    if missing:
        raise ValueError(f"has no text in {' and '.join(missing)}; both it and en are needed")
    return texts


def _plain(text: str) -> str:
    if "{" in text or "}" in text:
        raise ValueError("merge fields in braces are not read; write words that need none")
    return text


_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_plain)]
_Texts = Annotated[dict[str, _Words], AfterValidator(_in_both_languages)]


class _StepFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: _Id
    kind: Literal["say"]
    text: _Texts
    variant: dict[Variant, _Texts] = Field(default_factory=dict)


class _ScriptFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: _Id
    version: Annotated[str, StringConstraints(min_length=1)]
    title: _Texts
    step: Annotated[list[_StepFile], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_single(self) -> "_ScriptFile":
        ids = [step.id for step in self.step]
        twice = sorted({step_id for step_id in ids if ids.count(step_id) > 1})
        if twice:
            raise ValueError(f"the step id {twice[0]} is given twice")
        return self

    @model_validator(mode="after")
    def _languages_agree(self) -> "_ScriptFile":
        for step in self.step:
            for texts in (step.text, *step.variant.values()):
                missing = sorted(set(self.title) - set(texts))
                if missing:
                    raise ValueError(f"step {step.id} has no text in {missing[0]}, but the title has")
        return self
