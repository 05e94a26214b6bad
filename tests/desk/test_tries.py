"""Tries by address: bounded in number and in memory, however an address is written."""

from datetime import UTC, datetime, timedelta

import pytest

from ari_app.desk.tries import ALLOWED, FORGIVEN_EVERY, MOST_ADDRESSES, Tries, network_of

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def spend(tries: Tries, address: str, count: int, at: datetime = NOW) -> list[timedelta | None]:
    """Try so often; what was answered."""
    return [tries.take(address, at) for _ in range(count)]


def test_so_many_and_no_more() -> None:
    """The next has to wait for one to be forgiven; refusing costs nothing more."""
    tries = Tries()
    assert spend(tries, "192.0.2.1", ALLOWED) == [None] * ALLOWED
    assert spend(tries, "192.0.2.1", 50) == [FORGIVEN_EVERY] * 50
    assert tries.take("192.0.2.2", NOW) is None
    later = NOW + FORGIVEN_EVERY
    assert spend(tries, "192.0.2.1", 2, later) == [None, FORGIVEN_EVERY]
    assert spend(tries, "192.0.2.1", ALLOWED + 1, later + FORGIVEN_EVERY * ALLOWED)[-2:] == [None, FORGIVEN_EVERY]


def test_what_goes_well_costs_nothing() -> None:
    """A floor behind one address signs in all day."""
    tries = Tries()
    for _ in range(10 * ALLOWED):
        assert tries.take("192.0.2.1", NOW) is None
        tries.give_back("192.0.2.1")
    tries.give_back("192.0.2.99")
    assert len(tries) == 1


def test_a_clock_that_goes_back_gives_nothing() -> None:
    """And takes nothing."""
    tries = Tries()
    spend(tries, "192.0.2.1", ALLOWED)
    assert tries.take("192.0.2.1", NOW - timedelta(hours=1)) == FORGIVEN_EVERY


def test_memory_is_bounded() -> None:
    """Whoever comes from however many addresses; the one that is heard of last is forgotten last."""
    tries = Tries()
    spend(tries, "192.0.2.1", ALLOWED)
    for number in range(MOST_ADDRESSES + 10):
        tries.take(f"2001:db8:{number:x}::1", NOW)
        tries.take("192.0.2.1", NOW)
    assert len(tries) == MOST_ADDRESSES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("::ffff:192.0.2.1", "::ffff:c000:201"),
        ("2001:db8::1", "2001:0db8:0:0:ffff:1:2:3"),
        ("2001:DB8::1", "2001:db8::2"),
        ("fe80::1%eth0", "fe80::1%eth1"),
        ("nonsense", ""),
    ],
)
def test_one_address_however_it_is_written(one: str, other: str) -> None:
    """An IPv4 address in IPv6's clothes, the many of one IPv6 customer, what is no address at all."""
    assert network_of(one) == network_of(other)


def test_different_networks_are_different() -> None:
    """Neighbours are not punished for each other."""
    assert len({network_of(each) for each in ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1")}) == 4
