"""
The little of ARI that the lab itself needs, over plain HTTP: what flows through each channel.

Errors: `AriError`.
"""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from typing import Any


class AriError(RuntimeError):
    """ARI refused a request or did not answer; `status` is 0 when it did not answer."""

    def __init__(self, text: str, status: int = 0) -> None:
        """`status` is the HTTP status."""
        super().__init__(text)
        self.status = status


def request(method: str, url: str, user: str, password: str, *, body: str = "") -> Any:
    """The decoded answer to one request, with a JSON `body` if there is one; None for an empty one.

    Raises: AriError
    """
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", **({"Content-Type": "application/json"} if body else {})}
    prepared = urllib.request.Request(url, method=method, headers=headers, data=body.encode() or None)
    # A proxy named by the environment has no business between us and loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(prepared, timeout=10) as answer:
            said = answer.read()
    except urllib.error.HTTPError as error:
        with error:
            raise AriError(f"{method} {url}: {error.code} {error.reason}", error.code) from error
    except OSError as error:
        raise AriError(f"{method} {url}: {error}") from error
    return json.loads(said) if said else None


def rtp_counts(ari_url: str, user: str, password: str) -> dict[str, tuple[int, int]]:
    """RTP packets received and sent by the name of each SIP channel that is up.

    Raises: AriError
    """
    counts = {}
    for channel in request("GET", f"{ari_url}/channels", user, password):
        if not channel["name"].startswith("PJSIP/"):
            continue
        url = f"{ari_url}/channels/{urllib.parse.quote(channel['id'], safe='')}/rtp_statistics"
        try:
            found = request("GET", url, user, password)
        except AriError as error:
            # Gone since it was listed, or without media as yet.
            if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
                continue
            raise
        counts[channel["name"]] = (found["rxcount"], found["txcount"])
    return counts
