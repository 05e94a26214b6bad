"""HTTP bodies, through a real server and its database."""

import json
from copy import deepcopy
from random import Random
from typing import Any

from tests.fuzz import http
from tests.fuzz.doors import dialled

_PATHS = (
    *("/api/v1/verdicts",) * 4,
    "/api/v1/verdicts/batch",
    "/api/v1/verdicts/01",
    "/api/v1/nothing",
    "/api/v1/calls",
)
_ODD: tuple[Any, ...] = (None, True, -1, 2**70, 1e308, "", "x" * 3000, [], {}, [[]], {"number": {}}, "\x00")
_OWN_FAULT = 500
_UNAVAILABLE = 503


class Bodies:
    """Implements `Door`."""

    async def open(self) -> None:
        """See `Door`."""
        await http.fed()
        self.permits = 0

    async def feed(self, random: Random) -> None:
        """See `Door`: no answer is a fault of ours, and a permit is for a number that reads like what was asked."""
        body = self._body(random)
        method = random.choice(("POST", "POST", "POST", "POST", "PUT", "GET"))
        kind = random.choice(("application/json", "application/json", "application/json", "text/plain", "x"))
        status, answer = await http.feed(method, random.choice(_PATHS), {"Content-Type": kind}, body)
        assert status < _OWN_FAULT or status == _UNAVAILABLE, f"{status} for {body[:200]!r}"
        said = json.loads(answer) if answer.startswith(b"{") else {}
        if said.get("verdict") == "permit":
            self.permits += 1
            text = json.loads(body)["number"]  # as it was sent, after all that befell it
            digits = "".join(sign for sign in text if sign in "0123456789")
            assert str(said["callee"])[-6:] == digits[-6:], f"{text!r}: a permit for {said['callee']!r}"

    async def close(self) -> None:
        """See `Door`."""
        await http.stop()

    def _body(self, random: Random) -> bytes:
        text = dialled(random) if random.random() < 0.7 else f"+39333{random.randrange(10_000_000):07d}"
        document: dict[str, Any] = {"number": text, "campaign": random.choice(("autumn", "foreign", "none", ""))}
        if random.random() < 0.3:
            document["reserve"] = random.choice((True, False, "yes"))
        if random.random() < 0.3:
            document[random.choice(("number", "campaign", "odd", "operator"))] = deepcopy(random.choice(_ODD))
        said: Any = document if random.random() < 0.8 else [document, *random.choices(_ODD, k=3)]
        raw = json.dumps(said).encode()
        for _ in range(random.choice((0, 0, 0, 1, 4))):
            place = random.randrange(len(raw))
            raw = raw[:place] + random.choice((b"", b"\0", b"{", b'"', b"\\", b"\xff", b"[" * 2000)) + raw[place + 1 :]
        return raw
