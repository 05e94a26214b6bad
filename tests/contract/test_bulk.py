"""A list is judged by the facts of each call, and gets the verdict of each call: on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ari_app.judging.bulk import ListJudge
from ari_app.judging.hearing import JudgeSettings
from ari_app.judging.judge import Judge
from ari_app.judging.outside import OutsideFacts
from ari_app.judging.records import Bench
from ari_app.policy.alike import NEVER_ASKED
from ari_app.policy.facts import FACT_NAMES, Facts, Known, Unknown
from ari_app.policy.held import Customer, CustomerStatus, Screening
from ari_app.policy.keyring import Keyring
from ari_app.policy.needs import Needs
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.policy.request import Ask, CallMode, Door, Mode, Operator, Purpose
from ari_app.ports.verdicts import Ending, StoreConflict
from ari_app.stores import installation
from ari_app.stores.bulk import SqlArchive
from tests.contract.varied import NUMBERS, fill
from tests.contract.worlds import RIVAL, WINTER, SqlWorld, facts_of
from tests.fakes.world import BuiltIn, CountedIds, Heard
from tests.stores.databases import ENGINES, fresh
from tests.stores.samples import AUTUMN, KEYRING, NOW, SetClock, call, say, wanted

WEEKDAY = NOW + timedelta(days=2)
"""Within calling hours."""
DIALLED = (
    *NUMBERS,
    *("333 0000001", "0039 333 0000002", "333-000-0003", "02 12345001", "0333 0000004"),
    *("", "abc", "+39", "3.93331E+11", "39333000", "+999123456", "1" * 300, "٣٣٣٠٠٠٠٠٠١"),
    *("112", "118", "9112", "123", "4567", "+390212340000"),
)
MORE = {
    "open": replace(AUTUMN, id="aperta", packs=()),
    "french": replace(AUTUMN, id="francese", packs=("fr",), region="FR"),
    "american": replace(AUTUMN, id="americana", packs=("us",), region="US", call_mode=CallMode.AUTOMATED),
    "shadow": replace(AUTUMN, id="ombra", packs_mode=Mode.SHADOW),
    "closed": replace(AUTUMN, id="chiusa", closed=True),
    "office": replace(AUTUMN, id="ufficio", purpose=Purpose.OFFICE, packs=("it", "house")),
    "missing": replace(AUTUMN, id="monca", packs=("it", "nowhere")),
}


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlWorld]:
    """A world in which numbers differ in everything."""
    made = SqlWorld(fresh(request, tmp_path_factory.mktemp("bulk"), request.param))
    for campaign in (AUTUMN, WINTER, RIVAL, *MORE.values()):
        made.campaign(campaign)
    made.operator(Operator(id="anna", endpoint="PJSIP/101", language="it"))
    made.operator(Operator(id="bruno", endpoint="PJSIP/102", language="de", campaigns=(WINTER.id,)))
    installation.claim(made.database, KEYRING.key_id)
    fill(made, 20_261_122)
    yield made
    made.close()


def unnamed(facts: Facts) -> Facts:
    """The facts without the words that no rule goes by."""
    kept = {}
    for name in FACT_NAMES:
        fact = getattr(facts, name)
        if name in NEVER_ASKED and isinstance(fact, Known):
            rows = fact.value if isinstance(fact.value, tuple) else (fact.value,)
            blank = tuple(replace(row, **{NEVER_ASKED[name]: ""}) for row in rows)
            fact = replace(fact, value=blank if isinstance(fact.value, tuple) else blank[0])
        kept[name] = fact
    return Facts(**kept)


WINDOWS = Needs(facts=frozenset(FACT_NAMES), silent_windows=(None, timedelta(hours=1)))


@pytest.mark.parametrize("campaign", [AUTUMN, WINTER, RIVAL], ids=lambda campaign: campaign.id)
@pytest.mark.parametrize("needs", [None, WINDOWS, Needs(facts=frozenset({"customer", "attempts"}))])
async def test_facts_of_many_are_the_facts_of_each(world: SqlWorld, campaign: object, needs: Needs | None) -> None:
    """Read together or one by one: the same, but for what no rule goes by."""
    assert isinstance(campaign, type(AUTUMN))
    book, request = world.gate(), call(campaign=campaign)
    needs = needs or wanted(request)
    records = SqlArchive(world.database, KEYRING).records(request, needs)
    asked = (*NUMBERS, *NUMBERS[:20])
    found = [records.facts(each) for each in records.of(asked)]
    for e164, facts in zip(asked, found, strict=True):
        alone = await facts_of(book, replace(request, callee=Number(e164)), needs)
        assert unnamed(facts) == unnamed(alone), e164
    assert records.of([]) == []


async def test_another_key_reads_no_list(world: SqlWorld) -> None:
    """With a key that is not the database's everybody would look unknown: it is refused inside the transaction."""
    records = SqlArchive(world.database, Keyring.from_secret(b"another test secret")).records(call(), wanted(call()))
    with pytest.raises(StoreConflict, match="restore the right key file"):
        records.of(NUMBERS[:1])


