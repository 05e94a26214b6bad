"""
What a container of the gate does first: an installation made, or its database brought up to date; then the command.

`serve` alone does so. The first admin's password goes into a file for the owner, not into the log.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

CONFIG = Path(os.environ["GARBO_CONFIG"])


def main(words: list[str]) -> None:
    """Prepare, then become `garbo WORDS`."""
    if words[:1] == ["serve"]:
        prepare()
    os.execvp("garbo", ["garbo", *words])  # noqa: S606  # takes this process over  # nosec B606 B607


def prepare() -> None:
    """`garbo init` at the first start, else `garbo db upgrade`; ends the process if that fails."""
    if CONFIG.exists():
        if code := subprocess.run(["garbo", "db", "upgrade"], check=False).returncode:  # nosec B607
            sys.exit(code)
        return
    # The note on standard error names the password: it must not reach the log.
    done = subprocess.run(  # nosec B607  # the image's own PATH
        ["garbo", "init", str(CONFIG.parent), "--json"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"garbo init: {done.stderr}")
    made = json.loads(done.stdout)
    if made["admin_password"]:
        file = CONFIG.parent / "first-admin-password"
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as secret:
            secret.write(made["admin_password"] + "\n")
        print(f"the first password of {made['admin']} is in {file}; remove it once it was changed", flush=True)


main(sys.argv[1:])
