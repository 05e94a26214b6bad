"""Kinds of rules, one module a kind; a pack names them, `RULE_KINDS` says which names there are."""

from ari_app.policy.pack import RuleKind
from ari_app.policy.rules.abandoned_rate_ceiling import SilentRateBelow
from ari_app.policy.rules.calling_window import CallingWindowKept
from ari_app.policy.rules.cool_down import CooledDown
from ari_app.policy.rules.existing_customer import NotACustomer
from ari_app.policy.rules.frequency_cap import AttemptsLeft
from ari_app.policy.rules.internal_suppression import NotSuppressed
from ari_app.policy.rules.valid_number import ValidNumber

RULE_KINDS: dict[str, type[RuleKind]] = {
    "valid_number": ValidNumber,
    "internal_suppression": NotSuppressed,
    "existing_customer": NotACustomer,
    "cool_down": CooledDown,
    "calling_window": CallingWindowKept,
    "frequency_cap": AttemptsLeft,
    "abandoned_rate_ceiling": SilentRateBelow,
}
