"""When a ground is first given, if not now: what all kinds of grounds have in common."""

from collections.abc import Callable, Iterable
from datetime import datetime

from ari_app.policy.pack import Holding


def first_given(
    now: datetime, turns: Iterable[datetime], evidence_at: Callable[[datetime], str | None]
) -> Holding | None:
    """
    A holding from `now` on, else from the first of `turns` after it at which there is evidence; None: at none of them.

    `turns` are all instants at which the ground can begin. Evidence may be empty: only None is none.
    """
    for at in (now, *sorted({turn for turn in turns if turn > now})):
        evidence = evidence_at(at)
        if evidence is not None:
            return Holding(from_=at, evidence=evidence)
    return None
