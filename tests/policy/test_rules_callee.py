"""Rules on the callee: what they have, what was promised to them, what was noted of them, where they are."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.policy.disposition import FlagKind
from ari_app.policy.facts import Known
from ari_app.policy.grammar import PackError
from ari_app.policy.held import Callback, Customer, CustomerStatus, Flag
from ari_app.policy.numbers import Number
from ari_app.policy.pack import Finding
from ari_app.policy.request import CallRequest, Door
from ari_app.policy.rules.callback_promised import CallbackKept
from ari_app.policy.rules.existing_customer import NotACustomer
from ari_app.policy.rules.flags_respected import FlagsRespected
from ari_app.policy.rules.home_region import HomeRegion
from ari_app.policy.rules.language_spoken import LanguageSpoken
from tests.policy.examples import MONDAY_10, OPERATOR, PROPERTY, call, campaign, facts, pack, rule

NOW = MONDAY_10
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KEPT = CallbackKept(same_operator_for=2 * HOUR, early=HOUR)
PLAIN = CallbackKept(same_operator_for=2 * HOUR)
ANNA, BRUNO = call(), call(operator=replace(OPERATOR, id="bruno"))


def codes(findings: tuple[Finding, ...]) -> list[str]:
    """The codes of what was found."""
    return [finding.code for finding in findings]


def promise(
    due_at: datetime, operator: str = "anna", *, promised_at: datetime = NOW - DAY, callback_id: str = "b1"
) -> Callback:
    """A promise to call again."""
    return Callback(id=callback_id, campaign="autunno", operator=operator, promised_at=promised_at, due_at=due_at)


def flag(kind: FlagKind, value: str = "", since: datetime = NOW - DAY) -> Flag:
    """Something noted about the callee."""
    return Flag(kind=kind, value=value, since=since)


def checked(request: CallRequest) -> CallRequest:
    """The same, asked by `garbo check`."""
    return replace(request, ask=replace(request.ask, door=Door.CHECK))


@pytest.mark.parametrize(
    ("status", "products", "offered", "found"),
    [
        (CustomerStatus.CURRENT, ("Fibra", "mobile"), "fibra", ["already_customer"]),
        (CustomerStatus.CURRENT, ("mobile",), "fibra", []),
        (CustomerStatus.CURRENT, (), "fibra", []),
        (CustomerStatus.CURRENT, ("fibra", ""), "", []),
        (CustomerStatus.ENDED, ("fibra",), "fibra", []),
        (CustomerStatus.NONE, ("fibra",), "fibra", []),
    ],
)
def test_nobody_is_offered_what_they_have(
    status: CustomerStatus, products: tuple[str, ...], offered: str, found: list[str]
) -> None:
    """A current customer who has the campaign's product; one in particular must be offered."""
    held = replace(facts(), customer=Known(Customer(status=status, products=products), NOW))
    findings = NotACustomer(of="product").judge(call(campaign=campaign(product=offered)), held, NOW)
    assert codes(findings) == found
    assert all(finding.not_before is None and dict(finding.values) == {"product": offered} for finding in findings)


def test_a_customer_of_no_campaign_has_no_product_of_it() -> None:
    """Of the principal they may be one all the same."""
    held = replace(facts(), customer=Known(Customer(status=CustomerStatus.CURRENT, products=("fibra",)), NOW))
    assert NotACustomer(of="product").judge(call(campaign=None), held, NOW) == ()
    (finding,) = NotACustomer().judge(call(campaign=None), held, NOW)
    assert (finding.code, dict(finding.values)) == ("already_customer", {"product": ""})


