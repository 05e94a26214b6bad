"""What a permitted call must do, as the duties of its packs add up: of two that speak of one thing the stricter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from ari_app.policy.durations import iso_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """Something that must be said at the start of the call."""

    id: str
    text: Mapping[str, str]
    """Language to what is to be said, in outline."""
    confirm: bool = False
    """The operator notes that it was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long records of one class are kept."""

    record: str
    """`verdict`, `silent_report`, `consent`, `suppression`, `recording` …"""
    at_least: timedelta | None = None
    at_most: timedelta | None = None
    from_: Literal["made", "used"] = "made"
    """Counted from when the record was made, or from each use of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What a permitted call must do; None and empty: no pack says anything."""

    caller_id: str
    """The campaign's own, E.164."""
    caller_id_presented: bool = False
    operator_within_s: float | None = None
    """An answered call without an operator is ended, or told so, after this many seconds."""
    then: Literal["", "hang_up", "message"] = ""
    message_fields: tuple[str, ...] = ()
    """What the message must hold: `principal`, `return_number` …"""
    comfort_noise: bool = False
    """No silence while the callee waits."""
    ring_at_least_s: float | None = None
    machine_detection: bool = True
    """A dialer may use it."""
    machine_counts_as_silent: bool = False
    """A person taken for a machine counts as a silent call."""
    disclosures: tuple[Disclosure, ...] = ()
    script_version_on_record: bool = False
    retention: tuple[Retention, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "caller_id_presented": self.caller_id_presented,
            "operator_within_s": self.operator_within_s,
            "then": self.then or None,
            "message_fields": list(self.message_fields),
            "comfort_noise": self.comfort_noise,
            "ring_at_least_s": self.ring_at_least_s,
            "machine_detection": self.machine_detection,
            "machine_counts_as_silent": self.machine_counts_as_silent,
            "disclosures": [disclosure.id for disclosure in self.disclosures],
            "script_version_on_record": self.script_version_on_record,
            "retention": [
                {
                    "record": kept.record,
                    "at_least": iso_duration(kept.at_least),
                    "at_most": iso_duration(kept.at_most),
                    "from": kept.from_,
                }
                for kept in self.retention
            ],
        }
