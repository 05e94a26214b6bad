"""Script files: what may stand in them, what goes without saying, and where each mistake is."""

import pytest

from ari_app.policy.scripts import EXITS, Script, ScriptError, Situation, StepKind, begin, parse_script
from ari_app.policy.scripts.walking import WalkError

GOOD = """\
id = "whole"
version = "1"
purposes = ["care"]
title = { it = "Tutto", en = "All", fr = "Tout" }

[[step]]
id = "who"
kind = "ask"
discloses = ["caller"]
book = ["why-we-call"]
text = { it = "Chi parla?", en = "Who is it?", fr = "Qui est-ce ?" }
[[step.answer]]
id = "me"
text = { it = "Io", en = "Me", fr = "Moi" }
next = "told"
identifies = true
[[step.answer]]
id = "no"
text = { it = "No", en = "No", fr = "Non" }
next = "no_thank_you"

[[step]]
id = "told"
kind = "say"
text = { it = "Bene.", en = "Well.", fr = "Bien." }
[[step.branch]]
when = { customer = "current", products = ["fibra", "mobile"] }
next = "offer"

[[step]]
id = "close"
kind = "close"
disposition = "interested"
text = { it = "Addio.", en = "Bye.", fr = "Adieu." }

[[step]]
id = "offer"
kind = "offer"
needs_verdict = true
otherwise = "close"
text = { it = "Ecco {{ campaign.product }}.", en = "Here {{ campaign.product }}.", fr = "Voici." }
"""


def parsed(text: str = GOOD) -> Script:
    """The script in the text."""
    return parse_script(text, name="whole.toml")


def test_a_script_file_says_the_whole_model() -> None:
    """Answers, branches, disclosures, identity, a second verdict, what is noted, the book, purposes."""
    script = parsed()
    who, told, close, offer, *ends = script.steps
    assert (who.kind, who.discloses, who.book, who.identifies) == (StepKind.ASK, ("caller",), ("why-we-call",), True)
    assert [(each.id, each.next, each.identifies) for each in who.answers] == [
        ("me", "told", True),
        ("no", "no_thank_you", False),
    ]
    assert who.answers[0].text["fr"] == "Moi"
    assert [(each.when, each.next) for each in told.branches] == [
        ({"customer": ("current",), "products": ("fibra", "mobile")}, "offer")
    ]
    assert (close.disposition, offer.needs_verdict, offer.otherwise) == ("interested", True, "close")
    assert [step.id for step in ends] == ["goodbye", *EXITS]
    assert (script.purposes, script.is_for("care"), script.is_for("upsell")) == (("care",), True, False)


def test_a_script_without_purposes_is_for_any_marketing() -> None:
    """And for nothing else."""
    script = parsed(GOOD.replace('purposes = ["care"]\n', ""))
    assert script.is_for("upsell")
    assert not script.is_for("care")


def test_what_goes_without_saying() -> None:
    """The next step follows in the file, the last one leads to the goodbye, and every script has its ends."""
    who, told, close, offer, goodbye, no_thank_you, never_again = parsed().steps
    assert (who.next, told.next, close.next, offer.next) == ("", "close", "", "goodbye")
    assert (goodbye.kind, goodbye.disposition) == (StepKind.CLOSE, "")
    assert (no_thank_you.disposition, never_again.disposition) == ("refused", "never_again")
    for end in (goodbye, no_thank_you, never_again):
        assert set(end.text) == {"it", "en", "fr"}
        assert end.text["fr"] == end.text["en"] != end.text["it"]


def test_an_end_of_ones_own_takes_the_place_of_ours() -> None:
    """With its words, and what it suggests."""
    words = '{ it = "Grazie.", en = "Thanks.", fr = "Merci." }'
    own = f'[[step]]\nid = "no_thank_you"\nkind = "close"\ndisposition = "not_now"\ntext = {words}\n'
    script = parsed(GOOD + own)
    assert [step.id for step in script.steps][-2:] == ["no_thank_you", "never_again"]
    assert (script.step("no_thank_you").text["it"], script.step("no_thank_you").disposition) == ("Grazie.", "not_now")
    assert "goodbye" not in [step.id for step in parsed(GOOD + own.replace("no_thank_you", "last")).steps][:-3]


def test_every_step_knows_its_line() -> None:
    """And every answer and text in it, by its id."""
    script = parsed()
    assert script.line("who") == 6
    assert script.line("who", "answer", "no", "next") == 20
    assert script.line("who", "text", "it") == 11
    assert script.line("told", "branch", "0", "when") == 27
    assert script.line("goodbye") == 1


