"""What a peer may send to the FastAGI port: requests as Asterisk writes them, and what becomes of them on the way."""

from random import Random

from tests.fuzz import fastagi
from tests.fuzz.doors import dialled

_HEADERS = (
    *("agi_network: yes", "agi_network_script: verdict", "agi_channel: PJSIP/101-00000001", "agi_language: en"),
    *("agi_uniqueid: pbx-1.1", "agi_callerid: 101", "agi_context: garbo", "agi_extension: s", "agi_priority: 1"),
)
_ODD = (b"\0", b"\r", b"\n", b"\n\n", b":", b": ", b'"', b"\\", b"\xff", b"\xf0\x9f", b"A" * 5000, b"HANGUP\n", b"")
_ANSWERS = (b"200 result=1\n", b"200 result=1\n", b"200 result=-1\n", b"511 gone\n", b"520-usage\n", b"HANGUP\n", b"x")


class Requests:
    """Implements `Door`."""

    async def open(self) -> None:
        """See `Door`."""
        self.permits = 0

    async def feed(self, random: Random) -> None:
        """See `Door`: only who asks for the one number that may be called is told of a permit."""
        data = self._request(random)
        said = await fastagi.feed(data)
        if b"permit" in said:
            self.permits += 1
            assert fastagi.PERMITTED.encode() in data, f"a permit for {data[:400]!r}"

    async def close(self) -> None:
        """See `Door`."""

    def _request(self, random: Random) -> bytes:
        number = fastagi.PERMITTED if random.random() < 0.2 else dialled(random)
        script = random.choice(("verdict", "verdict", "verdict", "ended", "", "x" * 300))
        lines = [*_HEADERS, f"agi_arg_1: {number}", f"agi_arg_2: {random.randrange(9)}", "agi_arg_3: autumn"]
        lines[1] = f"agi_network_script: {script}"
        if random.random() < 0.1:
            random.shuffle(lines)
        raw = "\n".join(lines).encode(errors="surrogatepass") + b"\n\n"
        raw += b"".join(random.choice(_ANSWERS) for _ in range(random.choice((0, 2, 4, 40))))
        for _ in range(random.choice((0, 0, 0, 1, 3))):
            place = random.randrange(len(raw) + 1)
            raw = raw[:place] + random.choice(_ODD) + raw[place + random.choice((0, 0, 1)) :]
        return raw[: random.randrange(len(raw))] if random.random() < 0.1 else raw
