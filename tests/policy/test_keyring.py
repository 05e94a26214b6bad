"""What the installation's key signs: permits and links that hold for one call, one number and a while."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ari_app.policy.keyring import Keyring
from tests.policy.examples import MONDAY_10, PROPERTY

RING = Keyring.from_secret(b"a secret of the tests")
OTHER = Keyring.from_secret(b"another")
SOON = MONDAY_10 + timedelta(minutes=1)
NUMBER, ANOTHER = "+393331234567", "+393331234568"


def test_a_permit_holds_for_its_number_until_it_expires() -> None:
    """At the instant of expiry it holds no longer."""
    permit = RING.permit("01J0", NUMBER, SOON)
    assert RING.permit_holds(permit, NUMBER, MONDAY_10)
    assert not RING.permit_holds(permit, ANOTHER, MONDAY_10)
    assert not RING.permit_holds(permit, NUMBER, SOON)
    assert not OTHER.permit_holds(permit, NUMBER, MONDAY_10)


def test_a_link_opens_its_call_and_is_no_permit() -> None:
    """Each use has a key of its own."""
    link = RING.link("01J0", SOON)
    assert RING.call_of_link(link, MONDAY_10) == "01J0"
    assert RING.call_of_link(link, SOON) is None
    assert not RING.permit_holds(link, NUMBER, MONDAY_10)
    assert RING.call_of_link(RING.permit("01J0", NUMBER, SOON), MONDAY_10) is None


@pytest.mark.parametrize("token", ["", ".", "..", "01J0", "01J0.x.y", "01J0.9999999999999.y", "01J0.١٢.y"])
def test_what_is_no_token_opens_nothing(token: str) -> None:
    """And raises nothing."""
    assert RING.call_of_link(token, MONDAY_10) is None


@PROPERTY
@given(st.text())
@example("01J0.1.é")
def test_any_text_is_no_permit(token: str) -> None:
    """Whatever an endpoint sends in its variable."""
    assert not RING.permit_holds(token, NUMBER, MONDAY_10)


def test_number_keys_and_locks_are_stable_and_tell_numbers_apart() -> None:
    """The same in every gate of an installation, worthless in another."""
    assert RING.number_key(NUMBER) == RING.number_key(NUMBER)
    assert len({RING.number_key(NUMBER), RING.number_key(ANOTHER), OTHER.number_key(NUMBER)}) == 3
    assert len(RING.number_key(NUMBER)) == 16
    assert -(2**63) <= RING.lock_number("attempts:acme:+39") < 2**63


def test_the_secret_is_not_shown() -> None:
    """`repr` has the id alone, which differs from secret to secret."""
    assert repr(RING) == f"Keyring({RING.key_id})"
    assert RING.key_id != OTHER.key_id


NEXT = RING.followed_by(b"a second secret of the tests", MONDAY_10)


def test_a_key_that_is_followed_is_wrapped() -> None:
    """The stored key leads to the new one without the number; the number leads there as well."""
    assert NEXT.wrapped(RING.number_key(NUMBER)) == NEXT.number_key(NUMBER)
    assert NEXT.number_key(NUMBER) != RING.number_key(NUMBER)
    third = NEXT.followed_by(b"a third", SOON)
    assert third.wrapped(NEXT.wrapped(RING.number_key(NUMBER))) == third.number_key(NUMBER)
    assert len({RING.key_id, NEXT.key_id, third.key_id, Keyring.from_secret(third.secret).key_id}) == 4
    assert NEXT.follows(RING)
    assert third.follows(NEXT)
    assert not third.follows(RING)
    assert not RING.follows(NEXT)
    assert not RING.follows(RING)


def test_what_an_older_secret_signed_holds_until_it_expires() -> None:
    """But nothing that expires later than it can have signed for: who has the old secret forges nothing with it."""
    permit, link = RING.permit("01J0", NUMBER, SOON), RING.link("01J0", SOON)
    assert NEXT.permit_holds(permit, NUMBER, MONDAY_10)
    assert NEXT.call_of_link(link, MONDAY_10) == "01J0"
    assert not NEXT.permit_holds(permit, NUMBER, SOON)
    week = timedelta(days=7)
    assert NEXT.call_of_link(RING.link("01J0", MONDAY_10 + week), MONDAY_10) == "01J0"
    assert NEXT.call_of_link(RING.link("01J0", MONDAY_10 + week + timedelta(seconds=1)), MONDAY_10) is None
    assert not RING.permit_holds(NEXT.permit("01J0", NUMBER, SOON), NUMBER, MONDAY_10)


def test_no_secret_of_a_chain_is_shown() -> None:
    """Neither by the ring nor by what it holds."""
    assert "secret" not in repr(NEXT)
    assert "secret" not in repr(NEXT.retired)


@PROPERTY
@given(digits=st.text("0123456789", min_size=1, max_size=15))
@example(digits="393331234567")
def test_a_sealed_number_is_read_by_its_keyring_alone(digits: str) -> None:
    """And by those that follow it; a number has one seal, and no sign of it shows in that."""
    number = f"+{digits}"
    seal = RING.sealed_number(number)
    assert RING.opened_number(seal) == number
    assert RING.followed_by(b"a newer one", MONDAY_10).opened_number(seal) == number
    assert OTHER.opened_number(seal) is None
    assert (seal == RING.sealed_number(number), len(seal)) == (True, 32)
    assert RING.sealed_number(ANOTHER + "1") != seal


@pytest.mark.parametrize("seal", ["", "x", "A" * 32, "é" * 32, "=" * 32, RING.sealed_number(NUMBER)[:-4], "A" * 36])
def test_what_is_no_seal_holds_no_number(seal: str) -> None:
    """And raises nothing; what is longer than any number is not sealed."""
    assert RING.opened_number(seal) is None
    altered = RING.sealed_number(NUMBER).swapcase()
    assert RING.opened_number(altered) is None
    with pytest.raises(ValueError, match="no number"):
        RING.sealed_number("+1234567890123456")
