"""Calls of the past, from whatever called before: without them the first days would know of no earlier call."""

from collections.abc import Callable, Mapping
from datetime import datetime

from ari_app.lists.errors import BadRow
from ari_app.lists.instants import latest
from ari_app.lists.rows import e164_of, instant_in, needed
from ari_app.policy.outcome import Outcome
from ari_app.ports.lists import AttemptRow


def attempt_row(
    values: Mapping[str, str],
    *,
    region: str,
    country: str,
    campaign: str,
    campaign_exists: Callable[[str], bool],
    now: datetime | None,
) -> AttemptRow:
    """
    A row of a list of calls; `campaign` is for rows that name none.

    A date alone is the last second of that day by the principal's clock, a time without an offset the last instant that
    may be meant: the call counts for as long as it can. Raises BadRow; so does what may lie after `now`.
    """
    named = values.get("campaign") or campaign
    if not named:
        raise BadRow("it names no campaign; --campaign says which one is meant")
    if not campaign_exists(named):
        raise BadRow(f"campaign {named}: there is no such campaign, or it is another principal's")
    word = needed(values, "outcome").lower()
    if word not in list(Outcome):
        raise BadRow(f"outcome {word!r} is none of {', '.join(Outcome)}")
    needed(values, "at")
    at = instant_in(values, "at", lambda text: latest(text, country))
    assert at is not None  # noqa: S101  it is not empty
    if now is not None and at > now:
        raise BadRow(f"at {values['at']} is not over yet: a call of today needs its time, with an offset")
    return AttemptRow(
        e164=e164_of(values["number"], region),
        campaign=named,
        at=at,
        outcome=Outcome(word),
    )
