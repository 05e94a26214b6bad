"""Keys of the desk: the usual ones, an operator's own, conflicts; and that every word is there in both languages."""

import string

import pytest

from ari_app.policy.disposition import Disposition
from ari_app.web.desk.keys import (
    EVERYWHERE,
    OFFERED,
    PLACES,
    Fault,
    actions_by_place,
    keys_of,
    read_keys,
    usual_key,
)
from ari_app.web.desk.pane import _GROUPS, action_of
from ari_app.web.desk.words import WORDS, action_word

ACTIONS = [action for actions in actions_by_place().values() for action in actions]


def test_both_languages_are_complete() -> None:
    """The same sentences in each, none empty, with the same places to fill; a word for every key and disposition."""
    italian, english = WORDS["it"], WORDS["en"]
    assert set(italian) == set(english)
    for name in italian:
        assert italian[name].strip(), name
        assert english[name].strip(), name
        fields = [
            {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for text in (italian[name], english[name])
        ]
        assert fields[0] == fields[1], name
    assert not [name for name in italian if hasattr(dict, name)], "a template would find the method of the mapping"
    for language in WORDS:
        assert all(action_word(action, language) for action in ACTIONS)
        assert all(WORDS[language][f"word_{word.value}"] for word in Disposition)
        assert all(WORDS[language][f"place_{place}"] for place in PLACES)
        assert all(WORDS[language][f"group_{group}"] for group, _ in _GROUPS)


def test_every_word_has_a_place_and_a_key() -> None:
    """Each that operators may note stands in one group."""
    shown = [word for _, members in _GROUPS for word in members]
    assert sorted(shown) == sorted(OFFERED)
    assert len({action_of(word) for word in OFFERED}) == len(OFFERED)
    assert all(keys_of({})[action_of(word)] for word in OFFERED)


def test_the_usual_keys_do_not_get_in_each_others_way() -> None:
    """Within a place, and with those that work everywhere."""
    assert read_keys({}) == ({}, ())
    for place in PLACES:
        actions = {*actions_by_place()[place], *actions_by_place()[EVERYWHERE]}
        keys = [key for action in actions for key in usual_key(action).split()]
        assert len(keys) == len(set(keys)), place


def test_an_own_key_stands_in_place_of_the_usual_one() -> None:
    """A capital is the key itself; empty and the usual key are nothing of one's own; named keys in any spelling."""
    own, faults = read_keys({"no_thank_you": " J ", "go_on": "enter", "back": "", "sold": "s", "made_up": "q"})
    assert faults == ()
    assert own == {"no_thank_you": "j", "go_on": "Enter"}
    assert keys_of(own)["no_thank_you"] == "j"
    assert keys_of({"gone": "q"}) == keys_of({})


def test_two_actions_may_swap() -> None:
    """Both are changed at once."""
    assert read_keys({"sold": "i", "interested": "s"}) == ({"sold": "i", "interested": "s"}, ())


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"no_thank_you": "x"}, Fault("no_thank_you", "x", "taken", "never_again")),
        ({"sold": "i"}, Fault("sold", "i", "taken", "interested")),
        ({"break": "i"}, Fault("break", "i", "taken", "interested")),
        ({"available": "p"}, Fault("available", "p", "taken", "break")),
        ({"back": "space"}, Fault("back", "Space", "taken", "go_on")),
        ({"sold": "1"}, Fault("sold", "1", "reserved")),
        ({"sold": "/"}, Fault("sold", "/", "reserved")),
        ({"sold": "ab"}, Fault("sold", "ab", "no_key")),
        ({"sold": "Escape"}, Fault("sold", "escape", "no_key")),
        ({"sold": "\u200b"}, Fault("sold", "\u200b", "no_key")),
    ],
)
def test_a_key_that_cannot_be_is_refused(said: dict[str, str], fault: Fault) -> None:
    """With the action, the key, and who has it."""
    assert fault in read_keys(said)[1]


def test_one_key_in_two_places_is_no_conflict() -> None:
    """One walks, or one notes."""
    assert read_keys({"no_thank_you": "r"}) == ({"no_thank_you": "r"}, ())
