"""Twenty calls a second, half a minute here and an hour in `make soak`: nothing grows, nothing is left."""

import os
import time
from datetime import timedelta
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine

from docker.lab.gate import Watch
from docker.lab.sip_log import poll
from tests.e2e.conftest import Lab
from tests.e2e.desk_load import quantile
from tests.e2e.faults.storm import RATE, Storm
from tests.e2e.soak import Sample, Sampler, growths, lines, told
from tests.e2e.soak_picture import draw

MINUTES = os.environ.get("GARBO_SOAK_MINUTES")
LASTS = timedelta(minutes=float(MINUTES)) if MINUTES else timedelta(seconds=30)
EVERY = timedelta(seconds=10) if MINUTES else timedelta(seconds=1)
WARM_UP = min(timedelta(minutes=2), LASTS / 3)
"""Until caches are full and every thread was started."""
LONGEST_LOG = 28 * 2**20
"""Of SQLite: it begins anew at 8 MB, looked at every five seconds, in which up to 6 MB come; so a few may be missed."""
PICTURE = Path(__file__).parents[3] / "build" / "soak.svg"


def sampled(sampler: Sampler, storm: Storm) -> list[Sample]:
    """Samples until the last call was placed, with a bar on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    samples: list[Sample] = []
    began = time.monotonic()
    with Progress(*columns, transient=True) as progress:
        bar = progress.add_task("soak", total=LASTS.total_seconds())
        while (passed := time.monotonic() - began) < LASTS.total_seconds():
            samples.append(sampler.sample(passed))
            last = samples[-1]
            progress.update(
                bar,
                completed=passed,
                description=f"{last.calls} calls, gate {last.gate.rss / 2**20:.0f} MB, {last.tasks} tasks",
            )
            time.sleep(EVERY.total_seconds() - passed % EVERY.total_seconds())
    return samples


def test_nothing_grows_and_nothing_is_left(lab: Lab, engine: Engine, figures: list[str]) -> None:
    """Memory, files, threads and tasks are flat after the warm-up; every call is permitted once and has its outcome."""
    with Watch(lab.installation, lab.pbx).start() as watch:
        sampler = Sampler(
            gate=lab.gate.pid,
            watch=watch.pid,
            metrics_url=f"{lab.gate.web_url}/metrics",
            log=lab.gate.log,
            database=lab.installation.folder / "garbo.db",
        )
        before = sampler.sample(0)
        with Storm(lab, engine, lasts=LASTS) as storm:
            samples = sampled(sampler, storm)
            account = storm.settled()
        quiet = poll(lambda: sampler.sample(0), lambda sample: sample.tasks <= before.tasks, timedelta(seconds=10))
    draw(*lines(samples), PICTURE)
    grown = growths([sample for sample in samples if sample.at_s >= WARM_UP.total_seconds()], rate=RATE)
    taken = sorted(ms for sample in samples for ms in sample.verdicts_ms)
    longest = max(sample.log_bytes for sample in samples)
    figures.append(
        f"soak: {len(storm.numbers)} calls in {LASTS.total_seconds() / 60:.1f} min, {dict(account.heard.by_status)}, "
        f"{dict(account.outcomes)}; verdict p50 {quantile(taken, 0.5):.1f} ms, p99 {quantile(taken, 0.99):.1f} ms, "
        f"max {taken[-1]:.1f} ms; database log at most {longest / 2**20:.1f} MB; in all it grew: "
        + ", ".join(told(each) for each in grown)
    )
    assert [told(each) for each in grown if not each.is_flat] == []
    assert longest <= LONGEST_LOG
    assert account.heard.by_status == {200: len(storm.numbers)}
    assert account.permitted == set(storm.numbers)
    assert sum(account.outcomes.values()) == len(storm.numbers)
    assert quiet.calls == 0
    assert quiet.tasks <= before.tasks
    assert quiet.gate.files <= before.gate.files + 4
