"""Each kind of ground alone: when it is given, from when on, and what shows it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ari_app.policy.facts import Known
from ari_app.policy.grammar import PackError
from ari_app.policy.grounds import GROUND_KINDS
from ari_app.policy.grounds.callback_due import CallbackDue
from ari_app.policy.grounds.consent import ConsentHeld
from ari_app.policy.grounds.one_off_permit import CallAskedFor
from ari_app.policy.grounds.operator_on_the_line import OperatorOnTheLine
from ari_app.policy.grounds.register_clear import RegisterClear
from ari_app.policy.grounds.relationship import Relationship
from ari_app.policy.held import Callback, Consent, ConsentForm, Customer, CustomerStatus, OneOffPermit, Screening
from ari_app.policy.pack import GroundKind, Holding
from ari_app.policy.request import Door
from tests.policy.examples import MONDAY_10, call, campaign, facts, pack, rule

NOW = MONDAY_10
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def customer(status: CustomerStatus, **changes: Any) -> Customer:
    """The principal's word on the callee."""
    return Customer(status=status, **changes)


def related(kind: Relationship, held: Customer, at: datetime = NOW) -> Holding | None:
    """What the ground says of this customer."""
    return kind.holds(call(), replace(facts(), customer=Known(held, NOW)), at)


def permit(granted_at: datetime = NOW - DAY, **changes: Any) -> OneOffPermit:
    """A call that was asked for."""
    return replace(OneOffPermit(id="p1", source="web_form", granted_at=granted_at), **changes)


def consent(given_at: datetime, **changes: Any) -> Consent:
    """A consent with its proof."""
    given = Consent(
        id="c1",
        purpose="marketing",
        form=ConsentForm.EXPRESS,
        given_at=given_at,
        text_version="1",
        evidence="form 12",
    )
    return replace(given, **changes)


def screening(answered_at: datetime, **changes: Any) -> Screening:
    """A register's answer that the number is not in it."""
    answer = Screening(register="RPO", answer="clear", answered_at=answered_at, valid_until=answered_at + 30 * DAY)
    return replace(answer, **changes)


def promise(due_at: datetime, **changes: Any) -> Callback:
    """A promise to call again."""
    made = Callback(id="b1", campaign="autunno", operator="anna", promised_at=NOW - 30 * DAY, due_at=due_at)
    return replace(made, **changes)


CURRENT = Relationship(status="current")
LATELY = Relationship(ended_within=DAY)
ASKED = Relationship(inquiry_within=DAY)


@pytest.mark.parametrize(
    ("kind", "held", "from_", "evidence"),
    [
        (CURRENT, customer(CustomerStatus.CURRENT, since=NOW), NOW, "current"),
        (CURRENT, customer(CustomerStatus.CURRENT, since=NOW + DAY), NOW + DAY, "current"),
        (CURRENT, customer(CustomerStatus.CURRENT, until=NOW + TICK), NOW, "current"),
        (CURRENT, customer(CustomerStatus.CURRENT, until=NOW), None, ""),
        (CURRENT, customer(CustomerStatus.ENDED, until=NOW + DAY), None, ""),
        (LATELY, customer(CustomerStatus.CURRENT, until=NOW), NOW, "ended 2026-11-23"),
        (LATELY, customer(CustomerStatus.CURRENT, until=NOW + HOUR), NOW + HOUR, "ended 2026-11-23"),
        (LATELY, customer(CustomerStatus.CURRENT, until=NOW - DAY - TICK), None, ""),
        (LATELY, customer(CustomerStatus.ENDED, until=NOW - DAY, since=NOW - 2 * DAY), NOW, "ended 2026-11-22"),
        (LATELY, customer(CustomerStatus.ENDED, until=NOW - DAY - TICK), None, ""),
        (LATELY, customer(CustomerStatus.ENDED), None, ""),
        (LATELY, customer(CustomerStatus.ENDED, until=NOW + TICK), NOW + TICK, "ended 2026-11-23"),
        (ASKED, customer(CustomerStatus.NONE, inquired_at=NOW - DAY), NOW, "inquired 2026-11-22"),
        (ASKED, customer(CustomerStatus.NONE, inquired_at=NOW - DAY - TICK), None, ""),
        (ASKED, customer(CustomerStatus.NONE, inquired_at=NOW + TICK), NOW + TICK, "inquired 2026-11-23"),
        (ASKED, customer(CustomerStatus.NONE), None, ""),
        (ASKED, customer(CustomerStatus.CURRENT), None, ""),
        (LATELY, customer(CustomerStatus.ENDED, until=NOW - 9 * DAY, inquired_at=NOW), None, ""),
        (
            Relationship(ended_within=DAY, inquiry_within=DAY),
            customer(CustomerStatus.ENDED, until=NOW - 9 * DAY, inquired_at=NOW),
            NOW,
            "inquired 2026-11-23",
        ),
    ],
)
def test_a_relationship_has_its_time(kind: Relationship, held: Customer, from_: datetime | None, evidence: str) -> None:
    """Current between its dates, and for a while after its end or an inquiry; exactly so long holds."""
    holding = related(kind, held)
    assert holding == (Holding(from_=from_, evidence=evidence) if from_ else None)


