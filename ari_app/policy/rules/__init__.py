"""Kinds of rules, one module a kind; a pack names them, `RULE_KINDS` says which names there are."""

from ari_app.policy.pack import RuleKind
from ari_app.policy.rules.abandoned_rate_ceiling import SilentRateBelow
from ari_app.policy.rules.another_hour import AnotherHour
from ari_app.policy.rules.call_mode_policy import ModeAllowed
from ari_app.policy.rules.callback_promised import CallbackKept
from ari_app.policy.rules.caller_id_policy import CallerIdAllowed
from ari_app.policy.rules.calling_window import CallingWindowKept
from ari_app.policy.rules.consent_required import ConsentGiven
from ari_app.policy.rules.cool_down import CooledDown
from ari_app.policy.rules.cooldown_after_outcome import CooledAfter
from ari_app.policy.rules.existing_customer import NotACustomer
from ari_app.policy.rules.flags_respected import FlagsRespected
from ari_app.policy.rules.frequency_cap import AttemptsLeft
from ari_app.policy.rules.home_region import HomeRegion
from ari_app.policy.rules.internal_suppression import NotSuppressed
from ari_app.policy.rules.language_spoken import LanguageSpoken
from ari_app.policy.rules.number_provenance import NumberGiven
from ari_app.policy.rules.office_use import OfficeUse
from ari_app.policy.rules.operator_registration import Registered
from ari_app.policy.rules.registry_screening import Screened
from ari_app.policy.rules.sector_ban import SectorAllowed
from ari_app.policy.rules.valid_number import ValidNumber
from ari_app.policy.rules.wanted_hours import HoursWanted

RULE_KINDS: dict[str, type[RuleKind]] = {
    "valid_number": ValidNumber,
    "internal_suppression": NotSuppressed,
    "existing_customer": NotACustomer,
    "cool_down": CooledDown,
    "calling_window": CallingWindowKept,
    "frequency_cap": AttemptsLeft,
    "cooldown_after_outcome": CooledAfter,
    "wanted_hours": HoursWanted,
    "another_hour": AnotherHour,
    "abandoned_rate_ceiling": SilentRateBelow,
    "registry_screening": Screened,
    "consent_required": ConsentGiven,
    "sector_ban": SectorAllowed,
    "call_mode_policy": ModeAllowed,
    "number_provenance": NumberGiven,
    "caller_id_policy": CallerIdAllowed,
    "operator_registration": Registered,
    "callback_promised": CallbackKept,
    "flags_respected": FlagsRespected,
    "language_spoken": LanguageSpoken,
    "home_region": HomeRegion,
    "office_use": OfficeUse,
}
