"""Practice: a script walked against an invented callee, from nothing but what the page carries."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ari_app.desk.personas import Persona, personas
from ari_app.desk.practice import MOST_STEPS, heard, move, result, walk_of
from ari_app.desk.refusals import Refused
from ari_app.policy.scripts import Answer, Branch, Script, Step, StepKind, Walk, begin
from ari_app.policy.scripts.walking import Taken

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
PEOPLE = {each.id: each for each in personas(NOW)}


def step(step_id: str, kind: StepKind, **more: object) -> Step:
    """A step that says its own name."""
    return Step(id=step_id, kind=kind, text={"it": step_id, "en": step_id}, variants={}, **more)  # type: ignore[arg-type]


def answer(answer_id: str, leads_to: str) -> Answer:
    """An answer that says its own name."""
    return Answer(id=answer_id, text={"it": answer_id, "en": answer_id}, next=leads_to)


SCRIPT = Script(
    id="adsl",
    version="1",
    title={"it": "Prova", "en": "Trial"},
    sha256="00",
    steps=(
        step("opening", StepKind.DISCLOSE, next="who", discloses=("caller", "principal")),
        step(
            "who",
            StepKind.ASK,
            identifies=True,
            answers=(answer("yes", "why"), answer("wrong", "sorry"), answer("away", "later")),
        ),
        step(
            "why",
            StepKind.DISCLOSE,
            next="offer",
            discloses=("origin",),
            branches=(Branch(when={"customer": ("current",)}, next="care"),),
        ),
        step("care", StepKind.CLOSE, disposition="interested"),
        step("offer", StepKind.ASK, answers=(answer("fine", "done"), answer("no", "no_thank_you"))),
        step("done", StepKind.CLOSE, disposition="sold"),
        step("sorry", StepKind.CLOSE, disposition="wrong_number"),
        step("later", StepKind.CLOSE, disposition="holder_absent"),
        step("no_thank_you", StepKind.CLOSE, disposition="refused"),
        step("never_again", StepKind.CLOSE, disposition="never_again"),
    ),
)


def obey(walk: Walk, persona: Persona, seed: int) -> Walk:
    """An operator who hears what is said, to the end."""
    for _ in range(MOST_STEPS):
        if walk.over:
            return walk
        walk = move(walk, heard(walk, persona, seed).answer)
    raise AssertionError("it does not end")


@pytest.mark.parametrize("persona", PEOPLE.values(), ids=list(PEOPLE))
@pytest.mark.parametrize("seed", range(20))
def test_who_listens_comes_to_an_end(persona: Persona, seed: int) -> None:
    """With every invented callee; the same seed says the same, and the page's list of steps leads there again."""
    walk = obey(begin(SCRIPT, persona.situation), persona, seed)
    assert obey(begin(SCRIPT, persona.situation), persona, seed) == walk
    assert walk_of(SCRIPT, persona, walk.taken) == walk
    came_to = result(walk, persona, seed)
    assert (came_to.misheard, came_to.ignored) == ((), False)
    assert came_to.disposition == walk.step.disposition
    assert set(came_to.made) == walk.disclosed
    assert [*came_to.made, *came_to.skipped] == ["caller", "principal", "origin"]


def test_callees_make_for_their_own_end() -> None:
    """The wrong person says so, the office has no owner in; where the script has no such end, they choose."""
    ends = {name: obey(begin(SCRIPT, PEOPLE[name].situation), PEOPLE[name], 1).at for name in PEOPLE}
    assert (ends["wrong_person"], ends["business"]) == ("sorry", "later")
    elsewhere = replace(PEOPLE["business"], heads_for=("deceased",), steers_clear_of=())
    for persona, answers in ((elsewhere, {"yes", "wrong", "away"}), (PEOPLE["prospect"], {"yes"})):
        asked = move(begin(SCRIPT, persona.situation), "")
        assert {heard(asked, persona, seed).answer for seed in range(40)} == answers


def test_who_has_had_enough_leaves_for_good() -> None:
    """Sooner or later, and never at the very first word."""
    persona = PEOPLE["had_enough"]
    ends = {obey(begin(SCRIPT, persona.situation), persona, seed).at for seed in range(40)}
    assert "never_again" in ends
    for seed in range(40):
        assert heard(begin(SCRIPT, persona.situation), persona, seed).answer == ""


def test_what_is_not_heard_is_told() -> None:
    """Another answer than was given, and going on where they wanted no more."""
    persona = PEOPLE["wrong_person"]
    walk = move(move(begin(SCRIPT, persona.situation), ""), "yes")
    assert result(walk, persona, 1).misheard == ("who",)
    tired = replace(PEOPLE["prospect"], leaves=100, never_again=True)
    walk = move(move(begin(SCRIPT, tired.situation), ""), "yes")
    assert result(walk, tired, 1).ignored
    assert not result(move(move(begin(SCRIPT, tired.situation), ""), "never_again"), tired, 1).ignored


def test_what_was_not_said_is_skipped() -> None:
    """A step that was left by an exit was not said to its end; a walk that is broken off has no end to note."""
    persona = PEOPLE["prospect"]
    walk = move(begin(SCRIPT, persona.situation), "no_thank_you")
    assert result(walk, persona, 1).skipped == ("caller", "principal", "origin")
    broken_off = result(move(begin(SCRIPT, persona.situation), ""), persona, 1)
    assert (broken_off.made, broken_off.disposition) == (("caller", "principal"), "")


@pytest.mark.parametrize(
    "taken",
    [
        (Taken(step="done"),),
        (Taken(step="opening", answer="yes"),),
        (Taken(step="opening"), Taken(step="who", answer="perhaps")),
        (Taken(step="opening"), Taken(step="who")),
        (Taken(step="opening", answer="never_again"), Taken(step="never_again")),
        tuple(Taken(step="opening") for _ in range(MOST_STEPS + 1)),
    ],
)
def test_a_list_of_steps_that_somebody_made_up_is_refused(taken: tuple[Taken, ...]) -> None:
    """It is walked anew each time."""
    with pytest.raises(Refused) as failure:
        walk_of(SCRIPT, PEOPLE["prospect"], taken)
    assert failure.value.code == "bad_walk"


def test_moves_that_there_are_not_are_refused() -> None:
    """Back from the beginning, on from a question or an end, and a step that leads nowhere."""
    walk = begin(SCRIPT, PEOPLE["prospect"].situation)
    for at, choice in ((walk, "back"), (move(walk, ""), ""), (move(walk, "never_again"), ""), (walk, "yes")):
        with pytest.raises(Refused) as failure:
            move(at, choice)
        assert failure.value.code == "bad_walk"
    assert move(move(walk, ""), "back") == walk
    alone = replace(SCRIPT, steps=(step("opening", StepKind.SAY),))
    for choice in ("", "no_thank_you"):
        with pytest.raises(Refused) as failure:
            move(begin(alone, PEOPLE["prospect"].situation), choice)
        assert failure.value.code == "no_way_on"


def test_a_question_without_answers_is_listened_to() -> None:
    """Nobody falls over a script that no lint has seen."""
    bare = replace(SCRIPT, steps=(step("opening", StepKind.ASK),))
    assert heard(begin(bare, PEOPLE["prospect"].situation), PEOPLE["prospect"], 1).answer == ""
