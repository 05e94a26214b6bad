"""The floor's figures on both engines, held against what a plain count in Python says of the same random calls."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Select, event, insert, select, update

from ari_app.policy.disposition import Disposition
from ari_app.policy.outcome import Outcome
from ari_app.ports.dispositions import Word
from ari_app.ports.floor import Asked, Counted, Figures, Wanted
from ari_app.ports.verdicts import Ending
from ari_app.stores import floor_calls, floor_figures
from ari_app.stores.book import VerdictBook
from ari_app.stores.callbacks import Callbacks
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.dispositions import SqlDispositions
from ari_app.stores.floor_figures import FloorFigures
from ari_app.stores.prepared import Prepared
from ari_app.stores.tables import attempt, hour_count, live_call, operator_state, walk_step
from tests.stores.a_day import DAY, WINTER, Past, two_campaigns
from tests.stores.samples import AUTUMN, KEYRING, NOW, SetClock, call, record, wanted
from tests.stores.test_plans import plan, uses, whole_tables

MONTH = timedelta(days=30)


@pytest.fixture
def directory(database: Database) -> Directory:
    """Two campaigns, three operators and a supervisor."""
    return two_campaigns(database)


@pytest.fixture
def past(database: Database, directory: Directory) -> Past:
    """Nothing happened yet."""
    return Past(database, seed=4)


def asked(**changes: object) -> Asked:
    """The whole of a day, as of its morning."""
    day = Asked(day_began_at=DAY, day_ends_at=DAY + timedelta(days=1), now=NOW)
    return replace(day, **changes)  # type: ignore[arg-type]


def figures(database: Database, **changes: object) -> Figures:
    """Everything that is counted."""
    return FloorFigures(database, KEYRING).figures(asked(**changes))


def is_today(at: datetime) -> bool:
    """Within the day that is asked for."""
    return DAY <= at < DAY + timedelta(days=1)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_day_by_the_hour_is_what_its_calls_add_up_to(database: Database, directory: Directory, seed: int) -> None:
    """Verdicts by first reason, what shadow mode let pass, and endings, by campaign and hour: each counted once."""
    past = Past(database, seed)
    past.go_by(160)
    expected: Counter[tuple[datetime, str, str, str]] = Counter()
    for said, outcome, _ in past.made:
        if is_today(said.decided_at):
            head = (said.decided_at.replace(minute=0, second=0, microsecond=0), said.campaign)
            code = said.reasons[0].code if said.reasons else ""
            expected[*head, said.verdict, "" if said.verdict == "permit" else code] += 1
            if said.verdict == "permit" and code:
                expected[*head, Counted.WOULD_REFUSE, code] += 1
            if outcome is not None:
                expected[*head, Counted.ENDED, outcome] += 1
    told = figures(database).hours
    assert {(each.hour, each.campaign, each.what, each.word): each.number for each in told} == expected
    assert len(told) == len(expected)


def test_words_of_the_day_are_those_that_stand(database: Database, past: Past) -> None:
    """A call with two words counts once, by the last of them and how it ended."""
    past.go_by(160)
    expected = Counter(
        (said.campaign, word, outcome)
        for said, outcome, word in past.made
        if is_today(said.decided_at) and word is not None and outcome is not None
    )
    assert {
        (each.campaign, each.disposition, each.outcome): each.number for each in figures(database).words
    } == expected


@pytest.mark.parametrize("window", [None, MONTH, timedelta(hours=5)])
def test_silent_calls_of_a_window(database: Database, past: Past, window: timedelta | None) -> None:
    """By the hour they were answered in, of whole hours that began within the window and not after now."""
    past.go_by(160)
    expected = Counter(
        (said.campaign, outcome)
        for said, outcome, _ in past.made
        if outcome in (Outcome.ANSWERED, Outcome.ABANDONED) and _counts(said.decided_at, window)
    )
    silent = frozenset({(AUTUMN.id, window), (WINTER.id, window), ("nowhere", window)})
    told = {each.campaign: (each.put_through, each.silent) for each in figures(database, silent=silent).silent}
    assert told == {
        **{c.id: (expected[c.id, Outcome.ANSWERED], expected[c.id, Outcome.ABANDONED]) for c in (AUTUMN, WINTER)},
        "nowhere": (0, 0),
    }


def _counts(decided_at: datetime, window: timedelta | None) -> bool:
    hour = (decided_at + timedelta(seconds=8)).replace(minute=0, second=0, microsecond=0)
    return hour <= NOW and (window is None or hour > NOW - window)


def test_callbacks_due_and_overdue(database: Database, directory: Directory) -> None:
    """Overdue before now, due until the day ends; kept ones and those of later days are not told."""
    clock = SetClock(NOW - timedelta(days=2))
    promises = Callbacks(database, KEYRING, clock)
    due = [(AUTUMN.id, -30), (AUTUMN.id, -1), (AUTUMN.id, 1), (AUTUMN.id, 12), (AUTUMN.id, 15), (WINTER.id, 2)]
    for place, (campaign, hours) in enumerate(due):
        at = NOW + timedelta(hours=hours)
        promises.promise(f"+39333000{place:04}", campaign_id=campaign, due_at=at)
    kept = promises.promise("+393330009999", campaign_id=WINTER.id, due_at=NOW - timedelta(hours=3))
    promises.done(kept.id)
    told = {each.campaign: (each.overdue, each.due_today, each.first_due_at) for each in figures(database).callbacks}
    assert told == {
        AUTUMN.id: (2, 2, NOW - timedelta(hours=30)),
        WINTER.id: (0, 1, NOW + timedelta(hours=2)),
    }


def test_open_calls_are_those_without_an_ending(database: Database, past: Past) -> None:
    """Of the last hours, with how far they have come; one that nobody told of is on its way."""
    past.go_by(150)
    mine = past.made[0][0]
    expected = {
        said.call_id
        for said, outcome, _ in past.made
        if said.verdict == "permit" and outcome is None and said.decided_at >= NOW - timedelta(hours=12)
    }
    ring = next(iter(expected))
    database.write(lambda connection: connection.execute(insert(live_call), [_live(ring), _live(mine.call_id)]))
    told = figures(database)
    assert {each.call_id for each in told.open_calls} == expected
    assert {each.call_id: (each.phase, each.operator) for each in told.open_calls}[ring] == ("answered", "bruno")
    assert {each.phase for each in told.open_calls if each.call_id != ring} <= {"dialled"}
    assert dict(told.open_by_campaign) == Counter(each.campaign for each in told.open_calls)


def _live(call_id: str) -> dict[str, object]:
    return {
        "call_id": call_id,
        "gate": "garbo-a",
        "campaign": AUTUMN.id,
        "operator": "bruno",
        "phone": "PJSIP/1",
        "phase": "answered",
        "decided_at": NOW,
        "changed_at": NOW,
        "answered_at": NOW,
        "ringing_at": None,
    }


def test_operators_states(database: Database, directory: Directory) -> None:
    """Of operators only; who was never at a desk is offline."""
    state = {"operator": "anna", "state": "break", "since": NOW}
    database.write(lambda connection: connection.execute(insert(operator_state), state))
    told = [(each.operator, each.team, each.state, each.since) for each in figures(database).operators]
    assert told == [("carla", "", "offline", None), ("anna", "nord", "break", NOW), ("bruno", "nord", "offline", None)]


def test_gates_tell_when_they_last_sealed(database: Database, past: Past) -> None:
    """And how much waits for them; a gate that never was seen has nothing."""
    past.go_by(5)
    request = call()
    past.book.judge(request, needs=wanted(request), decide=lambda _: record(request))
    told = {gate.gate: (gate.sealed_at, gate.unsealed) for gate in figures(database, gates=("garbo-a", "b")).gates}
    assert told == {"garbo-a": (NOW, 1), "b": (None, 0)}


def test_opt_outs_of_the_day(database: Database, directory: Directory) -> None:
    """Suppressions set down one by one, by scope and source."""
    from ari_app.policy.held import SuppressionPurpose
    from ari_app.stores.suppressions import Suppressions

    clock = SetClock()
    entries = Suppressions(database, KEYRING, clock)
    for place, (at, source) in enumerate([(NOW, "phone"), (NOW, "phone"), (DAY - timedelta(seconds=1), "phone")]):
        clock.at = at
        entries.add(f"+39333000{place:04}", scope="*", purpose=SuppressionPurpose.ALL, reason="asked", source=source)
    assert figures(database).opt_outs == (("*", "phone", 2),)


def test_a_record_counts_once_however_often_it_is_sealed(database: Database, past: Past) -> None:
    """The sealer is asked again and again, also after a crash before its commit."""
    past.go_by(30)
    before = database.read(lambda connection: connection.execute(select(hour_count)).all())
    past.seal()
    assert database.read(lambda connection: connection.execute(select(hour_count)).all()) == before


class TestSearch:
    """Past calls are looked for by number, campaign, verdict and time, a page at a time."""

    @pytest.fixture
    def floor(self, database: Database, past: Past) -> FloorFigures:
        """Two hundred calls of three days."""
        past.go_by(160)
        return FloorFigures(database, KEYRING)

    def test_pages_are_what_a_plain_search_finds(self, floor: FloorFigures, past: Past) -> None:
        """Newest first, nobody twice, nobody left out, whatever is asked for."""
        newest = sorted(past.made, key=lambda made: (made[0].decided_at, made[0].call_id), reverse=True)
        today = [said for said, _, _ in newest if is_today(said.decided_at)]
        meant: list[set[str] | None] = [None, {AUTUMN.id}, {AUTUMN.id, WINTER.id}, {"nowhere"}, set()]
        for verdict, campaigns in product(("", "permit", "deny", "defer"), meant):
            asked_for = Wanted(
                since=DAY,
                until=DAY + timedelta(days=1),
                verdict=verdict,
                campaigns=None if campaigns is None else frozenset(campaigns),
            )
            assert all_found(floor, asked_for) == [
                said.call_id
                for said in today
                if (not verdict or said.verdict == verdict) and (campaigns is None or said.campaign in campaigns)
            ]

    def test_by_number(self, floor: FloorFigures, past: Past) -> None:
        """Through its key: every call to it, and no other."""
        number = past.made[0][0].callee
        assert number is not None
        span = Wanted(since=DAY - timedelta(days=9), until=DAY + timedelta(days=9), e164=number)
        assert {each.call_id for each in floor.find(span).calls} == {
            said.call_id for said, _, _ in past.made if said.callee == number
        }

    def test_what_is_rare_is_looked_for_so_far_and_no_farther(
        self, floor: FloorFigures, past: Past, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Then it is told where to go on."""
        monkeypatch.setattr(floor_calls, "MOST_LOOKED_THROUGH", 10)
        asked_for = Wanted(since=DAY - timedelta(days=9), until=DAY + timedelta(days=9), verdict="defer")
        assert floor.find(asked_for).cut_short
        assert sorted(all_found(floor, asked_for)) == sorted(
            said.call_id for said, _, _ in past.made if said.verdict == "defer"
        )


