"""Merge fields: what they say, that nothing else runs, and that there is never a gap."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.policy.scripts import Situation
from ari_app.policy.scripts.fields import FIELDS, FieldError, fill, merge_fields, nested, problems_of
from ari_app.policy.scripts.shown import shown
from tests.policy.examples import CAMPAIGN, PROPERTY

KNOWN = Situation(
    customer="current",
    products=("Fibra", "Mobile", "TV"),
    since=datetime(2021, 2, 28, 23, 30, tzinfo=UTC),
    last_at=datetime(2026, 10, 1, 9, 0, tzinfo=UTC),
    last_operator="anna",
    callback="yes",
    callback_due=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    callback_by="anna",
    list_source="fiera di Roma",
    sector="telecom",
)
EVERY = " ".join(f'{{{{ {name} | default("-") }}}}' for name in FIELDS)


def test_fields_are_worded_in_the_language_and_the_zone_of_the_callee() -> None:
    """Days and hours by their own clock, lists with a word between the last two."""
    rome = ZoneInfo("Europe/Rome")
    told = merge_fields(KNOWN, language="it", operator="anna", operator_name="Anna", campaign=CAMPAIGN, zone=rome)
    text = "{{ operator.name }}, {{ principal.name }}, {{ campaign.sector }}: {{ customer.products }} dal "
    assert (
        fill(text + "{{ customer.since }}", told)
        == "Anna, acme, telecomunicazioni: Fibra, Mobile e TV dal 1 marzo 2021"
    )
    assert fill("{{ callback.due }}", told) == "lunedì 23 novembre 2026, 10:30"
    english = merge_fields(KNOWN, language="en", operator="anna")
    assert fill("{{ customer.products }}, {{ customer.since }}", english) == "Fibra, Mobile and TV, 28 February 2021"


def test_every_field_is_there_whoever_is_called() -> None:
    """In any language; what is not known is empty, and the operator always has a name or a place for it."""
    for language in ("it", "en", "de", "xx"):
        fields = merge_fields(Situation(), language=language)
        assert fill(EVERY, fields).count("-") == len(FIELDS) - 1
        for name in FIELDS:
            of, _, attribute = name.partition(".")
            held = fields[of]
            assert isinstance(held, dict)
            assert attribute in held


@pytest.mark.parametrize(
    "text",
    [
        "{{ list.source }}",
        "Da: {{ list.source }}",
        "{% if list.source %}x{% endif %}{{ list.source }}",
        "{{ operator.name }}{{ callback.due }}",
    ],
)
def test_a_field_that_is_empty_is_an_error_and_no_gap(text: str) -> None:
    """It is named, and no value is."""
    with pytest.raises(FieldError, match=r"list\.source|callback\.due|nothing") as caught:
        fill(text, merge_fields(Situation(), language="it", operator="Segreta"))
    assert "Segreta" not in str(caught.value)


HOSTILE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ operator.__class__ }}",
    "{{ operator.name.__class__ }}",
    "{{ operator['name'] }}",
    "{{ customer.items }}",
    "{{ customer.items() }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ lipsum.__globals__ }}",
    "{{ range(1000000000) }}",
    "{% for x in range(1000000000) %}{{ x }}{% endfor %}",
    "{{ 'a' * 1000000000 }}",
    "{{ 2 ** 100000 }}",
    "{% set x = 1 %}x",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}x",
    "{% extends 'base.html' %}",
    "{% macro m() %}x{% endmacro %}",
    "{% block b %}x{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{{ operator.name | attr('__class__') }}",
    "{{ operator.name | default(range) }}",
    '{{ operator.name | default("x", true) }}',
    '{{ operator.name | default("") }}',
    "{{ operator.name | upper }}",
    "{{ operator.name ~ principal.name }}",
    "{{ operator.name if operator.name else 1 }}",
    "{{ namespace() }}",
    "{{ 'x' }}",
    "{{ 1 }}",
    "{{ [1, 2] }}",
    "{{ operator }}",
    "{{ loop.index }}",
    "{% if operator.name is defined %}x{% else %}y{% endif %}",
    "{% if range %}x{% else %}y{% endif %}",
    "{{ operator.name",
    "{% if operator.name %}x",
    "{ operator.name }",
    "x }} y",
    "{% raw %}{{ x }}{% endraw %}",
    "{{" * 2000,
    "{{ " + "(" * 3000 + "operator.name" + ")" * 3000 + " }}",
    "{% if operator.name %}" * 300 + "x" + "{% else %}y{% endif %}" * 300,
    "{% if list.source %}x{% endif %}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_plain_field_is_refused_and_never_runs(text: str) -> None:
    """Loops, calls, attributes, includes, arithmetic, words that may say nothing: each with what would be right."""
    assert next(problems_of(text), "")
    with pytest.raises(FieldError):
        fill(text, merge_fields(KNOWN, language="it"))


def test_what_a_field_holds_is_text_and_nothing_more() -> None:
    """A customer list with braces and marks in it changes no script."""
    odd = Situation(products=("{{ operator.name }}", "<b>{% x %}</b>"))
    told = fill("{{ customer.products }}", merge_fields(odd, language="it"))
    assert told == "{{ operator.name }} e <b>{% x %}</b>"


def test_what_comes_out_is_bounded() -> None:
    """However long what a list holds may be."""
    with pytest.raises(FieldError, match="more than"):
        fill("{{ list.source }}" * 50, nested({"list.source": "x" * 1000}))


@PROPERTY
@given(text=st.text(alphabet="{}%| .()\"'ab#-xif endo", max_size=60))
def test_any_text_is_filled_or_refused(text: str) -> None:
    """No other exception comes out of it, whatever somebody types."""
    try:
        filled = fill(text, merge_fields(KNOWN, language="it"))
    except FieldError:
        return
    assert isinstance(filled, str)


def test_a_sentence_stands_where_the_words_cannot() -> None:
    """It names what is missing in the operator's language, and what to do."""
    fields = merge_fields(Situation(), language="it")
    told = shown("Da {{ list.source }}.", fields, "it")
    assert (told.filled, told.lacking) == (False, ("list.source",))
    assert "da dove viene il numero" in told.text
    assert "where the number is from" in shown("Da {{ list.source }}.", fields, "fr").text
    assert "cannot be read" in shown("{{ nonsense", fields, "en").text
    assert shown("Sono {{ operator.name }}.", fields, "it").text == "Sono (il suo nome)."
