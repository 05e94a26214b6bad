"""
What Asterisk's console shows of the dialplan, read back.

Source: `show_dialplan_helper` and `print_ext` in Asterisk's main/pbx.c.
"""

import re
from collections.abc import Iterator

from ari_app.watch.doctor.dialplan.plan import Context, Dialplan, Extension, Step

_CONTEXT = re.compile(r"\s*\[ Context '(?P<name>.+)' created by '.*' \]\s*")
_INCLUDE = re.compile(r"\s*Include =>\s+'(?P<name>[^',]+)[^']*'\s+\[.*\]\s*")
_SWITCH = re.compile(r"\s*Alt\. Switch =>\s+'(?P<name>.+)'\s+\[.*\]\s*")
_STEP = re.compile(
    r"\s*(?:'(?P<exten>.+?)'(?: \(CID match '(?P<caller>.*?)'\))? =>\s+|\[(?P<label>[^\]]+)\]\s+)?"
    r"(?:(?P<priority>\d+)\. |hint: )(?P<does>.*?)\s*\[(?P<origin>[^\[\]]*)\]\s*"
)
_APP = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_VARIABLE = re.compile(r"\s*([A-Za-z_]\w*)=(.*)")


def read_dialplan(shown: str, variables: str = "") -> Dialplan:
    """`dialplan show` and `dialplan show globals`; what is not understood of them is left out."""
    contexts: dict[str, Context] = {}
    lines: list[str] = []
    name = ""
    for line in shown.splitlines():
        if found := _CONTEXT.fullmatch(line):
            _keep(contexts, name, lines)
            name, lines = found["name"], []
        else:
            lines.append(line)
    _keep(contexts, name, lines)
    held = (found for line in variables.splitlines() if (found := _VARIABLE.fullmatch(line)))
    return Dialplan(contexts=contexts, variables={found[1]: found[2] for found in held})


def _keep(contexts: dict[str, Context], name: str, lines: list[str]) -> None:
    if not name:
        return
    extensions: dict[str, dict[int, Step]] = {}
    for exten, step in _steps(lines):
        extensions.setdefault(exten, {})[step.priority] = step
    contexts[name] = Context(
        name=name,
        extensions={exten: Extension(name=exten, steps=steps) for exten, steps in extensions.items()},
        includes=tuple(found["name"] for line in lines if (found := _INCLUDE.fullmatch(line))),
        switches=tuple(found["name"] for line in lines if (found := _SWITCH.fullmatch(line))),
    )


def _steps(lines: list[str]) -> Iterator[tuple[str, Step]]:
    exten = ""
    for line in lines:
        found = _STEP.fullmatch(line)
        if found is None or _INCLUDE.fullmatch(line) or _SWITCH.fullmatch(line):
            continue
        if found["exten"] is not None:
            # Another caller's extension of the same name is another extension.
            exten = found["exten"] + (f"/{found['caller']}" if found["caller"] else "")
        if exten and found["priority"] is not None:
            yield (
                exten,
                step_of(int(found["priority"]), found["does"], label=found["label"] or "", origin=found["origin"]),
            )


def step_of(priority: int, does: str, *, label: str = "", origin: str = "") -> Step:
    """A step of `App(data)` or `App`."""
    called = _APP.fullmatch(does.strip())
    app, data = (called[1], called[2]) if called else (does.strip(), "")
    return Step(priority=priority, app=app, data=data, label=label, origin=origin)
