"""The lint of scripts: each fault alone, and its proofs against every walk there is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, combinations, product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ari_app.policy.duties_owed import Disclosure
from ari_app.policy.request import MARKETING, Purpose
from ari_app.policy.scripts import EXITS, Answer, Branch, Script, Situation, Step, StepKind, begin, parse_script
from ari_app.policy.scripts.fields import FIELDS
from ari_app.policy.scripts.findings import Finding
from ari_app.policy.scripts.lint import lint
from ari_app.policy.scripts.owed import owed_by
from ari_app.policy.scripts.walking import Walk
from tests.policy.examples import HOME, shipped_pack

CALLER = Disclosure(id="caller", text={"it": "Chi chiama.", "en": "Who is calling."})
SOURCE = Disclosure(id="source", text={"it": "Da dove.", "en": "Where from."})
SHIPPED = sorted((HOME / "scripts").glob("*.toml"))

HEAD = """\
id = "s"
version = "1"
title = { it = "T", en = "T" }
"""


def step(step_id: str, kind: str, more: str = "", text: str = "Ciao.") -> str:
    """A step as a table of a file."""
    return f'[[step]]\nid = "{step_id}"\nkind = "{kind}"\ntext = {{ it = \'{text}\', en = "Hi." }}\n{more}\n'


def answer(answer_id: str, to: str, more: str = "") -> str:
    """An answer of the step above it."""
    return f'[[step.answer]]\nid = "{answer_id}"\ntext = {{ it = "Sì.", en = "Yes." }}\nnext = "{to}"\n{more}\n'


def branch(when: str, to: str) -> str:
    """A branch of the step above it."""
    return f'[[step.branch]]\nwhen = {{ {when} }}\nnext = "{to}"\n'


def found(*steps: str, head: str = HEAD, required: Sequence[Disclosure] = ()) -> list[tuple[str, str]]:
    """Step and fault of all that the lint finds."""
    script = parse_script(head + "".join(steps), name="s.toml")
    return [(finding.step, finding.fault) for finding in lint(script, required=required)]


def test_a_script_without_fault_has_no_finding() -> None:
    """Said, asked, disclosed, offered and closed."""
    assert (
        found(
            step("a", "disclose", 'discloses = ["caller"]'),
            step("b", "ask", answer("yes", "c") + answer("no", "no_thank_you")),
            step("c", "offer"),
            step("d", "close", 'disposition = "sold"'),
            required=(CALLER,),
        )
        == []
    )


def test_a_step_that_no_path_leads_to_is_found() -> None:
    """It would never be said."""
    assert found(step("a", "say", 'next = "c"'), step("b", "say"), step("c", "say")) == [("b", "unreachable_step")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('customer = "current"', 'customer = "current"'),
        ('customer = ["current", "ended"]', 'customer = "ended", spoken = "no"'),
        ('products = ["fibra", "mobile"]', 'products = "Mobile", customer = "current"'),
        ('customer = ["none", "current", "ended", "unknown"]', 'spoken = "no"'),
        ('spoken = ["no", "unknown"]', 'last_word = "refused", spoken = "no"'),
        ('language = "de"', 'purpose = "research"'),
    ],
)
def test_a_branch_that_earlier_ones_take_everybody_from_is_found(first: str, second: str) -> None:
    """Nobody is left for it, so nobody would ever hear what it leads to."""
    faults = found(step("a", "say", branch(first, "b") + branch(second, "c")), step("b", "say"), END, C)
    assert ("a", "unreachable_branch") in faults


END = step("end", "close")
C = step("c", "close")


def test_a_branch_that_the_way_there_shuts_is_found() -> None:
    """Whoever comes to the second step is no customer any more."""
    faults = found(
        step("a", "say", branch('customer = "current"', "end")),
        step("b", "say", branch('customer = "current"', "c") + branch('customer = "ended"', "d")),
        step("d", "close"),
        END,
        C,
    )
    assert faults == [("b", "unreachable_branch"), ("c", "unreachable_step")]


def test_a_circle_that_asks_nothing_is_found() -> None:
    """With the whole circle; that it comes to no end need not be told as well."""
    faults = found(step("a", "say"), step("b", "say", 'next = "a"'))
    assert faults == [("a", "endless"), ("b", "endless")]


def test_a_circle_with_a_way_out_is_none() -> None:
    """Explaining something twice is no fault, as long as an answer ends it."""
    assert found(step("a", "say"), step("b", "ask", answer("again", "a") + answer("enough", "end")), END) == []


def test_a_circle_of_questions_without_an_end_is_found() -> None:
    """The exits alone are no end of a script."""
    faults = found(step("a", "ask", answer("x", "b")), step("b", "ask", answer("x", "a")), step("c", "close"))
    assert ("a", "no_end") in faults
    assert ("b", "no_end") in faults


def test_a_disclosure_that_a_branch_skips_is_found() -> None:
    """With the way on which it is skipped."""
    script = parse_script(
        HEAD
        + step("a", "say", branch('customer = "current"', "c"))
        + step("b", "disclose", 'discloses = ["caller"]')
        + step("c", "offer")
        + END,
        name="s.toml",
    )
    (offer, end) = lint(script, required=(CALLER,))
    assert (offer.step, offer.fault, end.step) == ("c", "disclosure_skipped", "end")
    assert "caller" in offer.what
    assert "a → c" in offer.what
    assert offer.line == script.line("c")


def test_what_is_disclosed_nowhere_is_told_once() -> None:
    """With what it says, and what to write."""
    script = parse_script(HEAD + step("a", "say") + step("b", "offer") + END, name="s.toml")
    (finding,) = lint(script, required=(CALLER,))
    assert (finding.line, finding.step, finding.fault) == (1, "", "not_disclosed")
    assert 'discloses = ["caller"]' in finding.what
    assert "Who is calling." in finding.what


@pytest.mark.parametrize("word", ["refused", "not_now", "callback", "wrong_number", "holder_absent", "complaint"])
def test_a_talk_that_breaks_off_owes_nothing_more(word: str) -> None:
    """Who says no, is not there or wants to be called later is not held on the line."""
    close = step("b", "close", f'disposition = "{word}"')
    assert found(step("a", "say"), close, required=(CALLER,)) == []


@pytest.mark.parametrize("word", ["", "interested", "sold", "not_eligible"])
def test_a_whole_talk_owes_every_disclosure(word: str) -> None:
    """Even where nothing was offered."""
    close = step("b", "close", f'disposition = "{word}"' if word else "")
    assert found(step("a", "say"), close, required=(CALLER,)) == [("", "not_disclosed")]


def test_what_an_offer_discloses_itself_comes_too_late_for_it() -> None:
    """Before the offer means before."""
    faults = found(step("a", "say"), step("b", "offer", 'discloses = ["caller"]'), END, required=(CALLER,))
    assert faults == [("b", "disclosure_skipped")]


PERSONAL = 'Lei è cliente dal {{ customer.since | default("tempo") }}.'


def test_a_personal_field_before_identity_is_found() -> None:
    """At the line of the words."""
    script = parse_script(HEAD + step("a", "say", text=PERSONAL) + END, name="s.toml")
    (finding,) = lint(script)
    assert (finding.step, finding.fault, finding.line) == ("a", "personal_too_early", 7)
    assert "customer.since" in finding.what


def test_identity_is_settled_by_the_answers_that_say_so() -> None:
    """After the others a stranger is on the line."""
    ask = step("a", "ask", answer("me", "b", "identifies = true") + answer("wife", "c"), "Parlo con Lei?")
    told = (step("b", "say", 'next = "end"', PERSONAL), step("c", "say", 'next = "end"', PERSONAL), END)
    assert found(ask, *told) == [("c", "personal_too_early")]


def test_a_field_in_an_if_is_personal_as_well() -> None:
    """What is said by it tells the same."""
    faults = found(step("a", "say", text="{% if customer.since %}Da cliente!{% else %}Ciao.{% endif %}"), END)
    assert faults == [("a", "personal_too_early")]


def test_a_name_may_be_asked_for_where_it_is_asked_who_is_there() -> None:
    """And nowhere before."""
    asked = 'Parlo con {{ callee.name | default("il titolare") }}?'
    ask = step("b", "ask", answer("me", "end", "identifies = true"), asked)
    assert found(step("a", "say"), ask, END) == []
    assert found(step("a", "say", text=asked), ask, END) == [("a", "personal_too_early")]


@pytest.mark.parametrize("end", EXITS)
def test_the_exits_hold_nothing_personal(end: str) -> None:
    """They can be taken in the first second."""
    word = "refused" if end == "no_thank_you" else "never_again"
    ask = step("a", "ask", answer("me", "b", "identifies = true"))
    faults = found(ask, step("b", "close"), step(end, "close", f'disposition = "{word}"', PERSONAL))
    assert faults == [(end, "personal_too_early")]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("Ha {{ campaign.product }}.", [("b", "may_be_empty")]),
        ("{% if campaign.product %}Ha {{ campaign.product }}.{% else %}Ciao.{% endif %}", []),
        ("{% if not campaign.product %}Ha {{ campaign.product }}.{% else %}Ciao.{% endif %}", [("b", "may_be_empty")]),
        ('Ha {{ campaign.product | default("altro") }}.', []),
        ("{% if campaign.product and list.source %}{{ campaign.product }}{% else %}x{% endif %}", []),
        (
            "{% if campaign.product or list.source %}{{ campaign.product }}{% else %}x{% endif %}",
            [("b", "may_be_empty")],
        ),
        ("Sono {{ operator.name }} per {{ principal.name }}.", []),
    ],
)
def test_a_field_that_may_be_empty_is_guarded(text: str, faults: list[tuple[str, str]]) -> None:
    """Else there would be a gap on the screen."""
    assert found(step("b", "say", text=text), END) == faults


@pytest.mark.parametrize(
    ("when", "field"),
    [
        ('callback = "yes"', "callback.due"),
        ('spoken = "yes"', "last.at"),
        ('products = ["fibra", "mobile"]', "customer.products"),
    ],
)
def test_a_branch_that_asks_for_something_guards_its_field(when: str, field: str) -> None:
    """Whoever comes that way has it; whoever comes another way may not."""
    ask = step("a", "ask", answer("me", "b", "identifies = true"))
    ways = (step("b", "say", branch(when, "c")), step("e", "close"))
    words = f"Ecco: {{{{ {field} }}}}."
    assert found(ask, *ways, step("c", "say", 'next = "e"', words)) == []
    assert found(ask, ways[0], step("c", "say", 'next = "e"', words), ways[1]) == [("c", "may_be_empty")]


def test_the_rest_of_the_branches_guards_as_well() -> None:
    """Who is not one for whom there is no promise, or of whom it is not known, was promised a call."""
    ask = step("a", "ask", answer("me", "b", "identifies = true"))
    ways = step("b", "say", branch('callback = ["no", "unknown"]', "e"))
    assert found(ask, ways, step("c", "say", text="Ecco: {{ callback.due }}."), step("e", "close")) == []


@pytest.mark.parametrize("purpose", ["care", "service", "research", "office"])
def test_a_care_script_holds_no_offer_without_a_second_verdict(purpose: str) -> None:
    """With one, it may."""
    head = HEAD.replace('version = "1"', f'version = "1"\npurposes = ["{purpose}"]')
    assert found(step("a", "say"), step("b", "offer"), END, head=head) == [("b", "offer_in_care")]
    offer = step("b", "offer", 'needs_verdict = true\notherwise = "end"')
    assert found(step("a", "say"), offer, END, head=head) == []


def test_a_second_verdict_that_says_no_tells_nothing() -> None:
    """What the offer would have disclosed is not disclosed by what comes instead of it."""
    offer = step("b", "offer", 'needs_verdict = true\notherwise = "c"\nnext = "d"\ndiscloses = ["source"]')
    script = parse_script(HEAD + step("a", "say") + offer + step("c", "close") + step("d", "close"), name="s.toml")
    (finding,) = lint(script, required=(SOURCE,), before_offer=())[1:]
    assert (finding.step, finding.fault) == ("c", "disclosure_skipped")


def test_languages_agree() -> None:
    """Words in a language that the script does not speak are told."""
    script = parse_script(HEAD + step("a", "say") + END, name="s.toml")
    odd = replace(script.steps[0], text={"it": "Ciao.", "de": "Hallo."})
    found_ = lint(replace(script, steps=(odd, *script.steps[1:])))
    assert [finding.fault for finding in found_] == ["language_beside", "language_missing"]


def test_too_many_kinds_of_callee_are_told_and_not_guessed() -> None:
    """What cannot be proved is not passed."""
    many = "".join(branch(f'products = "p{place}"', "c") for place in range(16))
    assert found(step("a", "say", many), END, C) == [("", "too_many_kinds")]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_scripts_have_no_finding(path: object) -> None:
    """Under every country's pack that is shipped, and the house's."""
    script = parse_script((HOME / "scripts" / f"{path.stem}.toml").read_text("utf-8"), name=path.stem)  # type: ignore[attr-defined]
    packs = [shipped_pack(pack) for pack in ("core", "it", "uk", "us", "fr", "es", "de", "house")]
    owed = owed_by(script, packs)
    assert lint(script, required=owed.required, before_offer=owed.before_offer, only_for=owed.only_for) == ()
    assert script.id == path.stem  # type: ignore[attr-defined]


def test_packs_say_what_is_owed_for_which_purpose() -> None:
    """Italy's commercial purpose is owed by marketing alone, the source by research as well."""
    courtesy = parse_script((HOME / "scripts" / "courtesy.toml").read_text("utf-8"), name="courtesy")
    owed = owed_by(courtesy, [shipped_pack("core"), shipped_pack("it")])
    assert owed.only_for["commercial_purpose"] == frozenset(MARKETING)
    assert owed.only_for["data_source"] == frozenset({*MARKETING, Purpose.RESEARCH})
    assert owed.before_offer == ()


