"""What is asked before any pack: is there a campaign, is it open, may this operator call for it."""

from ari_app.policy.phrases import GATE_TEXTS, fill
from ari_app.policy.request import CallRequest, Door
from ari_app.policy.verdict import Objection

GATE = "gate"
"""The name before the slash in the rules that no pack holds."""


def admission(request: CallRequest) -> tuple[Objection, ...]:
    """Every objection to the call before its packs are asked; a denial each."""
    return tuple(gate_objection(request, code) for code in _codes(request))


def missing_pack(request: CallRequest, pack_id: str) -> Objection:
    """The objection for a pack that the campaign names and that is not at hand: its rules could not be asked."""
    return gate_objection(request, "rule_error", rule=f"{pack_id}/*", text="pack_missing")


def gate_objection(request: CallRequest, code: str, *, rule: str = "", text: str = "", source: str = "") -> Objection:
    """An objection in the core's own words; time alone does not lift it."""
    return Objection(
        code=code,
        rule=rule or f"{GATE}/{code}",
        force="house",
        text=fill(GATE_TEXTS[text or code], (), request, None),
        source=source,
        not_before=None,
    )


def _codes(request: CallRequest) -> list[str]:
    campaign = request.campaign
    codes = []
    if campaign is None:
        codes.append("campaign_unknown")
    elif campaign.closed:
        codes.append("campaign_closed")
    # A check that names no operator asks about the callee: it is answered as for any operator of the campaign.
    nobody_asks = request.ask.door is Door.CHECK and not request.operator_id
    unlisted = campaign is not None and campaign.operators and request.operator_id not in campaign.operators
    unlisted = unlisted and not nobody_asks
    if unlisted or (request.operator_id and request.operator is None):
        codes.append("operator_not_allowed")
    return codes
