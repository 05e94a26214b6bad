"""Legs held against permits, from files that Asterisk writes to the figures of a day."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from ari_app.lists.cdr_file import CdrFile
from ari_app.policy.legs import GivenPermit, Reconciliation, TrunkLeg, Window, reconciled
from ari_app.policy.reading_legs import LegReader
from ari_app.ports.trunk_legs import LegSourceError
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.stores.cdr_table import CdrTable
from ari_app.watch.reconciliation import LegWatch, Nightly, window_of
from tests.fakes.lines import FakeLines
from tests.stores.samples import KEYRING

ROME = ZoneInfo("Europe/Rome")
DAY = date(2026, 11, 23)
WINDOW = window_of(DAY, ROME)
TEN = datetime(2026, 11, 23, 9, tzinfo=UTC)
MARIO, PAOLA = "+393330000001", "+393330000002"
READER = LegReader(
    trunks=("PJSIP/trunk",),
    region="IT",
    strip_prefixes=(),
    trunk_prefixes=("99",),
    keyring=KEYRING,
    is_exempt=lambda dialled: dialled == "112",
)


def permit(number: str = MARIO, *, call: str = "01A", channel: str = "pbx-1.1", at: datetime = TEN) -> GivenPermit:
    """One that dialled, and ended ten minutes after."""
    return GivenPermit(
        call_id=call,
        channel_id=channel,
        number=KEYRING.number_key(number),
        decided_at=at,
        ended_at=at + timedelta(minutes=10),
    )


def leg(dialled: str = MARIO, *, at: datetime = TEN, asked_by: str = "pbx-1.1", id: str = "pbx-1.2") -> TrunkLeg:
    """As the PBX tells of one on the guarded trunk."""
    found = READER.leg(id=id, at=at, channel="PJSIP/trunk-0000000a", dial_string=f"{dialled}@trunk", asked_by=asked_by)
    assert found is not None
    return found


def held(legs: Sequence[TrunkLeg], permits: Sequence[GivenPermit]) -> Reconciliation:
    """That day's legs against these permits."""
    return reconciled(WINDOW, "file", legs, permits)


def test_a_leg_has_the_permit_of_its_channel_or_of_its_number_then() -> None:
    """In every spelling; two trunks of one call share a permit."""
    second = leg("99393330000001", asked_by="", id="pbx-1.3", at=TEN + timedelta(minutes=2))
    found = held([leg(), leg("3330000001"), second], [permit()])
    assert (found.legs, found.unchecked, found.unseen, found.permits) == (3, (), (), 1)


@pytest.mark.parametrize(
    "odd",
    [
        leg(PAOLA),
        leg(at=TEN + timedelta(minutes=11), asked_by=""),
        leg(at=TEN - timedelta(minutes=1), asked_by=""),
        leg("nonsense"),
    ],
    ids=["another number", "after its call", "before its verdict", "no number"],
)
def test_a_leg_without_a_permit_is_told(odd: TrunkLeg) -> None:
    """And the permit that no leg had, as well."""
    found = held([odd], [permit()])
    assert found.unchecked == (odd,)
    assert [each.call_id for each in found.unseen] == ["01A"]


def test_what_is_never_gated_needs_no_permit() -> None:
    """Emergency numbers are counted apart."""
    found = held([leg("112"), leg("99112")], [])
    assert (found.legs, found.exempt, found.unchecked) == (2, 2, ())


def test_only_permits_of_the_day_can_be_unseen() -> None:
    """A call that was permitted before midnight may have its leg after it."""
    before = permit(call="01B", channel="pbx-1.9", at=WINDOW.since - timedelta(minutes=3))
    late = leg(at=WINDOW.since + timedelta(minutes=1), asked_by="pbx-1.9")
    found = held([late], [before])
    assert (found.unchecked, found.unseen, found.permits) == ((), (), 0)