@pytest.mark.parametrize(
    ("request_", "after_due", "free_after_due"),
    [
        (ANNA, -2 * HOUR, -HOUR),
        (ANNA, -HOUR - TICK, -HOUR),
        (ANNA, -HOUR, None),
        (ANNA, 3 * HOUR, None),
        (BRUNO, -2 * HOUR, 2 * HOUR),
        (BRUNO, -HOUR, 2 * HOUR),
        (BRUNO, 2 * HOUR - TICK, 2 * HOUR),
        (BRUNO, 2 * HOUR, None),
        (call(operator=None), 0 * HOUR, 2 * HOUR),
        (checked(call(operator=None)), 0 * HOUR, 2 * HOUR),
    ],
)
def test_a_promised_call_is_made_when_and_by_whom_it_was_promised(
    request_: CallRequest, after_due: timedelta, free_after_due: timedelta | None
) -> None:
    """All wait until shortly before it is due; then others until it is overdue; each bound is free."""
    held = facts(callbacks=(promise(NOW),))
    findings = KEPT.judge(request_, held, NOW + after_due)
    if free_after_due is None:
        assert findings == ()
        return
    (finding,) = findings
    first_free = NOW + free_after_due
    assert (finding.code, finding.not_before) == ("callback_pending", first_free)
    assert dict(finding.values) == {"due_at": NOW, "operator": "anna"}
    assert KEPT.judge(request_, held, first_free) == ()
    assert KEPT.judge(request_, held, first_free - TICK) != ()


def test_a_promise_by_nobody_in_particular_is_anybodys() -> None:
    """Once it is due; before that all wait, and without `early` until that very instant."""
    held = facts(callbacks=(promise(NOW + HOUR, operator=""),))
    (finding,) = PLAIN.judge(BRUNO, held, NOW)
    assert finding.not_before == NOW + HOUR
    assert dict(finding.values)["operator"] == {"it": "chiunque", "en": "anybody"}
    assert PLAIN.judge(BRUNO, held, NOW + HOUR) == ()
    assert PLAIN.judge(call(operator=None), held, NOW + HOUR) == ()
    later = facts(callbacks=(promise(NOW, operator=""), promise(NOW + DAY, callback_id="b2")))
    assert PLAIN.judge(BRUNO, later, NOW) == ()


def test_a_promise_to_come_is_none_yet() -> None:
    """It counts from the instant at which it is made."""
    held = facts(callbacks=(promise(NOW + DAY, promised_at=NOW + TICK),))
    assert PLAIN.judge(ANNA, held, NOW) == ()
    (finding,) = PLAIN.judge(ANNA, held, NOW + TICK)
    assert finding.not_before == NOW + DAY
    assert PLAIN.judge(ANNA, facts(), NOW) == ()


def test_of_several_promises_the_one_that_is_due_may_be_kept() -> None:
    """Though another be due later; once it is kept, or its time is over, the other binds."""
    thursday, friday = promise(NOW, callback_id="b1"), promise(NOW + DAY, operator="bruno", callback_id="b2")
    held = facts(callbacks=(friday, thursday))
    assert PLAIN.judge(ANNA, held, NOW) == ()
    (before,) = PLAIN.judge(ANNA, held, NOW - TICK)
    assert (before.not_before, dict(before.values)["due_at"]) == (NOW, NOW)
    (after,) = PLAIN.judge(ANNA, held, NOW + 2 * HOUR)
    assert (after.not_before, dict(after.values)["due_at"]) == (NOW + DAY + 2 * HOUR, NOW + DAY)
    (others,) = PLAIN.judge(BRUNO, held, NOW)
    assert others.not_before == NOW + DAY
    assert PLAIN.judge(BRUNO, held, NOW + DAY) == ()


