"""A campaign's contacts held against the other lists, on both engines: how many are screened, and may be called."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from ari_app.policy.held import CustomerStatus, SuppressionPurpose
from ari_app.policy.list_terms import ListTerms, RegisterTerms
from ari_app.ports.lists import (
    Approval,
    ContactRow,
    CustomerRow,
    ListFile,
    ScreeningBatch,
    ScreeningRow,
    SuppressionRow,
)
from ari_app.stores.campaign_lists import SLICES, CampaignLists, Cover, RegisterCover
from ari_app.stores.consultations import Consultations
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.lists import SqlLists
from tests.stores.samples import AUTUMN, KEYRING, NOW, SetClock

DAY = timedelta(days=1)
NUMBERS = tuple(f"+3933300012{place:02}" for place in range(12))
RPO = RegisterTerms(register="RPO", max_age=15 * DAY)
TERMS = ListTerms(registers=(RPO,), marketing=True, not_customers=True)


class Office:
    """Lists over one database, with a clock that goes on."""

    def __init__(self, database: Database) -> None:
        directory = Directory(database)
        for principal in ("fastnet", "telnet"):
            directory.add_principal(principal, name=principal, country="IT")
        directory.add_campaign(AUTUMN)
        directory.add_campaign(replace(AUTUMN, id="adsl-inverno"))
        self.database = database
        self.clock = SetClock(NOW - 20 * DAY)
        self.lists = SqlLists(database, KEYRING, self.clock)

    def contacts(self, *numbers: str, campaign: str = AUTUMN.id, list_id: str = "a", publish: bool = True) -> None:
        """Bring a contact list."""
        version = self.begin("contacts")
        rows = [ContactRow(e164=number, list_id=list_id) for number in numbers]
        self.lists.put_contacts(version, Approval(campaign=campaign), rows)
        self.publish(version, publish=publish)

    def screened(
        self,
        answer: str,
        *numbers: str,
        at: datetime,
        holds: timedelta = 15 * DAY,
        register: str = "RPO",
        publish: bool = True,
    ) -> None:
        """Bring answers of a register."""
        version = self.begin(f"screening:{register}")
        batch = ScreeningBatch(
            principal="fastnet", register=register, answered_at=at, said_by="x", valid_until=at + holds
        )
        rows = [ScreeningRow(e164=number, answer=answer) for number in numbers]  # type: ignore[arg-type]
        self.lists.put_screenings(version, batch, rows)
        self.publish(version, publish=publish)

    def suppressed(self, number: str, *, scope: str = "*", ends: datetime | None = None, purpose: str = "all") -> None:
        """Bring a suppression."""
        version = self.begin("suppressions")
        row = SuppressionRow(
            e164=number,
            scope=scope,
            reason="x",
            source="x",
            expires_at=ends,
            purpose=SuppressionPurpose(purpose),
        )
        self.lists.put_suppressions(version, [row])
        self.publish(version)

    def customer(self, number: str, status: CustomerStatus) -> None:
        """Bring a customer."""
        version = self.begin("customers")
        self.lists.put_customers(version, "fastnet", [CustomerRow(e164=number, status=status)])
        self.publish(version)

    def cover(self, terms: ListTerms = TERMS, *, soon: datetime = NOW + 3 * DAY) -> Cover:
        """How far the lists let the campaign call."""
        return CampaignLists(self.database).cover(AUTUMN, terms, now=NOW, soon=soon)

    def begin(self, kind: str) -> int:
        """Open a version."""
        self.clock.pass_by(timedelta(minutes=1))
        return self.lists.begin(ListFile(kind=kind, principal="fastnet", file_name="x.csv", sha256="00"))

    def publish(self, version: int, *, publish: bool = True) -> None:
        """Publish it, if that is wanted."""
        if publish:
            self.clock.pass_by(timedelta(minutes=1))
            self.lists.publish(version, {})


@pytest.fixture
def office(database: Database) -> Office:
    """An office with two principals and two campaigns."""
    return Office(database)


def test_contacts_are_clear_listed_missing_or_expired(office: Office) -> None:
    """Each is one of them, by its newest answer; and it is told when the first that holds runs out."""
    a, b, c, d, e = NUMBERS[:5]
    office.contacts(a, b, c, d)
    office.contacts(a, e, list_id="b")
    office.contacts(NUMBERS[9], campaign="adsl-inverno")
    office.screened("listed", a, at=NOW - 12 * DAY)
    office.screened("clear", a, at=NOW - 13 * DAY)
    office.screened("clear", b, e, NUMBERS[9], at=NOW - 13 * DAY)
    office.screened("clear", c, at=NOW - 15 * DAY)
    office.screened("clear", e, at=NOW - DAY)
    office.screened("clear", d, at=NOW - DAY, register="TPS")
    (cover,) = office.cover().registers
    assert cover == RegisterCover(
        register="RPO", clear=2, listed=1, missing=1, expired=1, expiring=1, runs_out_at=NOW + 2 * DAY
    )
    assert (office.cover().numbers, office.cover().callable) == (5, 2)


def test_only_what_is_published_counts(office: Office) -> None:
    """Of lists, of answers; and of a list its newest version."""
    a, b, c = NUMBERS[:3]
    office.contacts(a, b)
    office.contacts(a)
    office.contacts(c, list_id="c", publish=False)
    office.screened("clear", a, at=NOW - DAY, publish=False)
    cover = office.cover()
    assert (cover.numbers, cover.callable, cover.registers[0].missing) == (1, 0, 1)


def test_of_two_answers_at_one_instant_the_stricter_counts(office: Office) -> None:
    """As for a verdict; an answer that lies ahead is not there yet."""
    a, b, c = NUMBERS[:3]
    office.contacts(a, b, c)
    office.screened("clear", a, b, c, at=NOW - DAY)
    office.screened("listed", a, at=NOW - DAY)
    office.screened("clear", b, at=NOW - DAY, holds=2 * DAY)
    office.screened("listed", c, at=NOW + timedelta(seconds=1))
    assert office.cover().numbers == 3
    (cover,) = office.cover().registers
    assert (cover.clear, cover.listed, cover.expiring, cover.runs_out_at) == (2, 1, 1, NOW + DAY)


def test_terms_of_packs_shorten_an_answer(office: Office) -> None:
    """By its age, and because it is older than the campaign; at the instant itself it holds no longer."""
    office.contacts(NUMBERS[0])
    office.screened("clear", NUMBERS[0], at=NOW - 10 * DAY)
    for terms, clear, runs_out_at in (
        (RegisterTerms(register="RPO"), 1, NOW + 5 * DAY),
        (RegisterTerms(register="RPO", max_age=12 * DAY), 1, NOW + 2 * DAY),
        (RegisterTerms(register="RPO", max_age=10 * DAY), 0, None),
        (RegisterTerms(register="RPO", since=NOW - 10 * DAY), 1, NOW + 5 * DAY),
        (RegisterTerms(register="RPO", since=NOW - 9 * DAY), 0, None),
    ):
        (cover,) = office.cover(replace(TERMS, registers=(terms,))).registers
        assert (cover.clear, cover.expired, cover.runs_out_at) == (clear, 1 - clear, runs_out_at)


def test_a_register_that_may_be_at_hand_as_a_whole_stops_whom_it_lists(office: Office) -> None:
    """Whoever has no answer on record may be found clear in it."""
    a, b = NUMBERS[:2]
    office.contacts(a, b)
    office.screened("listed", a, at=NOW - DAY, register="TPS")
    cover = office.cover(replace(TERMS, registers=(RegisterTerms(register="TPS", own_only=False),)))
    assert (cover.callable, cover.registers[0].missing) == (1, 1)


def test_whoever_is_suppressed_or_a_customer_is_not_callable(office: Office) -> None:
    """In the campaign's own scopes, for its purposes, as long as it holds; customers by the newest word."""
    office.contacts(*NUMBERS)
    office.screened("clear", *NUMBERS, at=NOW - DAY)
    office.suppressed(NUMBERS[0])
    office.suppressed(NUMBERS[1], scope="principal:fastnet", purpose="marketing")
    office.suppressed(NUMBERS[2], scope=f"campaign:{AUTUMN.id}", ends=NOW + DAY)
    office.suppressed(NUMBERS[3], scope="principal:telnet")
    office.suppressed(NUMBERS[4], scope="campaign:adsl-inverno")
    office.suppressed(NUMBERS[5], ends=NOW)
    office.customer(NUMBERS[6], CustomerStatus.CURRENT)
    office.customer(NUMBERS[7], CustomerStatus.CURRENT)
    office.customer(NUMBERS[7], CustomerStatus.ENDED)
    assert office.cover().callable == len(NUMBERS) - 4
    assert office.cover(replace(TERMS, not_customers=False)).callable == len(NUMBERS) - 3
    assert office.cover(replace(TERMS, marketing=False)).callable == len(NUMBERS) - 3