def test_own_similar_products_are_declared_by_the_principal() -> None:
    """For the campaign; without that word the ground is not given."""
    kind = Relationship(status="current", own_similar_products=True)
    held = facts(status=CustomerStatus.CURRENT)
    assert kind.holds(call(), held, NOW) is None
    assert kind.holds(call(campaign=None), held, NOW) is None
    assert kind.holds(call(campaign=campaign(own_similar_products=True)), held, NOW) is not None


@pytest.mark.parametrize(
    ("kind", "held", "from_"),
    [
        (CallAskedFor(), permit(), NOW),
        (CallAskedFor(), permit(NOW), NOW),
        (CallAskedFor(), permit(NOW + HOUR), NOW + HOUR),
        (CallAskedFor(), permit(uses=1), None),
        (CallAskedFor(max_uses=2), permit(uses=1), NOW),
        (CallAskedFor(max_uses=2), permit(uses=2), None),
        (CallAskedFor(), permit(expires_at=NOW), None),
        (CallAskedFor(), permit(expires_at=NOW + TICK), NOW),
        (CallAskedFor(ttl=DAY), permit(), None),
        (CallAskedFor(ttl=DAY + TICK), permit(), NOW),
        (CallAskedFor(source=("inbound_call",)), permit(), None),
        (CallAskedFor(source=("inbound_call", "web_form")), permit(), NOW),
    ],
)
def test_a_call_that_was_asked_for_is_made_once(kind: CallAskedFor, held: OneOffPermit, from_: datetime | None) -> None:
    """Until it is used up or expires (equal: no longer); the call redeems it."""
    holding = kind.holds(call(), facts(one_off_permits=(held,)), NOW)
    assert holding == (Holding(from_=from_, evidence="p1", redeems="p1") if from_ else None)


def test_the_oldest_request_is_used_up_first() -> None:
    """Of those that stand, in whatever order they come."""
    held = [permit(id="p2"), permit(NOW - 3 * DAY, id="p3", uses=1), permit(NOW - 2 * DAY, id="p1"), permit(id="p0")]
    for permits in (held, held[::-1]):
        holding = CallAskedFor().holds(call(), facts(one_off_permits=tuple(permits)), NOW)
        assert holding is not None
        assert holding.redeems == "p1"
    assert CallAskedFor().holds(call(), facts(), NOW) is None


