"""What is asked beside all packs: is there a campaign, is it open, may this operator call for it, with these words."""

from collections.abc import Sequence

from ari_app.policy.facts import Facts, Unknown
from ari_app.policy.held import CustomerStatus
from ari_app.policy.pack import TextValue
from ari_app.policy.phrases import GATE_TEXTS, fill
from ari_app.policy.request import CallRequest, Door
from ari_app.policy.scripts import ScriptChoice, Scripts
from ari_app.policy.verdict import Objection

GATE = "gate"
"""The name before the slash in the rules that no pack holds."""
_CUSTOMERS = f"{GATE}/customers"


def admission(request: CallRequest) -> tuple[Objection, ...]:
    """Every objection to the call before its packs are asked; a denial each."""
    found = tuple([gate_objection(request, code) for code in _codes(request)])
    return (*found, *_language(request)) if request.campaign and request.campaign.languages else found


def customers_objection(request: CallRequest, facts: Facts, scripts: Scripts | None) -> tuple[Objection, ...]:
    """
    The objection to calling somebody who is a customer already, where the campaign has its own word on them.

    It denies them, or has a script to care for them, without which they are denied as well. Whether somebody is one has
    to be known. `scripts` None: whatever it needs is at hand.
    """
    campaign = request.campaign
    if campaign is None or not campaign.customers:
        return ()
    if isinstance(facts.customer, Unknown):
        return (gate_objection(request, "facts_unavailable", rule=_CUSTOMERS),)
    if facts.customer.value.status is not CustomerStatus.CURRENT:
        return ()
    if campaign.customers == "deny":
        return (gate_objection(request, "already_customer", rule=_CUSTOMERS, text="customers_denied"),)
    if scripts is None or campaign.care_script in scripts:
        return ()
    return (gate_objection(request, "already_customer", rule=_CUSTOMERS, text="care_missing"),)


def unread_script(request: CallRequest, choice: ScriptChoice) -> tuple[Objection, ...]:
    """The objection to a script whose served version the operator has yet to read; a call of nobody's has none."""
    version = request.operator.unread.get(choice.id) if request.operator else None
    if version is None:
        return ()
    values = (("script", choice.id), ("version", version))
    return (
        gate_objection(
            request, "operator_not_allowed", rule=f"{GATE}/script_read", text="script_unread", values=values
        ),
    )


def missing_pack(request: CallRequest, pack_id: str) -> Objection:
    """The objection for a pack that the campaign names and that is not at hand: its rules could not be asked."""
    return gate_objection(request, "rule_error", rule=f"{pack_id}/*", text="pack_missing")


def gate_objection(
    request: CallRequest,
    code: str,
    *,
    rule: str = "",
    text: str = "",
    source: str = "",
    values: Sequence[tuple[str, TextValue]] = (),
) -> Objection:
    """An objection in the core's own words; time alone does not lift it."""
    return Objection(
        code=code,
        rule=rule or f"{GATE}/{code}",
        force="house",
        text=fill(GATE_TEXTS[text or code], values, request, None),
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
    # A check that names no operator asks about the callee: it is answered as for any operator of the campaign. A dialer
    # that asks ahead has none yet: its own token admits the call, and nobody attends it until they are bridged.
    asks_ahead = request.ask.door in (Door.CHECK, Door.API) or request.by_token
    nobody_asks = asks_ahead and not request.operator_id
    unlisted = campaign is not None and campaign.operators and request.operator_id not in campaign.operators
    unlisted = unlisted and not nobody_asks
    if unlisted or (request.operator_id and request.operator is None):
        codes.append("operator_not_allowed")
    return codes


def _language(request: CallRequest) -> tuple[Objection, ...]:
    """Of a phone that is nobody's no language is known: what it asks is not the operator's but the callee's."""
    called_in = request.campaign.languages.split() if request.campaign else []
    operator = request.operator
    if operator is None or not set(called_in).isdisjoint(operator.languages):
        return ()
    rule, values = f"{GATE}/campaign_language", (("languages", ", ".join(called_in)),)
    return (gate_objection(request, "operator_not_allowed", rule=rule, text="language_not_theirs", values=values),)
