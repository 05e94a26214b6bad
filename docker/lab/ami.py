"""
The little of AMI that the lab itself needs.

One action, in a connection of its own, as any program with a secret sends it.
"""

import socket

_PATIENCE_S = 30


def action(port: int, user: str, secret: str, **headers: str) -> str:
    """Log in, send one action, and return what is answered to it: `Success`, or `Error` and why."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as ami:
        login = {"Action": "Login", "Username": user, "Secret": secret, "Events": "off"}
        for each in (login, {**headers, "ActionID": "asked"}):
            ami.sendall(("".join(f"{key}: {value}\r\n" for key, value in each.items()) + "\r\n").encode())
        heard = b""
        while b"ActionID: asked" not in heard or not heard.endswith(b"\r\n\r\n"):
            piece = ami.recv(65536)
            if not piece:
                break
            heard += piece
    return heard.decode(errors="replace").rpartition("Response: ")[2]
