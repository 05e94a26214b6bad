"""Rules on whoever calls: the caller id they show, the registers they are in, and who may use the office's lines."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ari_app.policy.facts import Unknown
from ari_app.policy.grammar import PackError
from ari_app.policy.held import CallerIdEntry
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest, Door, Registration
from ari_app.policy.rules.caller_id_policy import CallerIdAllowed
from ari_app.policy.rules.office_use import OfficeUse
from ari_app.policy.rules.operator_registration import Registered
from tests.policy.examples import MONDAY_10, OPERATOR, call, campaign, facts, pack, rule

NOW = MONDAY_10
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes; none of these rules is a matter of time."""
    assert all(finding.not_before is None for finding in findings)
    return [finding.code for finding in findings]


def why(findings: tuple[Finding, ...]) -> str:
    """In English, what is wrong; empty: nothing is."""
    if not findings:
        return ""
    words: Any = dict(findings[0].values)["why"]
    return str(words["en"])


@pytest.mark.parametrize(
    ("kind", "changes", "wrong"),
    [
        (CallerIdAllowed(), {}, ""),
        (CallerIdAllowed(), {"caller_id": ""}, "there is none"),
        (CallerIdAllowed(must_present=False, allowed_ranges=("+39",)), {"caller_id": ""}, ""),
        (CallerIdAllowed(allowed_ranges=("+390844", "+3902")), {}, ""),
        (CallerIdAllowed(allowed_ranges=("+390844",)), {}, "no range that is allowed"),
        (CallerIdAllowed(forbidden_ranges=("+3903",)), {}, ""),
        (CallerIdAllowed(forbidden_ranges=("+3902",)), {}, "range that is forbidden"),
        (CallerIdAllowed(domestic_origin=True), {}, ""),
        (CallerIdAllowed(domestic_origin=True), {"trunk_country": "RO"}, "in another country"),
        (CallerIdAllowed(domestic_origin=True), {"trunk_country": "IT", "region": "FR"}, ""),
        (CallerIdAllowed(domestic_origin=True), {"region": "FR"}, "in another country"),
        (CallerIdAllowed(domestic_origin=True), {"caller_id": "+80012345678"}, "in another country"),
        (CallerIdAllowed(domestic_origin=True), {"caller_id": "+390844123456"}, ""),
        (CallerIdAllowed(domestic_origin=True), {"caller_id": "+390844123456", "region": "FR"}, "in another country"),
    ],
)
def test_a_caller_id_is_one_that_may_be_shown(kind: CallerIdAllowed, changes: dict[str, Any], wrong: str) -> None:
    """There, of an allowed range and no forbidden one, and of the country in which the call starts."""
    findings = kind.judge(call("+393331234567", campaign=campaign(**changes)), facts(), NOW)
    assert codes(findings) == (["caller_id_not_allowed"] if wrong else [])
    assert wrong in why(findings)
    for finding in findings:
        assert tuple(name for name, _ in finding.values) == CallerIdAllowed.gives
        assert dict(finding.values)["register"] == ""


def test_a_caller_id_belongs_to_whoever_calls() -> None:
    """To the principal or its agency; what others declared is not theirs."""
    kind = CallerIdAllowed(assigned_to_controller=True)
    request = call(campaign=campaign(agency="callfirst"))
    for owner, found in (("acme", []), ("callfirst", []), ("other", ["caller_id_not_allowed"])):
        assert codes(kind.judge(request, facts(caller_ids=(CallerIdEntry(owner=owner),)), NOW)) == found
    findings = kind.judge(call(), facts(), NOW)
    assert "assigned neither" in why(findings)


def test_a_caller_id_is_entered_in_each_register() -> None:
    """One finding for each that misses it; entries add up, but not those of others where it must be one's own."""
    kind = CallerIdAllowed(registered_in=("ROC", "XYZ"))
    mine, theirs = CallerIdEntry(owner="acme", registered_in="ROC AGCOM"), CallerIdEntry(owner="o", registered_in="XYZ")
    assert kind.judge(call(), facts(caller_ids=(mine, theirs)), NOW) == ()
    (finding,) = kind.judge(call(), facts(caller_ids=(mine,)), NOW)
    assert codes((finding,)) == ["caller_id_not_registered"]
    assert dict(finding.values) == {
        "caller_id": "+390212345678",
        "register": "XYZ",
        "why": {"it": "non risulta iscritto al XYZ", "en": "it is not on record as entered in XYZ"},
    }
    assert codes(kind.judge(call(), facts(), NOW)) == ["caller_id_not_registered"] * 2
    own = CallerIdAllowed(registered_in=("XYZ",), assigned_to_controller=True)
    assert codes(own.judge(call(), facts(caller_ids=(theirs,)), NOW)) == [
        "caller_id_not_allowed",
        "caller_id_not_registered",
    ]


def test_what_was_declared_is_looked_up_only_where_it_matters() -> None:
    """So that a rule on ranges does not fail with the lists."""
    assert CallerIdAllowed().reads == ()
    unknown = replace(facts(), caller_ids=Unknown("lists", "down"))
    assert CallerIdAllowed(allowed_ranges=("+39",)).judge(call(), unknown, NOW) == ()
    assert CallerIdAllowed(registered_in=("ROC",)).reads == ("caller_ids",)
    assert CallerIdAllowed(assigned_to_controller=True).reads == ("caller_ids",)