def all_found(floor: FloorFigures, asked_for: Wanted) -> list[str]:
    """Page after page."""
    page = floor.find(asked_for)
    found = [each.call_id for each in page.calls]
    while page.more is not None:
        page = floor.find(replace(asked_for, before=page.more))
        found += [each.call_id for each in page.calls]
    return found


def test_a_call_with_its_history(database: Database, past: Past) -> None:
    """Verdict, times, steps, words with their corrections; of a call that there is not, nothing."""
    request = call(at=NOW)
    past.book.judge(request, needs=wanted(request), decide=lambda _: record(request))
    answered, ended = NOW + timedelta(seconds=9), NOW + timedelta(seconds=90)
    ending = Ending(outcome=Outcome.ANSWERED, ended_at=ended, answered_at=answered, dialled_at=NOW)
    past.book.close(request.call_id, ending)
    due = NOW + timedelta(days=1)
    for word, promise in ((Disposition.NEVER_AGAIN, None), (Disposition.CALLBACK, due)):
        past.words.note(
            Word(call_id=request.call_id, disposition=word, operator="anna", at=ended, note="so", due_at=promise)
        )
    step = {"call_id": request.call_id, "seq": 1, "step": "who", "answer": "", "discloses": "who why", "operator": "a"}
    database.write(lambda connection: connection.execute(insert(walk_step), {**step, "at": answered}))
    held = FloorFigures(database, KEYRING).history(request.call_id)
    assert held is not None
    assert (held.record.outcome, held.answered_at, held.ended_at) == ("answered", answered, ended)
    assert [(word.disposition, word.suppressed, word.promised_for) for word in held.words] == [
        ("never_again", True, None),
        ("callback", False, due),
    ]
    assert [(each.step, each.discloses) for each in held.steps] == [("who", ("who", "why"))]
    assert FloorFigures(database, KEYRING).history("01NOSUCHCALL") is None