def test_an_offer_after_a_second_verdict_owes_what_an_upsell_owes() -> None:
    """Care itself owes nothing in Italy."""
    care = parse_script((HOME / "scripts" / "care.toml").read_text("utf-8"), name="care")
    owed = owed_by(care, [shipped_pack("core"), shipped_pack("it")])
    assert owed.required == ()
    assert {item.id for item in owed.before_offer} >= {"caller", "principal", "commercial_purpose", "right_to_object"}
    silent = replace(care, steps=tuple(replace(each, discloses=()) for each in care.steps))
    assert {finding.fault for finding in lint(silent, before_offer=owed.before_offer)} == {"not_disclosed"}


# Every walk there is, by the walking itself: what the lint says of random scripts must be so.

_IDS = ("a", "b", "c", "d", "e")
_WORDS = {
    "customer": ("none", "current", "ended", "unknown"),
    "spoken": ("yes", "no", "unknown"),
    "products": ("fibra", "mobile"),
}
_TEXTS = (
    "Ciao.",
    "Ciao.",
    'Dal {{ customer.since | default("tempo") }}.',
    "Ci siamo sentiti il {{ last.at }}.",
    "Lei ha {{ customer.products }}.",
)
_ENDS = (*_IDS, "end", "done", "no_thank_you")


