"""Kinds of duties, one module a kind: what a permitted call must do."""

from ari_app.policy.duties.amd_policy import MachineDetection
from ari_app.policy.duties.caller_id import PresentCallerId
from ari_app.policy.duties.record_retention import RecordsKept
from ari_app.policy.duties.script_disclosure import Disclosures
from ari_app.policy.duties.unattended_answer_treatment import UnattendedAnswer
from ari_app.policy.pack import DutyKind

DUTY_KINDS: dict[str, type[DutyKind]] = {
    "caller_id": PresentCallerId,
    "unattended_answer_treatment": UnattendedAnswer,
    "amd_policy": MachineDetection,
    "script_disclosure": Disclosures,
    "record_retention": RecordsKept,
}
