"""Which script, variant and language for whom, and what is told of it: the first line that fits, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.policy.decide import decide
from ari_app.policy.disposition import NO_CONVERSATION, Disposition, FlagKind
from ari_app.policy.facts import Facts, Known, Unknown
from ari_app.policy.held import Callback, Consent, ConsentForm, Customer, CustomerStatus, Flag
from ari_app.policy.outcome import Outcome
from ari_app.policy.request import Campaign, Operator, Purpose, Route
from ari_app.policy.scripts import Script, ScriptChoice, Situation, Walk, choose, fits, scripts_of, situation_of
from ari_app.policy.scripts.conditions import LAST_WORDS, VOCABULARY, worded
from ari_app.policy.scripts.routing import VARIANTS
from ari_app.policy.scripts.script import Branch, Step, StepKind
from ari_app.policy.scripts.situation import NAMES, OF_PROFILES
from ari_app.policy.scripts.walking import begin
from ari_app.policy.verdict import Deny, Permit
from tests.policy.examples import CORE, COURTESY, MONDAY_10, OPERATOR, PROPERTY, attempt, call, campaign, facts
from tests.policy.strategies import facts_at

UPSELL = Purpose.UPSELL
YESTERDAY = MONDAY_10 - timedelta(days=1)


def script(name: str, *languages: str) -> Script:
    """A script of one step."""
    spoken = languages or ("it", "en")
    return replace(COURTESY, id=name, version="3", title=dict.fromkeys(spoken, name))


SCRIPTS = {each.id: each for each in (COURTESY, script("tv"), script("care"), script("back"), script("de", "it", "de"))}

TABLE = (
    Route(when={"callback": ("yes",)}, script="back"),
    Route(when={"customer": ("current",), "products": ("Fibra",)}, script="tv", variant="customer"),
    Route(when={"customer": ("current", "ended")}, script="care"),
    Route(when={"last_word": ("refused",)}, script="care"),
    Route(when={"language": ("de",)}, script="de"),
)


def chosen(found: Facts, calling: Campaign, operator: Operator | None = OPERATOR, *, door: str = "") -> ScriptChoice:
    """The script of a call of which this is known."""
    request = call(campaign=calling, operator=operator)
    choice = choose(request, situation_of(request, found), SCRIPTS)
    assert choice is not None
    return choice


def customer(*products: str, status: CustomerStatus = CustomerStatus.CURRENT) -> Facts:
    """Facts of a customer with these products."""
    return replace(facts(), customer=Known(Customer(status=status, products=products), MONDAY_10))


def promised(by: str = "bruno") -> Callback:
    """A call that was promised."""
    due = MONDAY_10 + timedelta(hours=1)
    return Callback(id="c", campaign="autunno", operator=by, promised_at=YESTERDAY, due_at=due)


def profiling(value: bool) -> tuple[Consent, ...]:
    """A consent to profiling, or none."""
    consent = Consent(
        id="p",
        purpose="profiling",
        form=ConsentForm.EXPRESS,
        given_at=YESTERDAY,
        text_version="1",
        evidence="e",
    )
    return (consent,) if value else ()


REFUSED = replace(attempt(YESTERDAY, Outcome.ANSWERED), disposition=Disposition.REFUSED, operator="bruno")


@pytest.mark.parametrize(
    ("found", "script_id", "variant", "why"),
    [
        (facts(), "courtesy", "prospect", "This person is no customer of acme"),
        (customer("fibra", "voce"), "tv", "customer", "Line 2: is a customer and has fibra."),
        (customer("voce"), "care", "customer", "Line 3: is a customer."),
        (customer(status=CustomerStatus.ENDED), "care", "former_customer", "Line 3: was a customer."),
        (replace(customer("fibra"), callbacks=Known((promised(),), MONDAY_10)), "back", "customer", "Line 1"),
        (facts(attempts=(REFUSED,)), "courtesy", "spoken_before", "This person has been spoken to before for acme."),
        (facts(attempts=(REFUSED,), consents=profiling(True)), "care", "spoken_before", "Line 4: last time: said no."),
        (
            facts(flags=(Flag(kind=FlagKind.LANGUAGE, value="DE", since=YESTERDAY),)),
            "de",
            "prospect",
            "Riga 5: parla la lingua de.",
        ),
        (replace(facts(), customer=Unknown("crm", "down")), "courtesy", "unknown", "It is not known"),
        (replace(facts(), attempts=Unknown("book", "gone")), "courtesy", "unknown", "It is not known"),
    ],
)
def test_the_first_line_that_fits_says_the_script(found: Facts, script_id: str, variant: str, why: str) -> None:
    """Each case of the issue's own list; what no line fits gets the campaign's script, and the facts its variant."""
    choice = chosen(found, campaign(purpose=UPSELL, routes=TABLE), replace(OPERATOR, language="en"))
    assert (choice.id, choice.variant) == (script_id, variant)
    assert choice.why.startswith(why)


def test_what_there_is_to_tell_is_told_in_both_languages() -> None:
    """The line, who spoke last and when, who promised a call; what was said only with a consent to profiling."""
    found = facts(attempts=(REFUSED,), callbacks=(promised(),))
    calling = campaign(purpose=UPSELL, routes=TABLE, principal_name="Acme Energia")
    italian, english = (chosen(found, calling, replace(OPERATOR, language=each)).why for each in ("it", "en"))
    assert italian == (
        "Riga 1: aspetta una richiamata promessa. L'ultima volta: 22/11/2026, ore 10:00, con bruno. "
        "Richiamata promessa per 23/11/2026, ore 11:00 da bruno."
    )
    assert english.startswith(
        "Line 1: was promised a call back. Last time: 22 Nov 2026, 10:00, with bruno. A call back"
    )
    told = chosen(replace(found, consents=Known(profiling(True), MONDAY_10)), calling).why
    assert "con bruno (ha detto di no)." in told
    assert chosen(facts(), calling).why.startswith("Non è cliente di Acme Energia e")


def test_a_script_that_is_not_at_hand_is_the_campaigns_own_and_says_so() -> None:
    """A permit without its words is worse than the careful ones; with none at all there is none."""
    calling = campaign(script="tv", routes=(Route(when={}, script="gone", variant="customer"),))
    choice = chosen(facts(), calling)
    assert (choice.id, choice.instead_of, choice.variant) == ("tv", "gone", "prospect")
    assert choice.why == "Riga 1: per tutti. Il testo gone non è disponibile, al suo posto c'è tv."
    assert chosen(facts(), campaign(script="gone")).id == "courtesy"
    request = call(campaign=calling)
    assert choose(request, situation_of(request, facts()), {}) is None
    assert scripts_of(calling) == ("tv", "courtesy", "gone")


def for_purposes(name: str, *purposes: Purpose) -> Script:
    """A script that says what it is for."""
    return replace(script(name), purposes=purposes)


def test_a_script_for_other_purposes_is_passed_over() -> None:
    """The next line counts; the campaign's own is replaced and that is told; without any there is no script."""
    everybody = for_purposes("courtesy", *Purpose)
    scripts = {each.id: each for each in (everybody, for_purposes("sale", UPSELL), for_purposes("any-marketing"))}
    lines = tuple(Route(when={}, script=each) for each in ("sale", "any-marketing"))
    caring = campaign(purpose=Purpose.CARE, script="sale", routes=lines)
    request = call(campaign=caring, operator=replace(OPERATOR, language="en"))
    choice = choose(request, situation_of(request, facts()), scripts)
    assert choice is not None
    assert (choice.id, choice.instead_of) == ("courtesy", "sale")
    assert choice.why.endswith(
        "Script sale is not written for what this campaign calls for, courtesy is shown instead."
    )
    assert choose(request, situation_of(request, facts()), {"sale": scripts["sale"]}) is None
    selling = replace(request, campaign=replace(caring, purpose=Purpose.ACQUISITION))
    choice = choose(selling, situation_of(selling, facts()), scripts)
    assert choice is not None
    assert (choice.id, choice.instead_of, choice.why) == ("any-marketing", "", "Line 2: everybody.")
    assert chosen_id(replace(caring, purpose=UPSELL), scripts) == "sale"


