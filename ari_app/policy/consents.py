"""Which of the callee's consents count: given and not withdrawn, of the right purpose and form, with their proof."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from ari_app.policy.durations import Duration
from ari_app.policy.facts import Facts, known
from ari_app.policy.held import Consent, ConsentForm, Screening, as_withdrawn
from ari_app.policy.pack_file import Said, one_or_many

_STRENGTH = {form: strength for strength, form in enumerate(ConsentForm)}


def standing_consents(consents: tuple[Consent, ...], now: datetime) -> list[Consent]:
    """
    Those given up to `now` and not withdrawn by then, both instants included; in no order.

    Whoever withdraws a consent withdraws all they had given for that purpose until then (`held.as_withdrawn`).
    """
    return [
        consent
        for consent in as_withdrawn(consents)
        if consent.given_at <= now and (consent.withdrawn_at is None or consent.withdrawn_at > now)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTerms:
    """
    What a consent must be like to count.

    Source: Garante provv. n. 330 of 4.6.2025 and n. 170 of 12.3.2026: a log file alone proves nothing, so the version
    of the text and the evidence must be on record.
    """

    purpose: Said = "marketing"
    """No purpose stands for another: whoever said yes to `profiling` did not say yes to `marketing`."""
    form: ConsentForm = ConsentForm.EXPRESS
    """This form or a stronger one."""
    max_age: Duration | None = None
    """Exactly that old is too old."""
    must_postdate: str = ""
    """A register: whoever is, or was, listed there must have consented after the screening that dropped them."""
    evidence_fields: Annotated[tuple[Literal["text_version", "evidence"], ...], one_or_many] = (
        "text_version",
        "evidence",
    )
    """What must not be empty on record."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Screenings too, where the consent must be later than one of them."""
        return ("consents", "screenings") if self.must_postdate else ("consents",)

    def newest(self, facts: Facts, now: datetime) -> Consent | None:
        """The last one that fits at `now`, however old it is; None: there is none."""
        after = self._dropped_at(known(facts.screenings), now) if self.must_postdate else None
        fitting = [given for given in standing_consents(known(facts.consents), now) if self._fits(given, after)]
        return max(fitting, key=lambda given: (given.given_at, given.id), default=None)

    def is_too_old(self, consent: Consent, now: datetime) -> bool:
        """Whether it has passed `max_age`."""
        return self.max_age is not None and now >= consent.given_at + self.max_age

    def _fits(self, consent: Consent, after: datetime | None) -> bool:
        if consent.purpose != self.purpose or (after is not None and consent.given_at <= after):
            return False
        if consent.form is not self.form and _STRENGTH[consent.form] < _STRENGTH[self.form]:
            return False
        return all([getattr(consent, name).strip() for name in self.evidence_fields])

    def _dropped_at(self, screenings: tuple[Screening, ...], now: datetime) -> datetime | None:
        # The answer that first said `listed`, each time anew after one that said `clear`: being listed revokes what was
        # consented to before, and stays a fact when the next screening says so again. Whoever asked the register: that
        # the number was in it is true for all. Of two answers at one instant `listed` is taken for the later.
        asked = (each for each in screenings if each.register == self.must_postdate and each.answered_at <= now)
        dropped_at, was_listed = None, False
        for answer in sorted(asked, key=lambda each: (each.answered_at, each.answer == "listed")):
            if answer.answer == "listed" and not was_listed:
                dropped_at = answer.answered_at
            was_listed = answer.answer == "listed"
        return dropped_at