@st.composite
def steps(draw: st.DrawFn, step_id: str) -> Step:
    """A step that leads anywhere."""
    kind = draw(st.sampled_from([StepKind.SAY, StepKind.SAY, StepKind.DISCLOSE, StepKind.ASK, StepKind.OFFER]))
    leads = st.sampled_from(_ENDS)
    ask = kind is StepKind.ASK
    answers = tuple(
        Answer(id=f"x{place}", text={"it": "Sì."}, next=draw(leads), identifies=draw(st.booleans()))
        for place in range(draw(st.integers(1, 3)) if ask else 0)
    )
    names = st.sampled_from(sorted(_WORDS))
    branches = tuple(
        Branch(
            when={
                name: tuple(draw(st.lists(st.sampled_from(_WORDS[name]), min_size=1, max_size=3, unique=True)))
                for name in draw(st.sets(names, min_size=1, max_size=2))
            },
            next=draw(leads),
        )
        for _ in range(0 if ask else draw(st.integers(0, 3)))
    )
    verdict = kind is StepKind.OFFER and draw(st.booleans())
    return Step(
        id=step_id,
        kind=kind,
        text={"it": draw(st.sampled_from(_TEXTS))},
        variants={},
        answers=answers,
        branches=branches,
        next="" if ask else draw(leads),
        discloses=tuple(draw(st.sets(st.sampled_from(["caller", "source"])))),
        identifies=any(each.identifies for each in answers) if ask else draw(st.booleans()),
        needs_verdict=verdict,
        otherwise=draw(leads) if verdict else "",
    )


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Five steps and four ends, in any shape."""
    ends = {"end": "", "done": "refused", "no_thank_you": "refused", "never_again": "never_again"}
    closes = tuple(
        Step(id=end, kind=StepKind.CLOSE, text={"it": "Addio."}, variants={}, disposition=word)
        for end, word in ends.items()
    )
    made = tuple(draw(steps(step_id)) for step_id in _IDS)
    return Script(id="s", version="1", title={"it": "T"}, sha256="", steps=(*made, *closes))


def people() -> Iterator[Situation]:
    """Everybody whom the conditions of these scripts tell apart."""
    subsets = list(chain.from_iterable(combinations(_WORDS["products"], size) for size in range(3)))
    for customer, spoken, products in product(_WORDS["customer"], _WORDS["spoken"], subsets):
        yield Situation(customer=customer, spoken=spoken, products=products)  # type: ignore[arg-type]


def moves(walk: Walk, known: bool, said: frozenset[str]) -> Iterator[tuple[Walk, bool, frozenset[str]]]:
    """Every next step, whether it is known then who is on the line, and what was disclosed; but for the exits."""
    at = walk.step
    walk = replace(walk, taken=())
    after = said.union(at.discloses)
    if at.kind is StepKind.ASK:
        for each in at.answers:
            yield walk.answer(each.id), known or each.identifies, after
    elif at.kind is not StepKind.CLOSE:
        yield walk.go_on(), known or at.identifies, after
        if at.needs_verdict:
            yield walk.without_verdict(), known, said


class Walked:
    """All that any walk through a script comes to."""

    def __init__(self, script: Script) -> None:
        """Go every way, once for each thing that could differ later."""
        self.reached: set[str] = set()
        self.taken: set[tuple[str, int]] = set()
        self.without: set[tuple[str, str]] = set()
        self.unknown: set[str] = set()
        self.lacking: set[tuple[str, str]] = set()
        self.stuck: set[str] = set()
        self.circling: set[str] = set()
        for person in people():
            self._walk(script, person)

    def _walk(self, script: Script, person: Situation) -> None:
        ahead = [(begin(script, person), False, frozenset[str]())]
        seen = {(ahead[0][0].at, False, frozenset[str]())}
        led: dict[str, set[str]] = {}
        for walk, known, said in ahead:
            self._look(walk.step, person, known=known, said=said)
            for to, then, after in moves(walk, known, said):
                led.setdefault(walk.at, set()).add(to.at)
                if (to.at, then, after) not in seen:
                    seen.add((to.at, then, after))
                    ahead.append((to, then, after))
        ending = {each.id for each in script.steps if each.kind is StepKind.CLOSE}
        while more := {at for at, tos in led.items() if tos & ending} - ending:
            ending |= more
        self.stuck |= {at for at, _, _ in seen} - ending
        asks = {each.id for each in script.steps if each.kind is StepKind.ASK}
        for start in led.keys() - asks:
            ahead_of = set(led[start]) - asks
            while more := {to for at in ahead_of for to in led.get(at, ())} - asks - ahead_of:
                ahead_of |= more
            if start in ahead_of:
                self.circling.add(start)

    def _look(self, at: Step, person: Situation, *, known: bool, said: frozenset[str]) -> None:
        self.reached.add(at.id)
        for place, each in enumerate(at.branches):
            if all(person_fits(person, name, words) for name, words in each.when.items()):
                self.taken.add((at.id, place))
                break
        whole = at.kind is StepKind.CLOSE and at.disposition == ""
        if at.kind is StepKind.OFFER or whole:
            self.without |= {(at.id, item) for item in ("caller", "source") if item not in said}
        if not known:
            self.unknown.add(at.id)
        if not person.products:
            self.lacking.add((at.id, "customer.products"))
        if person.spoken != "yes":
            self.lacking.add((at.id, "last.at"))


def person_fits(person: Situation, name: str, words: tuple[str, ...]) -> bool:
    """The condition, told again."""
    said = getattr(person, name)
    return bool(set(said) & set(words)) if name == "products" else said in words


def steps_with(findings: Sequence[Finding], fault: str) -> set[str]:
    """Where a fault was found."""
    return {finding.step for finding in findings if finding.fault == fault}


CHAIN = Script(
    id="s",
    version="1",
    title={"it": "T"},
    sha256="",
    steps=(
        Step(id="a", kind=StepKind.DISCLOSE, text={"it": "x"}, variants={}, next="end", discloses=("caller", "source")),
        *(
            Step(id=end, kind=StepKind.CLOSE, text={"it": "x"}, variants={}, disposition=word)
            for end, word in (("end", ""), ("no_thank_you", "refused"), ("never_again", "never_again"))
        ),
    ),
)


@settings(deadline=None, derandomize=True, database=None, max_examples=40)
@given(script=scripts())
@example(script=CHAIN)
def test_the_lint_finds_exactly_what_some_walk_comes_to(script: Script) -> None:
    """Steps, branches, ends, disclosures, identity and gaps: neither more nor less than all walks there are."""
    findings = lint(script, required=(CALLER, SOURCE))
    walked = Walked(script)
    ids = {each.id for each in script.steps if each.id not in EXITS}
    assert steps_with(findings, "unreachable_step") == ids - walked.reached
    branches = {(each.id, place) for each in script.steps for place, _ in enumerate(each.branches)}
    never = {(at, place) for at, place in branches if at in walked.reached} - walked.taken
    told = sorted(
        (finding.step, finding.what.split()[1]) for finding in findings if finding.fault == "unreachable_branch"
    )
    assert told == sorted((at, str(place + 1)) for at, place in never)
    assert steps_with(findings, "endless") == walked.circling
    assert steps_with(findings, "no_end") == walked.stuck - steps_with(findings, "endless")
    said = {item for each in script.steps for item in each.discloses}
    assert steps_with(findings, "disclosure_skipped") == {at for at, item in walked.without if item in said}
    nowhere = {item for _, item in walked.without} - said
    assert len([finding for finding in findings if finding.fault == "not_disclosed"]) == len(nowhere)
    personal = {each.id for each in script.steps if "{{" in each.text["it"]}
    assert steps_with(findings, "personal_too_early") == walked.unknown & personal
    gaps = {at for at, field in walked.lacking if f"{{{{ {field} }}}}" in script.step(at).text["it"]}
    assert steps_with(findings, "may_be_empty") == gaps


def test_the_script_in_the_docs_is_valid_and_clean() -> None:
    """Whoever copies it has a script."""
    text = (HOME.parent / "docs" / "scripts.md").read_text("utf-8")
    script = parse_script(text.split("```toml\n")[1].split("```")[0], name="fibre.toml")
    owed = owed_by(script, [shipped_pack(pack) for pack in ("core", "it", "house")])
    assert lint(script, required=owed.required, before_offer=owed.before_offer, only_for=owed.only_for) == ()


def test_the_docs_name_every_field() -> None:
    """And none that there is not."""
    text = (HOME.parent / "docs" / "scripts.md").read_text("utf-8")
    table = text.split("| field |")[1].split("\n\n")[0]
    assert {
        name
        for line in table.splitlines()[2:]
        for name in line.split("|")[1].replace("`", "").replace(" ", "").split(",")
    } == set(FIELDS)
