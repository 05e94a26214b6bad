"""Erasure on both engines: nothing of the person is left but what keeps them from being called."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ari_app.policy.facts import known
from ari_app.policy.held import SuppressionPurpose
from ari_app.policy.outcome import Outcome
from ari_app.policy.retention import Keep, Keeping
from ari_app.ports.verdicts import Ending, StoreConflict
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.erasing import Erased, Erasures
from ari_app.stores.history import facts_of
from ari_app.stores.holdings import Holdings
from ari_app.stores.seals import Seals
from ari_app.stores.suppressions import Suppressions
from ari_app.stores.tables import attempt, erasure, suppression, verdict_personal
from tests.stores.a_person import KEY, PAOLA, RIVAL, SECOND, all_rows, ended, fill, put_rows, rows_of, unpublished
from tests.stores.samples import AUTUMN, KEYRING, MARIO, NOW, SetClock, call, say, wanted

FIVE_YEARS = timedelta(days=1827)
LAW = Keep(record="verdict", said_by="us/call_records", legal=True, at_least=FIVE_YEARS)


@pytest.fixture
def book(database: Database) -> VerdictBook:
    """Everything that can be held on Mario, and on Paola."""
    return fill(database)


def erase(
    database: Database,
    *,
    principal: str | None = None,
    keeps: tuple[Keep, ...] = (),
    despite: bool = False,
    clock: SetClock | None = None,
) -> Erased:
    """Erase Mario's number an hour later."""
    return Erasures(database, KEYRING, clock or SetClock(NOW + timedelta(hours=1))).erase(
        MARIO,
        principal_id=principal,
        keepings=lambda _: Keeping(keeps=keeps),
        reason="asked by letter",
        by="dpo",
        despite_retention=despite,
    )


def test_only_the_suppression_and_the_erasure_are_left(database: Database, book: VerdictBook) -> None:
    """Of every table that knows numbers; of somebody else nothing is gone."""
    other = rows_of(database, KEYRING.number_key(PAOLA))
    version = unpublished(database)
    put_rows(database, "telnet", RIVAL.id, KEYRING.number_key("+393330000009"), KEYRING.key_id, version=version)
    erase(database)
    assert {table for table, rows in rows_of(database).items() if rows} == {"suppression", "erasure"}
    assert rows_of(database, KEYRING.number_key(PAOLA)) == other
    held = Holdings(database, KEYRING).of(MARIO)
    assert [name for name, rows in held.items() if rows] == ["suppressions", "erasures"]


def test_nothing_tells_who_it_was(database: Database, book: VerdictBook) -> None:
    """Neither the number nor a text about the person stands in any row."""
    erase(database)
    told = "".join(row for rows in all_rows(database).values() for row in rows)
    assert [word for word in (MARIO, "Mario Rossi", "his wife") if word in told] == []
    assert "letter 12" in told  # Paola's


def test_the_number_is_not_called_again(database: Database, book: VerdictBook) -> None:
    """For every purpose and everybody; what was lifted before stands again."""
    erase(database)
    for campaign in (AUTUMN, RIVAL):
        asked = call(campaign=campaign, at=NOW + timedelta(days=2))
        facts = database.read(partial(facts_of, keyring=KEYRING, request=asked, needs=wanted(asked)))
        bound = {(each.scope, each.purpose, each.reason) for each in known(facts.suppressions)}
        assert ("*", SuppressionPurpose.ALL, "erased") in bound


def test_a_lifted_suppression_stands_again(database: Database, book: VerdictBook) -> None:
    """The consent that lifted it is erased, so nothing shows any more that it may be lifted."""
    entries = Suppressions(database, KEYRING, SetClock(NOW - timedelta(days=1)))
    entries.add(MARIO, scope="principal:telnet", reason="opt_out", source="cli")
    entries.lift(MARIO, consent_id=f"telnet{KEY.hex()}", by="somebody")
    erase(database)
    assert [each.lifted_at for each in entries.show(MARIO)] == [None, None, None]


