"""Calls of three days, made at random and remembered, with the people who made them."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from ari_app.policy.disposition import Disposition
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import Reason, VerdictRecord
from ari_app.policy.request import Operator, Role
from ari_app.ports.dispositions import Word
from ari_app.ports.verdicts import Ending
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.seals import Seals
from tests.stores.samples import AUTUMN, KEYRING, NOW, SetClock, call, record, wanted

DAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
_DAYS = timedelta(days=3)
WINTER = replace(AUTUMN, id="fibra-inverno")
Made: TypeAlias = tuple[VerdictRecord, Outcome | None, Disposition | None]
"""A verdict, how its call ended and what was noted last."""
REASONS = (
    Reason(code="already_customer", rule="core/already_customer", force="house", text="È già cliente.", source="patto"),
    Reason(
        code="screening_missing",
        rule="it/opposition_register",
        force="law",
        text="Il numero non è mai stato verificato nel registro delle opposizioni.",
        source="D.P.R. 26/2022, art. 8",
    ),
    Reason(
        code="outside_calling_window",
        rule="it/calling_hours",
        force="law",
        text="A quest'ora non si chiama.",
        source="Codice di condotta, art. 10",
    ),
)
_FACTS = {"attempts": {"value": [{"at": "2026-11-01T00:00:00Z"}], "as_of": "2026-11-22T10:15:00Z"}}


def two_campaigns(database: Database) -> Directory:
    """Two campaigns, three operators and a supervisor."""
    known = Directory(database)
    known.add_principal("fastnet", name="Fastnet", country="IT")
    for campaign in (AUTUMN, WINTER):
        known.add_campaign(campaign)
    people = (("anna", "nord", Role.OPERATOR), ("bruno", "nord", Role.OPERATOR), ("carla", "", Role.OPERATOR))
    for name, team, role in (*people, ("sara", "", Role.SUPERVISOR)):
        known.add_operator(Operator(id=name, endpoint=f"PJSIP/{name}", language="it", role=role, team=team))
    return known


class Past:
    """Calls that are made at random, and remembered."""

    def __init__(self, database: Database, seed: int, made: Sequence[Made] = ()) -> None:
        """Every seed is another past; `made` are calls that the database has already."""
        self.random = random.Random(seed)  # noqa: S311  no secret
        self.clock = SetClock()
        self.book = VerdictBook(database, KEYRING)
        self.words = SqlDispositions(database, KEYRING)
        self.seals = Seals(database, self.clock)
        self.made: list[Made] = list(made)

    def go_by(self, calls: int, *, since: datetime = DAY - timedelta(days=1), lasting: timedelta = _DAYS) -> None:
        """So many calls within a time, sealed as they come."""
        for _ in range(calls):
            self._one(since + timedelta(seconds=self.random.randrange(int(lasting.total_seconds()))))
            if self.random.random() < 0.1:
                self.seal()
        self.seal()

    def seal(self) -> None:
        """As the gate does each second."""
        while self.seals.seal("garbo-a", limit=7):
            pass

    def _one(self, at: datetime) -> None:
        campaign = self.random.choice((AUTUMN, WINTER))
        callee = Number(f"+39333000{self.random.randrange(10_000):04}")
        request = call(campaign=campaign, callee=callee, at=at)
        request = replace(request, call_id=request.call_id.replace("CALL", "C0DE"))  # as a ULID is written
        said = self._verdict(record(request, self.random.choice(("permit", "permit", "deny", "defer"))))
        self.book.judge(request, needs=wanted(request), decide=lambda _: said)
        outcome, word = None, None
        if said.verdict == "permit" and self.random.random() < 0.8:
            outcome = self.random.choice(list(Outcome))
            answered = at + timedelta(seconds=8) if outcome in (Outcome.ANSWERED, Outcome.ABANDONED) else None
            ended = at + timedelta(seconds=self.random.randrange(10, 4000))
            self.book.close(said.call_id, Ending(outcome=outcome, ended_at=ended, answered_at=answered))
            if answered and self.random.random() < 0.7:
                words = [each for each in Disposition if each not in (Disposition.CALLBACK, Disposition.LANGUAGE)]
                for word in self.random.sample(words, self.random.choice((1, 1, 2))):
                    self.words.note(
                        Word(call_id=said.call_id, disposition=word, operator="anna", at=ended + timedelta(seconds=5))
                    )
        self.made.append((said, outcome, word))

    def _verdict(self, said: VerdictRecord) -> VerdictRecord:
        run = {"rule": "core/valid_number", "said": "passed", "detail": "", "reads": ""}
        attempts = {"rule": "core/attempts", "said": "passed", "detail": "", "reads": "attempts"}
        said = replace(said, evidence=replace(said.evidence, trace=(run, attempts), facts=_FACTS))
        reason = self.random.choice(REASONS)
        if said.verdict != "permit":
            return replace(said, reasons=(reason, replace(reason, code="holiday")))
        if self.random.random() < 0.3:
            return replace(said, mode="shadow", reasons=(reason,))
        return said