def test_nothing_is_shown_to_what_is_no_number() -> None:
    """Nothing was looked up for it, so nothing is said of a caller id that may well have been declared."""
    kind = CallerIdAllowed(registered_in=("ROC",), assigned_to_controller=True)
    assert kind.judge(call("39"), facts(caller_ids=()), NOW) == ()


def registration(valid_until: datetime | None, **changes: Any) -> Registration:
    """The agency's entry in the ROC."""
    return replace(Registration(register="ROC", holder="agency", number="123", valid_until=valid_until), **changes)


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ((), "not on record"),
        ((registration(None),), ""),
        ((registration(NOW + TICK),), ""),
        ((registration(NOW),), "expired"),
        ((registration(NOW - DAY), registration(NOW + DAY)), ""),
        ((registration(None, holder="principal"),), "not on record"),
        ((registration(None, register="SAN"),), "not on record"),
    ],
)
def test_an_agency_is_registered(entries: tuple[Registration, ...], wrong: str) -> None:
    """From the end of its entry on it is not; other registers and other holders are no help."""
    request = call(campaign=campaign(agency="callfirst", registrations=entries))
    findings = Registered(register="ROC").judge(request, facts(), NOW)
    assert codes(findings) == (["operator_registration_expired"] if wrong else [])
    assert wrong in why(findings)
    never: dict[str, str] = {"it": "mai", "en": "never"}
    ends = max((entry.valid_until for entry in entries if entry.valid_until), default=None)
    assert [dict(finding.values)["valid_until"] for finding in findings] == ([ends or never] if wrong else [])


def test_a_call_without_a_campaign_passes() -> None:
    """It is denied for that it has none."""
    request = call(campaign=None)
    assert CallerIdAllowed().judge(request, facts(), NOW) == ()
    assert Registered(register="ROC", holder="principal").judge(request, facts(), NOW) == ()


def test_where_no_agency_calls_none_need_be_registered() -> None:
    """A rule on the principal asks the principal all the same."""
    assert Registered(register="ROC").judge(call(), facts(), NOW) == ()
    assert codes(Registered(register="ROC", holder="principal").judge(call(), facts(), NOW)) == [
        "operator_registration_expired"
    ]


def test_office_calls_are_few_and_by_people_who_are_known() -> None:
    """The callee is one more number: so many others are one too many."""
    kind = OfficeUse(max_numbers=3)
    assert kind.judge(call(), facts(office_numbers=2), NOW) == ()
    (finding,) = kind.judge(call(), facts(office_numbers=3), NOW)
    assert codes((finding,)) == ["office_cap_reached"]
    assert dict(finding.values) == {"max_numbers": 3}
    unknown = call(operator=None)
    assert codes(kind.judge(unknown, facts(office_numbers=3), NOW)) == ["operator_not_allowed", "office_cap_reached"]
    for request, found in ((checked(unknown), []), (checked(call(operator=None, operator_id="eve")), [1])):
        assert len(kind.judge(request, facts(office_numbers=0), NOW)) == len(found)


def checked(request: CallRequest) -> CallRequest:
    """The same, asked by `garbo check`."""
    return replace(request, ask=replace(request.ask, door=Door.CHECK))


def test_an_operator_is_known_by_more_than_a_name() -> None:
    """An id that nobody has is nobody's."""
    assert OfficeUse(max_numbers=1).judge(call(operator=OPERATOR), facts(office_numbers=0), NOW) == ()
    stranger = call(operator=None, operator_id="eve")
    assert codes(OfficeUse(max_numbers=1).judge(stranger, facts(office_numbers=0), NOW)) == ["operator_not_allowed"]


@pytest.mark.parametrize(
    ("kind", "params", "key", "words"),
    [
        ("caller_id_policy", 'allowed_ranges = ["0844"]', "params.allowed_ranges.#1", "such as +390844"),
        ("caller_id_policy", 'forbidden_ranges = "39"', "params.forbidden_ranges.#1", "such as +390844"),
        ("caller_id_policy", 'registered_in = [""]', "params.registered_in.#1", "at least 1"),
        ("caller_id_policy", "must_present = false", "params", "asks for nothing"),
        ("caller_id_policy", 'callback_hours = "always"', "params", "write 09:00-20:00"),
        ("operator_registration", 'register = "ROC"\nholder = "operator"', "params.holder", "'principal'"),
        ("office_use", "max_numbers = 0", "params.max_numbers", "greater than or equal to 1"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(kind: str, params: str, key: str, words: str) -> None:
    """With the key at fault, and what would be right."""
    with pytest.raises(PackError) as refused:
        pack(rule("r", kind, params))
    (mistake,) = refused.value.mistakes
    assert mistake.key == f"rule.r.{key}"
    assert words in mistake.what


def test_a_caller_id_rule_as_a_pack_writes_it() -> None:
    """A single word stands for a list; the hours are kept to be shown."""
    params = 'allowed_ranges = "+390844"\nregistered_in = "ROC"\ncallback_hours = "00:00-24:00"'
    kind = pack(rule("r", "caller_id_policy", params)).rules[0].kind
    assert kind == CallerIdAllowed(allowed_ranges=("+390844",), registered_in=("ROC",), callback_hours="00:00-24:00")