@pytest.mark.parametrize(
    ("kind", "held", "from_"),
    [
        (ConsentHeld(), consent(NOW), NOW),
        (ConsentHeld(), consent(NOW + HOUR), NOW + HOUR),
        (ConsentHeld(), consent(NOW - DAY, withdrawn_at=NOW), None),
        (ConsentHeld(), consent(NOW - DAY, withdrawn_at=NOW + TICK), NOW),
        (ConsentHeld(), consent(NOW - DAY, evidence=""), None),
        (ConsentHeld(evidence_fields=("text_version",)), consent(NOW - DAY, evidence=""), NOW),
        (ConsentHeld(form=ConsentForm.WRITTEN), consent(NOW - DAY), None),
        (ConsentHeld(purpose="energy"), consent(NOW - DAY), None),
        (ConsentHeld(max_age=DAY), consent(NOW - DAY), None),
        (ConsentHeld(max_age=DAY), consent(NOW - DAY + TICK), NOW),
    ],
)
def test_a_consent_that_fits_is_a_ground(kind: ConsentHeld, held: Consent, from_: datetime | None) -> None:
    """On the same terms as where one is required; a later one holds from when it is given."""
    assert kind.holds(call(), facts(consents=(held,)), NOW) == (Holding(from_=from_, evidence="c1") if from_ else None)


def test_a_consent_may_have_to_follow_the_register() -> None:
    """Given after the answer that dropped the number."""
    kind = ConsentHeld(must_postdate="RPO")
    assert kind.reads == ("consents", "screenings")
    listed = screening(NOW - DAY, answer="listed")
    for given_at, holds in ((NOW - DAY, False), (NOW - DAY + TICK, True)):
        held = facts(consents=(consent(given_at),), screenings=(listed,))
        assert bool(kind.holds(call(), held, NOW)) is holds


@pytest.mark.parametrize(
    ("kind", "answers", "from_"),
    [
        (RegisterClear(registry="RPO"), (screening(NOW),), NOW),
        (RegisterClear(registry="RPO"), (screening(NOW + HOUR),), NOW + HOUR),
        (RegisterClear(registry="RPO"), (), None),
        (RegisterClear(registry="TPS"), (screening(NOW),), None),
        (RegisterClear(registry="RPO"), (screening(NOW, answer="listed"),), None),
        (RegisterClear(registry="RPO"), (screening(NOW, answer="listed"), screening(NOW + HOUR)), NOW + HOUR),
        (RegisterClear(registry="RPO"), (screening(NOW), screening(NOW, answer="listed")), None),
        (RegisterClear(registry="RPO"), (screening(NOW - 30 * DAY),), None),
        (RegisterClear(registry="RPO"), (screening(NOW - 30 * DAY + TICK),), NOW),
        (RegisterClear(registry="RPO", max_age=DAY), (screening(NOW - DAY),), None),
        (RegisterClear(registry="RPO", max_age=DAY), (screening(NOW - DAY + TICK),), NOW),
        (RegisterClear(registry="RPO"), (screening(NOW, per_controller=False),), None),
        (RegisterClear(registry="RPO", per_controller=False), (screening(NOW, per_controller=False),), NOW),
    ],
)
def test_a_clear_register_is_a_ground(
    kind: RegisterClear, answers: tuple[Screening, ...], from_: datetime | None
) -> None:
    """Its newest answer, while that holds."""
    holding = kind.holds(call(), facts(screenings=answers), NOW)
    assert (holding.from_ if holding else None) == from_
    assert holding is None or holding.evidence.startswith("RPO 2026-")


QUARTER = CallbackDue(early=HOUR, late=2 * HOUR)


@pytest.mark.parametrize(
    ("kind", "held", "from_"),
    [
        (QUARTER, promise(NOW), NOW),
        (QUARTER, promise(NOW + HOUR), NOW),
        (QUARTER, promise(NOW + HOUR + TICK), NOW + TICK),
        (QUARTER, promise(NOW - 2 * HOUR + TICK), NOW),
        (QUARTER, promise(NOW - 2 * HOUR), None),
        (QUARTER, promise(NOW, promised_at=NOW + HOUR), NOW + HOUR),
        (QUARTER, promise(NOW, campaign="inverno"), None),
        (CallbackDue(early=HOUR), promise(NOW), None),
        (CallbackDue(early=HOUR), promise(NOW + TICK), NOW),
        (CallbackDue(late=HOUR), promise(NOW), NOW),
        (CallbackDue(late=HOUR), promise(NOW + TICK), NOW + TICK),
    ],
)
def test_a_promised_call_is_a_ground_in_its_time(kind: CallbackDue, held: Callback, from_: datetime | None) -> None:
    """From shortly before it is due until shortly after, that end excluded, and for its own campaign."""
    holding = kind.holds(call(), facts(callbacks=(held,)), NOW)
    assert holding == (Holding(from_=from_, evidence="b1") if from_ else None)


