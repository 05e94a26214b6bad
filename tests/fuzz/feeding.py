"""Feeding a door with many inputs: what went wrong, and what is left of it afterwards."""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from random import Random

from tests.fuzz.doors import Door

DOORS: Mapping[str, str] = {
    "strings": "tests.fuzz.strings:Strings",
    "events": "tests.fuzz.events:Events",
    "bodies": "tests.fuzz.bodies:Bodies",
    "requests": "tests.fuzz.requests:Requests",
}
"""Every door by its name, and the class that opens it; a further one adds a line."""
_MOST_FAULTS = 20
_WARM = 10
"""One in so many inputs warms caches up, before memory is looked at."""
_MIB = 1 << 20
_MAY_GROW = 24 * _MIB
"""Over a whole run, beyond the warm-up: what a heap in pieces may take; a leak of 300 bytes an input is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a process holds."""

    memory: int
    descriptors: int
    tasks: int

    @classmethod
    def now(cls) -> "Standing":
        """Of this process, in bytes of resident memory, after a collection."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            memory=pages * os.sysconf("SC_PAGE_SIZE"),
            descriptors=len(os.listdir("/proc/self/fd")),
            tasks=len(asyncio.all_tasks()),
        )


@dataclass(slots=True, kw_only=True)
class Fed:
    """How it went."""

    door: str
    seed: int
    inputs: int = 0
    permits: int = 0
    took_s: float = 0.0
    grown: int = 0
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """For people."""
        said = (
            f"{self.door}: {self.inputs:,} inputs in {self.took_s:.0f} s, seed {self.seed}, {self.permits:,} permits, "
        )
        said += f"memory {self.grown / _MIB:+.1f} MiB after the warm-up, {len(self.faults)} faults"
        return "\n".join([said, *self.faults])


async def feed_all(name: str, *, inputs: int, seed: int, after: Callable[[], object] = lambda: None) -> Fed:
    """Feed one door; each input has a random source of its own, made of seed and place, so that one can be repeated."""
    module, _, kind = DOORS[name].partition(":")
    door: Door = getattr(import_module(module), kind)()
    fed = Fed(door=name, seed=seed)
    outside = Standing.now()
    await door.open()
    begun, warm = time.monotonic(), Standing.now()
    for place in range(inputs):
        if place == inputs // _WARM:
            warm = Standing.now()
        try:
            await door.feed(Random(f"{name}/{seed}/{place}"))  # noqa: S311  nothing secret
        except Exception as error:  # noqa: BLE001  whatever comes through is a crash of the door
            fed.faults.append(f"  input {place}: {type(error).__name__}: {error}")
        fed.inputs += 1
        after()
        if len(fed.faults) >= _MOST_FAULTS:
            break
    fed.took_s = time.monotonic() - begun
    fed.grown = Standing.now().memory - warm.memory
    try:
        await door.close()
    except AssertionError as error:
        fed.faults.append(f"  at the end: {error}")
    fed.permits = door.permits
    await asyncio.sleep(0)
    left = Standing.now()
    if not fed.permits:
        fed.faults.append("  there was no permit: nothing was tried")
    if fed.grown > _MAY_GROW:
        fed.faults.append(f"  memory has grown by {fed.grown / _MIB:.1f} MiB")
    if left.tasks > outside.tasks:
        fed.faults.append(f"  {left.tasks - outside.tasks} tasks are left")
    if left.descriptors > outside.descriptors + 1:  # the loop's own threads may have opened one
        fed.faults.append(f"  {left.descriptors - outside.descriptors} descriptors are left")
    return fed
