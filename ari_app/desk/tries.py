"""Tries to sign in by address: as many as a floor behind one address mistypes, and no more than that."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

ALLOWED = 30
"""Tries that go wrong at once."""
FORGIVEN_EVERY = timedelta(seconds=10)
MOST_ADDRESSES = 10_000
_PREFIX = 64
"""An IPv6 customer has at least so many addresses to change between."""


@dataclass(slots=True)
class _Held:
    tries: float
    at: datetime


class Tries:
    """
    Counts what went wrong, a try less every `FORGIVEN_EVERY`; bounded, whoever asks.

    A try is counted before it is known how it ends, and taken back when it went well: many at once are many.
    """

    def __init__(self) -> None:
        """Nobody has tried."""
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def take(self, address: str, now: datetime) -> timedelta | None:
        """Count a try; None: it may be made, else how long until the next one may."""
        key = network_of(address)
        held = self._held.get(key) or _Held(tries=0.0, at=now)
        held.tries = max(0.0, held.tries - max(timedelta(), now - held.at) / FORGIVEN_EVERY)
        held.at = now
        if held.tries + 1 > ALLOWED:
            return FORGIVEN_EVERY * (held.tries + 1 - ALLOWED)
        held.tries += 1
        self._held[key] = held
        self._held.move_to_end(key)
        if len(self._held) > MOST_ADDRESSES:
            self._held.popitem(last=False)
        return None

    def give_back(self, address: str) -> None:
        """A try went well."""
        held = self._held.get(network_of(address))
        if held is not None:
            held.tries = max(0.0, held.tries - 1)

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._held)


def network_of(address: str) -> str:
    """What counts as one address, however it is written: an IPv4 address, or the network of an IPv6 one."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(read, IPv6Address) and read.ipv4_mapped is not None:
        read = read.ipv4_mapped
    if isinstance(read, IPv4Address):
        return str(read)
    return str(IPv6Network((read, _PREFIX), strict=False))
