"""Modules of Asterisk without which a dialplan of ours, or the gate's way to a channel, does not work."""

import re
from collections.abc import Iterable

from ari_app.watch.doctor.dialplan.plan import Context

OF_ARI = frozenset(
    (
        *("app_stasis.so", "res_http_websocket.so", "res_stasis.so", "res_ari.so", "res_ari_model.so"),
        *("res_ari_events.so", "res_ari_applications.so", "res_ari_asterisk.so", "res_ari_channels.so"),
    )
)
_OF_APPS = {
    "Stasis": "app_stasis.so",
    "AGI": "res_agi.so",
    "Gosub": "app_stack.so",
    "Return": "app_stack.so",
    "Dial": "app_dial.so",
    "ExecIf": "app_exec.so",
    "Playback": "app_playback.so",
    "Originate": "app_originate.so",
}
_OF_FUNCTIONS = {
    "LOCAL": "app_stack.so",
    "STACK_PEEK": "app_stack.so",
    "FILTER": "func_strings.so",
    "REPLACE": "func_strings.so",
    "LEN": "func_strings.so",
    "TIMEOUT": "func_timeout.so",
    "CALLERID": "func_callerid.so",
    "CHANNEL": "func_channel.so",
    "IF": "func_logic.so",
    "IFMODULE": "func_module.so",
    "DIALPLAN_EXISTS": "func_dialplan.so",
}
_FUNCTION = re.compile(r"\b([A-Z][A-Z_]+)\(")


def needed_by(contexts: Iterable[Context]) -> frozenset[str]:
    """What these contexts use; a module that they do without where it is not there is none of them."""
    found: set[str] = set()
    for context in contexts:
        for extension in context.extensions.values():
            for step in extension.steps.values():
                found |= {_OF_APPS[step.app]} if step.app in _OF_APPS else set()
                found |= {_OF_FUNCTIONS[name] for name in _FUNCTION.findall(step.data) if name in _OF_FUNCTIONS}
    return frozenset(found)
