"""
A file of answers for the book: TOML, every mistake with its line and key.

    AnswersError    the file cannot be used; nothing of it was taken
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from ari_app.desk.book import LANGUAGES, AnswerText
from ari_app.policy.source_text import FileMistakes, keys_of, mistakes_of, read_source


class AnswersError(FileMistakes):
    """A file of answers cannot be used."""

    exit_code = 2


def parse_answers(text: str, *, name: str) -> tuple[AnswerText, ...]:
    """
    Read a file of answers, in its order; `name` is the file's name, for its mistakes.

    Raises AnswersError: with every mistake's line and key.
    """
    source = read_source(text, name=name, error_type=AnswersError)
    try:
        file = _AnswersFile.model_validate(source.values)
    except ValidationError as error:
        raise AnswersError(mistakes_of(error, source, (), keys_of(_AnswersFile))) from None
    return tuple(
        AnswerText(
            id=each.id, topic=each.topic, question=each.question, text=each.text, principal=each.principal or None
        )
        for each in file.answer
    )


_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class _AnswerFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: _Id
    topic: Annotated[_Words, StringConstraints(max_length=200)]
    question: dict[str, _Words]
    text: dict[str, _Words]
    principal: str = ""

    @field_validator("question", "text")
    @classmethod
    def _in_every_language(cls, texts: dict[str, str]) -> dict[str, str]:
        missing = [code for code in LANGUAGES if code not in texts]
        if missing:
            raise ValueError(f"has nothing in {' and '.join(missing)}; both it and en are needed")
        return texts


class _AnswersFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answer: Annotated[list[_AnswerFile], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_single(self) -> "_AnswersFile":
        ids = [each.id for each in self.answer]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"the answer {twice[0]} is given twice")
        return self