def chosen_id(calling: Campaign, scripts: dict[str, Script]) -> str:
    """The script of a call of which nothing is known."""
    request = call(campaign=calling)
    choice = choose(request, situation_of(request, facts()), scripts)
    return choice.id if choice is not None else ""


@pytest.mark.parametrize(
    ("purposes", "permitted"), [((UPSELL,), True), ((Purpose.CARE,), True), ((Purpose.RESEARCH,), False), ((), True)]
)
def test_customers_are_cared_for_in_words_of_care_or_the_campaigns(
    purposes: tuple[Purpose, ...], permitted: bool
) -> None:
    """A care script for neither is none, and without one they are denied."""
    scripts = SCRIPTS | {"caring": for_purposes("caring", *purposes)}
    request = call(campaign=campaign(purpose=UPSELL, customers="care", care_script="caring"))
    verdict = decide(request, customer("fibra"), (CORE,), now=MONDAY_10, scripts=scripts)
    assert isinstance(verdict, Permit) == permitted
    if isinstance(verdict, Permit):
        assert verdict.script is not None
        assert verdict.script.id == "caring"
    else:
        assert "gate/customers" in [objection.rule for objection in verdict.objections]


@pytest.mark.parametrize(
    ("operator", "callee", "script_id", "called_in", "language"),
    [
        (("it",), "", "courtesy", "", "it"),
        (("it", "en"), "en", "courtesy", "", "en"),
        (("it", "de"), "de", "courtesy", "", "it"),
        (("it", "de"), "de", "de", "", "de"),
        (("it", "de"), "de", "de", "it", "it"),
        (("de", "it"), "", "courtesy", "", "it"),
        (("fr",), "", "courtesy", "", "it"),
        (("en",), "", "courtesy", "it en", "en"),
        ((), "de", "de", "", "de"),
        ((), "", "de", "", "it"),
        ((), "en", "courtesy", "it", "it"),
    ],
)
def test_the_language_is_one_that_both_have(
    operator: tuple[str, ...], callee: str, script_id: str, called_in: str, language: str
) -> None:
    """The callee's own where operator, script and campaign have it; else the operator's first; else the region's."""
    who = Operator(id="o", endpoint="", language=operator[0], speaks=operator[1:]) if operator else None
    flags = (Flag(kind=FlagKind.LANGUAGE, value=callee, since=YESTERDAY),) if callee else ()
    calling = campaign(script=script_id, languages=called_in)
    assert chosen(facts(flags=flags), calling, who).language == language


