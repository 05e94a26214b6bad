"""Findings on Italian pages: every sentence that is written somewhere has its Italian, and keeps what it names."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

from ari_app.policy import source_text
from ari_app.policy.scripts import campaigns, conditions, fields, lint, lint_words, script_file, script_whole, templates
from ari_app.web.writing.italian import SENTENCES, in_italian

_WRITTEN_IN = (
    *(campaigns, conditions, fields, lint, lint_words, script_file, script_whole, source_text, templates),
    import_module("tomllib._parser"),
)
_FEWEST_WORDS = 2
_NOT_TOLD = {
    " \\(at .*\\)$",
    "; known here: VALUE",
    "File must be opened in binary mode, e.g. use `open('foo.toml', 'rb')`",
    "Expected str object, not 'VALUE'",
    *("parse_float must not return dicts or lists", "There is no nest behind this key"),
    "An object other than list found behind this key",
}
"""No sentence of its own, or a program's fault and not a file's."""


def _texts(node: ast.AST, module: ModuleType) -> Iterator[str]:
    """Each text below a node, with `VALUE` for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value)
            if isinstance(part, ast.Constant)
            else getattr(module, part.value.id)
            if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name) and part.value.id == "_ALLOWED"
            else "VALUE"
            for part in node.values
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for below in ast.iter_child_nodes(node):
            yield from _texts(below, module)


def _sentences(module: ModuleType) -> Iterator[str]:
    """What the module raises, yields, or calls `what` or `problem`."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        told = isinstance(node, ast.Raise | ast.Yield) or (
            isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == "what" for target in node.targets)
        )
        for text in _texts(node, module) if told else ():
            if len(text.split()) >= _FEWEST_WORDS and text not in _NOT_TOLD:
                yield text


@pytest.mark.parametrize("module", _WRITTEN_IN, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_sentence_has_its_italian(module: ModuleType) -> None:
    """Who writes a new one finds out here."""
    assert [text for text in _sentences(module) if in_italian(text) == text] == []


@pytest.mark.parametrize("english", SENTENCES)
def test_what_a_sentence_names_is_kept(english: str) -> None:
    """Nothing that is filled in is lost, and nothing is left open."""
    holes = [name for name in "xyzlsr" if f"<{name}>" in english]
    filled = english
    for name in holes:
        filled = filled.replace(f"<{name}>", f"NAME-{name.upper()}")
    told = in_italian(filled)
    assert told != filled
    assert "<" not in told
    if "Input should" not in english and "at least" not in english:
        assert [name for name in holes if f"NAME-{name.upper()}" not in told] == []


def test_a_finding_is_translated_with_all_that_it_holds() -> None:
    """Its place stays, a sentence in a sentence is translated too, and what nobody knows is left as it is."""
    single = "text.it: has a single brace in its words; " + templates._ALLOWED
    assert in_italian(single).startswith("text.it: ha una graffa isolata tra le parole; si può scrivere {{ a.campo }}")
    assert in_italian("this is no TOML: Unclosed array") == "non è TOML: elenco non chiuso"
    assert in_italian("Input should be a valid string, not 5") == "serve un testo, non 5"
    assert in_italian(
        "offers something in a call for care and service: write needs_verdict = true, so that a second "
        "verdict comes first, or take the offer out"
    ).startswith("offre qualcosa in una chiamata per care e service")
    assert in_italian("quite another thing") == "quite another thing"
