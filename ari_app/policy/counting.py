"""What a verdict must be locked on, so that two gates cannot both give the last permitted call."""

from collections.abc import Sequence

from ari_app.policy.numbers import Number
from ari_app.policy.pack import Pack
from ari_app.policy.request import CallRequest


def counting_keys(packs: Sequence[Pack], request: CallRequest) -> tuple[str, ...]:
    """
    The lock keys of every rule that counts earlier calls, sorted, so that all gates take them in one order.

    `attempts:PRINCIPAL:E164`. Empty for what is no number or has no campaign: no permit can come of it. A rule's `when`
    is not looked at: a lock too many costs a wait, one too few a call too many.
    """
    if request.campaign is None or not isinstance(request.callee, Number):
        return ()
    counts = {rule.kind.counts for pack in packs for rule in pack.rules if rule.kind.counts}
    return tuple(sorted(_key(count, request.campaign.principal, request.callee) for count in counts))


def _key(counts: str, principal: str, callee: Number) -> str:
    match counts:
        case "number+principal":
            return f"attempts:{principal}:{callee.e164}"
        case _:
            raise ValueError(f"no lock is known for what is counted by {counts!r}")
