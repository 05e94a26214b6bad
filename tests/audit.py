"""
Known holes in the packages of a lock file, by pip-audit: `python -m tests.audit requirements.lock`.

A hole ends with 1. Where the service that knows of holes cannot be reached, or does not know a package, nothing has
been audited: that is said, names how many, ends with 0 so that the rest of `make check` goes on, and is never called
passed.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_PATIENCE_S = 120
_SERVICE_TIMEOUT_S = "10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What came of it."""

    said: str
    code: int


def read(document: dict[str, Any]) -> Audit:
    """What pip-audit's JSON says."""
    packages = document["dependencies"]
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'none yet'}"
        for each in packages
        for hole in each.get("vulns", ())
    ]
    lines = [f"audit: {len(holes)} known holes", *holes] if holes else []
    if skipped:
        some = ", ".join(skipped[:5]) + (", ..." if len(skipped) > 5 else "")
        lines.append(
            f"audit: NOT AUDITED: {len(skipped)} of {len(packages)} packages, of which nothing is known: {some}"
        )
    elif not holes:
        lines.append(f"audit: no known hole in {len(packages)} packages")
    return Audit(said="\n".join(lines), code=1 if holes else 0)


def audit(lock: str, command: Sequence[str] = (sys.executable, "-m", "pip_audit")) -> Audit:
    """Ask; whatever keeps it from an answer is told."""
    asked = (*command, "--requirement", lock, "--disable-pip", "--require-hashes", "--format", "json")
    try:
        done = subprocess.run(
            [*asked, "--progress-spinner", "off", "--timeout", _SERVICE_TIMEOUT_S],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        return read(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        why = f"no answer within {_PATIENCE_S} s"
    except (ValueError, KeyError):
        why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    return Audit(said=f"audit: NOT AUDITED: {why}", code=0)


if __name__ == "__main__":
    found = audit(sys.argv[1])
    print(found.said)  # noqa: T201  it is a command
    raise SystemExit(found.code)
