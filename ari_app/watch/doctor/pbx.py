"""Checks on Asterisk itself: its version, its modules, who it says that it is, and the endpoints that calls need."""

import re
from collections.abc import Iterable, Iterator, Mapping

from ari_app.watch.doctor.dialplan.plan import Context
from ari_app.watch.doctor.finding import Finding, Known, Severity
from ari_app.watch.doctor.seen import Ari, Console, Records, Seen

VERSION = Known(
    id="asterisk.version",
    severity=Severity.ERROR,
    what="Asterisk {version} has known faults.",
    why="{why}.",
    mend="{remedy}.",
)
MODULES = Known(
    id="asterisk.modules",
    severity=Severity.ERROR,
    what="Modules that the gate needs are not loaded.",
    why="The subroutine breaks where it uses them: calls are refused, or are not judged as they should be.",
    mend="`module load NAME`, and `load = NAME` in modules.conf where autoload is off.",
)
ENTITY = Known(
    id="asterisk.entityid",
    severity=Severity.WARNING,
    what="Asterisk's entity id is {held}.",
    why="It tells one PBX from another in every record, and another one may have the same: then the verdict on a call "
    "there may be taken for one here.",
    mend="`entityid = 02:00:00:00:00:01`, another for each PBX, in [options] of asterisk.conf, then restart Asterisk.",
)
TRUNK_MISSING = Known(
    id="trunk.missing",
    severity=Severity.ERROR,
    what="Trunks that the configuration or a campaign names are no endpoints of this Asterisk.",
    why="Their calls fail; of the emergency trunk, calls for help.",
    mend="Correct asterisk.guarded_trunks, asterisk.emergency_trunk or the campaign's --trunk, or add the endpoint to "
    "pjsip.conf.",
)
FROM_USER = Known(
    id="trunk.from_user",
    severity=Severity.ERROR,
    what="A trunk has `from_user`, which takes the place of the caller id.",
    why="The callee sees the trunk's number and not the campaign's, which is the one that may be shown.",
    mend="Take `from_user` out of the endpoint in pjsip.conf; if the carrier wants it, let it take the caller id from "
    "P-Asserted-Identity (`send_pai = yes`) and ask what the callee sees.",
)
PHONE_MISSING = Known(
    id="operator.phone_missing",
    severity=Severity.WARNING,
    what="Phones of operators are no endpoints of this Asterisk.",
    why="Their calls are not known as theirs, and they cannot be rung.",
    mend="`garbo operator set ID --endpoint PJSIP/NAME`, or add the endpoint to pjsip.conf.",
)
KNOWN = (VERSION, MODULES, ENTITY, TRUNK_MISSING, FROM_USER, PHONE_MISSING)

_DOCKER = "02:42:ac:"
_OF_APPS = {
    "Stasis": ("app_stasis.so", "res_stasis.so"),
    "AGI": ("res_agi.so",),
    "Gosub": ("app_stack.so",),
    "Return": ("app_stack.so",),
    "Dial": ("app_dial.so",),
    "ExecIf": ("app_exec.so",),
    "Playback": ("app_playback.so",),
    "Originate": ("app_originate.so",),
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
_ARI = (
    *("res_http_websocket.so", "res_stasis.so", "res_ari.so", "res_ari_model.so", "res_ari_events.so"),
    *("res_ari_applications.so", "res_ari_asterisk.so", "res_ari_channels.so"),
)
_FUNCTION = re.compile(r"\b([A-Z][A-Z_]+)\(")


def check(seen: Seen) -> Iterator[Finding]:
    """What is wrong with Asterisk."""
    if isinstance(seen.ari, Ari):
        yield from _version(seen.ari)
        if _is_anybodys(seen.ari.entity_id):
            yield ENTITY.found(held=seen.ari.entity_id or "not set")
    if isinstance(seen.console, Console):
        if seen.console.modules:
            needed = modules_of(seen.wanted.rendered, stasis=seen.wanted.door == "stasis")
            yield from MODULES.at(name for name in needed if name not in seen.console.modules)
        yield from _endpoints(seen.console, seen)


def modules_of(rendered: Mapping[str, Context], *, stasis: bool) -> tuple[str, ...]:
    """Modules without which these contexts, or the gate's way to a channel, do not work."""
    found: dict[str, None] = dict.fromkeys(_ARI if stasis else ())
    for context in rendered.values():
        for extension in context.extensions.values():
            for step in extension.steps.values():
                found |= dict.fromkeys(_OF_APPS.get(step.app, ()))
                names = _FUNCTION.findall(step.data)
                found |= dict.fromkeys(_OF_FUNCTIONS[name] for name in names if name in _OF_FUNCTIONS)
    return tuple(found)


def _version(ari: Ari) -> Iterator[Finding]:
    if ari.faults:
        why = "; ".join(dict.fromkeys(fault.why for fault in ari.faults))
        remedy = "; ".join(dict.fromkeys(fault.remedy for fault in ari.faults))
        yield VERSION.found(
            (fault.what for fault in ari.faults),
            version=ari.version,
            why=why[:1].upper() + why[1:],
            remedy=remedy[:1].upper() + remedy[1:],
        )


def _is_anybodys(entity: str) -> bool:
    """Whether another PBX may well have it: none, or one that containers get in turn on every machine."""
    return not entity.replace(":", "").strip("0") or entity.lower().startswith(_DOCKER)


def _endpoints(console: Console, seen: Seen) -> Iterator[Finding]:
    records = seen.records if isinstance(seen.records, Records) else None
    named = {trunk: "guarded_trunks" for trunk in seen.wanted.guarded}
    named |= {seen.wanted.emergency_trunk: "emergency_trunk"}
    named |= {campaign.trunk: f"campaign {campaign.id}" for campaign in (records.campaigns if records else ())}
    yield from TRUNK_MISSING.at(f"{trunk} ({by})" for trunk, by in named.items() if _is_missing(console, trunk))
    trunks = dict.fromkeys(trunk.rpartition("/")[2] for trunk in named)
    yield from FROM_USER.at(_overriding(console, trunks))
    phones = records.phones.items() if records else ()
    yield from PHONE_MISSING.at(f"{phone} ({who})" for who, phone in phones if _is_missing(console, phone))


def _overriding(console: Console, trunks: Iterable[str]) -> Iterator[str]:
    for trunk in trunks:
        endpoint = console.endpoints.get(trunk)
        if endpoint is not None and endpoint.values.get("from_user"):
            yield f"{trunk}: from_user = {endpoint.values['from_user']}"


def _is_missing(console: Console, endpoint: str) -> bool:
    """Only of PJSIP is it known."""
    technology, _, name = endpoint.rpartition("/")
    held = console.endpoints.get(name) if technology in ("", "PJSIP") else None
    return held is not None and not held.exists
