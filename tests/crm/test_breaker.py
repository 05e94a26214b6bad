"""When a CRM is asked, and when it is left alone."""

from ari_app.crm.breaker import Breaker


def opened(*, at_s: float = 100.0) -> Breaker:
    """One that three failures have opened."""
    breaker = Breaker(failures=3, pause_s=10)
    assert [breaker.failed(at_s) for _ in range(3)] == [False, False, True]
    return breaker


def test_failures_in_a_row_open_it() -> None:
    """One answer in between, and the count begins anew."""
    breaker = Breaker(failures=3, pause_s=10)
    for _ in range(5):
        assert not breaker.failed(0)
        assert not breaker.failed(0)
        assert not breaker.succeeded()
    assert breaker.admits(0)


def test_open_it_admits_nobody_until_the_pause_is_over() -> None:
    """Exactly the pause is over."""
    breaker = opened()
    assert not breaker.admits(109.999)
    assert breaker.admits(110)


def test_after_the_pause_one_tries_and_decides() -> None:
    """While it is away nobody else is let in; its answer closes, and that is told once."""
    breaker = opened()
    assert breaker.admits(110)
    assert not breaker.admits(110)
    assert not breaker.admits(500)
    assert breaker.succeeded()
    assert breaker.admits(110)
    assert not breaker.succeeded()


def test_a_try_that_fails_begins_the_pause_anew() -> None:
    """It was open already, so nothing is told."""
    breaker = opened()
    assert breaker.admits(110)
    assert not breaker.failed(111)
    assert not breaker.admits(120.9)
    assert breaker.admits(121)


def test_a_try_that_was_given_up_lets_another_try() -> None:
    """A caller who hung up says nothing about the CRM."""
    breaker = opened()
    assert breaker.admits(110)
    breaker.gave_up()
    assert breaker.admits(110)
