"""A script's text looked through: read, then linted; what is wrong with it by lines."""

from collections.abc import Iterable
from typing import Protocol

from ari_app.desk.drafts import Checked, Finding
from ari_app.policy.scripts import Script, ScriptError, parse_script


class LintFinding(Protocol):
    """What the lint says of one thing that is wrong."""

    @property
    def line(self) -> int:
        """Of the text; 1 where it is about the whole."""
        ...

    @property
    def step(self) -> str:
        """Id of the step; empty: the script as a whole."""
        ...

    @property
    def what(self) -> str:
        """In words."""
        ...

    @property
    def blocks(self) -> bool:
        """Whether it has to be put right before the script is reviewed; otherwise it is advice."""
        ...


class Lint(Protocol):
    """Says what keeps a script from being spoken, with the disclosures that packs ask of it."""

    def __call__(self, script: Script, /) -> Iterable[LintFinding]:
        """Empty: it may be spoken."""
        ...


class ScriptCheck:
    """Implements desk.Check."""

    def __init__(self, lint: Lint) -> None:
        """`lint` looks at what could be read."""
        self._lint = lint

    def __call__(self, body: str) -> Checked:
        """As the protocol says; every mistake at once."""
        try:
            script = parse_script(body, name="script")
        except ScriptError as error:
            mistakes = (Finding(line=each.line, where=each.key, what=each.what) for each in error.mistakes)
            return Checked(body=body, script=None, findings=tuple(mistakes))
        found = (
            Finding(line=each.line, where=each.step, what=each.what, blocks=each.blocks) for each in self._lint(script)
        )
        return Checked(body=body, script=script, findings=tuple(found))