def test_the_ledger_stays_whole(database: Database, book: VerdictBook) -> None:
    """Sealed before and after, and the calls can still be read, without who was called."""
    seals = Seals(database, SetClock())
    seals.seal("garbo-a", limit=3)
    before = {each.call_id for each in book.calls()}
    erase(database)
    seals.seal("garbo-a")
    assert seals.verify() == []
    after = book.calls()
    assert {each.call_id for each in after} == before
    assert {each.callee for each in after} == {None, PAOLA}


def test_what_counts_for_a_campaign_goes_on_counting(database: Database, book: VerdictBook) -> None:
    """Attempts are cut loose and not deleted: the cap on numbers a day of an office campaign is not loosened."""
    query = select(func.count()).select_from(attempt)
    before = database.read(lambda connection: connection.scalar(query))
    erase(database)
    assert database.read(lambda connection: connection.scalar(query)) == before
    keys = select(attempt.c.number_key).distinct().where(attempt.c.campaign == AUTUMN.id)
    assert len(database.read(lambda connection: connection.scalars(keys).all())) == 2


def test_doing_it_again_changes_nothing(database: Database, book: VerdictBook) -> None:
    """Not a row, and no second record of it."""
    assert erase(database).id is not None
    before = all_rows(database)
    again = erase(database)
    assert (again.id, dict(again.removed), again.others) == (None, {}, 0)
    assert all_rows(database) == before


def test_a_number_of_which_nothing_is_held_is_suppressed(database: Database) -> None:
    """Who asks to be erased is not called, whether they were known or not."""
    done = Erasures(database, KEYRING, SetClock()).erase(
        SECOND, principal_id=None, keepings=lambda _: Keeping(), reason="asked", by="dpo"
    )
    assert done.id is not None
    assert rows_of(database, KEYRING.number_key(SECOND)).get("suppression") == 1


def test_other_numbers_of_the_person_are_suppressed(database: Database, book: VerdictBook) -> None:
    """Calls to this one counted for them; now they cannot, so marketing must not reach them at all."""
    assert erase(database).others == 1
    (entry,) = Suppressions(database, KEYRING, SetClock()).show(SECOND)
    assert (entry.suppression.scope, entry.suppression.purpose) == ("principal:fastnet", SuppressionPurpose.MARKETING)
    assert rows_of(database, KEYRING.number_key(SECOND))["consent"] == 1


def test_of_one_principal_alone(database: Database, book: VerdictBook) -> None:
    """What the other holds stays, and it may still call."""
    done = erase(database, principal="fastnet")
    held = Holdings(database, KEYRING).of(MARIO)
    for section in ("customers", "consents", "contacts", "screenings", "calls", "attempts", "flags"):
        assert {row["principal"] for row in held[section]} == {"telnet"}, section
    assert held["numbers"] == [{"e164": MARIO}]
    assert {row["scope"] for row in held["suppressions"]} == {"principal:fastnet"}
    assert done.principal == "fastnet"
    with pytest.raises(StoreConflict, match="there is no principal nobody"):
        erase(database, principal="nobody")


def test_a_law_keeps_its_records_for_as_long_as_it_says(database: Database, book: VerdictBook) -> None:
    """Calls stay whole until then, with their attempts and notes; the rest is gone, and the report says so."""
    done = erase(database, keeps=(LAW,))
    assert [(kept.record, kept.rows, kept.until, kept.said_by) for kept in done.kept] == [
        ("verdict", 2, NOW + FIVE_YEARS, "us/call_records")
    ]
    left = rows_of(database)
    assert (left["verdict"], left["attempt"], left["number"], left["consent"], left["contact"]) == (2, 2, 1, 0, 0)
    assert len(Holdings(database, KEYRING).of(MARIO)["calls"][0]["dispositions"]) == 1
    later = SetClock(NOW + FIVE_YEARS)
    assert erase(database, keeps=(LAW,), clock=later).removed == {"verdict": 2, "attempt": 2, "number": 1}


def test_it_can_be_overridden(database: Database, book: VerdictBook) -> None:
    """With that on record."""
    done = erase(database, keeps=(LAW,), despite=True)
    assert done.kept == ()
    assert rows_of(database)["verdict"] == 0
    report = database.read(lambda connection: connection.scalar(select(erasure.c.report)))
    assert report is not None
    assert '"despite_retention":true' in report


