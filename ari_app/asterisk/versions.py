"""
What an Asterisk of some version can do, and what is wrong with it.

Source: Asterisk's change logs, issues and security advisories.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ari_app.policy.request import Door

Release = tuple[int, int, int]
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(-rc\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is wrong with a version."""

    id: str
    """One word, for whoever counts or looks up."""
    what: str
    why: str
    """Why it matters to a gate."""
    remedy: str


@dataclass(frozen=True, slots=True)
class _Known:
    fault: Fault
    has: Callable[[Release, bool], bool]
    """Of a release, and whether it is only a candidate for one."""


def _below(*since: Release) -> Callable[[Release, bool], bool]:
    """Whether a release is older than the first of its own branch; a branch below all named ones is older as well."""
    branches = {release[0]: release for release in since}

    def older(release: Release, candidate: bool) -> bool:  # noqa: FBT001  called by position, from here alone
        first = branches.get(release[0])
        if first is None:
            return release[0] < max(branches)
        return release < first or (candidate and release == first)

    return older


_WAITS = _below((20, 10, 0), (21, 5, 0), (22, 0, 0))
_NO_REST_OVER_WEBSOCKETS = _below((20, 14, 0), (21, 9, 0), (22, 4, 0))

_KNOWN = (
    _Known(
        Fault(
            id="ari_bypass",
            what="ARI gets past read_only and live_dangerously (GHSA-wcvv-g26m-wx5c, GHSA-vrfp-mg3q-3959)",
            why="who holds a read-only ARI user, or ARI at all, can change calls or run commands on the PBX",
            remedy="update to 20.20.1 or 22.10.1; until then let nobody but the gate reach ARI",
        ),
        _below((20, 20, 1), (22, 10, 1)),
    ),
    _Known(
        Fault(
            id="deadlocks",
            what="deadlocks (#1907, #1928, #1936)",
            why="a PBX that stands still places no calls, and answers no gate, until it is restarted",
            remedy="update to 20.20.1 or 22.10.1",
        ),
        lambda release, _: release[:2] in {(20, 18), (20, 19), (22, 8), (22, 9)},
    ),
    _Known(
        Fault(
            id="pong_crash",
            what="crashes on a PONG frame (#2085)",
            why="a websocket client that answers in the ordinary way ends every call of the PBX",
            remedy="use a final release instead of this candidate",
        ),
        lambda release, candidate: candidate and release in {(20, 21, 0), (22, 11, 0)},
    ),
    _Known(
        Fault(
            id="waits_200_ms",
            what="each command to a channel without media may wait 200 ms (#801)",
            why="a verdict through Stasis takes up to half a second; through FastAGI it does not",
            remedy='update to 20.10, 21.5 or 22; until then asterisk.door = "fastagi", or "auto"',
        ),
        _WAITS,
    ),
)


def faults_of(version: str) -> tuple[Fault, ...]:
    """The faults of a version as `GET asterisk/info` names it; none for one that cannot be read (built from git)."""
    found = _read(version)
    return () if found is None else tuple(known.fault for known in _KNOWN if known.has(*found))


def rest_over_websocket(version: str) -> bool | None:
    """Whether requests can go over the websocket; None: the version cannot be read, and has to be asked."""
    found = _read(version)
    return None if found is None else not _NO_REST_OVER_WEBSOCKETS(*found)


def default_door(version: str) -> Door:
    """Through which door `asterisk.door = auto` has the dialplan ask: Stasis, unless it would cost 200 ms a command."""
    found = _read(version)
    return Door.FASTAGI if found is not None and _WAITS(*found) else Door.STASIS


def _read(version: str) -> tuple[Release, bool] | None:
    found = _VERSION.search(version)
    if found is None:
        return None
    return (int(found[1]), int(found[2]), int(found[3] or 0)), found[4] is not None
