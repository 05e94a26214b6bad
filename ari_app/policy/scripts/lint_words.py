"""The words of a script, looked at: languages agree, no field leaves a gap, nothing personal comes before identity."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ari_app.policy.scripts.fields import FIELDS, given_by, given_by_variant, problems_of, uses_of
from ari_app.policy.scripts.findings import Finding
from ari_app.policy.scripts.flow import Flow, Move
from ari_app.policy.scripts.script import EXITS, Script, Step
from ari_app.policy.scripts.templates import Use


@dataclass(frozen=True, slots=True)
class _Said:
    """Words at their place below a step."""

    path: tuple[str, ...]
    variant: str
    text: str


def words_faults(script: Script, ways: Sequence[Flow]) -> Iterator[Finding]:
    """What is wrong with words and fields; words that are no template are told, and no more is asked of them."""
    yield from _languages(script)
    for step in script.steps:
        for said in _all_said(step):
            for problem in problems_of(said.text):
                yield _at(script, step, said, "no_words", problem)
    yield from _too_early(script, ways)
    yield from _gaps(script, ways)


def _languages(script: Script) -> Iterator[Finding]:
    for step in script.steps:
        for path, texts in _texts(step):
            lacking = [language for language in script.languages if language not in texts]
            beside = [language for language in texts if language not in script.languages]
            line = script.line(step.id, *path)
            if lacking:
                what = f"has no words in {' and '.join(lacking)}, but the title has"
                yield Finding(line=line, step=step.id, fault="language_missing", what=what)
            if beside:
                what = f"has words in {' and '.join(beside)}, but the title has none; give the title in it too"
                yield Finding(line=line, step=step.id, fault="language_beside", what=what)


def _too_early(script: Script, ways: Sequence[Flow]) -> Iterator[Finding]:
    by_id = {step.id: step for step in script.steps}

    def known_then(step: str, move: Move) -> bool:
        return _knows_then(by_id[step], move)

    unknown = {step for flow in ways for step in flow.reached(known_then)} | set(EXITS)
    for step in script.steps:
        if step.id not in unknown:
            continue
        for said, use in _uses(step):
            field = FIELDS[use.field]
            if field.personal and not (field.asks_who and step.identifies):
                what = (
                    f"{use.field} is personal, and on some path here nobody has asked yet who is on the line; put a "
                    "step with identifies = true before it"
                )
                yield _at(script, step, said, "personal_too_early", what)


def _knows_then(step: Step, move: Move) -> bool:
    answer = next((each for each in step.answers if each.id == move.answer), None) if move.answer else None
    return step.says_who(answer) and (answer is not None or not move.answer)


def _gaps(script: Script, ways: Sequence[Flow]) -> Iterator[Finding]:
    given: dict[str, frozenset[str]] = {}
    for flow in ways:
        sure = _given_in(flow)
        for reached in (*flow.reached(), *EXITS):
            given[reached] = given[reached] & sure if reached in given else sure
    for step in (step for step in script.steps if step.id in given):
        for said, use in _uses(step):
            sure = use.given | given[step.id] | given_by_variant(said.variant)
            if use.bare and FIELDS[use.field].may_be_empty and use.field not in sure:
                what = (
                    f'{use.field} may be empty here; write {{{{ {use.field} | default("…") }}}}, put '
                    f"{{% if {use.field} %}} … {{% endif %}} around it, or come here by a branch that asks for it"
                )
                yield _at(script, step, said, "may_be_empty", what)


def _given_in(flow: Flow) -> frozenset[str]:
    """Fields that nobody who goes this way lacks."""
    of_each = [
        frozenset[str]().union(*(_given_by_words(name, words) for name, words in kind.items())) for kind in flow.kinds
    ]
    return frozenset.intersection(*of_each)


def _given_by_words(name: str, words: frozenset[str]) -> frozenset[str]:
    given = [given_by(name, word) for word in words]
    return frozenset.intersection(*given) if given else frozenset()


def _texts(step: Step) -> Iterator[tuple[tuple[str, ...], Mapping[str, str]]]:
    yield ("text",), step.text
    for variant, texts in step.variants.items():
        yield ("variant", variant), texts
    for answer in step.answers:
        yield ("answer", answer.id, "text"), answer.text


def _all_said(step: Step) -> Iterator[_Said]:
    for path, texts in _texts(step):
        variant = path[1] if path[0] == "variant" else ""
        for language, text in texts.items():
            yield _Said((*path, language), variant, text)


def _uses(step: Step) -> Iterator[tuple[_Said, Use]]:
    for said in _all_said(step):
        if not any(problems_of(said.text)):
            for use in uses_of(said.text):
                yield said, use


def _at(script: Script, step: Step, said: _Said, fault: str, what: str) -> Finding:
    where = ".".join(said.path)
    return Finding(line=script.line(step.id, *said.path), step=step.id, fault=fault, what=f"{where}: {what}")