def test_the_next_promise_is_the_one_that_counts() -> None:
    """The one whose time is over is not in its way."""
    over, next_ = promise(NOW - DAY), promise(NOW + DAY, id="b2")
    holding = QUARTER.holds(call(), facts(callbacks=(over, next_)), NOW)
    assert holding == Holding(from_=NOW + DAY - HOUR, evidence="b2")


def test_an_operator_on_the_line_is_a_ground() -> None:
    """And in a check, which is answered as for one who waits."""
    alone = call()
    attended = replace(alone, ask=replace(alone.ask, attended=True))
    check = replace(alone, ask=replace(alone.ask, door=Door.CHECK))
    assert OperatorOnTheLine().holds(alone, facts(), NOW) is None
    assert OperatorOnTheLine().holds(attended, facts(), NOW) == Holding(from_=NOW)
    assert OperatorOnTheLine().holds(check, facts(), NOW) == Holding(from_=NOW)


def ground(kind: str, params: str) -> GroundKind:
    """The ground as a pack sets it up."""
    text = f'[[ground]]\nid = "g"\nkind = "{kind}"\n[ground.params]\n{params}\n'
    return pack(rule("r", "valid_number") + text).grounds[0].kind


@pytest.mark.parametrize(
    ("kind", "params", "set_up"),
    [
        ("relationship_exemption", 'inquiry_within = "P1D"\nsame_controller_only = true', ASKED),
        ("one_off_permit", 'source = "web_form"\nttl = "P1D"', CallAskedFor(source=("web_form",), ttl=DAY)),
        ("consent", 'form = "written"', ConsentHeld(form=ConsentForm.WRITTEN)),
        ("register_clear", 'registry = "RPO"\nmax_age = "P1D"', RegisterClear(registry="RPO", max_age=DAY)),
        ("callback_due", 'early = "PT1H"\nlate = "PT2H"', QUARTER),
        ("operator_on_the_line", "", OperatorOnTheLine()),
    ],
)
def test_packs_set_grounds_up(kind: str, params: str, set_up: GroundKind) -> None:
    """With the parameters they take, and what each of them reads is a fact."""
    assert ground(kind, params) == set_up
    assert type(set_up) is GROUND_KINDS[kind]
    assert all(hasattr(facts(), name) for name in set_up.reads)


@pytest.mark.parametrize(
    ("kind", "params", "key", "words"),
    [
        ("relationship_exemption", "own_similar_products = true", "params", 'inquiry_within such as "P30D"'),
        ("relationship_exemption", 'status = "former"', "params.status", "'current'"),
        ("relationship_exemption", "same_controller_only = false", "params.same_controller_only", "True"),
        ("one_off_permit", "same_principal_only = false", "params.same_principal_only", "True"),
        ("one_off_permit", "max_uses = 0", "params.max_uses", "greater than or equal to 1"),
        ("one_off_permit", 'source = [""]', "params.source.#1", "at least 1"),
        ("consent", 'form = "oral"', "params.form", "'written'"),
        ("register_clear", "", "params.registry", "is missing"),
        ("callback_due", "", "params", 'give early = "PT15M" (for instance), late = "PT1H", or both'),
        ("operator_on_the_line", "from = 1", "params.from", "known here: none"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(kind: str, params: str, key: str, words: str) -> None:
    """With the key at fault, and what would be right."""
    with pytest.raises(PackError) as refused:
        ground(kind, params)
    (mistake,) = refused.value.mistakes
    assert mistake.key.startswith(f"ground.g.{key}")
    assert words in mistake.what