def test_the_language_they_asked_for_last_counts() -> None:
    """An older wish does not."""
    flags = tuple(
        Flag(kind=FlagKind.LANGUAGE, value=value, since=MONDAY_10 - timedelta(days=days))
        for value, days in (("en", 9), ("de", 1), ("fr", 5))
    )
    assert situation_of(call(), facts(flags=flags)).language == "de"


# Who may use which words.


def verdict(calling: Campaign, found: Facts, operator: Operator | None = OPERATOR) -> Permit | Deny:
    """What `decide` says with the scripts at hand."""
    said = decide(call(campaign=calling, operator=operator), found, (CORE,), now=MONDAY_10, scripts=SCRIPTS)
    assert isinstance(said, Permit | Deny)
    return said


def told(said: Permit | Deny) -> list[tuple[str, str, str]]:
    """Code, rule and English sentence of what denies."""
    assert isinstance(said, Deny)
    return [(each.code, each.rule, each.text["en"]) for each in said.objections]


def test_a_campaign_in_languages_that_the_operator_does_not_speak_is_denied_for_them() -> None:
    """One of several will do, a second language as well; of a phone that is nobody's nothing is known."""
    calling = campaign(languages="de fr")
    assert told(verdict(calling, facts())) == [
        (
            "operator_not_allowed",
            "gate/campaign_language",
            "Campaign autunno calls in de, fr, and this operator speaks no such language.",
        )
    ]
    assert isinstance(verdict(calling, facts(), replace(OPERATOR, speaks=("fr",))), Permit)
    assert isinstance(verdict(calling, facts(), None), Permit)


