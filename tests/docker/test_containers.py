"""Containerfile, compose file and units keep what docs/running.md says of them."""

import re
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

_PROJECT = Path(__file__).resolve().parents[2]
_COMPOSE: dict[str, Any] = yaml.safe_load((_PROJECT / "docker/compose.yaml").read_text())
_CONTAINERFILE = (_PROJECT / "docker/gate/Containerfile").read_text()
_FINAL = _CONTAINERFILE.rpartition("\nFROM ")[2]


@pytest.mark.parametrize("service", _COMPOSE["services"])
def test_every_service_can_do_as_little_as_possible(service: str) -> None:
    """No root, no capability, no new privilege, nothing written but where it must be."""
    held = _COMPOSE["services"][service]
    assert held["read_only"] is True
    assert held["cap_drop"] == ["ALL"]
    assert held["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", held["user"])
    assert "privileged" not in held
    assert all(port.startswith("127.0.0.1:") for port in held.get("ports", ()))


def test_secrets_are_files() -> None:
    """No variable holds one, and each one that a service is given is declared."""
    for held in _COMPOSE["services"].values():
        for name in held["environment"]:
            assert name.endswith("_FILE") or not re.search("PASSWORD|SECRET|DATABASE__URL", name)
        assert set(held["secrets"]) <= set(_COMPOSE["secrets"])
    assert "docker/secrets/" in (_PROJECT / ".gitignore").read_text().splitlines()


def test_the_image_has_a_numeric_user_a_health_check_and_no_tools() -> None:
    """Nothing is compiled or fetched by pip in what is shipped."""
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", _FINAL, re.M)
    assert "HEALTHCHECK" in _FINAL
    assert not re.search(r"\bpip\b|gcc|venv", _FINAL)
    assert "--require-hashes" in _CONTAINERFILE


def test_the_lock_for_running_is_a_part_of_the_whole_lock() -> None:
    """Every package in it has the version that the tests run with, and hashes."""
    pins = re.compile(r"^([a-z0-9._-]+(?:\[[a-z]+\])?)==(\S+)", re.M | re.I)
    whole = {re.sub(r"\[.*", "", name): at for name, at in pins.findall((_PROJECT / "requirements.lock").read_text())}
    text = (_PROJECT / "requirements-runtime.lock").read_text()
    own = {re.sub(r"\[.*", "", name): at for name, at in pins.findall(text)}
    assert own.items() <= whole.items()
    assert {"aiohttp", "sqlalchemy", "psycopg-binary"} <= own.keys()
    assert "pytest" not in own


@pytest.mark.parametrize("unit", ["garbo", "garbo-watch"])
def test_units_are_watched_and_sandboxed(unit: str) -> None:
    """As docs/running.md says."""
    read = RawConfigParser(strict=False, interpolation=None)
    read.read(_PROJECT / f"docker/systemd/{unit}.service")
    service = dict(read["Service"])
    wanted = {
        "type": "notify",
        "notifyaccess": "main",
        "restart": "always",
        "protectsystem": "strict",
        "nonewprivileges": "yes",
        "privatetmp": "yes",
        "memorydenywriteexecute": "yes",
        "statedirectory": "garbo",
        "user": "garbo",
    }
    assert wanted.items() <= service.items()
    assert int(service["watchdogsec"]) >= 10
