"""Kinds of grounds, one module a kind; a rule's `unless` names a ground of its own pack."""

from ari_app.policy.grounds.callback_due import CallbackDue
from ari_app.policy.grounds.consent import ConsentHeld
from ari_app.policy.grounds.one_off_permit import CallAskedFor
from ari_app.policy.grounds.operator_on_the_line import OperatorOnTheLine
from ari_app.policy.grounds.register_clear import RegisterClear
from ari_app.policy.grounds.relationship import Relationship
from ari_app.policy.pack import GroundKind

GROUND_KINDS: dict[str, type[GroundKind]] = {
    "relationship_exemption": Relationship,
    "one_off_permit": CallAskedFor,
    "consent": ConsentHeld,
    "register_clear": RegisterClear,
    "callback_due": CallbackDue,
    "operator_on_the_line": OperatorOnTheLine,
}
