"""
Scripts: what an operator is to say, step by step, and which words fit this very person.

`script` is the model, `script_file` reads it from TOML, `situation` is what is known of the callee in a script's terms,
`routing` chooses script and variant by it, `walking` leads through the steps.
"""

from ari_app.policy.scripts.routing import ScriptChoice, language_for, route
from ari_app.policy.scripts.script import EXITS, Answer, Branch, Script, Step, StepKind
from ari_app.policy.scripts.script_file import ScriptError, parse_script
from ari_app.policy.scripts.situation import Conditions, Situation, fits, situation_of
from ari_app.policy.scripts.walking import Walk, WalkError, begin, resume

__all__ = [
    "EXITS",
    "Answer",
    "Branch",
    "Conditions",
    "Script",
    "ScriptChoice",
    "ScriptError",
    "Situation",
    "Step",
    "StepKind",
    "Walk",
    "WalkError",
    "begin",
    "fits",
    "language_for",
    "parse_script",
    "resume",
    "route",
    "situation_of",
]