class SomeRegisters:
    """Implements ports.registers.Registers: by the number's last digit it says nothing, listed, clear, or is broken."""

    def answers(self, e164: str, names: object) -> tuple[Screening, ...] | Unknown:  # noqa: ARG002
        """As the port."""
        if e164.endswith("9"):
            return Unknown("registers", "TPS cannot be read")
        if e164.endswith(("1", "2")):
            return ()
        until = {"answered_at": NOW - timedelta(days=1), "valid_until": NOW + timedelta(days=20)}
        answer = "listed" if e164.endswith("8") else "clear"
        return (Screening(register="RPO", answer=answer, per_controller=False, **until),)  # type: ignore[arg-type]


class SomeBooks:
    """Implements ports.live_customers.LiveCustomers for one principal."""

    def __init__(self, principal: str) -> None:
        """Whose they are."""
        self._principal = principal
        self.asked: list[str] = []

    def asks(self, principal: str) -> bool:
        """As the port."""
        return principal == self._principal

    async def of(self, principal: str, e164: str) -> Known[Customer] | Unknown:  # noqa: ARG002
        """As the port."""
        self.asked.append(e164)
        if e164.endswith("7"):
            return Unknown("crm", "no answer")
        status = CustomerStatus.CURRENT if e164.endswith("6") else CustomerStatus.NONE
        return Known(Customer(status=status), NOW)


def judge_of(world: SqlWorld, outside: OutsideFacts, *, exempt: tuple[str, ...] = ()) -> Judge:
    """A judge over the book."""
    built_in = BuiltIn()
    return Judge(
        JudgeSettings(
            region="IT",
            strip_prefixes=("9",),
            default_campaign="",
            internal_patterns=("_XXX", "4567"),
            exempt_numbers=exempt,
            emergency_trunk="PJSIP/trunk",
            deadline=timedelta(seconds=30),
            bench=Bench(gate="garbo-a", libraries={}),
        ),
        verdicts=world.gate(),
        packs=built_in,
        scripts=built_in,
        clock=SetClock(),
        call_ids=CountedIds(),
        observer=Heard(),
        outside=outside,
    )


async def same(world: SqlWorld, judge: Judge, campaign: str, *, at: datetime, operator: str = "") -> set[str]:
    """Hold every number of a list against its own check; the verdicts that were met."""
    book = world.gate().book
    admission = book.admission(
        Ask(dialled="", door=Door.CHECK, campaign=campaign, operator=operator), default_campaign=""
    )
    assert admission.campaign is not None
    archive = SqlArchive(world.database, KEYRING)
    bulk = ListJudge(judge.hearing, archive, admission=admission, campaign=admission.campaign, now=at)
    met = set()
    for _ in range(2):  # once from nothing, once from what is kept
        answer = await bulk.judge(DIALLED)
        for dialled, judged in zip(DIALLED, answer.judged, strict=True):
            ask = Ask(dialled=dialled, door=Door.CHECK, campaign=campaign, operator=operator)
            alone = await judge.preview(ask, at=at)
            assert (judged.verdict, judged.not_before) == (alone.verdict, alone.not_before), dialled
            assert judged.objections == tuple(dict.fromkeys((each.code, each.rule) for each in alone.reasons)), dialled
            assert judged.script == (alone.script.id if alone.script else ""), dialled
            met.add(judged.verdict)
    return met


