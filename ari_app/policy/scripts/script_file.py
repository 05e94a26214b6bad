"""A script file: parsed from TOML, with every mistake's line and key."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ari_app.policy.scripts.routing import Variant
from ari_app.policy.scripts.script import Script, Step, StepKind
from ari_app.policy.source_text import FileMistakes, keys_of, mistakes_of, read_source


class ScriptError(FileMistakes):
    """A script file cannot be used."""


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
                kind=StepKind(step.kind),
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
