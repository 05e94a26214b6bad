"""
Releases of Asterisk with faults that matter to a gate.

Source: Asterisk's change logs and issues, as gathered in the project's notes on PBXes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

Release = tuple[int, int, int]
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(-rc\d+)?")


@dataclass(frozen=True, slots=True)
class _Fault:
    text: str
    has: Callable[[Release, bool], bool]


def _below(*fixed: tuple[int, int, int]) -> Callable[[Release, bool], bool]:
    """Whether a release is older than the fix in its own branch; a branch below all named ones has the fault."""
    branches = {release[0]: release for release in fixed}

    def has(release: Release, candidate: bool) -> bool:  # noqa: FBT001  called by position, from one place
        fix = branches.get(release[0])
        if fix is None:
            return release[0] < max(branches)
        return release < fix or (candidate and release == fix)

    return has


_FAULTS = (
    _Fault(
        "ARI gets past read_only and live_dangerously (GHSA-wcvv-g26m-wx5c, GHSA-vrfp-mg3q-3959)",
        _below((20, 20, 1), (22, 10, 1)),
    ),
    _Fault("deadlocks (#1907, #1928, #1936)", lambda release, _: release[:2] in {(20, 18), (20, 19), (22, 8), (22, 9)}),
    _Fault(
        "crashes on a PONG frame (#2085)",
        lambda release, candidate: candidate and release in {(20, 21, 0), (22, 11, 0)},
    ),
    _Fault(
        "each command to a channel without media may wait 200 ms (#801)", _below((20, 10, 0), (21, 5, 0), (22, 0, 0))
    ),
)


def known_faults(version: str) -> tuple[str, ...]:
    """The faults of a version as `GET asterisk/info` names it; none for one that cannot be read (built from git)."""
    found = _VERSION.search(version)
    if found is None:
        return ()
    release = (int(found[1]), int(found[2]), int(found[3] or 0))
    return tuple(fault.text for fault in _FAULTS if fault.has(release, found[4] is not None))