@pytest.mark.parametrize("campaign", [AUTUMN, WINTER, RIVAL, *MORE.values()], ids=lambda campaign: campaign.id)
@pytest.mark.parametrize("at", [NOW, WEEKDAY], ids=["sunday", "tuesday"])
async def test_every_row_is_what_a_check_says(world: SqlWorld, campaign: object, at: datetime) -> None:
    """Verdict, reasons with their rules, the instant, the script: in every campaign, on Sunday and on a working day."""
    assert isinstance(campaign, type(AUTUMN))
    outside = OutsideFacts(registers=SomeRegisters())
    met = await same(world, judge_of(world, outside, exempt=("+390212340000",)), campaign.id, at=at)
    assert {"deny", "exempt"} <= met


async def test_a_list_meets_every_verdict(world: SqlWorld) -> None:
    """The worlds of these tests hold people who may be called, who may be later, and who may not."""
    judge = judge_of(world, OutsideFacts(registers=SomeRegisters()))
    assert await same(world, judge, MORE["open"].id, at=WEEKDAY) == {"permit", "defer", "deny", "exempt"}


@pytest.mark.parametrize("operator", ["anna", "bruno", "nobody"])
async def test_an_operator_is_judged_too(world: SqlWorld, operator: str) -> None:
    """Admitted or not, with the languages they speak."""
    await same(
        world, judge_of(world, OutsideFacts(registers=SomeRegisters())), WINTER.id, at=WEEKDAY, operator=operator
    )


async def test_a_principal_s_own_books_are_asked_for_every_number(world: SqlWorld) -> None:
    """Live answers are no less asked for because there are many, and count as in a call."""
    books = SomeBooks(AUTUMN.principal)
    judge = judge_of(world, OutsideFacts(registers=SomeRegisters(), customers=books))
    await same(world, judge, MORE["open"].id, at=WEEKDAY)
    assert {e164 for e164 in NUMBERS if e164.startswith("+39333")} <= set(books.asked)
    asked = len(books.asked)
    await same(world, judge, RIVAL.id, at=WEEKDAY)
    assert len(books.asked) == asked


async def test_a_list_counts_nothing(world: SqlWorld) -> None:
    """A call that was made since is seen by the next list; the list itself leaves no trace."""
    judge = judge_of(world, OutsideFacts(registers=SomeRegisters()))
    book, callee = world.gate(), "+393330009999"
    before = len(book.book.calls(limit=1000))
    for expected in ("permit", "defer"):
        admission = book.book.admission(Ask(dialled="", door=Door.CHECK, campaign=MORE["open"].id), default_campaign="")
        assert admission.campaign is not None
        archive = SqlArchive(world.database, KEYRING)
        bulk = ListJudge(judge.hearing, archive, admission=admission, campaign=admission.campaign, now=WEEKDAY)
        assert [each.verdict for each in (await bulk.judge([callee] * 3)).judged] == [expected] * 3
        assert len(book.book.calls(limit=1000)) == before + (expected == "defer")
        if expected == "permit":
            request = call(callee=Number(callee), campaign=MORE["open"], at=WEEKDAY - timedelta(minutes=5))
            await book.judge(request, needs=wanted(request), decide=say(request))
            await book.close(request.call_id, Ending(outcome=Outcome.ANSWERED, ended_at=WEEKDAY))
