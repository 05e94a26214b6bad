"""The pure parts of the edge: offset, backoff, versions, frames, errors."""

import inspect
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ari_app.asterisk.backoff import Backoff
from ari_app.asterisk.clock_offset import ClockOffset
from ari_app.asterisk.errors import AriDisconnected, AriForbidden, AriMalformed, AriTimeout, foreign_errors, refusal
from ari_app.asterisk.rest import AriResponse, quoted
from ari_app.asterisk.settings import AriSettings
from ari_app.asterisk.versions import default_door, faults_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SETTINGS = AriSettings(ari_url="http://pbx/ari", user="u", password="p", app="a")
JITTER = partial(Random, 3)
MS = timedelta(milliseconds=1)
durations = st.timedeltas(min_value=timedelta(0), max_value=timedelta(seconds=5))


@given(
    st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9)),
    st.lists(st.tuples(durations, durations), min_size=1),
)
def test_the_estimate_is_off_by_half_the_quickest_exchange_at_most(
    true: timedelta, trips: list[tuple[timedelta, timedelta]]
) -> None:
    """However slow and lopsided the others were."""
    offset = ClockOffset(samples=len(trips))
    for out, back in trips:
        offset.add(sent_at=NOW, stamped_at=NOW + out + true, read_at=NOW + out + back)
    quickest = min(out + back for out, back in trips)
    assert abs(offset.estimate - true) <= quickest / 2 + timedelta(microseconds=1)


def test_a_clock_that_was_set_is_believed() -> None:
    """An exchange that contradicts the ones before replaces them."""
    offset = ClockOffset()
    offset.add(sent_at=NOW, stamped_at=NOW + MS, read_at=NOW + 2 * MS)
    offset.add(sent_at=NOW, stamped_at=NOW + timedelta(hours=1), read_at=NOW + 20 * MS)
    assert abs(offset.estimate - timedelta(hours=1)) <= 10 * MS
    offset.forget()
    assert offset.estimate == timedelta(0)


def test_the_first_retry_is_at_once_and_later_ones_grow_to_the_cap() -> None:
    """Full jitter below an exponential bound."""
    backoff = Backoff(SETTINGS, JITTER())
    lost = AriDisconnected("lost")
    waits = [backoff.wait(lost, held=timedelta(0)) for _ in range(200)]
    assert waits[0] == timedelta(0)
    for attempt, wait in enumerate(waits[1:6]):
        assert wait <= timedelta(milliseconds=250) * 2**attempt
    assert timedelta(seconds=4) < max(waits) <= timedelta(seconds=5)
    assert len(set(waits)) > 100


def test_only_a_connection_that_held_starts_anew() -> None:
    """A flapping one is not retried at once each time."""
    backoff = Backoff(SETTINGS, JITTER())
    lost = AriDisconnected("lost")
    backoff.wait(lost, held=timedelta(0))
    assert backoff.wait(lost, held=timedelta(seconds=4)) > timedelta(0)
    assert backoff.wait(lost, held=timedelta(seconds=5)) == timedelta(0)


def test_wrong_credentials_are_retried_slowly() -> None:
    """Only a person mends them."""
    wait = Backoff(SETTINGS, JITTER()).wait(AriForbidden(401, "no"), held=timedelta(0))
    assert timedelta(seconds=15) <= wait <= timedelta(seconds=30)


@pytest.mark.parametrize(
    ("version", "faults"),
    [
        ("22.10.1", 0),
        ("22.10.1~dfsg+~cs6.15.60671435-1", 0),
        ("20.20.1", 0),
        ("23.5.0", 0),
        ("22.11.0", 0),
        ("GIT-master-abc", 0),
        ("22.10.0", 1),
        ("22.10.1-rc1", 1),
        ("22.11.0-rc1", 1),
        ("20.18.2", 2),
        ("22.9.0", 2),
        ("20.9.3", 2),
        ("18.26.4", 2),
        ("21.12.2", 1),
    ],
)
def test_known_faults(version: str, faults: int) -> None:
    """Each release has the faults that its change log says."""
    assert len(faults_of(version)) == faults


def test_every_fault_says_what_to_do() -> None:
    """What, why and a remedy: a finding without one helps nobody."""
    faults = {fault.id: fault for version in ("16.28.0", "22.9.0", "22.11.0-rc1") for fault in faults_of(version)}
    assert set(faults) == {"ari_bypass", "deadlocks", "pong_crash", "waits_200_ms"}
    assert all(fault.what and fault.why and fault.remedy for fault in faults.values())


@pytest.mark.parametrize(
    ("version", "door"),
    [
        ("16.28.0~dfsg-0+deb11u4", "fastagi"),
        ("18.26.4", "fastagi"),
        ("20.9.3", "fastagi"),
        ("20.10.0-rc1", "fastagi"),
        ("20.10.0", "stasis"),
        ("21.4.3", "fastagi"),
        ("21.5.0", "stasis"),
        ("22.10.1", "stasis"),
        ("23.0.0", "stasis"),
        ("GIT-master-abc", "stasis"),
    ],
)
def test_the_default_door(version: str, door: str) -> None:
    """FastAGI where a verdict through Stasis would wait 200 ms."""
    assert default_door(version) == door


AIOHTTP_ERRORS = [
    error
    for _, error in inspect.getmembers(aiohttp, inspect.isclass)
    if issubclass(error, Exception) and not issubclass(error, Warning)
]
# Raised by servers, payload writers and typed receive calls, which are not used here.
NOT_OURS = {
    "ContentTypeError",
    "BadContentDispositionHeader",
    "PayloadEncodingError",
    "WebSocketError",
    "EofStream",
    "WSMessageTypeError",
}


@pytest.mark.parametrize(
    "error", [e for e in AIOHTTP_ERRORS if e.__name__ not in NOT_OURS], ids=lambda error: error.__name__
)
def test_every_error_of_aiohttp_is_mapped(error: type[Exception]) -> None:
    """One that aiohttp adds outside its tree fails here."""
    assert issubclass(error, aiohttp.ClientError | OSError)


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (TimeoutError(), AriTimeout),
        (aiohttp.ServerTimeoutError(), AriTimeout),
        (ConnectionRefusedError(), AriDisconnected),
        (aiohttp.ServerDisconnectedError(), AriDisconnected),
    ],
)
def test_foreign_errors_are_chained(foreign: Exception, ours: type[Exception]) -> None:
    """The cause stays visible."""
    with pytest.raises(ours) as caught, foreign_errors("testing"):
        raise foreign
    assert caught.value.__cause__ is foreign


def test_an_unreadable_answer_is_malformed() -> None:
    """A body of another shape is Asterisk's fault, not a crash."""
    with pytest.raises(AriMalformed):
        AriResponse(status=200, body="{").read(dict)


def test_a_refusal_says_all() -> None:
    """What was asked, the status and Asterisk's words."""
    assert (
        str(refusal(404, "Channel not found", reason="Not Found", request="GET x"))
        == "GET x: 404 Not Found: Channel not found"
    )


def test_the_password_does_not_show() -> None:
    """Settings may be logged."""
    assert "secret" not in repr(AriSettings(ari_url="http://pbx/ari", user="u", password="secret", app="a"))


def test_uri_parts_are_quoted() -> None:
    """A channel id may hold anything."""
    assert quoted("a/b c+d?é") == "a%2Fb%20c%2Bd%3F%C3%A9"