@PROPERTY
@given(st.lists(st.tuples(st.integers(-30, 0), st.integers(-9, 9), st.sampled_from(["", "anna", "bruno"])), max_size=4))
def test_whoever_waits_for_a_promise_is_told_the_first_free_instant(promises: list[tuple[int, int, str]]) -> None:
    """Whatever was promised, by whom and when: no hour before it is free."""
    made = tuple(
        promise(NOW + due * HOUR, by, promised_at=NOW + made * HOUR, callback_id=f"b{place}")
        for place, (made, due, by) in enumerate(promises)
    )
    held = facts(callbacks=made)
    for request_ in (ANNA, BRUNO):
        for finding in KEPT.judge(request_, held, NOW):
            hours = (NOW + hour * HOUR for hour in range(1, 40))
            assert finding.not_before == next(at for at in hours if not KEPT.judge(request_, held, at))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FlagKind.MINOR, "person_protected"),
        (FlagKind.DECEASED, "person_protected"),
        (FlagKind.VULNERABLE, "person_protected"),
        (FlagKind.COMPLAINT, "complaint_open"),
        (FlagKind.DISPUTE, "complaint_open"),
        (FlagKind.WRONG_NUMBER, "wrong_number"),
        (FlagKind.ALREADY_CUSTOMER, "already_customer"),
    ],
)
def test_a_flag_binds_the_rule_that_names_it(kind: FlagKind, code: str) -> None:
    """From the instant at which it was set, for good; other rules pass it by."""
    rule_of_it = FlagsRespected(flags=(kind,))
    (finding,) = rule_of_it.judge(call(), facts(flags=(flag(kind, since=NOW),)), NOW)
    assert (finding.code, finding.not_before) == (code, None)
    assert dict(finding.values)["since"] == NOW
    assert rule_of_it.judge(call(), facts(flags=(flag(kind, since=NOW + TICK),)), NOW) == ()
    others = FlagsRespected(flags=tuple(other for other in FlagKind if other is not kind))
    assert others.judge(call(), facts(flags=(flag(kind),)), NOW) == ()


def test_each_reason_is_told_once() -> None:
    """In one order, since its first flag; and a person's own matters are not spelt out."""
    kind = FlagsRespected(flags=(FlagKind.WRONG_NUMBER, FlagKind.DISPUTE, FlagKind.MINOR, FlagKind.VULNERABLE))
    flags = [flag(FlagKind.WRONG_NUMBER), flag(FlagKind.DISPUTE), flag(FlagKind.MINOR)]
    flags += [flag(FlagKind.VULNERABLE, since=NOW - 2 * DAY), flag(FlagKind.HOURS, "09:00-10:00")]
    for noted in (flags, flags[::-1]):
        findings = kind.judge(call(), facts(flags=tuple(noted)), NOW)
        assert codes(findings) == ["person_protected", "complaint_open", "wrong_number"]
        assert dict(findings[0].values)["since"] == NOW - 2 * DAY
        assert dict(findings[0].values)["why"] == {"it": "persona da tutelare", "en": "a person who is to be protected"}


@pytest.mark.parametrize(
    ("flags", "spoken", "found"),
    [
        ((), "it", []),
        ((flag(FlagKind.LANGUAGE, "de"),), "it", ["language_not_spoken"]),
        ((flag(FlagKind.LANGUAGE, " DE "),), "de", []),
        ((flag(FlagKind.LANGUAGE, "de", NOW - 2 * DAY), flag(FlagKind.LANGUAGE, "it")), "it", []),
        ((flag(FlagKind.LANGUAGE, "it", NOW - 2 * DAY), flag(FlagKind.LANGUAGE, "de")), "it", ["language_not_spoken"]),
        ((flag(FlagKind.LANGUAGE, "de"), flag(FlagKind.LANGUAGE, "it")), "it", []),
        ((flag(FlagKind.LANGUAGE, "de", NOW),), "it", ["language_not_spoken"]),
        ((flag(FlagKind.LANGUAGE, "de", NOW + TICK),), "it", []),
        ((flag(FlagKind.LANGUAGE, ""),), "it", ["language_not_spoken"]),
        ((flag(FlagKind.HOURS, "de"),), "it", []),
    ],
)
def test_the_operator_speaks_the_language_that_was_asked_for(
    flags: tuple[Flag, ...], spoken: str, found: list[str]
) -> None:
    """The last that was noted; whoever noted none is called in any."""
    request = call(operator=replace(OPERATOR, language=spoken))
    findings = LanguageSpoken().judge(request, facts(flags=flags), NOW)
    assert codes(findings) == found
    assert all(finding.not_before is None for finding in findings)


def test_a_second_language_will_do() -> None:
    """Whichever of them the operator reads in."""
    asked = facts(flags=(flag(FlagKind.LANGUAGE, "de"),))
    request = call(operator=replace(OPERATOR, language="it", speaks=("en", "DE")))
    assert LanguageSpoken().judge(request, asked, NOW) == ()