BOUND = {
    **dict.fromkeys(("since", "until", "now"), NOW),
    **dict.fromkeys(("gate", "campaign"), "p"),
}
_SMALL = {"operator", "operator_state", "principal"}
"""A row a person or a brand: they are read whole, and some hundred rows long."""


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("HOURS", "pk_hour_count"),
        ("WORDS", "ix_attempt_noted"),
        ("SILENT", "pk_campaign_hour"),
        ("CALLBACKS", "ix_callback_open"),
        ("OPEN_CALLS", "ix_attempt_open"),
        ("OPEN_BY_CAMPAIGN", "ix_attempt_open"),
        ("LAST_SEAL", "pk_seal"),
        ("OPT_OUTS", "ix_suppression_by_hand"),
        ("OPERATORS", ""),
    ],
)
def test_each_figure_is_read_by_an_index(database: Database, name: str, index: str) -> None:
    """No figure reads a table whole whose rows are calls, numbers or promises."""
    found = plan(database, Prepared(getattr(floor_figures, name)), BOUND)
    assert not index or uses(database, found, index), found
    assert whole_tables(found) <= _SMALL


@pytest.mark.parametrize("number", ["", "+393330000001"])
@pytest.mark.parametrize("campaigns", [None, frozenset({"a"}), frozenset({"a", "b"})])
def test_searches_are_done_by_an_index(database: Database, number: str, campaigns: frozenset[str] | None) -> None:
    """By number, by campaign, or by time alone."""
    wanted_ = Wanted(since=DAY, until=NOW, e164=number, campaigns=campaigns, verdict="deny", before=(NOW, "x"))
    looked = floor_calls.looked_through(KEYRING, wanted_)
    for query in (looked.limit(9), floor_calls.matching(looked, wanted_)):
        found = plan_of(database, query)
        assert whole_tables(found) == set()
        assert "ix_verdict_" in found


def plan_of(database: Database, query: Select[Any]) -> str:
    """As `plan`, of a statement whose number of parameters depends on what is asked for."""
    explain = "EXPLAIN QUERY PLAN " if database.engine.dialect.name == "sqlite" else "EXPLAIN "
    with database.engine.begin() as connection:
        if explain == "EXPLAIN ":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        event.listen(connection, "before_cursor_execute", lambda *said: (explain + said[2], said[3]), retval=True)
        return "\n".join(str(row) for row in connection.execute(query).cursor.fetchall())


def test_only_what_a_hand_set_down_is_in_the_index_of_opt_outs(database: Database, directory: Directory) -> None:
    """And a word that is taken back leaves the day's words."""
    request = call(at=NOW)
    book, words = VerdictBook(database, KEYRING), SqlDispositions(database, KEYRING)
    book.judge(request, needs=wanted(request), decide=lambda _: record(request))
    words.note(Word(call_id=request.call_id, disposition=Disposition.SOLD, operator="anna", at=NOW))
    assert [each.disposition for each in figures(database).words] == ["sold"]
    database.write(lambda connection: connection.execute(update(attempt).values(disposition=None)))
    assert figures(database).words == ()
