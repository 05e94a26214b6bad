"""What is wrong with the tables of a script file taken together, each of them being right by itself."""

from collections.abc import Iterator, Sequence
from typing import Any

from ari_app.policy.disposition import Disposition
from ari_app.policy.scripts.closing import EXIT_WORDS
from ari_app.policy.scripts.script import EXITS, GOODBYE, NO_VERDICT, Script
from ari_app.policy.source_text import Path

_Mistakes = Iterator[tuple[Path, str]]


def mistakes_in(script: Script, tables: Sequence[dict[str, Any]]) -> _Mistakes:
    """Where, and what would be right; `tables` are the steps as the file has them."""
    ids = {step.id for step in script.steps}
    seen: set[str] = set()
    for place, table in enumerate(tables):
        path: Path = ("step", place)
        if table["id"] in seen:
            yield (*path, "id"), f"the step id {table['id']} is given twice; every step has an id of its own"
        seen.add(table["id"])
        if table["id"] in (*EXITS, GOODBYE) and table["kind"] != "close":
            yield (*path, "kind"), f'{table["id"]} is an end that every script has: write kind = "close"'
        yield from _unknown_steps(path, table, ids)
        yield from _of_its_kind(path, table)
        yield from _of_answers(path, table)
        yield from _of_an_end(path, table)
        yield from _of_an_offer(path, table)
        yield from _languages(path, table, script.languages)


def _unknown_steps(path: Path, table: dict[str, Any], ids: set[str]) -> _Mistakes:
    named = [((*path, key), table[key]) for key in ("next", "otherwise") if key in table]
    for key in ("answer", "branch"):
        named += [((*path, key, place, "next"), each["next"]) for place, each in enumerate(table.get(key, []))]
    for at, step_id in named:
        if step_id not in ids:
            yield at, f"there is no step {step_id}; there are {', '.join(sorted(ids))}"


def _of_its_kind(path: Path, table: dict[str, Any]) -> _Mistakes:
    kind = table["kind"]
    if kind == "ask" and not table.get("answer"):
        yield path, "asks something and has no answers: write [[step.answer]] for each, with id, text and next"
    if kind != "ask" and table.get("answer"):
        yield (*path, "answer"), f'a step of kind {kind} has no answers; write kind = "ask"'
    for key in ("next", "branch"):
        if key in table and kind == "ask":
            yield (*path, key), "an ask leads on by its answers: write next in each [[step.answer]]"
        if key in table and kind == "close":
            yield (*path, key), "a close is where the talk ends: nothing comes after it"
    for key in ("discloses", "identifies"):
        if table.get(key) and kind == "close":
            yield (*path, key), "belongs into a step before: nothing comes after a close"


def _of_answers(path: Path, table: dict[str, Any]) -> _Mistakes:
    answers = table.get("answer", [])
    if table["kind"] == "ask" and table.get("identifies") and not any(each.get("identifies") for each in answers):
        yield (*path, "identifies"), "say by which answers: write identifies = true in those [[step.answer]]"
    seen: set[str] = set()
    for place, answer in enumerate(answers):
        at: Path = (*path, "answer", place, "id")
        if answer["id"] in seen:
            yield at, f"the answer id {answer['id']} is given twice; every answer of a step has an id of its own"
        if answer["id"] in (*EXITS, NO_VERDICT):
            yield at, f"{answer['id']} is the name of a way that every step has; call the answer otherwise"
        seen.add(answer["id"])


def _of_an_end(path: Path, table: dict[str, Any]) -> _Mistakes:
    word = table.get("disposition")
    if word is None:
        return
    at = (*path, "disposition")
    suggested = EXIT_WORDS.get(table["id"], tuple(Disposition))
    if table["kind"] != "close":
        yield at, "is noted when the talk is over: write it in a step of kind close"
    elif word not in suggested:
        yield at, f"{word!r} cannot be noted here, only {', '.join(suggested)}"


def _of_an_offer(path: Path, table: dict[str, Any]) -> _Mistakes:
    needs, otherwise = table.get("needs_verdict", False), table.get("otherwise")
    if needs and table["kind"] != "offer":
        yield (*path, "needs_verdict"), 'only an offer needs a verdict of its own; write kind = "offer"'
    elif needs and otherwise is None:
        yield path, "needs a verdict, and one may say no: write otherwise, the step that is taken then"
    if otherwise is not None and not needs:
        yield (*path, "otherwise"), "is where a verdict that says no leads; write needs_verdict = true with it"
    if otherwise == table["id"]:
        yield (*path, "otherwise"), "leads back to the offer; name a step without it"


def _languages(path: Path, table: dict[str, Any], languages: Sequence[str]) -> _Mistakes:
    told = [((*path, "text"), table["text"])]
    told += [((*path, "variant", variant), texts) for variant, texts in table.get("variant", {}).items()]
    told += [((*path, "answer", place, "text"), each["text"]) for place, each in enumerate(table.get("answer", []))]
    for at, texts in told:
        missing = [language for language in languages if language not in texts]
        if missing:
            yield at, f"has no text in {missing[0]}, but the title has"
