"""Calls that no phone makes: asked of Asterisk over AMI or ARI, in the words that the documentation shows."""

import socket
from datetime import timedelta

from docker.lab import ari as lab_ari
from docker.lab.pbx import RunningAsterisk


def ami(pbx: RunningAsterisk, action: str, *, timeout: timedelta = timedelta(seconds=10)) -> str:
    """Send one action and return the first message that answers it."""
    login = f"Action: Login\r\nUsername: {pbx.ami_user}\r\nSecret: {pbx.ami_password}\r\nEvents: off\r\n\r\n"
    lines = "\r\n".join([*action.strip().splitlines(), "ActionID: asked"])
    with socket.create_connection(("127.0.0.1", pbx.ami_port), timeout=timeout.total_seconds()) as connection:
        connection.sendall(f"{login}{lines}\r\n\r\n".encode())
        heard = b""
        while b"ActionID: asked" not in heard or not heard.endswith(b"\r\n\r\n"):
            if not (more := connection.recv(4096)):
                break
            heard += more
    messages = heard.decode().split("\r\n\r\n")
    return next((message for message in messages if "ActionID: asked" in message), "")


def ari(pbx: RunningAsterisk, request: str) -> object:
    """Send one request, `METHOD /ari/PATH` and a JSON body after an empty line, and return what it answers."""
    head, _, body = request.strip().partition("\n\n")
    method, _, path = head.partition(" /ari")
    return lab_ari.request(method, f"{pbx.ari_url}{path}", pbx.ari_user, pbx.ari_password, body=body)
