"""Which lines hear one another, whatever happens to them and in which order."""

from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ari_app.policy.events import DialStatus
from ari_app.policy.lines import (
    BridgeEntered,
    BridgeLeft,
    HalvesPaired,
    LegBegan,
    LegEnded,
    Line,
    LineBegan,
    LineChanged,
    LineEvent,
    LineGone,
)
from ari_app.watch.bridges import Bridges, is_telephone

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = ("PJSIP/trunk-00000001", "PJSIP/101-00000002", "Local/1@out-00000003;1", "Local/1@out-00000003;2", "PJSIP/9-04")


def line(number: int, name: str = "") -> Line:
    """One of a few lines."""
    return Line(id=f"pbx-{number}", name=name or NAMES[number], state="Up", linked_id="pbx-0")


def entered(number: int, bridge: str) -> LineEvent:
    """Into a bridge."""
    return BridgeEntered(bridge_id=bridge, line=line(number), at=AT)


def left(number: int, bridge: str) -> LineEvent:
    """Out of a bridge."""
    return BridgeLeft(bridge_id=bridge, line=line(number), at=AT)


def paired(one: int, other: int) -> LineEvent:
    """Halves of a Local channel."""
    return HalvesPaired(one=line(one), other=line(other), at=AT)


def gone(number: int) -> LineEvent:
    """No more."""
    return LineGone(line=line(number), cause=16, at=AT)


def after(*events: LineEvent) -> Bridges:
    """What is known after these."""
    bridges = Bridges()
    for event in events:
        bridges.see(event)
    return bridges


def heard(bridges: Bridges, number: int) -> set[str]:
    """Whom a line hears, by id."""
    return {each.id for each in bridges.hears(f"pbx-{number}")}


_NUMBER = st.integers(min_value=0, max_value=len(NAMES) - 1)
_BRIDGE = st.sampled_from(["one", "two", "three"])
_EVENT: st.SearchStrategy[LineEvent] = st.one_of(
    st.builds(entered, _NUMBER, _BRIDGE),
    st.builds(left, _NUMBER, _BRIDGE),
    st.builds(paired, _NUMBER, _NUMBER),
    st.builds(gone, _NUMBER),
    _NUMBER.map(lambda number: LineBegan(line=line(number), at=AT)),
    _NUMBER.map(lambda number: LineChanged(line=line(number, "PJSIP/101-0000000a<ZOMBIE>"), at=AT, was="before")),
    st.tuples(_NUMBER, _NUMBER).map(lambda two: LegBegan(leg=line(two[0]), by=line(two[1]), dialled="1@trunk", at=AT)),
    _NUMBER.map(lambda number: LegEnded(leg=line(number), by=None, status=DialStatus.ANSWER, at=AT)),
)


def test_a_dialers_call_is_heard_through_bridge_and_local_channel() -> None:
    """Callee and half in one bridge, the other half and an operator in another."""
    bridges = after(paired(2, 3), entered(0, "one"), entered(3, "one"), entered(2, "two"))
    assert heard(bridges, 0) == {"pbx-2", "pbx-3"}
    bridges.see(entered(1, "two"))
    assert heard(bridges, 0) == {"pbx-1", "pbx-2", "pbx-3"}
    assert heard(bridges, 4) == set()


def test_a_local_channel_that_takes_itself_out_of_the_way_leaves_both_ends_together() -> None:
    """Its callee is put into the operator's bridge, before or after it left its own."""
    begun = (paired(2, 3), entered(0, "one"), entered(3, "one"), entered(2, "two"), entered(1, "two"))
    for moved in ((entered(0, "two"), left(0, "one")), (left(0, "one"), entered(0, "two"))):
        bridges = after(*begun, *moved, left(2, "two"), left(3, "one"), gone(2), gone(3))
        assert heard(bridges, 0) == {"pbx-1"}
        assert len(bridges) == 2


def test_a_new_name_is_known_and_what_is_only_out_of_the_way_is_no_telephone() -> None:
    """A masquerade gives a line another one's name."""
    bridges = after(entered(0, "one"), entered(2, "one"))
    renamed = line(2, "PJSIP/101-0000000b")
    bridges.see(LineChanged(line=renamed, at=AT, was=NAMES[2]))
    assert bridges.hears("pbx-0") == (renamed,)
    assert is_telephone(renamed.name)
    for name in ("PJSIP/101-0000000b<ZOMBIE>", "Local/1@out-3;1", "CBAnn/room-01;2", "Announcer/ARI-1;1", "Snoop/1"):
        assert not is_telephone(name)
    assert is_telephone("Dongle/gsm0-0100000001")


def test_after_a_gap_the_list_is_all_there_is() -> None:
    """Bridges as the list names them, halves by their names; what was known before is forgotten."""
    bridges = after(entered(4, "one"), entered(1, "one"))
    listed = [line(0), line(2), line(3), line(1)]
    in_bridge = ["one", "two", "one", "two"]
    bridges.resync(
        Line(id=each.id, name=each.name, state="Up", linked_id="", bridge_id=bridge)
        for each, bridge in zip(listed, in_bridge, strict=True)
    )
    assert heard(bridges, 0) == {"pbx-1", "pbx-2", "pbx-3"}
    assert len(bridges) == 4


@given(st.lists(_EVENT, max_size=60))
def test_hearing_is_mutual_and_what_is_gone_is_forgotten(events: list[LineEvent]) -> None:
    """After any sequence: whom a line hears hears it, nobody hears themselves, and nothing is kept of who is gone."""
    bridges = after(*events)
    for number in range(len(NAMES)):
        mine = heard(bridges, number)
        assert f"pbx-{number}" not in mine
        for other in range(len(NAMES)):
            assert (f"pbx-{other}" in mine) == (f"pbx-{number}" in heard(bridges, other))
    for number in range(len(NAMES)):
        bridges.see(gone(number))
    assert len(bridges) == 0
    assert [vars(bridges)[name] for name in ("_bridge_of", "_in_bridge", "_half_of")] == [{}, {}, {}]


@given(st.lists(_EVENT, max_size=60))
def test_what_is_told_twice_changes_nothing(events: list[LineEvent]) -> None:
    """After a connect the last events may come again, in their order."""
    hears: Callable[[Bridges], list[set[str]]] = lambda bridges: [heard(bridges, n) for n in range(len(NAMES))]  # noqa: E731
    assert hears(after(*events)) == hears(after(*events, *events[-1:]))


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["a", "b"])), max_size=80))
def test_no_more_lines_are_known_than_there_may_be(entering: list[tuple[int, str]]) -> None:
    """However many begin and are never told to end."""
    bridges = Bridges(most=5)
    for number, bridge in entering:
        new = Line(id=str(number), name=f"PJSIP/1-{number:08x}", state="Up", linked_id="")
        bridges.see(BridgeEntered(bridge_id=bridge, line=new, at=AT))
        assert len(bridges) <= 5
        assert len(bridges.hears(str(number))) <= 4
