"""
An Asterisk to run: the machine's own, else Debian's, unpacked into the project's cache.

Debian 12 has no Asterisk package; Debian testing has 22, Debian 11 has 16. Their packages are unpacked into folders and
run with their own C library from there: nothing is installed, nothing mounted, no root needed, and the folders can be
deleted. Asterisk is free software under the GPL, run as a program of its own; no part of it is kept in this project.

Errors: `NoAsteriskError`, whose text says what to do.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from docker.lab import apt
from docker.lab.releases import CURRENT, Release

Route = Literal["packages", "root"]
PROJECT = Path(__file__).resolve().parents[2]
CACHE = PROJECT / ".cache" / "asterisk"
# Debian's voice folders and the language names that Asterisk looks for.
_VOICES = {"en": "en_US_f_Allison", "it": "it_IT_m_Carlo"}


class NoAsteriskError(RuntimeError):
    """No Asterisk of the wanted release is here and none could be made; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where one Asterisk lies: the command that runs it, and its read-only folders."""

    command: tuple[str, ...]
    modules: Path
    data: Path
    version: str


def installed(release: Release = CURRENT) -> Installation | None:
    """The machine's own Asterisk if it is of this release, else None."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    binary = shutil.which("asterisk", path=path)
    if binary is None:
        return None
    folders = [
        *Path("/usr/lib").glob("*/asterisk/modules"),
        Path("/usr/lib/asterisk/modules"),
        Path("/usr/lib64/asterisk/modules"),
    ]
    modules = next((folder for folder in folders if (folder / "chan_pjsip.so").exists()), None)
    data = next(
        (f for f in (Path("/usr/share/asterisk"), Path("/var/lib/asterisk")) if (f / "rest-api").is_dir()), None
    )
    version = _version((binary,))
    if modules is None or data is None or not release.accepts(version):
        return None
    return Installation(command=(binary,), modules=modules, data=data, version=version)


def unpacked(root: Path, release: Release = CURRENT) -> Installation | None:
    """The Asterisk unpacked below `root`, run by its own dynamic loader and C library; None if it does not run."""
    # Older packages put the C library below /lib, and Asterisk's own beside it, without the machine's name.
    found = (*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*"), root / "usr/lib")
    libraries = tuple(folder for folder in found if folder.is_dir())
    loader = next((each for folder in libraries for each in sorted(folder.glob("ld-linux*.so.*"))), None)
    modules = next((each for each in (f / "asterisk/modules" for f in libraries) if each.is_dir()), None)
    if loader is None or modules is None:
        return None
    searched = ":".join(str(folder) for folder in libraries)
    command = (str(loader), "--library-path", searched, str(root / "usr/sbin/asterisk"))
    version = _version(command)
    if not release.accepts(version):
        return None
    return Installation(command=command, modules=modules, data=root / "usr/share/asterisk", version=version)


def obtain(
    release: Release = CURRENT, *, route: Route | None = None, cache: Path = CACHE, own: bool = True
) -> Installation:
    """The machine's Asterisk, or the cached one, or a fresh one made by `route` (None: each in turn, packages first).

    `own=False` passes over the machine's own.
    Raises: NoAsteriskError
    """
    found = installed(release) if own else None
    if found is not None:
        return found
    root = cache / release.folder
    found = unpacked(root, release)
    if found is not None and route is None:
        return found
    with _locked(cache):
        # Someone else may have made it while this process waited for the lock.
        found = unpacked(root, release)
        if found is None or route is not None:
            _make(release, root, cache, route)
            found = unpacked(root, release)
    if found is None:
        raise NoAsteriskError(
            f"the Asterisk made in {root} does not run: install {release.name}, or remove that folder and try again"
        )
    return found


def _make(release: Release, root: Path, cache: Path, route: Route | None) -> None:
    builders: dict[Route, Callable[[Release, apt.Source, str, Path], Path]] = {
        "packages": _from_packages,
        "root": _from_root,
    }
    failures = []
    try:
        archive = apt.debian_archive()
    except apt.AptError as error:
        raise NoAsteriskError(str(error)) from error
    for name in builders if route is None else [route]:
        for suite in release.suites:
            work = Path(tempfile.mkdtemp(prefix="build-", dir=cache))
            try:
                made = builders[name](release, archive, suite, work)
                _name_voices(made / "usr/share/asterisk/sounds")
                if unpacked(made, release) is None:
                    raise apt.AptError("what was made does not run")
                made.chmod(0o755)
                shutil.rmtree(root, ignore_errors=True)
                # Renamed when complete: an interrupted build leaves a build folder, never a half-made root.
                made.rename(root)
            except apt.AptError as error:
                failures.append(f"{name}, {suite}: {error}")
                progress(f"did not work ({name}, {suite})")
            else:
                return
            finally:
                shutil.rmtree(work, ignore_errors=True)
    raise NoAsteriskError(
        f"no {release.name} could be made from Debian {' or '.join(release.suites)}: install it, or see that apt can "
        "reach its mirror and that the mirror (still) has that suite\n" + "\n".join(failures)
    )


def _from_packages(release: Release, archive: apt.Source, suite: str, work: Path) -> Path:
    progress(f"downloading Debian's Asterisk ({suite}, {release.download}; once)")
    debs = apt.download(release.packages, line=archive.line(suite), work=work, alone=release.complete)
    progress(f"unpacking {len(debs)} packages")
    root = work / "root"
    root.mkdir()
    apt.extract(debs, root)
    return root


def _from_root(release: Release, archive: apt.Source, suite: str, work: Path) -> Path:
    if os.geteuid() != 0:
        raise apt.AptError("a Debian root folder can only be made by root")
    if shutil.which("mmdebstrap") is None:
        apt.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "mmdebstrap"])
    progress(f"making a Debian root folder with Asterisk ({suite}; once)")
    root = work / "root"
    include = ",".join([*release.packages, "ca-certificates"])
    options = ['--aptopt=Acquire::Check-Valid-Until "false"', "--variant=minbase", f"--include={include}"]
    apt.run(["mmdebstrap", *options, suite, str(root), archive.line(suite)])
    return root


def _name_voices(sounds: Path) -> None:
    # Debian names the voices by update-alternatives, whose links are absolute (or missing, as no script has run).
    for language, voice in _VOICES.items():
        if (sounds / voice).is_dir():
            (sounds / language).unlink(missing_ok=True)
            (sounds / language).symlink_to(voice)


@contextmanager
def _locked(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Under the lock no build runs, so what looks like one was interrupted.
        for stale in cache.glob("build-*"):
            shutil.rmtree(stale, ignore_errors=True)
        yield


def _version(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([*command, "-V"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    found = re.search(r"Asterisk (\d\S*)", done.stdout)
    return found[1] if found else ""


_STARTED = time.monotonic()


def progress(text: str) -> None:
    """Say on standard error what is going on, with the seconds since the start."""
    print(f"asterisk: {time.monotonic() - _STARTED:5.1f} s  {text}", file=sys.stderr, flush=True)
