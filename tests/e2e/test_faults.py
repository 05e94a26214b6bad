"""What happens when the gate dies, hangs or is gone: no unchecked call leaves, no live call is cut, nothing is lost."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from docker.asterisk import Asterisk
from docker.lab import ari
from docker.lab.caller import Audio, PlacedCall
from docker.lab.gate import Gate
from docker.lab.sip_log import poll
from tests.e2e.conftest import BRUNO, CARLA, Lab, furnished

FORBIDDEN, UNAVAILABLE = 403, 503


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose dialplan knows two gates; only the first runs unless a test starts the other."""
    yield from furnished(
        asterisk, tmp_path_factory.mktemp("faults"), {"GARBO_ASTERISK__APPS": json.dumps(["garbo-a", "garbo-b"])}
    )


def hears(lab: Lab) -> tuple[int, ...]:
    """RTP packets received and sent so far, over all legs."""
    return tuple(count for _, counts in sorted(lab.pbx.rtp_counts().items()) for count in counts)


def audio_flows(lab: Lab) -> bool:
    """Whether packets go both ways on every leg, from now on."""
    before = hears(lab)
    after = poll(
        lambda: hears(lab),
        lambda now: len(now) == len(before) and all(b + 20 < a for b, a in zip(before, now, strict=True)),
        timedelta(seconds=5),
    )
    return len(after) == len(before) >= 4 and all(b + 20 < a for b, a in zip(before, after, strict=True))


def up(call: PlacedCall) -> PlacedCall:
    """The call, once it is answered."""
    assert call.await_status().status == 200
    return call


def test_a_killed_gate_harms_no_call_and_lets_none_out(lab: Lab) -> None:
    """SIGKILL: audio goes on, new calls get 503, 112 goes out; after the restart the missed outcome is closed."""
    talking, missed, blocked, later = lab.number(), lab.number(), lab.number(), lab.number()
    with (
        up(lab.start(talking, audio=Audio.TONE)),
        up(lab.start(missed, phone=BRUNO, talk=timedelta(seconds=2))) as short,
    ):
        lab.gate.kill()
        refused = lab.call(f"73{blocked}", phone=CARLA)
        assert (refused.status, refused.reason) == (UNAVAILABLE, "Q.850;cause=34")
        assert lab.reached(blocked) == []
        assert lab.call("112", phone=CARLA).status == 200
        short.wait()
        assert audio_flows(lab)
        lab.gate.start()
        assert (
            poll(lambda: lab.outcome(missed), lambda outcome: outcome is not None, timedelta(seconds=5)) == "unobserved"
        )
        assert lab.verdicts(talking)[-1]["outcome"] is None
        assert audio_flows(lab)
        assert lab.call(later, phone=BRUNO).status == 200
    lab.pbx.cli("channel request hangup all")
    assert lab.outcome(talking) == "answered"
    assert lab.verdicts(blocked) == []
    assert lab.no_channels()


def test_a_frozen_gate_cuts_no_live_call_and_judges_none_of_its_backlog(lab: Lab) -> None:
    """SIGSTOP for five seconds: refused within half a second a gate; thawed, the backlog is dropped unread."""
    talking, blocked, later = lab.number(), lab.number(), lab.number()
    with up(lab.start(talking, audio=Audio.TONE)) as call:
        lab.gate.freeze()
        results = [lab.call(f"73{blocked}", phone=BRUNO) for _ in range(3)]
        assert [result.status for result in results] == [UNAVAILABLE] * 3
        assert all(result.setup is not None and result.setup < timedelta(seconds=2) for result in results)
        assert lab.call("112", phone=CARLA).status == 200
        poll(lambda: call.is_running, lambda running: not running, timedelta(seconds=4))
        dropped = len(lab.gate.events("call.dropped_late"))
        lab.gate.thaw()
        poll(
            lambda: lab.gate.events("call.dropped_late"), lambda found: len(found) >= dropped + 3, timedelta(seconds=5)
        )
        assert len(lab.gate.events("call.dropped_late")) == dropped + 3
        assert call.is_running
        assert audio_flows(lab)
        assert lab.verdicts(blocked) == []
        assert lab.reached(blocked) == []
        assert lab.call(later, phone=BRUNO).status == 200
    lab.pbx.cli("channel request hangup all")
    assert lab.outcome(talking) == "answered"
    assert lab.no_channels()


def test_the_next_gate_takes_over_from_a_dead_and_from_a_frozen_one(lab: Lab) -> None:
    """Two gates on one database: the caller notices nothing, and one verdict is on record for each call."""
    with Gate(lab.installation, lab.pbx, app="garbo-b") as second:
        second.start()
        lab.gate.kill()
        dead = lab.number()
        assert lab.call(dead).status == 200
        assert lab.outcome(dead) == "answered"
        lab.gate.start()
        lab.gate.freeze()
        hung = lab.number()
        assert lab.call(hung).status == 200
        lab.gate.thaw()
        assert lab.outcome(hung) == "answered"
        assert len(lab.verdicts(hung)) == 1
        second.terminate()
    assert lab.call(lab.number()).status == 200


def test_an_orderly_stop_exits_with_zero_and_hands_its_calls_to_the_next_life(lab: Lab) -> None:
    """SIGTERM while a call is up: the call goes on, the next gate sees its end."""
    number = lab.number()
    with up(lab.start(number, audio=Audio.TONE)):
        assert lab.gate.terminate() == 0
        assert audio_flows(lab)
        lab.gate.start()
    lab.pbx.cli("channel request hangup all")
    assert lab.outcome(number) == "answered"
    assert lab.no_channels()


def test_a_restarted_asterisk_finds_its_gate_again(lab: Lab) -> None:
    """The gate reconnects by itself; the call that went down with the PBX is closed."""
    number = lab.number()
    call = up(lab.start(number))
    lab.pbx.kill()
    call.stop()
    lab.pbx.launch()
    assert poll(lab.gate.is_ready, bool, timedelta(seconds=15))
    assert lab.outcome(number) == "answered"
    assert lab.call(lab.number()).status == 200


def test_a_database_that_is_gone_denies_and_the_gate_recovers(lab: Lab) -> None:
    """Locked by somebody else for longer than the deadline: `facts_unavailable`; then all is well again."""
    import sqlite3

    blocked, later = lab.number(), lab.number()
    other = sqlite3.connect(lab.installation.folder / "garbo.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        refused = lab.call(f"73{blocked}")
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert refused.status == FORBIDDEN
    assert lab.told("BOOKS").split("/")[2] == "facts_unavailable"
    assert lab.reached(blocked) == []
    assert lab.call(later).status == 200


def test_only_the_events_that_are_needed_are_sent(lab: Lab) -> None:
    """Asterisk's own word on the filter: ChannelVarset and its like stay where they are."""
    application = ari.request("GET", f"{lab.pbx.ari_url}/applications/garbo-a", lab.pbx.ari_user, lab.pbx.ari_password)
    allowed = {event["type"] for event in application["events_allowed"]}
    assert {"StasisStart", "StasisEnd", "Dial", "ChannelDestroyed", "RESTResponse"} <= allowed
    assert "ChannelVarset" not in allowed


def test_nothing_is_left_and_the_ledger_is_whole(lab: Lab) -> None:
    """After all of the above every call has one outcome, and the chain holds over all lives of both gates."""
    assert lab.no_channels()
    assert lab.installation.garbo("ledger", "verify")["faults"] == []
    recorded = lab.installation.garbo("calls", "list", "--limit", "1000")
    assert [document for document in recorded if document["outcome"] is None] == []
    assert lab.gate.events("call.broken") == []
