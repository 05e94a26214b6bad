"""Which reason codes a rule can give, as it is set up: what a pack's cases must bring about, and its page lists."""

from collections.abc import Callable
from typing import Any

from ari_app.policy.pack import RuleKind
from ari_app.policy.rules import RULE_KINDS

_SILENT, _REFUSED = frozenset({"silent", "abandoned"}), frozenset({"refused"})


def kind_name(kind: RuleKind) -> str:
    """The kind as packs name it."""
    return next(name for name, cls in RULE_KINDS.items() if type(kind) is cls)


def codes_of(kind: RuleKind) -> tuple[str, ...]:
    """Every reason code that this rule can object with while its facts are known."""
    codes = CODES[kind_name(kind)]
    return tuple(codes(kind)) if callable(codes) else codes


def _window(kind: Any) -> list[str]:
    return ["outside_calling_window", *(["holiday"] if kind.holidays else [])]


def _consent(kind: Any) -> list[str]:
    return ["consent_missing", *(["consent_expired"] if kind.max_age else [])]


def _caller_id(kind: Any) -> list[str]:
    says = (kind.must_present, kind.allowed_ranges, kind.forbidden_ranges, kind.assigned_to_controller)
    refuses = any((*says, kind.domestic_origin))
    return [
        *(["caller_id_not_allowed"] if refuses else []),
        *(["caller_id_not_registered"] if kind.registered_in else []),
    ]


def _flags(kind: Any) -> list[str]:
    said = {
        "minor": "person_protected",
        "deceased": "person_protected",
        "vulnerable": "person_protected",
        "complaint": "complaint_open",
        "dispute": "complaint_open",
        "wrong_number": "wrong_number",
        "already_customer": "already_customer",
    }
    return sorted({said[flag] for flag in kind.flags})


def _after(kind: Any) -> list[str]:
    words = {str(word) for word in ([kind.outcome] if isinstance(kind.outcome, str) else kind.outcome)}
    return [
        *(["silent_call_cool_down"] if words & _SILENT else []),
        *(["refused_recently"] if words & _REFUSED else []),
        *(["contacted_recently"] if words - _SILENT - _REFUSED else []),
    ]


CODES: dict[str, tuple[str, ...] | Callable[[Any], list[str]]] = {
    "valid_number": ("number_invalid",),
    "internal_suppression": ("suppressed_global", "suppressed_principal", "suppressed_campaign"),
    "existing_customer": ("already_customer",),
    "cool_down": ("contacted_recently",),
    "frequency_cap": ("attempts_exhausted",),
    "calling_window": _window,
    "abandoned_rate_ceiling": ("silent_rate_exceeded",),
    "registry_screening": ("register_listed", "screening_missing", "screening_expired"),
    "consent_required": _consent,
    "sector_ban": ("sector_banned",),
    "call_mode_policy": ("mode_not_allowed",),
    "number_provenance": ("number_provenance_missing",),
    "caller_id_policy": _caller_id,
    "operator_registration": ("operator_registration_expired",),
    "callback_promised": ("callback_pending",),
    "flags_respected": _flags,
    "language_spoken": ("language_not_spoken",),
    "wanted_hours": ("outside_wanted_hours",),
    "another_hour": ("contacted_recently",),
    "home_region": ("number_unassigned_region",),
    "office_use": ("operator_not_allowed", "office_cap_reached"),
    "cooldown_after_outcome": _after,
}
"""By kind; where it depends on the parameters, a function of them."""
