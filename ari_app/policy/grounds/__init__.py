"""Kinds of grounds, one module a kind; a rule's `unless` names a ground of its own pack."""

from ari_app.policy.grounds.relationship import Relationship
from ari_app.policy.pack import GroundKind

GROUND_KINDS: dict[str, type[GroundKind]] = {"relationship_exemption": Relationship}