def test_a_version_that_must_be_read_first_denies_until_it_is() -> None:
    """Only the script that would be shown counts; somebody else's reading, or nobody's, does not."""
    calling = campaign(purpose=UPSELL, routes=TABLE)
    behind = replace(OPERATOR, unread={"tv": "3"})
    assert told(verdict(calling, customer("fibra"), behind)) == [
        ("operator_not_allowed", "gate/script_read", "Read version 3 of the script tv first.")
    ]
    assert isinstance(verdict(calling, customer("voce"), behind), Permit)
    assert isinstance(verdict(calling, customer("fibra")), Permit)
    assert isinstance(verdict(calling, customer("fibra"), None), Permit)
    said = verdict(calling, customer("fibra"), behind)
    assert said.trace[0].rule == "gate/script_read"


@pytest.mark.parametrize(
    ("customers", "status", "codes"),
    [
        ("deny", CustomerStatus.CURRENT, ["already_customer"]),
        ("deny", CustomerStatus.ENDED, []),
        ("deny", None, ["facts_unavailable"]),
        ("care", CustomerStatus.CURRENT, []),
        ("care", None, ["facts_unavailable"]),
        ("", CustomerStatus.CURRENT, []),
        ("", None, []),
    ],
)
def test_a_campaign_has_its_own_word_on_customers(
    customers: str, status: CustomerStatus | None, codes: list[str]
) -> None:
    """Denied whatever the purpose, or called with the care script; whether somebody is one has to be known."""
    known = replace(facts(), customer=Unknown("crm", "down")) if status is None else facts(status=status)
    for purpose in (Purpose.CARE, Purpose.UPSELL, Purpose.RESEARCH):
        said = verdict(campaign(purpose=purpose, customers=customers, care_script="care", routes=TABLE), known)
        assert [each.code for each in said.objections] == codes if isinstance(said, Deny) else codes == []
        if isinstance(said, Permit) and customers == "care":
            assert said.script is not None
            assert said.script.id == "care"
            assert said.script.why.startswith("È già cliente di acme: per i clienti")


def test_care_lifts_no_rule_and_without_its_script_is_a_denial() -> None:
    """A customer is not won again with kind words; and nobody falls from care into a sales talk."""
    won = verdict(campaign(customers="care", care_script="care"), customer())
    assert [each.rule for each in won.objections] == ["core/already_customer"] if isinstance(won, Deny) else False
    gone = verdict(campaign(purpose=Purpose.CARE, customers="care", care_script="gone"), customer())
    assert told(gone)[0][:2] == ("already_customer", "gate/customers")


# Properties.

WORDS = {**VOCABULARY, "language": ("de", "it")}
conditions = st.dictionaries(
    st.sampled_from(NAMES),
    st.just(()),
    max_size=3,
).flatmap(
    lambda drawn: st.fixed_dictionaries(
        {
            name: st.lists(
                st.sampled_from(WORDS.get(name, ("adsl", "mobile", "telecom"))), min_size=1, max_size=2, unique=True
            ).map(tuple)
            for name in drawn
        }
    )
)
tables = st.lists(
    st.builds(
        Route, when=conditions, script=st.sampled_from(sorted(SCRIPTS)), variant=st.sampled_from(["", *VARIANTS])
    ),
    max_size=5,
).map(tuple)


