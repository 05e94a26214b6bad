"""
Every path that a call can take through a dialplan, with the one thing that counts: whether the gate was asked on it.

A subroutine is followed once for judged and once for unjudged calls, and what it does to them is kept, until nothing
new is learnt. What only a call knows (a context in a variable) is not followed, and told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ari_app.watch.doctor.dialplan.dials import Reach, Trunks
from ari_app.watch.doctor.dialplan.effects import Back, Call, Dials, Effect, Jump, Next, SkipLoop, effects_of
from ari_app.watch.doctor.dialplan.patterns import is_open, takes
from ari_app.watch.doctor.dialplan.plan import Dialplan, place_of
from ari_app.watch.doctor.dialplan.targets import Place, Targets
from ari_app.watch.doctor.dialplan.words import Values

GATE = "garbo"
"""The context of the subroutine: asked at `s,1` alone, and never looked into."""
_Key = tuple[Place, bool, bool]
"""Where a subroutine begins, whether the call is judged, and whether it is a macro."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """A destination of a Dial, as calls come to it."""

    place: Place
    destination: str
    options: str
    reach: Reach
    judged: bool
    apart: bool


@dataclass(slots=True)
class Walk:
    """What was seen on the way."""

    dialled: dict[Dialled, None] = field(default_factory=dict)
    lost: dict[Place, None] = field(default_factory=dict)
    """Steps that lead where only the call knows."""
    splitting: dict[Place, None] = field(default_factory=dict)
    """Jumps that take what was dialled as their extension."""
    seen: set[Place] = field(default_factory=set)


class Walker:
    """Follows calls through one dialplan."""

    def __init__(self, plan: Dialplan, guarded: Sequence[str]) -> None:
        """`guarded`: trunks, as `PJSIP/trunk`."""
        values = Values(plan, [trunk.rpartition("/")[2] for trunk in guarded])
        self._plan = plan
        self._ways = Targets(plan, values)
        self._trunks = Trunks(guarded, values)
        self._effects: dict[Place, tuple[Effect, ...]] = {}
        self._back: dict[_Key, frozenset[bool]] = {}
        self._reach: dict[tuple[str, bool], Reach] = {}
        self._walk = Walk()

    def where(self, place: Place) -> str:
        """As a person finds it."""
        return place_of(*self._ways.step(place))

    def from_contexts(self, roots: Iterable[str]) -> Walk:
        """Calls that begin anywhere in these contexts, unjudged."""
        return self.from_places(place for root in roots for place in self._ways.begins(root))

    def from_places(self, places: Iterable[Place]) -> Walk:
        """Calls that begin at these steps, unjudged."""
        self._walk = Walk()
        starts = [(place, False) for place in places if place.context != GATE]
        while True:
            before = (len(self._back), sum(map(len, self._back.values())))
            self._follow(starts, macro=False)
            for key in list(self._back):
                self._back[key] = self._follow([key[:2]], macro=key[2])
            if (len(self._back), sum(map(len, self._back.values()))) == before:
                return self._walk

    def begins_taking(self, root: str, number: str) -> tuple[Place, ...]:
        """Where a call to this number may begin in a context."""
        return tuple(place for place in self._ways.begins(root) if takes(place.exten, number))

    def _follow(self, starts: Iterable[tuple[Place, bool]], *, macro: bool) -> frozenset[bool]:
        """Go on from there to every end; gives with which words a caller is returned to."""
        wanted = list(starts)
        seen, back = set(wanted), set()
        while wanted:
            place, judged = wanted.pop()
            self._walk.seen.add(place)
            on: list[tuple[Place, bool]] = []
            for effect in self._at(place):
                flag = judged or effect.trusted
                if isinstance(effect, Back):
                    back.add(flag)
                    continue
                found = list(self._beyond(place, effect, judged=flag))
                if macro and isinstance(effect, Next) and not found:
                    back.add(flag)  # a macro that ends returns by itself
                on += found
            wanted += [each for each in on if each not in seen]
            seen.update(on)
        return frozenset(back)

    def _at(self, place: Place) -> tuple[Effect, ...]:
        if place not in self._effects:
            self._effects[place] = effects_of(self._ways.step(place)[2])
        return self._effects[place]

    def _beyond(self, place: Place, effect: Effect, *, judged: bool) -> Iterable[tuple[Place, bool]]:
        match effect:
            case Next():
                return [(each, judged) for each in self._ways.after(place)]
            case SkipLoop():
                return [(each, judged) for each in self._ways.past_loop(place)]
            case Jump():
                return self._jumped(place, effect, judged=judged)
            case Call():
                return self._called(place, effect, judged=judged)
            case Dials():
                return self._dialled(place, effect, judged=judged)
            case _:
                return ()

    def _jumped(self, place: Place, jump: Jump, *, judged: bool) -> list[tuple[Place, bool]]:
        found = self._ways.of(place, jump)
        if found is None:
            self._walk.lost[place] = None
        elif self._ways.carries_signs(place, jump):
            self._walk.splitting[place] = None
        return [(each, judged and not jump.apart) for each in found or () if each.context != GATE]

    def _called(self, place: Place, call: Call, *, judged: bool) -> list[tuple[Place, bool]]:
        if (call.context, call.exten, call.priority) == (GATE, "s", "1"):
            return [(each, True) for each in self._ways.after(place)]
        found = self._ways.of(place, call)
        if found is None:
            self._walk.lost[place] = None
        flags: set[bool] = set() if found else {judged}
        for start in found or ():
            if start.context == GATE:
                flags.add(judged)  # into its middle: nobody was asked
                continue
            key = (start, judged, call.macro)
            flags |= self._back.setdefault(key, frozenset())
        return [(each, flag) for each in self._ways.after(place) for flag in flags]

    def _dialled(self, place: Place, dials: Dials, *, judged: bool) -> list[tuple[Place, bool]]:
        on: list[tuple[Place, bool]] = []
        for destination in dials.destinations:
            key = (destination, is_open(place.exten))
            if key not in self._reach:
                self._reach[key] = self._trunks.reach(destination, any_sign=key[1])
            reach = self._reach[key]
            flag = judged and not dials.apart
            self._walk.dialled[Dialled(place, destination, dials.options, reach, flag, dials.apart)] = None
            for context, exten in sorted(reach.contexts):
                raw = destination.partition("/")[2].partition("@")[0] if "${EXTEN" in destination else exten
                found = self._ways.of(place, Jump(context, raw or "s", "1"))
                if found is None:
                    self._walk.lost[place] = None
                on += [(each, flag) for each in found or () if each.context != GATE]
        return on
