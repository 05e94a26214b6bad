"""
The images of `docker/`, built by buildah, podman or docker, whichever is there, and started once.

Where buildah builds, nothing else needs to run: base images are made of the machine's own Debian archive by mmdebstrap,
so no image registry is asked, and what was built is started without an engine (`buildah run --isolation chroot`).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from docker.lab import apt
from docker.lab.obtain import PROJECT

ENGINES = ("buildah", "podman", "docker")
IMAGE = "localhost/garbo:latest"
BASE = "localhost/garbo-base:bookworm"
SUITE = "bookworm"
_CERTIFICATES = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
_TRIAL = """
import subprocess, sys, time, urllib.request
gate = subprocess.Popen([sys.executable, "/opt/garbo/start.py", "serve"])
try:
    for _ in range(300):
        try:
            with urllib.request.urlopen("http://127.0.0.1:8090/healthz", timeout=1) as answer:
                print("healthz", answer.status, flush=True)
                break
        except OSError:
            if gate.poll() is not None:
                sys.exit(f"garbo serve ended with {gate.returncode}")
            time.sleep(0.1)
    else:
        sys.exit("garbo serve did not answer on /healthz within 30 s")
finally:
    gate.terminate()
sys.exit(gate.wait(30))
"""


_STARTED = time.monotonic()


class ImageError(RuntimeError):
    """An image could not be built or does not start; the text says why."""


def main() -> int:
    """Build and start; 0 if what was built works."""
    engine = next((name for name in ENGINES if shutil.which(name)), None)
    try:
        if engine is None:
            raise ImageError("none of buildah, podman and docker is here: apt-get install buildah mmdebstrap")
        build(engine)
        if engine == "buildah":
            try_out()
        else:
            progress(f"{engine} built {IMAGE}; it is started by docker/compose.yaml")
    except (ImageError, apt.AptError) as error:
        print(f"images: {error}", file=sys.stderr)
        return 1
    return 0


def build(engine: str) -> None:
    """The gate's image. Raises ImageError, AptError."""
    options = ["--secret", f"id=certificates,src={_CERTIFICATES}"] if _CERTIFICATES.is_file() else []
    if engine == "buildah":
        _make_base()
        options += ["--isolation", "chroot", "--network", "host", "--build-arg", f"BASE={BASE}", "--format", "docker"]
    progress(f"building {IMAGE} with {engine}")
    _run([*_engine(engine), "bud" if engine == "buildah" else "build", *options, *_what()])


def try_out() -> None:
    """Start what was built, as its own user. Raises ImageError."""
    container = _run([*_engine("buildah"), "from", IMAGE]).strip().splitlines()[-1]
    run = [*_engine("buildah"), "run", "--isolation", "chroot", container, "--"]
    try:
        for words in (["id", "-u"], ["garbo", "--version"], ["garbo", "--help"], ["python3", "-c", _TRIAL]):
            said = _run([*run, *words]).strip().splitlines()
            progress(f"{' '.join(words[:2]):.20}: {next((line for line in said if 'healthz' in line), said[0])}")
    finally:
        _run([*_engine("buildah"), "rm", container])


def progress(text: str) -> None:
    """Say on standard error what is going on, with the seconds since the start."""
    print(f"images: {time.monotonic() - _STARTED:5.1f} s  {text}", file=sys.stderr, flush=True)


def _what() -> list[str]:
    return ["-f", str(PROJECT / "docker/gate/Containerfile"), "-t", IMAGE, str(PROJECT)]


def _engine(name: str) -> list[str]:
    # `vfs` needs nothing of the machine.
    return [name, "--storage-driver", "vfs"] if name == "buildah" else [name]


def _make_base() -> None:
    present = subprocess.run(
        [*_engine("buildah"), "inspect", "--type", "image", BASE], capture_output=True, check=False
    )
    if present.returncode == 0:
        return
    if shutil.which("mmdebstrap") is None:
        raise ImageError("mmdebstrap is needed to make a base image: apt-get install mmdebstrap")
    progress("making a base image of Debian's packages (once)")
    with tempfile.TemporaryDirectory(prefix="garbo-base-") as folder:
        root = Path(folder) / "root.tar"
        thin = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "info")]
        options = ['--aptopt=Acquire::Check-Valid-Until "false"', "--variant=minbase", *thin]
        _run(["mmdebstrap", *options, SUITE, str(root), apt.debian_archive().line(SUITE)])
        (Path(folder) / "Containerfile").write_text("FROM scratch\nADD root.tar /\n")
        _run([*_engine("buildah"), "bud", "--isolation", "chroot", "-t", BASE, folder])


def _run(argv: list[str]) -> str:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImageError(f"{argv[0]} failed ({done.returncode}):\n{done.stdout[-1500:]}{done.stderr[-3000:]}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
