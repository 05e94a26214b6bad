"""
A script file: parsed from TOML, with every mistake's line and key.

What each table may hold is said by the models here; what one table must be to another, by `script_whole`. A step that
names no `next` leads to the one after it in the file, and the last one to `goodbye`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ari_app.policy.request import Purpose
from ari_app.policy.scripts.closing import EXIT_WORDS, end_step
from ari_app.policy.scripts.conditions import read_conditions
from ari_app.policy.scripts.routing import Variant
from ari_app.policy.scripts.script import EXITS, GOODBYE, Answer, Branch, Script, Step, StepKind
from ari_app.policy.scripts.script_whole import mistakes_in
from ari_app.policy.scripts.situation import NAMES, Conditions
from ari_app.policy.source_text import FileMistakes, Mistake, SourceText, keys_of, mistakes_of, read_source

MOST_STEPS = 200

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Controls, and those that turn the direction: a reviewer would read other words than are spoken."""


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
        raise ScriptError(_mistakes_of(error, source)) from None
    script = Script(
        id=file.id,
        version=file.version,
        title=file.title,
        sha256=source.sha256,
        steps=tuple(_steps(file)),
        purposes=tuple(file.purposes),
        lines=dict(_lines(source)),
    )
    mistakes = [source.mistake(path, what) for path, what in mistakes_in(script, source.values["step"])]
    if mistakes:
        raise ScriptError(mistakes)
    return script


def _in_both_languages(texts: dict[str, str]) -> dict[str, str]:
    missing = [language for language in ("it", "en") if language not in texts]
    if missing:
        raise ValueError(f"has no text in {' and '.join(missing)}; both it and en are needed")
    return texts


def _seen(text: str) -> str:
    unseen = _UNSEEN.search(text)
    if unseen:
        raise ValueError(f"holds a sign that nobody sees, U+{ord(unseen[0]):04X}; take it out")
    return text


def _plain(text: str) -> str:
    if "{" in text or "}" in text:
        raise ValueError("a title holds no merge fields; write words that need none")
    return text


def _fillable(text: str) -> str:
    if "{" in text or "}" in text:
        from ari_app.policy.scripts.fields import problems_of  # Jinja2 is loaded for whoever has fields to fill

        problem = next(problems_of(text), "")
        if problem:
            raise ValueError(problem)
    return text


def _a_purpose(word: str) -> str:
    if word not in tuple(Purpose):
        raise ValueError(f"{word!r} is no purpose of a campaign; there are {', '.join(Purpose)}")
    return word


def _asks_for_something(when: Conditions) -> Conditions:
    if not when:
        raise ValueError(f"asks for nothing; ask for one or more of {', '.join(NAMES)}")
    return when


_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
_Some = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_seen)]
_Words = Annotated[_Some, AfterValidator(_fillable)]
_Texts = Annotated[dict[_Language, _Words], AfterValidator(_in_both_languages)]
_Title = Annotated[dict[_Language, Annotated[_Some, AfterValidator(_plain)]], AfterValidator(_in_both_languages)]
_When = Annotated[dict[str, Any], AfterValidator(read_conditions), AfterValidator(_asks_for_something)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _AnswerFile(_Table):
    id: _Id
    text: _Texts
    next: _Id
    identifies: bool = False


class _BranchFile(_Table):
    when: _When
    next: _Id


class _StepFile(_Table):
    id: _Id
    kind: Literal["say", "ask", "disclose", "offer", "close"]
    text: _Texts
    variant: dict[Variant, _Texts] = Field(default_factory=dict)
    answer: list[_AnswerFile] = Field(default_factory=list)
    branch: list[_BranchFile] = Field(default_factory=list)
    next: _Id | None = None
    discloses: list[_Id] = Field(default_factory=list)
    identifies: bool = False
    needs_verdict: bool = False
    otherwise: _Id | None = None
    disposition: str = ""
    book: list[_Id] = Field(default_factory=list)


class _ScriptFile(_Table):
    id: _Id
    version: _Some
    title: _Title
    purposes: list[Annotated[str, AfterValidator(_a_purpose)]] = Field(default_factory=list)
    step: Annotated[list[_StepFile], Field(min_length=1, max_length=MOST_STEPS)]


_MODELS: Mapping[str, type[_Table]] = {"step": _StepFile, "answer": _AnswerFile, "branch": _BranchFile}


def _mistakes_of(error: ValidationError, source: SourceText) -> Iterator[Mistake]:
    told = mistakes_of(error, source, (), keys_of(_ScriptFile))
    for found, mistake in zip(error.errors(include_url=False), told, strict=True):
        tables = [part for part in found["loc"][:-1] if isinstance(part, str)]
        if found["type"] == "extra_forbidden" and tables and tables[-1] in _MODELS:
            known = ", ".join(sorted(keys_of(_MODELS[tables[-1]])))
            yield replace(mistake, what=f"{mistake.what}; known here: {known}")
        else:
            yield mistake


def _steps(file: _ScriptFile) -> Iterator[Step]:
    ids = [step.id for step in file.step]
    for step, after in zip(file.step, (*ids[1:], GOODBYE), strict=True):
        yield _step(step, after)
    needed = [GOODBYE] if file.step[-1].kind not in ("ask", "close") and file.step[-1].next is None else []
    for end in (*needed, *EXITS):
        if end not in ids:
            yield end_step(end, file.title)


def _step(step: _StepFile, after: str) -> Step:
    kind = StepKind(step.kind)
    leads_on = kind not in (StepKind.ASK, StepKind.CLOSE)
    return Step(
        id=step.id,
        kind=kind,
        text=step.text,
        variants={str(variant): texts for variant, texts in step.variant.items()},
        answers=tuple(
            Answer(id=each.id, text=each.text, next=each.next, identifies=each.identifies) for each in step.answer
        ),
        branches=tuple(Branch(when=each.when, next=each.next) for each in step.branch),
        next=(step.next or after) if leads_on else "",
        discloses=tuple(step.discloses),
        identifies=step.identifies or any(each.identifies for each in step.answer),
        needs_verdict=step.needs_verdict,
        otherwise=step.otherwise or "",
        disposition=step.disposition or (EXIT_WORDS[step.id][0] if step.id in EXIT_WORDS else ""),
        book=tuple(step.book),
    )


def _lines(source: SourceText) -> Iterator[tuple[tuple[str, ...], int]]:
    steps = source.values["step"]
    for path, line in source.lines.items():
        if len(path) > 1 and path[0] == "step" and isinstance(path[1], int):
            step = steps[path[1]]
            below = (
                step["answer"][part]["id"] if isinstance(part, int) and path[place - 1] == "answer" else str(part)
                for place, part in enumerate(path[2:], start=2)
            )
            yield (step["id"], *below), line
