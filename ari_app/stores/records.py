"""
How a record is kept: a public part whose bytes the digest is taken over, and a personal part that can be erased.

The public part is the record as INTERFACE pins it, with what proof needs beside it, but without whatever tells who was
called. In its place stands, for each such field, a commitment: sha256(salt || canonical JSON of {field: value}). The
values and their salt lie in `verdict_personal`. Once these are erased the commitments say nothing and can be opened by
nobody, and every digest still holds.

Canonical JSON: UTF-8, keys sorted, no white space.
"""

import hashlib
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import RowMapping

from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Door
from ari_app.ports.verdicts import Ending

_GONE: dict[str, Any] = {"callee": None, "dialled": "", "number": None}
_GONE_EVIDENCE: dict[str, Any] = {"channel_id": "", "facts": {}}


def canonical(value: Any) -> bytes:
    """Canonical JSON."""
    return msgspec.json.encode(value, order="sorted")


def digest(text: str) -> bytes:
    """The digest of a record's public part, over its very bytes."""
    return hashlib.sha256(text.encode()).digest()


def commitment(salt: bytes, field: str, value: Any) -> str:
    """What the public part says of a personal field."""
    return hashlib.sha256(salt + canonical({field: value})).hexdigest()


def personal(record: VerdictRecord) -> dict[str, Any]:
    """The fields that tell who was called, by their column in `verdict_personal`; `facts` as JSON values."""
    return {
        "callee": record.callee,
        "dialled": record.dialled,
        "number": record.number,
        "channel_id": record.evidence.channel_id,
        "facts": msgspec.to_builtins(record.evidence.facts),
    }


def public(record: VerdictRecord, salt: bytes) -> str:
    """The public part of a verdict, as canonical JSON."""
    document = msgspec.to_builtins(record)
    for field in (*_GONE, "outcome", "repeated"):
        del document[field]
    for field in _GONE_EVIDENCE:
        del document["evidence"][field]
    document["record"] = "verdict"
    document["personal"] = {field: commitment(salt, field, value) for field, value in personal(record).items()}
    return canonical(document).decode()


def door_of(public: str) -> Door:
    """Over which door the verdict was asked for whose public part this is."""
    return Door(msgspec.json.decode(public)["evidence"]["door"])


def outcome_public(call_id: str, ending: Ending) -> str:
    """The public part of an outcome, as canonical JSON; it holds nothing personal."""
    return canonical({**msgspec.to_builtins(ending), "call_id": call_id, "record": "outcome"}).decode()


def rebuild(row: RowMapping) -> VerdictRecord:
    """
    The record of a row of `verdict` with `verdict_personal` (or NULLs, if it was erased) and its `outcome` (or NULL).

    Everything comes from the public part, not from the columns beside it: what is shown is what is proven.
    """
    document = msgspec.json.decode(row["public"])
    erased = row["salt"] is None
    document |= _GONE if erased else {field: row[field] for field in _GONE}
    document["evidence"] |= (
        _GONE_EVIDENCE if erased else {"channel_id": row["channel_id"], "facts": msgspec.json.decode(row["facts"])}
    )
    record = msgspec.convert(document, VerdictRecord)
    return replace(record, outcome=_outcome(record.verdict, row["outcome"]))


def _outcome(verdict: str, closed: str | None) -> str | None:
    """A verdict that let nobody call is its own outcome; no row is written for it."""
    return Outcome.DENIED.value if verdict in ("deny", "defer") else closed