def test_a_custom_of_the_house_is_no_law(database: Database, book: VerdictBook) -> None:
    """What a pack asks for without a law behind it does not stand against the person's right."""
    house = Keep(record="verdict", said_by="core/keep_verdicts", legal=False, at_least=FIVE_YEARS)
    assert erase(database, keeps=(house,)).kept == ()


def test_a_consent_is_kept_from_its_last_use(database: Database, book: VerdictBook) -> None:
    """A call used it: five years from then, as the UWG asks."""
    used = Keep(record="consent", said_by="de/consent_proof", legal=True, at_least=FIVE_YEARS, from_="used")
    ended_at = NOW + timedelta(days=3)
    asked = call(at=ended_at)
    book.judge(asked, needs=wanted(asked), decide=say(asked))
    book.close(asked.call_id, Ending(outcome=Outcome.ANSWERED, ended_at=ended_at))
    done = erase(database, principal="fastnet", keeps=(used,), clock=SetClock(ended_at))
    assert [(kept.record, kept.until) for kept in done.kept] == [("consent", ended_at + FIVE_YEARS)]


def test_a_call_under_way_is_left_alone(database: Database, book: VerdictBook) -> None:
    """It can be closed as any other, and the erasure done again then takes the rest."""
    asked = call()
    book.judge(asked, needs=wanted(asked), decide=say(asked))
    done = erase(database)
    assert done.under_way == (asked.call_id,)
    assert [(kept.said_by, kept.until, kept.rows) for kept in done.kept] == [("call under way", None, 1)]
    assert rows_of(database)["attempt"] == 1
    assert book.close(asked.call_id, Ending(outcome=Outcome.ANSWERED, ended_at=NOW + timedelta(hours=2)))
    assert erase(database).removed == {"verdict": 1, "attempt": 1, "number": 1}
    assert rows_of(database)["verdict"] == 0


def test_a_channel_asked_again_after_the_erasure_is_judged_anew(database: Database, book: VerdictBook) -> None:
    """Its key is forgotten with the call: nothing is repeated that is not there any more."""
    erase(database)
    asked = call(key=f"{MARIO} {AUTUMN.id}")
    assert not book.judge(asked, needs=wanted(asked), decide=say(asked, "deny")).repeated


def test_plain_words_of_a_suppression_stay(database: Database, book: VerdictBook) -> None:
    """`opt_out` tells nothing of the person but that they opted out."""
    Suppressions(database, KEYRING, SetClock()).add(MARIO, scope="*", reason="opt_out", source="cli")
    erase(database)
    query = select(suppression.c.reason, suppression.c.source).where(suppression.c.number_key == KEY)
    found = set(database.read(lambda connection: connection.execute(query).all()))
    assert found == {("erased", "erased"), ("opt_out", "cli")}


def test_what_was_erased_is_not_in_the_file_any_more(sqlite_template: Path, tmp_path: Path) -> None:
    """SQLite leaves deleted rows readable in free pages and in its log; here they are wiped."""
    from shutil import copy

    from ari_app.stores.engine import StoreSettings

    copy(sqlite_template, tmp_path / "garbo.db")
    database = Database.open(StoreSettings(url=f"sqlite:///{tmp_path / 'garbo.db'}"))
    try:
        held = fill(database)
        for _ in range(20):
            ended(database, held, MARIO, note="a note that is long enough " * 40)
        database.checkpoint()
        assert MARIO.encode() in _bytes(tmp_path)
        erase(database)
        database.checkpoint()
        assert MARIO.encode() not in _bytes(tmp_path)
        assert b"Mario Rossi" not in _bytes(tmp_path)
    finally:
        database.close()


def test_personal_parts_of_others_stay(database: Database, book: VerdictBook) -> None:
    """Two calls of Paola's."""
    erase(database)
    query = select(func.count()).select_from(verdict_personal)
    assert database.read(lambda connection: connection.scalar(query)) == 2


def _bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("garbo.db*")))
