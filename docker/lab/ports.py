"""
Free ports for exchanges and phones that run side by side on loopback.

A media port range cannot be found free by looking: its ports are bound only while calls are up. So a range is
*claimed*: whoever holds it listens on TCP on its first port, and the kernel takes the claim back when its holder dies.
"""

import random
import socket
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

# Below the kernel's ephemeral ports (from 32768), and clear of 5038, 5060 and 8088.
_LOWEST, _HIGHEST = 10_000, 32_000


class NoPortsFreeError(RuntimeError):
    """Every block of ports of the wanted size is taken."""


@dataclass(frozen=True, slots=True)
class PortBlock:
    """Ports `first` to `last` on one address, held until `release`; `first` itself is the claim and not for use."""

    host: str
    first: int
    last: int
    _claim: socket.socket = field(repr=False)

    @classmethod
    def claim(cls, host: str, size: int, *, fixed: int = 0) -> Self:
        """Claim `size` adjacent ports on `host`; the first `fixed` of them are also checked to be free at this moment.

        Raises: NoPortsFreeError
        """
        starts = list(range(_LOWEST, _HIGHEST - size, size))
        random.shuffle(starts)
        for start in starts:
            claim = _listening(host, start)
            if claim is None:
                continue
            if all(_is_free(host, port) for port in range(start + 1, start + 1 + fixed)):
                return cls(host, start, start + size - 1, claim)
            claim.close()
        raise NoPortsFreeError(f"no block of {size} ports is free on {host}")

    def release(self) -> None:
        """Give the ports back; may be called twice."""
        self._claim.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _listening(host: str, port: int) -> socket.socket | None:
    claim = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        claim.bind((host, port))
        claim.listen(1)
    except OSError:
        claim.close()
        return None
    return claim


def _is_free(host: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True
