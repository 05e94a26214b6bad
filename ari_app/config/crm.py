"""
The keys of `[crm.PRINCIPAL]`: how a principal's own CRM is asked about a number, and how its answer is read.

Everything is checked here, since a slip in it would have calls leave, or none: where the number goes in the URL, the
form of every header and path, and that no word of the CRM means two things.
"""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from ari_app.config.sections import Section

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*)[ \t]*")
_PATH = re.compile(r"[^\s.]+(?:\.[^\s.]+)*")
_LONGEST_PATH = 200


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError as failure:
        raise ValueError(f"it is no URL: {failure}") from failure
    if parts.scheme not in ("http", "https") or not host or not re.fullmatch(r"[^{}]+", parts.netloc):
        raise ValueError("it is not a URL as https://crm.example/customers?phone={number}")
    if not re.fullmatch(r"[\x21-\x7e]+", text) or parts.fragment:
        raise ValueError("it holds spaces, a # or letters beyond ASCII: write them percent-encoded")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it holds a user or password: they belong into headers_file, as Authorization: Basic ...")
    asked = f"{parts.path}?{parts.query}"
    if not re.search(r"\{(?:number|digits)\}", asked) or re.search(
        r"[{}]", re.sub(r"\{(?:number|digits)\}", "", asked)
    ):
        raise ValueError("its path or query must say where the number goes: {number}, or {digits} without the plus")
    return text


def header_lines(text: str) -> tuple[tuple[str, str], ...]:
    """
    The headers of a text, one a line as `Name: value`; empty lines are passed over.

    Raises ValueError: a line is none (which is not told, as it may be a secret), or a name comes twice.
    """
    found: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        header = _HEADER.fullmatch(line.strip())
        if header is None:
            raise ValueError(f"line {number} is not a header as Authorization: Bearer ...")
        if header[1].casefold() in found:
            raise ValueError(f"line {number} says {header[1]} a second time")
        found[header[1].casefold()] = (header[1], header[2])
    return tuple(found.values())


def _headers(text: str) -> str:
    header_lines(text)
    return text


def _path(text: str, *, spread: bool) -> str:
    if text and (not _PATH.fullmatch(text) or len(text) > _LONGEST_PATH):
        raise ValueError(f"{text!r} is not a path of names with dots between them, as customer.status or items.0.name")
    if not spread and "*" in text.split("."):
        raise ValueError(f"{text!r}: a * may stand in record and in products alone")
    return text


def _plain_path(text: str) -> str:
    return _path(text, spread=False)


def _spread_path(text: str) -> str:
    return _path(text, spread=True)


PlainPath = Annotated[str, AfterValidator(_plain_path)]
SpreadPath = Annotated[str, AfterValidator(_spread_path)]
Word = Annotated[str, AfterValidator(lambda text: text.strip().casefold())]


class CrmSection(Section):
    """A principal's own CRM, asked about the callee while the call waits."""

    url: Annotated[str, AfterValidator(_url)] = Field(
        repr=False,
        examples=["https://crm.example/customers?phone={number}"],
        description="Where it is asked: {number} becomes the number with its plus, {digits} without.",
    )
    url_file: Path | None = Field(None, description="Instead: a file that holds the url, if there is a key in it.")
    headers: Annotated[str, AfterValidator(_headers)] = Field(
        "", repr=False, description='Headers that are sent along, one a line as "Name: value"; better in:'
    )
    headers_file: Path | None = Field(None, description="The file that holds them, as Authorization: Bearer ...")
    ca_file: Path | None = Field(None, description="Certificates (PEM) that are trusted instead of the system's.")
    record: SpreadPath = Field(
        "", description='Where the customers stand in its JSON, as "items.*"; empty: the answer is the one customer.'
    )
    status: Annotated[PlainPath, Field(min_length=1)] = Field("status", description="Where a customer's status stands.")
    products: SpreadPath = Field("products", description='Their products: a list, or "A|B"; empty: it says none.')
    since: PlainPath = Field("since", description="Since when they are a customer, in ISO 8601.")
    until: PlainPath = Field("until", description="Until when they were.")
    person: PlainPath = Field("person", description="Its own reference for the person.")
    current: tuple[Word, ...] = Field(("current", "active"), description="Its words for who is a customer.")
    ended: tuple[Word, ...] = Field(("ended", "former"), description="Its words for who was one.")
    none: tuple[Word, ...] = Field(("none",), description="Its words for who never was one, as prospects.")
    not_found: Literal["none", "unknown"] = Field(
        "none", description='A number that it does not know (404, 204, an empty result): "none", or "unknown" to deny.'
    )
    timeout_ms: Annotated[int, Field(strict=True, ge=20, le=3000)] = Field(
        150, description="A look-up takes at most this long, at most two thirds of gate.deadline_ms."
    )
    connections: Annotated[int, Field(strict=True, ge=1, le=200)] = Field(10, description="At most so many at once.")
    failures: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(
        5, description="After so many failures in a row it is not asked for pause_s; then one call tries."
    )
    pause_s: Annotated[int, Field(strict=True, ge=1, le=3600)] = Field(10, description="How long that is.")
    on_failure: Literal["deny", "last_known"] = Field(
        "deny", description='While it does not answer: "deny", or "last_known" to go by what it said last.'
    )
    last_known_hours: Annotated[int, Field(strict=True, ge=1, le=8760)] = Field(24, description="How old that may be.")

    @model_validator(mode="after")
    def _words_mean_one_thing(self) -> "CrmSection":
        seen: set[str] = set()
        for word in (*self.current, *self.ended, *self.none):
            if word in seen:
                raise ValueError(f"the word {word!r} stands in two places among current, ended and none")
            seen.add(word)
        if not self.current:
            raise ValueError("current names no word: nobody would ever be a customer")
        return self
