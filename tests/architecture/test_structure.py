"""The house's own laws: layers, purity, reason codes, sizes."""

import ast
import re
from pathlib import Path

from importlinter.cli import lint_imports

PROJECT = Path(__file__).parents[2]
STABLE = frozenset(
    {
        "suppressed_global",
        "suppressed_principal",
        "suppressed_campaign",
        "register_listed",
        "screening_missing",
        "screening_expired",
        "consent_missing",
        "consent_expired",
        "already_customer",
        "contacted_recently",
        "attempts_exhausted",
        "callback_pending",
        "outside_calling_window",
        "holiday",
        "caller_id_not_allowed",
        "caller_id_not_registered",
        "silent_rate_exceeded",
        "silent_call_cool_down",
        "refused_recently",
        "sector_banned",
        "mode_not_allowed",
        "number_invalid",
        "number_unassigned_region",
        "number_provenance_missing",
        "operator_not_allowed",
        "operator_registration_expired",
        "campaign_unknown",
        "campaign_closed",
        "facts_unavailable",
        "rule_error",
        "person_protected",
        "complaint_open",
        "wrong_number",
        "language_not_spoken",
        "outside_wanted_hours",
        "office_cap_reached",
    }
)


def sources() -> list[Path]:
    """Every module of the product."""
    return sorted((PROJECT / "ari_app").rglob("*.py"))


def test_the_layers_point_one_way_and_policy_is_pure() -> None:
    """What `.importlinter`'s contracts in pyproject.toml say."""
    assert lint_imports(config_filename=str(PROJECT / "pyproject.toml"), no_cache=True) == 0


def test_every_reason_code_is_a_stable_one() -> None:
    """Users script against them: no rule invents its own."""
    used = {
        code
        for path in (PROJECT / "ari_app" / "policy").rglob("*.py")
        for code in re.findall(r'\bcode="([a-z_]+)"', path.read_text())
    }
    assert used
    assert used <= STABLE


def test_every_module_says_what_it_does() -> None:
    """A module without a docstring is a room without a door plate."""
    assert [
        str(path) for path in sources() if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text()))
    ] == []
