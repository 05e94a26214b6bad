"""
Bodies and queries as programs send them: strict JSON first, then the model, and every fault with its place.

What JSON leaves open is refused rather than guessed at: a name that is given twice, NaN, numbers that no double holds,
half a character. A reader that takes the last of two numbers judges one and dials the other.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from multidict import MultiMapping
from pydantic import BaseModel, ValidationError

from ari_app.web.problems import ApiRefused, Fault

DEEPEST = 16
_LONGEST_INT = 18
_MOST_FAULTS = 100
M = TypeVar("M", bound=BaseModel)


class _Bad:
    """Stands in a document where something cannot be read; what is found tells where that is."""

    def __init__(self, why: str) -> None:
        self.why = why


def read_body(body: bytes, model: type[M]) -> M:
    """The body of a request. Raises ApiRefused (422)."""
    text = checked(body)
    try:
        return model.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise refused(faults_of(error)) from error


def checked(body: bytes) -> str:
    """The text of a body that is JSON without any doubt. Raises ApiRefused (422)."""
    try:
        text = body.decode()
        document = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except UnicodeDecodeError as error:
        raise refused([Fault(pointer="", detail=f"byte {error.start} is not UTF-8")]) from error
    except RecursionError as error:
        raise refused([Fault(pointer="", detail=f"it is nested deeper than {DEEPEST} levels")]) from error
    except ValueError as error:
        raise refused([Fault(pointer="", detail=f"this is not JSON: {error}")]) from error
    faults = list(_faults(document, "", 0))
    if faults:
        raise refused(faults)
    return text


def read_query(query: MultiMapping[str], model: type[M]) -> M:
    """The query of an address. Raises ApiRefused (422)."""
    twice = sorted({name for name in query if len(query.getall(name)) > 1})
    if twice:
        raise refused([Fault(parameter=name, detail="it is given twice") for name in twice])
    try:
        return model.model_validate_strings(dict(query), strict=True)
    except ValidationError as error:
        told = [Fault(parameter=each.pointer.removeprefix("/"), detail=each.detail) for each in faults_of(error)]
        raise refused(told) from error


def faults_of(error: ValidationError) -> list[Fault]:
    """What a model says is wrong, by place; nothing that was sent is repeated."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    return [Fault(pointer=pointer_of(each["loc"]), detail=each["msg"]) for each in told]


def pointer_of(place: Sequence[int | str]) -> str:
    """JSON pointer (RFC 6901) to a place."""
    return "".join(f"/{_escaped(str(step))}" for step in place)


def refused(faults: Sequence[Fault]) -> ApiRefused:
    """A request of which something cannot be read; nothing was done."""
    return ApiRefused(422, "nothing was done: something in the request cannot be read", faults=faults[:_MOST_FAULTS])


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in pairs:
        read[name] = _Bad("it is given twice") if name in read else value
    return read


def _constant(name: str) -> _Bad:
    return _Bad(f"{name} is no number of JSON")


def _float(text: str) -> float | _Bad:
    number = float(text)
    return number if math.isfinite(number) else _Bad("this number is too large")


def _int(text: str) -> int | _Bad:
    return int(text) if len(text) <= _LONGEST_INT else _Bad("this number is too large")


def _faults(value: Any, at: str, depth: int) -> Iterator[Fault]:
    """Places of a document that cannot be read, in its order."""
    if depth > DEEPEST:
        yield Fault(pointer=at, detail=f"it is nested deeper than {DEEPEST} levels")
        return
    if isinstance(value, _Bad):
        yield Fault(pointer=at, detail=value.why)
    elif isinstance(value, str):
        if not is_text(value):
            yield Fault(pointer=at, detail="half a character, or a sign of no writing (NUL), is no text")
    elif isinstance(value, Mapping):
        for name, held in value.items():
            if is_text(name):
                yield from _faults(held, f"{at}/{_escaped(name)}", depth + 1)
            else:
                yield Fault(pointer=at, detail="a name in it holds half a character, or NUL")
    elif isinstance(value, list):
        for place, held in enumerate(value):
            yield from _faults(held, f"{at}/{place}", depth + 1)


def is_text(text: str) -> bool:
    """Whether every database keeps this, and every answer can hold it."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