@PROPERTY
@given(tables, facts_at(MONDAY_10))
def test_no_line_before_the_one_that_is_told_fits(routes: tuple[Route, ...], found: Facts) -> None:
    """And if none is told, none fits: the table is read in order."""
    calling = campaign(routes=routes, script="tv")
    request = call(campaign=calling)
    situation = situation_of(request, found)
    first = next((each for each in routes if fits(each.when, situation)), None)
    choice = choose(request, situation, SCRIPTS)
    assert choice is not None
    assert choice.id == (first.script if first else "tv")
    assert choice.variant == (first and first.variant) or not (first and first.variant)


@PROPERTY
@given(tables, facts_at(MONDAY_10), st.lists(st.sampled_from([*Disposition, None]), min_size=4, max_size=4))
def test_without_a_consent_to_profiling_what_somebody_said_changes_nothing(
    routes: tuple[Route, ...], found: Facts, words: list[Disposition | None]
) -> None:
    """Neither script nor variant nor a word of why, nor a branch of a walk; that they were spoken to does."""
    found = replace(found, consents=Known((), MONDAY_10))
    assert isinstance(found.attempts, Known)
    talked = [each for each in found.attempts.value if each.outcome is Outcome.ANSWERED]
    others = [None, *(word for word in Disposition if word not in NO_CONVERSATION)]
    said = [
        replace(found, attempts=Known(tuple(replace(each, disposition=word) for each in talked), MONDAY_10))
        for word in (others[0], *(word for word in words if word in others))
    ]
    request = call(campaign=campaign(routes=routes))
    situations = [situation_of(request, each) for each in said]
    assert len({str(choose(request, each, SCRIPTS)) for each in situations}) == 1
    assert len({walked(each, routes) for each in situations}) == 1


def walked(situation: Situation, routes: tuple[Route, ...]) -> str:
    """Where a step leads that branches by these conditions."""
    branches = tuple(Branch(when=each.when, next=f"to{place}") for place, each in enumerate(routes))
    names = ("open", "rest", *(each.next for each in branches))
    steps = tuple(
        Step(
            id=name,
            kind=StepKind.SAY,
            text={"it": "x"},
            variants={},
            branches=branches if name == "open" else (),
            next="rest",
        )
        for name in names
    )
    walk: Walk = begin(replace(COURTESY, steps=steps), situation)
    return walk.go_on().at


@PROPERTY
@given(conditions, facts_at(MONDAY_10))
def test_a_condition_more_never_fits_more(when: dict[str, tuple[str, ...]], found: Facts) -> None:
    """And no condition at all fits everybody; capitals make no difference."""
    situation = situation_of(call(), found)
    assert fits({}, situation)
    for name in when:
        fewer = {each: words for each, words in when.items() if each != name}
        assert fits(fewer, situation) or not fits(when, situation)
    shouted = {name: tuple(word.upper() for word in words) for name, words in when.items()}
    assert fits(shouted, situation) == fits(when, situation)


def test_every_condition_has_words_in_both_languages() -> None:
    """Each word of each vocabulary, and every last word that there can be."""
    assert set(LAST_WORDS) == set(VOCABULARY["last_word"])
    for name in NAMES:
        for word in VOCABULARY.get(name, ("xy",)):
            said = {language: worded({name: (word,)}, language) for language in ("it", "en")}
            assert all(said.values()), (name, word)
            assert said["it"] != said["en"]
    assert set(NAMES) >= OF_PROFILES
    assert worded({}, "fr") == "everybody"


def test_a_call_without_a_campaign_has_the_careful_words() -> None:
    """It is permitted nowhere, but a script can be shown for it."""
    request = call(campaign=None)
    choice = choose(request, situation_of(request, facts()), SCRIPTS)
    assert choice is not None
    assert (choice.id, choice.variant, choice.language) == ("courtesy", "prospect", "it")
