"""Scripts: the file, the words, and which of them fit the person."""

from dataclasses import replace

import pytest

from ari_app.policy.attempts import Attempt
from ari_app.policy.facts import Facts, Unknown
from ari_app.policy.held import CustomerStatus
from ari_app.policy.outcome import Outcome
from ari_app.policy.scripts import ScriptChoice, ScriptError, choose, parse_script, situation_of
from tests.policy.examples import COURTESY, MONDAY_10, OPERATOR, attempt, call, facts


def routed(found: Facts, *, language: str) -> ScriptChoice:
    """The choice for a call of which this is known."""
    request = call(operator=replace(OPERATOR, language=language))
    choice = choose(request, situation_of(request, found), {"courtesy": COURTESY})
    assert choice is not None
    return choice


VARIANTS = ("prospect", "customer", "former_customer", "spoken_before", "unknown")

GOOD = """\
id = "short"
version = "2"
title = { it = "Breve", en = "Short" }

[[step]]
id = "opening"
kind = "say"
text = { it = "Buongiorno.", en = "Good day." }
[step.variant.customer]
it = "Bentornato."
en = "Welcome back."
"""


@pytest.mark.parametrize(
    ("status", "attempts", "variant"),
    [
        (CustomerStatus.NONE, (), "prospect"),
        (CustomerStatus.CURRENT, (), "customer"),
        (CustomerStatus.ENDED, (), "former_customer"),
        (CustomerStatus.NONE, (attempt(MONDAY_10, Outcome.NO_ANSWER),), "prospect"),
        (CustomerStatus.NONE, (attempt(MONDAY_10, None),), "prospect"),
        (CustomerStatus.NONE, (attempt(MONDAY_10, Outcome.ANSWERED),), "spoken_before"),
        (CustomerStatus.CURRENT, (attempt(MONDAY_10, Outcome.UNOBSERVED),), "spoken_before"),
    ],
)
def test_the_wording_fits_what_is_known(status: CustomerStatus, attempts: tuple[Attempt, ...], variant: str) -> None:
    """Spoken before comes first, then the contract."""
    choice = routed(facts(status=status, attempts=attempts), language="it")
    assert (choice.id, choice.version, choice.variant, choice.language) == ("courtesy", "2", variant, "it")


@pytest.mark.parametrize("name", ["customer", "attempts"])
def test_what_nobody_knows_is_not_guessed(name: str) -> None:
    """An Unknown fact gives the careful wording."""
    blind: Facts = replace(facts(status=CustomerStatus.CURRENT), **{name: Unknown("book", "gone")})
    assert routed(blind, language="en").variant == "unknown"


def test_why_is_a_sentence_in_the_language_of_the_script() -> None:
    """With the principal by name."""
    told = {language: routed(facts(), language=language).why for language in ("it", "en")}
    assert told["it"].startswith("Non è cliente")
    assert told["en"].startswith("This person is no customer")


def test_the_shipped_script_has_its_own_words_for_each_person() -> None:
    """Five variants, two languages, ten different texts."""
    step = COURTESY.steps[0]
    words = {step.words(variant, language) for variant in VARIANTS for language in COURTESY.languages}
    assert COURTESY.languages == ("it", "en")
    assert len(words) == 10


def test_a_variant_without_words_of_its_own_has_the_common_ones() -> None:
    """And a language that is not there is told in the first one."""
    step = parse_script(GOOD, name="short.toml").steps[0]
    assert step.words("customer", "en") == "Welcome back."
    assert step.words("prospect", "en") == "Good day."
    assert step.words("customer", "fr") == "Bentornato."


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('id = "short"', 'id = ""', 1, "id", "pattern"),
        ('version = "2"\n', "", 1, "version", "is missing"),
        ('version = "2"', 'version = "2"\ncolour = 1', 3, "colour", "known here: id, purposes, step, title, version"),
        (', en = "Short"', "", 3, "title", "no text in en"),
        ('kind = "say"', 'kind = "sing"', 7, "step.opening.kind", "'say'"),
        ('it = "Buongiorno.", ', "", 8, "step.opening.text", "no text in it"),
        ("Buongiorno.", "Buongiorno {name}.", 8, "step.opening.text.it", "single brace"),
        ("[step.variant.customer]", "[step.variant.client]", 9, "step.opening.variant.client.[key]", "'customer'"),
        ('en = "Welcome back."', "", 9, "step.opening.variant.customer", "no text in en"),
        ('title = { it = "Breve", ', 'title = { it = "Breve", fr = "Bref", ', 8, "step.opening.text", "no text in fr"),
        (
            'en = "Welcome back."',
            'en = "W."\n[[step]]\nid = "opening"\nkind = "say"',
            12,
            "step.opening.text",
            "missing",
        ),
        ("[[step]]", "[step]", 5, "step", "write [[step]]"),
        ('version = "2"', "version = ", 2, "", "no TOML"),
    ],
)
def test_a_mistake_in_a_script_names_its_line_and_key(old: str, new: str, line: int, key: str, words: str) -> None:
    """As in packs."""
    with pytest.raises(ScriptError) as caught:
        parse_script(GOOD.replace(old, new, 1), name="short.toml")
    found = [(mistake.line, mistake.key, mistake.what) for mistake in caught.value.mistakes]
    assert any((at, where) == (line, key) and words in what for at, where, what in found), found


def test_step_ids_are_single() -> None:
    """A walk through the script must know where it is."""
    twice = GOOD + '[[step]]\nid = "opening"\nkind = "say"\ntext = { it = "Ciao.", en = "Hello." }\n'
    with pytest.raises(ScriptError, match="the step id opening is given twice"):
        parse_script(twice, name="short.toml")


def test_a_choice_is_shown_as_interface_says() -> None:
    """Id, version, variant, language and why."""
    document = routed(facts(), language="en").document()
    assert list(document) == ["id", "version", "variant", "language", "why"]
