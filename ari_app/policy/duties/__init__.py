"""Kinds of duties, one module a kind: what a permitted call must do."""

from ari_app.policy.duties.caller_id import PresentCallerId
from ari_app.policy.pack import DutyKind

DUTY_KINDS: dict[str, type[DutyKind]] = {"caller_id": PresentCallerId}
