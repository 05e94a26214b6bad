"""Each kind of duty alone, and how two of a kind add up: the stricter word stays, in whatever order they come."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from ari_app.policy.decide import decide
from ari_app.policy.duties import DUTY_KINDS
from ari_app.policy.duties.amd_policy import MachineDetection
from ari_app.policy.duties.record_retention import RecordsKept
from ari_app.policy.duties.script_disclosure import Disclosures, read_item
from ari_app.policy.duties.unattended_answer_treatment import UnattendedAnswer
from ari_app.policy.duties_owed import Disclosure, Duties, Retention
from ari_app.policy.grammar import PackError
from ari_app.policy.pack import Duty, DutyKind, When
from ari_app.policy.request import CallMode
from ari_app.policy.verdict import Permit
from tests.policy.examples import CORE, MONDAY_10, call, campaign, facts, pack, rule

NOTHING = Duties(caller_id="+390212345678")
DAY = timedelta(days=1)
CUT = UnattendedAnswer(max_wait_s=3, then="hang_up", comfort_noise=True)
TELL = UnattendedAnswer(max_wait_s=2, then="message", min_ring_s=15, message_fields=("principal", "return_number"))


def bound(*kinds: DutyKind) -> Duties:
    """What is owed when these are bound one after the other."""
    duties = NOTHING
    for kind in kinds:
        duties = kind.bind(duties)
    return duties


def duty(kind: str, params: str) -> DutyKind:
    """The duty as a pack sets it up."""
    text = f'[[duty]]\nid = "d"\nkind = "{kind}"\n[duty.params]\n{params}\n'
    return pack(rule("r", "valid_number") + text).duties[0].kind


def test_an_unattended_answer_is_cut_or_told_what_it_was() -> None:
    """As the only duty says; what it does not speak of stays open."""
    assert bound(CUT) == Duties(
        caller_id=NOTHING.caller_id, operator_within_s=3, then="hang_up", comfort_noise=True, ring_at_least_s=None
    )
    assert bound(TELL) == Duties(
        caller_id=NOTHING.caller_id,
        operator_within_s=2,
        then="message",
        message_fields=("principal", "return_number"),
        ring_at_least_s=15,
    )
    assert bound(UnattendedAnswer(min_ring_s=20)).then == ""


def test_the_shorter_wait_the_longer_ring_and_all_of_the_message_stand() -> None:
    """Of two that say `message`, in either order."""
    other = UnattendedAnswer(max_wait_s=4, then="message", min_ring_s=20, message_fields=("opt_out", "principal"))
    for kinds in permutations((TELL, other)):
        duties = bound(*kinds)
        assert (duties.operator_within_s, duties.ring_at_least_s, duties.then) == (2, 20, "message")
        assert set(duties.message_fields) == {"principal", "return_number", "opt_out"}
        assert len(duties.message_fields) == 3


def test_where_a_message_is_forbidden_the_line_is_cut() -> None:
    """`hang_up` stands whoever comes first, within the shorter time, and there is no message left to fill."""
    noise = UnattendedAnswer(comfort_noise=True)
    found = {bound(*kinds) for kinds in permutations((CUT, TELL, noise))}
    (duties,) = found
    assert (duties.operator_within_s, duties.then, duties.message_fields) == (2, "hang_up", ())
    assert (duties.comfort_noise, duties.ring_at_least_s) == (True, 15)


@pytest.mark.parametrize(("mode", "waits"), [(CallMode.LIVE, 3), (CallMode.AUTOMATED, None), (CallMode.AI_VOICE, None)])
def test_where_a_machine_speaks_nobody_is_waited_for(mode: CallMode, waits: float | None) -> None:
    """The call is the message; there is no silence in it all the same."""
    duty = Duty(id="d", kind=CUT, when=When())
    packs = (replace(CORE, duties=(duty,)),)
    verdict = decide(call(campaign=campaign(call_mode=mode)), facts(), packs, now=MONDAY_10)
    assert isinstance(verdict, Permit)
    assert (verdict.duties.operator_within_s, verdict.duties.comfort_noise) == (waits, True)
    assert verdict.duties.then == ("hang_up" if waits else "")


@pytest.mark.parametrize("kinds", list(permutations((True, False))))
def test_one_that_forbids_detection_stands(kinds: tuple[bool, bool]) -> None:
    """And one that counts the people it took for machines."""
    duties = bound(*(MachineDetection(allowed=allowed, count_false_positives=not allowed) for allowed in kinds))
    assert (duties.machine_detection, duties.machine_counts_as_silent) == (False, True)
    assert bound(MachineDetection(allowed=True)) == NOTHING


CALLER = Disclosure(id="caller", text={"it": "Chi chiama", "en": "Who is calling"})
SOURCE = Disclosure(id="source", text={"it": "Da dove", "en": "Where from"})


def test_what_is_to_be_said_is_said_once() -> None:
    """Each id once and in order; the words of the first stand, and it is noted if either asks for that."""
    reworded = Disclosure(id="caller", text={"it": "Altro", "en": "Other"})
    first = Disclosures(items=(CALLER,))
    second = Disclosures(items=(SOURCE, reworded), confirm_by_agent=True)
    duties = bound(first, second)
    assert duties.disclosures == (
        Disclosure(id="caller", text=CALLER.text, confirm=True),
        Disclosure(id="source", text=SOURCE.text, confirm=True),
    )
    assert [item.confirm for item in bound(second, first).disclosures] == [True, True]
    assert not bound(first).script_version_on_record
    assert bound(Disclosures(per_campaign_script_version=True), first).script_version_on_record


def test_records_are_kept_for_the_longer_time_and_not_beyond_the_shorter() -> None:
    """By class; a length counted from the making and one from each use stand beside each other."""
    kinds = (
        RecordsKept(record="verdict", min=10 * DAY),
        RecordsKept(record="verdict", min=30 * DAY, max=90 * DAY),
        RecordsKept(record="verdict", max=60 * DAY),
        RecordsKept(record="verdict", min=5 * DAY, rolling_from="used"),
        RecordsKept(record="recording", max=20 * DAY),
    )
    for order in permutations(kinds):
        assert set(bound(*order).retention) == {
            Retention(record="verdict", at_least=30 * DAY, at_most=60 * DAY),
            Retention(record="verdict", at_least=5 * DAY, from_="used"),
            Retention(record="recording", at_most=20 * DAY),
        }


def test_packs_that_disagree_on_records_are_both_kept() -> None:
    """Whoever deletes sees both words, and does not delete before the longer."""
    (kept,) = bound(RecordsKept(record="verdict", min=9 * DAY), RecordsKept(record="verdict", max=DAY)).retention
    assert (kept.at_least, kept.at_most) == (9 * DAY, DAY)


def test_other_duties_are_left_alone() -> None:
    """A duty speaks of its own things only."""
    kept = RecordsKept(record="verdict", min=DAY)
    whole: list[DutyKind] = [CUT, MachineDetection(allowed=False), Disclosures(items=(CALLER,)), kept]
    assert all(bound(*order) == bound(*whole) for order in permutations(whole))
    assert bound(*whole).caller_id == NOTHING.caller_id


@pytest.mark.parametrize(
    ("kind", "params", "set_up"),
    [
        (
            "unattended_answer_treatment",
            'max_wait_s = 2\nthen = "message"\nmin_ring_s = 15\nmessage_fields = ["principal", "return_number"]',
            TELL,
        ),
        ("unattended_answer_treatment", "comfort_noise = true", UnattendedAnswer(comfort_noise=True)),
        ("amd_policy", "allowed = true", MachineDetection(allowed=True)),
        (
            "script_disclosure",
            'at = "start"\nitems = [{ id = "caller", it = " Chi chiama", en = "Who is calling" }]',
            Disclosures(items=(CALLER,)),
        ),
        (
            "record_retention",
            'record = "consent"\nmin = "P30D"\nmax = "P30D"\nrolling_from = "used"',
            RecordsKept(record="consent", min=30 * DAY, max=30 * DAY, rolling_from="used"),
        ),
    ],
)
def test_packs_set_duties_up(kind: str, params: str, set_up: DutyKind) -> None:
    """With the parameters they take."""
    assert duty(kind, params) == set_up
    assert type(set_up) is DUTY_KINDS[kind]


def test_an_item_may_be_said_in_more_languages() -> None:
    """Italian and English, and whatever the callees speak."""
    item = read_item({"id": "caller", "it": "Chi chiama", "en": "Who is calling", "fr": "Qui appelle"})
    assert item.text["fr"] == "Qui appelle"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("caller", "is no item"),
        ({"it": "Chi", "en": "Who"}, "needs an id"),
        ({"id": "The Caller", "it": "Chi", "en": "Who"}, "needs an id"),
        ({"id": "caller", "it": "Chi"}, "no text in en"),
        ({"id": "caller"}, "no text in it and en"),
        ({"id": "caller", "it": "Chi", "en": "Who", "text": "Who"}, "text is no language"),
        ({"id": "caller", "it": "Chi", "en": " "}, "en says nothing"),
        ({"id": "caller", "it": 3, "en": "Who"}, "it says nothing"),
    ],
)
def test_an_item_that_cannot_be_said_is_refused(value: Any, words: str) -> None:
    """With what is missing in it."""
    with pytest.raises(ValueError, match=words):
        read_item(value)


ITEM = '{ id = "a", it = "Uno", en = "One" }'
OTHER = '{ id = "b", it = "Due", en = "Two" }'


@pytest.mark.parametrize(
    ("kind", "params", "key", "words"),
    [
        ("unattended_answer_treatment", "", "params", "asks for nothing"),
        ("unattended_answer_treatment", "max_wait_s = 3", "params", "belong together"),
        ("unattended_answer_treatment", 'then = "hang_up"', "params", "belong together"),
        ("unattended_answer_treatment", 'max_wait_s = 0\nthen = "hang_up"', "params.max_wait_s", "greater than 0"),
        ("unattended_answer_treatment", 'max_wait_s = 2\nthen = "message"', "params", "message_fields"),
        (
            "unattended_answer_treatment",
            'max_wait_s = 2\nthen = "hang_up"\nmessage_fields = "principal"',
            "params",
            "message_fields",
        ),
        ("unattended_answer_treatment", 'max_wait_s = 2\nthen = "sing"', "params.then", "'hang_up'"),
        ("amd_policy", "", "params.allowed", "is missing"),
        ("script_disclosure", "", "params", "asks for nothing"),
        ("script_disclosure", 'items = [{ id = "a", it = "Uno" }]', "params.items.a", "no text in en"),
        ("script_disclosure", f"items = [{ITEM}, {ITEM}]", "params", "given twice"),
        ("script_disclosure", f"items = [{ITEM}, {ITEM}, {OTHER}, {OTHER}]", "params", "a, b is given twice"),
        ("script_disclosure", f'items = [{ITEM}]\nat = "end"', "params.at", "'start'"),
        (
            "script_disclosure",
            "per_campaign_script_version = true\nconfirm_by_agent = true",
            "params",
            "nothing to confirm",
        ),
        ("record_retention", 'record = "verdict"', "params", 'give min = "P730D" (for instance), max, or both'),
        ("record_retention", 'record = "verdict"\nmin = "P2D"\nmax = "P1D"', "params", "shorter than min"),
        ("record_retention", 'record = "All of them"\nmin = "P2D"', "params.record", "pattern"),
        ("record_retention", 'record = "verdict"\nmin = "P5Y"', "params.min", "no duration"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(kind: str, params: str, key: str, words: str) -> None:
    """With the key at fault, and what would be right."""
    with pytest.raises(PackError) as refused:
        duty(kind, params)
    (mistake,) = refused.value.mistakes
    assert mistake.key == f"duty.d.{key}"
    assert words in mistake.what
