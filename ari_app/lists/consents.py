"""
Consents as a principal's books hold them: one row a consent, or its withdrawal.

A date alone is read as that day's first instant by the principal's clock, and so is a withdrawal: by that reading a
consent comes after as little as possible, is soonest too old, and ends soonest. A withdrawal that does not say of what
consent is of all that were given by then, on that day too: of a date alone it is the last instant.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from ari_app.lists.errors import BadRow
from ari_app.lists.instants import earliest, is_day, latest
from ari_app.lists.rows import e164_of, instant_in, needed, word_of
from ari_app.policy.held import ConsentForm
from ari_app.ports.lists import ConsentRow

_PURPOSE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_FORMS = {
    **{form.value: form for form in ConsentForm},
    "presunto": ConsentForm.PRESUMED,
    "espresso": ConsentForm.EXPRESS,
    "scritto": ConsentForm.WRITTEN,
}


def consent_row(values: Mapping[str, str], *, region: str, country: str, now: datetime | None) -> ConsentRow:
    """
    A row of a list of consents; of no form, it is express.

    A withdrawal needs no `given_at`, and no other word on the consent rejects it; one that lies before its own
    `given_at` is of that instant. Raises BadRow. So does a consent or a withdrawal that lies after `now`: a day still
    to come is a slip.
    """
    purpose = needed(values, "purpose").lower()
    if not _PURPOSE.fullmatch(purpose):
        raise BadRow(f"purpose {purpose!r} is no word such as marketing")
    form = _FORMS.get(values.get("form", "").lower() or ConsentForm.EXPRESS.value)
    if form is None and values.get("withdrawn_at"):
        form = ConsentForm.EXPRESS  # what is over is of no form any more
    if form is None:
        raise BadRow(f"form {values['form']!r} is none of presumed, express, written")
    given_at, withdrawn_at = _instants(values, country, now)
    for field, at in (("given_at", given_at), ("withdrawn_at", withdrawn_at)):
        if now is not None and at is not None and at > now:
            raise BadRow(f"{field} {values[field]} has not come yet")
    return ConsentRow(
        e164=e164_of(values["number"], region),
        purpose=purpose,
        form=form,
        given_at=given_at,
        text_version=values.get("text_version", ""),
        evidence=values.get("evidence", ""),
        withdrawn_at=withdrawn_at,
        channel=word_of(values, "channel"),
    )


def _instants(values: Mapping[str, str], country: str, now: datetime | None) -> tuple[datetime, datetime | None]:
    """When the consent was given, and when withdrawn; a withdrawal of no one consent has one instant for both."""
    if not values.get("withdrawn_at"):
        needed(values, "given_at")
    given_at = instant_in(values, "given_at", lambda text: earliest(text, country))
    withdrawn_at = instant_in(values, "withdrawn_at", lambda text: earliest(text, country))
    if given_at is not None:
        return given_at, None if withdrawn_at is None else max(given_at, withdrawn_at)
    assert withdrawn_at is not None  # noqa: S101  one of them is not empty
    text = values["withdrawn_at"]
    if is_day(text) and (now is None or withdrawn_at <= now):
        last = latest(text, country)
        withdrawn_at = last if now is None else min(last, now)
    return withdrawn_at, withdrawn_at
