"""How long records are kept: no shorter than proof is owed, no longer than they may be."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar, Literal

from ari_app.policy.durations import Duration
from ari_app.policy.duties_owed import Duties, Retention
from ari_app.policy.pack_file import Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsKept:
    """
    Records of a class are kept for at least `min` and at most `max`, from when they were made or from each use.

    Of several duties on one class the longer `min` and the shorter `max` stand. A length from the making and one from
    each use cannot be compared: both stand, one beside the other. Where packs disagree so far that `min` is longer than
    `max`, both are kept as they are; it is the longer one that binds whoever deletes (GDPR art. 17(3)(b), (e)).

    Source: IT, Garante 20.2.2014 n. 83 (silent-call reports, 2 years); DE, UWG s. 7a (consent, 5 years from each use);
    US, 16 CFR 310.5 (5 years).
    """

    record: Identifier
    min: Duration | None = None
    max: Duration | None = None
    rolling_from: Literal["made", "used"] = "made"

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a duty that cannot be kept.

        Raises ValueError: neither length was given, or the shortest is longer than the longest.
        """
        if self.min is None and self.max is None:
            raise ValueError('give min = "P730D" (for instance), max, or both')
        if self.min is not None and self.max is not None and self.max < self.min:
            raise ValueError("max is shorter than min")

    def bind(self, duties: Duties) -> Duties:
        """The retention of this class, no shorter and no longer than either; a class that is new comes last."""
        retention = {(kept.record, kept.from_): kept for kept in duties.retention}
        key = (self.record, self.rolling_from)
        kept = retention.get(key, Retention(record=self.record, from_=self.rolling_from))
        retention[key] = replace(
            kept,
            at_least=_longer(kept.at_least, self.min),
            at_most=_shorter(kept.at_most, self.max),
        )
        return replace(duties, retention=tuple(retention.values()))


def _longer(one: timedelta | None, other: timedelta | None) -> timedelta | None:
    return max((length for length in (one, other) if length is not None), default=None)


def _shorter(one: timedelta | None, other: timedelta | None) -> timedelta | None:
    return min((length for length in (one, other) if length is not None), default=None)
