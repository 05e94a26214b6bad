"""
Scripts: what an operator is to say, step by step, and which words fit this very person.

`script` is the model, `script_file` reads it from TOML, `situation` is what is known of the callee in a script's terms,
`conditions` are how people ask for it, `routing` chooses script and variant by it and `why` says so, `route_file` is a
routing table as TOML, `reach` which of its lines anybody comes to, `walking` leads through the steps.
"""

from ari_app.policy.scripts.routing import (
    ScriptChoice,
    Scripts,
    choose,
    may_be_spoken,
    may_care,
    route_reads,
    scripts_of,
    variant_of,
)
from ari_app.policy.scripts.script import EXITS, NO_VERDICT, Answer, Branch, Script, Step, StepKind
from ari_app.policy.scripts.script_file import ScriptError, parse_script
from ari_app.policy.scripts.situation import (
    SITUATED,
    Conditions,
    Situation,
    fits,
    situation_of,
    situation_of_record,
)
from ari_app.policy.scripts.walking import Walk, WalkError, begin, resume

__all__ = [
    "EXITS",
    "NO_VERDICT",
    "SITUATED",
    "Answer",
    "Branch",
    "Conditions",
    "Script",
    "ScriptChoice",
    "ScriptError",
    "Scripts",
    "Situation",
    "Step",
    "StepKind",
    "Walk",
    "WalkError",
    "begin",
    "choose",
    "fits",
    "may_be_spoken",
    "may_care",
    "parse_script",
    "resume",
    "route_reads",
    "scripts_of",
    "situation_of",
    "situation_of_record",
    "variant_of",
]