@given(st.data())
def test_every_leg_is_checked_exempt_or_told(data: st.DataObject) -> None:
    """Nothing falls between, and a leg with a permit that it carried is never told."""
    numbers = (MARIO, PAOLA, "112")
    legs = [
        replace(leg(data.draw(st.sampled_from(numbers)), at=TEN + timedelta(minutes=place)), id=str(place))
        for place in range(data.draw(st.integers(0, 6)))
    ]
    permits = [permit(number, call=number) for number in data.draw(st.sets(st.sampled_from((MARIO, PAOLA))))]
    found = held(legs, permits)
    checked = [each for each in legs if not each.exempt and each not in found.unchecked]
    assert len(checked) + found.exempt + len(found.unchecked) == len(legs)
    given_keys = {each.number for each in permits}
    assert all(given_keys & set(each.numbers) for each in checked)
    carried = [replace(each, permit_of=MARIO) for each in legs]
    assert held(carried, [permit(MARIO, call=MARIO)]).unchecked == ()


def record(dialled: str, *, start: str, channel: str = "PJSIP/trunk-0000000a", unique: str = "pbx-1.1") -> str:
    """A line of Master.csv."""
    told = f'"","101","{dialled}","from-operators","","PJSIP/101-00000001","{channel}","Dial",'
    return (
        f'{told}"PJSIP/{dialled}@trunk,,i","{start}","{start}","{start}",9,5,"ANSWERED","DOCUMENTATION","{unique}",""\n'
    )


def test_a_file_of_cdr_csv_is_read(tmp_path: Path) -> None:
    """By the PBX's clock; internal calls and other trunks are no legs."""
    file = tmp_path / "Master.csv"
    file.write_text(
        record(MARIO, start="2026-11-23 10:00:01")
        + record(PAOLA, start="2026-11-23 10:00:02", channel="PJSIP/102-0000000b")
        + record(PAOLA, start="2026-11-24 00:00:00")
        + '"","101","102","x","","PJSIP/101-1","","Hangup","21","2026-11-23 10:00:03","","2026-11-23 10:00:03",0,0,'
        '"NO ANSWER","DOCUMENTATION","pbx-1.7",""\n'
    )
    found = CdrFile(file, reader=READER, zone=ROME).legs(WINDOW.since, WINDOW.until)
    assert [(each.asked_by, each.shown, each.at) for each in found] == [
        ("pbx-1.1", "+393*******01", TEN + timedelta(seconds=1))
    ]
    assert held(found, [permit()]).unchecked == ()


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("a,b,c\n", ":1: 3 columns"),
        (record(MARIO, start="2026-11-23 10:00:01") + record(MARIO, start="yesterday"), ":2: start: "),
        (None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, written: str | None, what: str) -> None:
    """With its line; half of it counts for nothing."""
    file = tmp_path / "Master.csv"
    if written is not None:
        file.write_text(written)
    with pytest.raises(LegSourceError, match=what):
        CdrFile(file, reader=READER, zone=ROME).legs(WINDOW.since, WINDOW.until)


def test_a_table_of_records_is_read(tmp_path: Path) -> None:
    """As cdr_adaptive_odbc writes it; a table that is none is told with the columns it lacks."""
    url = f"sqlite:///{tmp_path}/cdr.db"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE cdr (calldate DATETIME, channel TEXT, dstchannel TEXT, lastapp TEXT, lastdata TEXT,"
                " uniqueid TEXT)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO cdr VALUES ('2026-11-23 10:00:01.000000', 'PJSIP/101-1', :leg, 'Dial', :data, 'pbx-1.1')"
            ),
            {"leg": "PJSIP/trunk-0000000a", "data": f"PJSIP/102&PJSIP/{MARIO}@trunk,20"},
        )
        connection.execute(text("CREATE TABLE other (channel TEXT)"))
    engine.dispose()
    found = CdrTable(url, "cdr", reader=READER, zone=ROME).legs(WINDOW.since, WINDOW.until)
    assert [(each.asked_by, each.shown) for each in found] == [("pbx-1.1", "+393*******01")]
    with pytest.raises(LegSourceError, match="no column dstchannel, lastapp, lastdata, start or calldate"):
        CdrTable(url, "other", reader=READER, zone=ROME).legs(WINDOW.since, WINDOW.until)
    with pytest.raises(LegSourceError, match="cannot be read"):
        CdrTable(url, "nothing", reader=READER, zone=ROME).legs(WINDOW.since, WINDOW.until)


