"""The wheel by itself: in an environment that knows nothing of the project's folder, with hash-locked packages only."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from docker.lab.ports import PortBlock

_PROJECT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 30.0


@pytest.fixture
def garbo(tmp_path: Path) -> Path:
    """The command, installed from the wheel."""
    environment, pip = tmp_path / "environment", [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    source = tmp_path / "source"
    source.mkdir()
    # A copy, as building leaves folders behind.
    needed = ("pyproject.toml", "README.md", "LICENSE", "ari_app")
    subprocess.run(["cp", "-r", *(str(_PROJECT / name) for name in needed), str(source)], check=True)
    built = ["wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(source)]
    subprocess.run([*pip, *built], check=True, cwd=tmp_path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    into = [*pip, "--python", str(environment / "bin/python"), "install", "--no-compile"]
    lock = str(_PROJECT / "requirements-runtime.lock")
    subprocess.run([*into, "--require-hashes", "--only-binary", ":all:", "-r", lock], check=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("garbo-*.whl")
    subprocess.run([*into, "--no-deps", "--no-index", str(wheel)], check=True, cwd=tmp_path)
    return environment / "bin/garbo"


def test_the_wheel_installs_and_serves(garbo: Path, tmp_path: Path) -> None:
    """Packs, scripts, templates, migrations and pages are all in it; without Asterisk the gate stands and waits."""
    config = tmp_path / "made/garbo.toml"
    with_port = {name: value for name, value in os.environ.items() if not name.startswith(("GARBO_", "PYTHON"))}
    ports = PortBlock.claim("127.0.0.1", 4, fixed=4)
    with_port |= {
        "GARBO_WEB__PORT": str(ports.first + 1),
        "GARBO_FASTAGI__PORT": str(ports.first + 2),
        "GARBO_ASTERISK__ARI_URL": f"http://127.0.0.1:{ports.first + 3}/ari",
    }

    def run(*words: str) -> str:
        ran = subprocess.run(
            [garbo, *words], cwd=tmp_path, env=with_port, check=True, stdout=subprocess.PIPE, text=True
        )
        return ran.stdout

    said = run("--version")
    assert said.startswith("garbo ")
    run("init", str(config.parent))
    run("--config", str(config), "dialplan", "render", "--flavor", "asterisk", "-o", str(tmp_path / "dialplan"))
    assert (tmp_path / "dialplan/extensions_garbo.conf").stat().st_size > 0
    run("--config", str(config), "packs", "list")
    gate = subprocess.Popen([garbo, "--config", str(config), "serve"], cwd=tmp_path, env=with_port)
    try:
        deadline = time.monotonic() + _PATIENCE_S
        for path in ("healthz", "static/garbo.css"):
            while not _answers(f"http://127.0.0.1:{ports.first + 1}/{path}"):
                assert gate.poll() is None
                assert time.monotonic() < deadline, path
                time.sleep(0.1)
    finally:
        gate.terminate()
        code = gate.wait(_PATIENCE_S)
        ports.release()
    assert code == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