ENDING = '\n[[step]]\nid = "{}"\nkind = "{}"\ntext = {{ it = "x", en = "x", fr = "x" }}\n'


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        (
            'next = "told"',
            'next = "nowhere"',
            15,
            "step.who.answer.me.next",
            "there is no step nowhere",
        ),
        ('next = "told"\n', "", 12, "step.who.answer.me.next", "is missing"),
        ('next = "offer"', 'next = "x"', 28, "step.told.branch.#1.next", "there is no step x"),
        ('otherwise = "close"', 'otherwise = "x"', 40, "step.offer.otherwise", "there is no step x"),
        ('kind = "ask"', 'kind = "ask"\nnext = "told"', 9, "step.who.next", "leads on by its answers"),
        ('kind = "ask"', 'kind = "say"', 12, "step.who.answer", 'kind = "ask"'),
        ('kind = "say"', 'kind = "ask"', 26, "step.told.branch", "leads on by its answers"),
        ('kind = "say"', 'kind = "ask"', 22, "step.told", "has no answers"),
        ('kind = "close"', 'kind = "close"\nnext = "told"', 33, "step.close.next", "nothing comes after it"),
        ('kind = "close"', 'kind = "close"\nidentifies = true', 33, "step.close.identifies", "into a step before"),
        ('id = "no"', 'id = "me"', 18, "step.who.answer.me.id", "given twice"),
        ('id = "no"', 'id = "never_again"', 18, "step.who.answer.never_again.id", "a way that every step has"),
        ("identifies = true\n", "", 0, "", ""),
        ('"interested"', '"delighted"', 33, "step.close.disposition", "'delighted' cannot be noted here"),
        ('discloses = ["caller"]', 'disposition = "sold"', 9, "step.who.disposition", "in a step of kind close"),
        ("needs_verdict = true\n", "", 39, "step.offer.otherwise", "write needs_verdict"),
        ('otherwise = "close"\n', "", 36, "step.offer", "write otherwise"),
        ('otherwise = "close"', 'otherwise = "offer"', 40, "step.offer.otherwise", "back to the offer"),
        ('kind = "say"', 'kind = "say"\nneeds_verdict = true', 25, "step.told.needs_verdict", "only an offer"),
        ('customer = "current"', 'customer = "happy"', 27, "step.told.branch.#1.when.customer", "happy"),
        ('customer = "current"', 'colour = "red"', 27, "step.told.branch.#1.when.colour", "customer, products"),
        ('customer = "current"', "customer = []", 27, "step.told.branch.#1.when.customer", "write a word"),
        ('{ customer = "current", products = ["fibra", "mobile"] }', "{}", 27, "step.told.branch.#1.when", "nothing"),
        ("identifies = true\n[", 'colour = "red"\n[', 16, "step.who.answer.me.colour", "known here: id, identifies"),
        ('purposes = ["care"]', 'purposes = ["fun"]', 3, "purposes.#1", "no purpose of a campaign"),
        ('campaign.product }}.", en', 'campaign.colour }}.", en', 41, "step.offer.text.it", "no field"),
        ('it = "Bene."', 'it = "Bene, {{ customer."', 25, "step.told.text.it", "is no template"),
        ('it = "Tutto"', 'it = "{{ operator.name }}"', 4, "title.it", "no merge fields"),
        (', fr = "Bien."', "", 25, "step.told.text", "no text in fr"),
    ],
)
def test_a_mistake_names_its_line_and_key_and_what_is_right(
    old: str, new: str, line: int, key: str, words: str
) -> None:
    """All of them at once, in the order of the file."""
    assert old in GOOD
    changed = GOOD.replace(old, new, 1)
    if not words:
        assert not parsed(changed).step("who").identifies
        return
    with pytest.raises(ScriptError) as caught:
        parsed(changed)
    told = [(mistake.line, mistake.key, mistake.what) for mistake in caught.value.mistakes]
    assert any((at, where) == (line, key) and words in what for at, where, what in told), told


@pytest.mark.parametrize(
    ("step_id", "kind", "words"),
    [
        ("told", "close", "the step id told is given twice"),
        ("goodbye", "say", "an end that every script has"),
        ("never_again", "offer", "an end that every script has"),
    ],
)
def test_ids_are_single_and_ends_are_ends(step_id: str, kind: str, words: str) -> None:
    """A walk must know where it is."""
    with pytest.raises(ScriptError, match=words):
        parsed(GOOD + ENDING.format(step_id, kind))


@pytest.mark.parametrize(("end", "word"), [("never_again", "refused"), ("no_thank_you", "sold")])
def test_an_exit_notes_what_it_means(end: str, word: str) -> None:
    """Whoever says never again is never called again, whatever a file says."""
    with pytest.raises(ScriptError, match="cannot be noted here"):
        parsed(GOOD + ENDING.format(end, "close") + f'disposition = "{word}"\n')


def test_identity_is_said_by_answers() -> None:
    """An ask that settles it says by which."""
    changed = GOOD.replace("identifies = true\n", "", 1).replace('book = ["why', 'identifies = true\nbook = ["why', 1)
    with pytest.raises(ScriptError, match="say by which answers"):
        parsed(changed)


def test_an_offer_without_a_permit_is_passed_over() -> None:
    """It counts as not said, and the walk is found again from its record."""
    person = Situation(customer="current", products=("Fibra",))
    walk = begin(parsed(), person).answer("me").go_on()
    assert walk.step.needs_verdict
    past = walk.without_verdict()
    assert (past.at, past.over) == ("close", True)
    with pytest.raises(WalkError, match="needs no verdict"):
        past.without_verdict()
