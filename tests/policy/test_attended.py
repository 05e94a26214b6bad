"""Whether an operator waits before the callee's phone rings, by door and channel."""

from datetime import UTC, datetime

import pytest

from ari_app.policy.numbers import Number
from ari_app.policy.request import Ask, CallRequest, Door, Operator

ANNA = Operator(id="anna", endpoint="PJSIP/101", language="it")
PHONE = {"attended": True}
DIALER: dict[str, object] = {"attended": False}


@pytest.mark.parametrize(
    ("door", "said", "operator", "attended"),
    [
        (Door.STASIS, PHONE, ANNA, True),
        (Door.STASIS, PHONE, None, True),
        (Door.STASIS, DIALER, None, False),
        (Door.STASIS, DIALER | {"operator": "anna"}, ANNA, True),
        (Door.STASIS, DIALER | {"operator": "nobody"}, None, False),
        (Door.STASIS, DIALER, ANNA, False),
        (Door.API, DIALER | {"operator": "anna"}, ANNA, True),
        (Door.API, DIALER, None, False),
        (Door.CHECK, DIALER, None, True),
    ],
)
def test_who_waits(door: Door, said: dict[str, object], operator: Operator | None, *, attended: bool) -> None:
    """A phone does; a dialer's channel only if it names an operator whom we know; a check asks as for any operator."""
    request = CallRequest(
        call_id="01",
        ask=Ask(dialled="333", door=door, **said),  # type: ignore[arg-type]  # a case names the fields that it sets
        callee=Number("+393331234567"),
        campaign_id="",
        campaign=None,
        operator_id="anna",
        operator=operator,
        asked_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    assert request.attended is attended