def test_a_campaign_without_contacts_has_nobody(office: Office) -> None:
    """And nothing runs out."""
    assert office.cover() == Cover(
        campaign=AUTUMN.id, numbers=0, callable=0, registers=(RegisterCover(register="RPO"),)
    )


def test_contacts_are_held_against_answers_by_their_index(office: Office) -> None:
    """A million of them: whoever goes through all answers for each of them never ends."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        said.append((statement, values))

    event.listen(office.database.engine, "before_cursor_execute", hear)
    office.cover(replace(TERMS, registers=(RPO, RegisterTerms(register="TPS"))))
    event.remove(office.database.engine, "before_cursor_execute", hear)
    statement, values = next((text, given) for text, given in said if "screening" in text)
    sqlite = office.database.engine.dialect.name == "sqlite"

    def work(connection: Connection) -> str:
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{statement}"
        return "\n".join(str(row) for row in connection.exec_driver_sql(explain, values))

    plan = office.database.read(work)
    for table in ("screening", "contact", "customer"):
        assert (f"sqlite_autoindex_{table}_1" if sqlite else f"pk_{table}") in plan
    assert not [line for line in plan.splitlines() if "SCAN answer" in line or "SCAN screening" in line]


def test_a_count_can_be_ended_between_two_slices(office: Office) -> None:
    """By whatever is raised there: a gate that stops does not wait for a million contacts."""
    counted = []

    def stop() -> None:
        counted.append(1)
        if len(counted) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        CampaignLists(office.database).cover(AUTUMN, TERMS, now=NOW, soon=NOW, between=stop)
    assert len(counted) == 3 < SLICES


def test_the_newest_version_of_each_list_is_told(office: Office) -> None:
    """By kind and principal; an entry by hand is no list."""
    office.contacts(NUMBERS[0])
    office.contacts(NUMBERS[1])
    office.screened("clear", NUMBERS[0], at=NOW - DAY)
    office.screened("clear", NUMBERS[0], at=NOW - DAY, register="TPS", publish=False)
    told = CampaignLists(office.database).newest()
    assert [(each.kind, each.principal) for each in told] == [("contacts", "fastnet"), ("screening:RPO", "fastnet")]
    assert told[1].published_at == office.clock.at - timedelta(minutes=1)


def test_newest_answers_are_looked_up_together(office: Office) -> None:
    """By number, of published versions only; more than one query holds are no matter."""
    many = [f"+39333{place:07}" for place in range(1100)]
    office.screened("clear", *many[:700], at=NOW - 2 * DAY)
    office.screened("listed", *many[600:700], at=NOW - DAY)
    office.screened("listed", *many[:10], at=NOW, publish=False)
    office.screened("listed", *many[:10], at=NOW - DAY, register="TPS")
    found = office.lists.newest_answers("fastnet", "RPO", iter(many), now=NOW)
    assert sorted(found) == many[:700]
    assert [found[number].answer for number in many[:700]] == ["clear"] * 600 + ["listed"] * 100
    assert office.lists.newest_answers("telnet", "RPO", many, now=NOW) == {}
    assert len(office.lists.newest_answers("fastnet", "RPO", many, now=NOW - 2 * DAY)) == 700
    assert office.lists.newest_answers("fastnet", "RPO", many, now=NOW - 3 * DAY) == {}


def test_rows_of_one_batch_may_have_instants_of_their_own(office: Office) -> None:
    """Where a service says them row by row; what is said again is unchanged."""
    a, b = NUMBERS[:2]
    batch = ScreeningBatch(
        principal="fastnet", register="TPS", answered_at=NOW, said_by="x", valid_until=NOW + 28 * DAY
    )
    own = ScreeningRow(e164=a, answer="clear", answered_at=NOW - DAY, valid_until=NOW + DAY)
    rows = [own, ScreeningRow(e164=b, answer="listed")]
    for added in (2, 0):
        version = office.begin("screening:TPS")
        assert office.lists.put_screenings(version, batch, rows).added == added
        office.publish(version)
    found = office.lists.newest_answers("fastnet", "TPS", (a, b), now=NOW)
    assert (found[a].answered_at, found[a].valid_until) == (NOW - DAY, NOW + DAY)
    assert (found[b].answered_at, found[b].valid_until) == (NOW, NOW + 28 * DAY)


def test_consultations_are_listed(office: Office) -> None:
    """Exports as long as they wait, answers with what is on record of them; of one principal, or of all."""
    office.lists.record_export("fastnet", "RPO", file_name="out.txt", digest="00", numbers=7)
    office.screened("clear", NUMBERS[0], at=NOW - DAY)
    consultations = Consultations(office.database)
    (export,) = consultations.unanswered()
    assert (export.principal, export.register, export.file, export.numbers) == ("fastnet", "RPO", "out.txt", 7)
    (answer,) = consultations.answers("fastnet")
    assert (answer.register, answer.sha256, answer.answered_at, answer.listed) == ("RPO", "00", None, None)
    assert consultations.unanswered("telnet") == ()
    assert consultations.answers("telnet") == ()
