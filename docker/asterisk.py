"""
One script that gives an Asterisk 20 or newer to run.

    python3 docker/asterisk.py get           find one, else make Debian's Asterisk 22 in the project's cache
    python3 docker/asterisk.py run [--dir D] run it with the trial configuration until Ctrl-C

Tests and the demo import `Asterisk` and `RunningAsterisk` from here.
"""

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path

if __name__ == "__main__":
    # Run as a script, only this folder is searched; the package starts one above.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from docker.lab.obtain import NoAsteriskError, progress
from docker.lab.pbx import Asterisk, PbxError, RunningAsterisk
from docker.lab.ports import NoPortsFreeError

__all__ = ["Asterisk", "NoAsteriskError", "NoPortsFreeError", "PbxError", "RunningAsterisk", "main"]

_PROJECT = Path(__file__).resolve().parents[1]
_DIALPLAN = _PROJECT / "dialplan" / "extensions_garbo.conf"


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="asterisk.py", description="An Asterisk 20 or newer to run.")
    commands = parser.add_subparsers(dest="command", required=True)
    get = commands.add_parser("get", help="find an Asterisk, else make Debian's in the project's cache")
    get.add_argument(
        "--route", choices=["packages", "root"], help="make it anew: from unpacked packages, or in a Debian root folder"
    )
    run = commands.add_parser("run", help="run it until Ctrl-C")
    run.add_argument("--dir", type=Path, help="folder for configuration, logs and state (default: a new temporary one)")
    run.add_argument(
        "--extensions", type=Path, default=_DIALPLAN, help="dialplan with the contexts garbo and garbo-outbound"
    )
    run.add_argument("--bind", default="127.0.0.1", help="address on which SIP listens")
    options = parser.parse_args(argv)
    try:
        asterisk = Asterisk.obtain(route=options.route if options.command == "get" else None)
        if options.command == "get":
            print(f"Asterisk {asterisk.version}: {' '.join(asterisk.installation.command)}")
        else:
            _run(asterisk, options.dir, options.extensions, options.bind)
    except (NoAsteriskError, NoPortsFreeError, PbxError) as error:
        print(f"asterisk.py: {error}", file=sys.stderr)
        return 1
    return 0


def _run(asterisk: Asterisk, folder: Path | None, extensions: Path, bind: str) -> None:
    if not extensions.is_file():
        raise PbxError(f"no dialplan at {extensions}: name one with --extensions")
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with (
        tempfile.TemporaryDirectory(prefix="garbo-pbx-") as temporary,
        asterisk.start(folder or Path(temporary), extensions, bind=bind) as running,
    ):
        progress(f"Asterisk {asterisk.version} is up; Ctrl-C ends it")
        print(_summary(running, bind), flush=True)
        while running.is_running and not done.wait(0.5):
            pass
        if not done.is_set():
            raise PbxError(f"Asterisk ended by itself; see {running.log_path}")


def _summary(running: RunningAsterisk, bind: str) -> str:
    return "\n".join(
        [
            f"SIP      udp {bind}:{running.sip_port}",
            f"phone    user {running.softphone_user}, password {running.softphone_password}, at the SIP address above",
            f"ARI      {running.ari_url} (user {running.ari_user}, password {running.ari_password})",
            f"AMI      127.0.0.1:{running.ami_port} (user {running.ami_user}, password {running.ami_password})",
            f"trunk    127.0.0.2:{running.trunk_port}, trunk2 127.0.0.3:{running.trunk2_port}",
            f"folder   {running.folder}",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
