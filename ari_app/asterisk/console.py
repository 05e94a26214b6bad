"""
What Asterisk's console shows, read as values.

Source: main/manager.c (`manager show user`, `settings`, `connected`), main/http.c (`http show status`), main/asterisk.c
(`core show settings`), res_pjsip/pjsip_cli.c, res/ari/ari_websockets.c.
"""

import re
from collections.abc import Mapping

_PAIR = re.compile(r"^[ \t]*([\w() /-]+?)[ \t]*:(.*)$", re.MULTILINE)
_BOUND = re.compile(r"^\s*(?:HTTP )?Server Enabled and Bound to (\S+)", re.MULTILINE)
_GONE = "Unable to find object"
_SHOWN_OF_USER = 15


def pairs(shown: str) -> Mapping[str, str]:
    """Names and values of `NAME : VALUE` lines; of equal names the last one counts."""
    return {found[1]: found[2].strip() for found in _PAIR.finditer(shown)}


def rights(shown: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """Read and write classes of `manager show user`; None: it does not tell."""
    held = pairs(shown)
    if "read perm" not in held or "write perm" not in held:
        return None
    return _words(held["read perm"]), _words(held["write perm"])


def channel_variables(shown: str) -> frozenset[str] | None:
    """Of `manager show settings`; None: it does not tell."""
    held = pairs(shown).get("Channel vars")
    return None if held is None else _words(held)


def manager_address(shown: str) -> str:
    """Of `manager show settings`; empty: it does not tell."""
    return pairs(shown).get("TCP Bindaddress", "")


def sessions_of(user: str, shown: str) -> int | None:
    """How often a user is logged in, by `manager show connected`; None: it does not tell."""
    rows = [line.split() for line in shown.splitlines()]
    if not rows or rows[0][:1] != ["Username"]:
        return None
    return sum(row[:1] == [user[:_SHOWN_OF_USER]] for row in rows[1:])


def http_address(shown: str) -> str:
    """Where `http show status` says that it listens unencrypted; empty: nowhere."""
    bound = _BOUND.search(shown)
    return bound[1] if bound else ""


def endpoint(shown: str) -> Mapping[str, str] | None:
    """The settings that `pjsip show endpoint` shows; None: there is no such endpoint."""
    return None if _GONE in shown else pairs(shown.partition("ParameterName")[2])


def connected_applications(shown: str) -> frozenset[str] | None:
    """Of `ari show websocket sessions`; None: this release does not tell."""
    _head, rule, rows = shown.partition("----")
    if not rule:
        return None
    apps = (line.split()[4:] for line in rows.splitlines()[1:] if len(line.split()) > 4)
    return frozenset(app for row in apps for word in row for app in word.split(",") if app)


def configuration_folder(shown: str) -> str:
    """Of `core show settings`; empty: it does not tell."""
    return pairs(shown).get("Configuration directory", "")


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip() not in ("", "<none>"))
