"""
What demo and tests need of the machine: a real Asterisk, SIPp, and for the tests a browser and an old Asterisk.

Run as a module it gets whatever is missing; Debian's packages are installed by name.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from docker.asterisk import Asterisk
from docker.lab import sipp
from docker.lab.obtain import NoAsteriskError, progress
from docker.lab.releases import CURRENT, OLD
from docker.lab.sipp import SippError

BROWSER = Path("/usr/bin/chromium")


class BrowserError(RuntimeError):
    """Chromium is neither there nor to be had; the text says what to do."""


def obtain_browser() -> Path:
    """Debian's Chromium, installed if it is missing. Raises BrowserError."""
    if not BROWSER.exists():
        progress("installing Debian's chromium")
        apt = shutil.which("apt-get")
        if apt is None:
            raise BrowserError("Chromium is needed for the tests of the web pages: install it as /usr/bin/chromium")
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            done = subprocess.run([apt, "-qq", *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrowserError(f"apt-get install chromium failed; install it by hand\n{done.stderr[-600:]}")
    return BROWSER


def main() -> int:
    """Get everything; returns the exit status."""
    try:
        for release in (CURRENT, OLD):
            progress(f"Asterisk {Asterisk.obtain(release).version}")
        sipp.install()
        obtain_browser()
    except (NoAsteriskError, SippError, BrowserError) as error:
        print(f"needs: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
