"""`garbo serve` as a process of its own, without a PBX: what brands send is taken all the same."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import CAMPAIGN, Told

NUMBER = "333 0001234"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answered(url: str, said: object = None, *, token: str = "") -> tuple[int, bytes]:
    """Status and body; 0 while nobody listens."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    data = None if said is None else json.dumps(said).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()
    except urllib.error.URLError:
        return 0, b""


@pytest.fixture
def gate(told: Told, tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A running gate, and where its web side is."""
    port = free_port()
    file = tmp_path / "garbo.toml"
    text = file.read_text().replace("port = 8090", f"port = {port}").replace(":8088/ari", f":{free_port()}/ari")
    file.write_text(text + '\n[crm.fastnet]\nurl = "http://127.0.0.1:9/{number}"\n')
    program = [sys.executable, "-m", "ari_app", "--config", str(file), "serve"]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(program, stderr=log, cwd=tmp_path) as process:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            if answered(f"{url}/healthz")[0] == 200:
                break
            time.sleep(0.1)
        yield url, process
        process.kill()


def test_a_delivery_binds_the_next_verdict_of_another_process(
    told: Told, gate: tuple[str, "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    """And SIGTERM ends it in order, with a CRM configured that nobody could reach."""
    url, process = gate
    told("campaign", "add", "adsl", *CAMPAIGN)
    token = told("token", "create", "--scope", "customers", "--principal", "fastnet")["token"]
    path = f"{url}/api/v1/principals/fastnet/customers"
    assert answered(path, [], token="garbo_nothing")[0] == 401
    status, report = answered(path, {"number": NUMBER, "status": "current"}, token=token)
    assert (status, json.loads(report)["added"]) == (200, 1)
    (tmp_path / "garbo.toml").write_text((tmp_path / "garbo.toml").read_text().partition("\n[crm.fastnet]")[0])
    assert told("check", NUMBER, "--campaign", "adsl", code=4)["reasons"][0]["code"] == "already_customer"
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    log = (tmp_path / "log").read_text()
    assert "gate.stopped" in log
    assert "service.failed" not in log
    assert token not in log