def test_an_operator_who_is_not_known_speaks_no_language() -> None:
    """But a check that names none asks about the callee."""
    held = facts(flags=(flag(FlagKind.LANGUAGE, "de"),))
    (finding,) = LanguageSpoken().judge(call(operator=None), held, NOW)
    assert dict(finding.values) == {"language": "de"}
    either = facts(flags=(flag(FlagKind.LANGUAGE, "fr"), flag(FlagKind.LANGUAGE, "de")))
    assert dict(LanguageSpoken().judge(call(), either, NOW)[0].values) == {"language": "de, fr"}
    assert LanguageSpoken().judge(checked(call(operator=None)), held, NOW) == ()
    assert codes(LanguageSpoken().judge(checked(call(operator=None, operator_id="eve")), held, NOW)) == [
        "language_not_spoken"
    ]
    assert codes(LanguageSpoken().judge(checked(call()), held, NOW)) == ["language_not_spoken"]


@pytest.mark.parametrize(
    ("regions", "dialled", "found"),
    [
        ((), "3331234567", []),
        ((), "+393331234567", []),
        ((), "+442079460000", ["number_unassigned_region"]),
        ((), "+390669812345", ["number_unassigned_region"]),
        (("IT", "VA"), "+390669812345", []),
        (("GB",), "3331234567", ["number_unassigned_region"]),
        (("GB", "IT"), "+442079460000", []),
        (("US-FL",), "+13055550123", []),
        (("US-FL",), "+12125550123", ["number_unassigned_region"]),
        (("US",), "+12125550123", []),
        (("US-FL",), "+18005550123", ["number_unassigned_region"]),
        (("IT",), "+80012345678", ["number_unassigned_region"]),
        ((), "39", []),
    ],
)
def test_numbers_of_other_places_are_not_dialled(regions: tuple[str, ...], dialled: str, found: list[str]) -> None:
    """A place that is not known is none of them; what is no number is another rule's matter."""
    findings = HomeRegion(regions=regions).judge(call(dialled), facts(), NOW)
    assert codes(findings) == found
    assert all(finding.not_before is None for finding in findings)


def test_a_number_of_no_country_is_at_home_nowhere() -> None:
    """Though others share its prefix; and a call without a campaign has no home."""
    nowhere = replace(call(), callee=Number("+390844123456"))
    (finding,) = HomeRegion(regions=("IT",)).judge(nowhere, facts(), NOW)
    assert dict(finding.values) == {"region": "?"}
    assert HomeRegion().judge(call(campaign=None), facts(), NOW) == ()


@pytest.mark.parametrize(
    ("kind", "params", "key", "words"),
    [
        ("existing_customer", 'of = "brand"', "params.of", "'product'"),
        ("callback_promised", "", "params.same_operator_for", "is missing"),
        ("callback_promised", 'same_operator_for = "PT0S"', "params.same_operator_for", "no time at all"),
        ("flags_respected", "flags = []", "params.flags", "at least 1"),
        ("flags_respected", 'flags = ["language"]', "params.flags.#1", "there are minor, deceased"),
        ("flags_respected", 'flags = ["sleeping"]', "params.flags.#1", "'wrong_number'"),
        ("language_spoken", 'language = "it"', "params.language", "known here: none"),
        ("home_region", 'regions = ["Italy"]', "params.regions.#1", "write an ISO code such as IT, or US-FL"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(kind: str, params: str, key: str, words: str) -> None:
    """With the key at fault, and what would be right."""
    with pytest.raises(PackError) as refused:
        pack(rule("r", kind, params))
    (mistake,) = refused.value.mistakes
    assert mistake.key == f"rule.r.{key}"
    assert words in mistake.what


def test_packs_set_these_rules_up() -> None:
    """One word may stand for a list."""
    rules = rule("a", "flags_respected", 'flags = "minor"') + rule("b", "home_region", 'regions = "US-FL"')
    rules += rule("c", "callback_promised", 'same_operator_for = "PT2H"\nearly = "PT1H"')
    assert [each.kind for each in pack(rules).rules] == [
        FlagsRespected(flags=(FlagKind.MINOR,)),
        HomeRegion(regions=("US-FL",)),
        KEPT,
    ]