class Book:
    """Implements ports.trunk_legs.LegBook and LegSource in memory, and an observer that keeps what it is told."""

    name = "ami"

    def __init__(self) -> None:
        self.kept: list[TrunkLeg] = []
        self.noted: list[Reconciliation] = []
        self.told: list[str] = []
        self.down = False
        self.at = WINDOW.until + timedelta(hours=1)

    def keep(self, legs: Sequence[TrunkLeg], *, gate: str) -> None:
        if self.down:
            raise StoreUnavailable(gate)
        self.kept += legs

    def legs(self, since: datetime, until: datetime) -> Sequence[TrunkLeg]:
        return [each for each in self.kept if since <= each.at < until]

    def permits(self, since: datetime, until: datetime) -> Sequence[GivenPermit]:
        return [each for each in [permit()] if since <= each.decided_at < until]

    def note(self, found: Reconciliation, at: datetime) -> None:
        assert at == self.at
        self.noted.append(found)

    def newest(self) -> tuple[date, int] | None:
        return (self.noted[-1].day, len(self.noted[-1].unchecked)) if self.noted else None

    def forget(self, before: datetime) -> int:
        assert before < self.at
        return 0

    def event(self, name: str, **values: object) -> None:
        self.told.append(name)
        assert MARIO not in repr(values)

    def measure(self, name: str, value: float) -> None:
        raise AssertionError(name, value)

    def now(self) -> datetime:
        return self.at

    async def on_writer(self, work: Callable[[], None]) -> None:
        work()


async def test_yesterday_is_reconciled_once_at_its_hour() -> None:
    """Not before; a call that left unchecked is told; a source that fails is asked again."""
    book = Book()
    nightly = Nightly(source=book, book=book, zone=ROME, at_hour=3, clock=book, observer=book)
    await nightly.look()
    assert book.noted == []
    book.at += timedelta(hours=3)
    book.kept = [leg(), leg(PAOLA, id="pbx-1.5")]
    await nightly.look()
    await nightly.look()
    assert [(each.day, len(each.unchecked)) for each in book.noted] == [(DAY, 1)]
    assert (book.told, nightly.unchecked) == (["reconciliation.unchecked"], 1)
    again = Nightly(
        source=CdrFile(Path("/nowhere"), reader=READER, zone=None),
        book=Book(),
        zone=ROME,
        at_hour=0,
        clock=book,
        observer=book,
    )
    await again.look()
    assert (book.told[-1], again.unchecked) == ("reconciliation.failed", None)


async def test_legs_are_kept_as_ami_tells_of_them() -> None:
    """With their permit if it holds for the number; what cannot be written waits."""
    book, lines = Book(), FakeLines()
    watch = LegWatch(READER, book, gate="garbo-a", on_writer=book.on_writer, observer=book)
    telling = asyncio.create_task(lines.run(watch.see, watch.resync, watch.lost))
    await asyncio.sleep(0)
    phone = lines.begin("PJSIP/101-00000001", state="Ring")
    good = lines.begin("PJSIP/trunk-0000000a", permit=KEYRING.permit("01A", MARIO, TEN + timedelta(days=30)))
    lines.dial(good, f"{MARIO}@trunk", by=phone)
    lines.dial(lines.begin("PJSIP/trunk-0000000b", permit=good.permit), f"{PAOLA}@trunk", by=phone)
    lines.dial(lines.begin("PJSIP/102-0000000c"), "102", by=phone)
    book.down = True
    await watch.write()
    assert (book.kept, book.told) == ([], ["reconciliation.unwritten"])
    book.down = False
    await watch.write()
    await watch.write()
    assert [(each.permit_of, each.asked_by) for each in book.kept] == [("01A", phone.id), ("", phone.id)]
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)


def test_a_day_of_another_length_is_a_day() -> None:
    """Where the clock is set back it has twenty-five hours."""
    autumn = window_of(date(2026, 10, 25), ROME)
    assert isinstance(autumn, Window)
    assert autumn.until.astimezone(UTC) - autumn.since.astimezone(UTC) == timedelta(hours=25)
