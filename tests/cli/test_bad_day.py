"""`garbo serve` and `garbo watch` on the worst of days: whatever they log, it is no secret and no full number."""

import http.cookiejar
import json
import os
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cli.conftest import CAMPAIGN, Told
from tests.cli.test_serving import answered, free_port

NUMBERS = ("+393330001234", "+393330005678")
SECRETS = {
    "GARBO_ASTERISK__ARI_PASSWORD": "test-ari-hunter2",
    "GARBO_ASTERISK__AMI_SECRET": "test-ami-hunter2",
}
IN_URLS = "test-url-hunter2"
WRONG = "test-wrong-hunter2"


class _Wrong(BaseHTTPRequestHandler):
    """ARI refuses the password, the CRM answers nonsense with the number in it."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = 401 if self.path.startswith("/ari") else 200
        body = f"<html>no customer at {self.path}, password={IN_URLS}, {self.headers.get('Authorization')}".encode()
        self.server.asked.append(self.path[1:4])  # type: ignore[attr-defined]  # of `_wrong`
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815  as http.server names them

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class _Refusing(socketserver.StreamRequestHandler):
    """An AMI that lets nobody in, and says what it was told."""

    def handle(self) -> None:
        self.wfile.write(b"Asterisk Call Manager/7.0.3\r\n")
        told = b""
        while not told.endswith(b"\r\n\r\n"):
            told += self.rfile.readline()
        self.server.asked.append("ami")  # type: ignore[attr-defined]  # of `_wrong`
        action = re.search(rb"(?i)actionid: *(\S*)", told)
        self.wfile.write(
            b"Response: Error\r\n"
            + (b"ActionID: " + action[1] + b"\r\n" if action else b"")
            + b"Message: Authentication failed for "
            + b" ".join(re.findall(rb"(?i)secret: *\S*", told))
            + b"\r\n\r\n"
        )


@contextmanager
def _wrong(server: socketserver.TCPServer) -> Iterator[tuple[int, list[str]]]:
    """Its port, and what it was asked for."""
    server.asked = []  # type: ignore[attr-defined]  # for the handlers above
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], server.asked  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _standing(command: str, config: Path, variables: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process whose log is `COMMAND.log` beside the configuration."""
    program = [sys.executable, "-m", "ari_app", "--config", str(config), command]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GARBO_")} | variables
    log = config.parent / f"{command}.log"
    with (
        log.open("wb") as file,
        subprocess.Popen(program, stderr=file, stdout=file, cwd=config.parent, env=environment) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _signs_in_wrongly(url: str) -> None:
    """With a wrong password, and with the password where the name belongs."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    for name, password in (("admin", WRONG), (WRONG, "x"), (NUMBERS[0], WRONG)):
        page = browser.open(f"{url}/login?to=/{NUMBERS[0]}", timeout=10).read().decode()
        form = re.search(r'name="form" value="([^"]+)"', page)
        assert form
        sent = urlencode({"form": form[1], "to": "", "name": name, "password": password}).encode()
        with pytest.raises(urllib.error.HTTPError) as refused:
            browser.open(f"{url}/login", sent, timeout=10)
        refused.value.close()
        assert refused.value.code in (403, 429)


def _asks(url: str, token: str) -> None:
    """Verdicts with a good and a bad token, what is no JSON, what is nowhere, a forged link."""
    ask: Any = {"campaign": "adsl", "operator": "anna", "reserve": True}
    for number in NUMBERS:
        assert answered(f"{url}/api/v1/verdicts", ask | {"number": number}, token=token)[0] == 200
        assert answered(f"{url}/api/v1/verdicts", ask | {"number": number}, token=f"garbo_{WRONG}")[0] == 401
        assert answered(f"{url}/api/v1/verdicts", {"nummer": number, "password": WRONG}, token=token)[0] >= 400
        assert answered(f"{url}/api/v1/calls/{number}?token={WRONG}", token=token)[0] >= 400
        assert answered(f"{url}/s/{WRONG}.{number[1:]}")[0] == 404
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5) as raw:
        raw.sendall(f"GET /{NUMBERS[0]} {WRONG}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        raw.recv(4096)
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\nHost: x\r\nCookie : session={WRONG}\r\n\r\n".encode())
        raw.recv(4096)


def test_a_bad_day_is_told_without_numbers_and_secrets(told: Told, tmp_path: Path) -> None:
    """ARI and AMI refuse us, the CRM talks nonsense, the database is away, strangers knock: none of it is said."""
    told("campaign", "add", "adsl", *CAMPAIGN)
    told("operator", "add", "anna", "--endpoint", "PJSIP/101", "--language", "it")
    token = told("token", "create", "--scope", "verdicts")["token"]
    config, port = tmp_path / "garbo.toml", free_port()
    away = f"postgresql+psycopg://garbo:{IN_URLS}@127.0.0.1:{free_port()}/garbo"
    with (
        _wrong(ThreadingHTTPServer(("127.0.0.1", 0), _Wrong)) as (http_port, asked),
        _wrong(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refusing)) as (ami_port, asked_ami),
    ):
        crm = f'url = "http://127.0.0.1:{http_port}/crm/{{number}}?password={IN_URLS}"'
        crm += f'\nheaders = "Authorization: Bearer {IN_URLS}"\n'
        config.write_text(config.read_text().replace("port = 8090", f"port = {port}") + f"\n[crm.fastnet]\n{crm}")
        variables = SECRETS | {
            "GARBO_ASTERISK__ARI_URL": f"http://127.0.0.1:{http_port}/ari",
            "GARBO_ASTERISK__AMI_PORT": str(ami_port),
            "GARBO_ASTERISK__AMI_USER": "garbo",
            "GARBO_ASTERISK__GUARDED_TRUNKS": '["PJSIP/trunk"]',
        }
        with (
            _standing("serve", config, variables) as serve,
            _standing("watch", config, variables | {"GARBO_DATABASE__URL": away}) as watch,
        ):
            url = f"http://127.0.0.1:{port}"
            assert _within(60, lambda: answered(f"{url}/healthz")[0] == 200), (tmp_path / "serve.log").read_text()
            _asks(url, token)
            _signs_in_wrongly(url)
            assert _within(20, lambda: {"ari", "crm"} <= set(asked) and len(asked_ami) > 1)
            assert _within(20, lambda: "watch.without_database" in (tmp_path / "watch.log").read_text())
            titles = [Path(f"/proc/{process.pid}/cmdline").read_text() for process in (serve, watch)]
    for log in (tmp_path / "serve.log", tmp_path / "watch.log"):
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert lines
        _say_nothing(log.read_text(), token)
    _say_nothing("".join(titles), token)


def _say_nothing(text: str, token: str) -> None:
    for secret in (*SECRETS.values(), IN_URLS, WRONG, token, *(number[-8:] for number in NUMBERS)):
        assert secret not in text, f"{secret} in {text}"
