"""Twenty calls a second while something breaks, and what must hold of all of them afterwards."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import Engine, select

from ari_app.stores.tables import outcome, verdict, verdict_personal
from docker.lab.call_result import LoadResult
from docker.lab.caller import Caller, PlacedLoad
from docker.lab.children import Stoppable
from docker.lab.far_end import FarEnd
from docker.lab.sip_log import poll
from tests.e2e.conftest import LOAD, Lab

RATE = 20
PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of a storm's calls."""

    heard: LoadResult
    """By the phones: their final codes."""
    left: dict[str, datetime]
    """When each number reached a carrier; the first time."""
    permitted: set[str]
    """Numbers with a permit on record."""
    outcomes: Counter[str]
    outcome_of: dict[str, str]
    """By number, of those permitted."""
    decided: dict[str, datetime]
    """When each number was permitted."""

    def first_left_after(self, instant: datetime) -> timedelta | None:
        """From an instant to the first call that left after it; None: none did."""
        later = [at - instant for at in self.left.values() if at >= instant]
        return min(later, default=None)

    def first_permitted_after(self, instant: datetime) -> timedelta | None:
        """From an instant to when the first call left that was permitted after it, and not just before; None: none."""
        later = [at - instant for number, at in self.left.items() if self.decided[number] >= instant]
        return min(later, default=None)


class Storm(Stoppable):
    """Calls by the phone for load, a number each; a context manager that ends them."""

    def __init__(
        self,
        lab: Lab,
        engine: Engine,
        *,
        lasts: timedelta,
        talk: timedelta = timedelta(seconds=1),
        rate: int = RATE,
        dialled: str = "{}",
        carriers: tuple[FarEnd, ...] = (),
    ) -> None:
        """`dialled` has a place for the number; `carriers` beside the lab's own."""
        self._lab, self._engine, self._rate = lab, engine, rate
        self.numbers = [lab.number() for _ in range(round(rate * lasts.total_seconds()))]
        self._carriers = (lab.far_end, *carriers)
        self._load: PlacedLoad = Caller(lab.pbx.sip_port, source=LOAD).load(
            [dialled.format(number) for number in self.numbers], rate=rate, duration=lasts, talk=talk
        )
        self.began = datetime.now(UTC)

    def stop(self) -> None:
        """End it; may be called twice."""
        self._load.stop()

    def __enter__(self) -> Self:
        return self

    def wind_down(self) -> None:
        """Enough was seen: no further calls are placed."""
        self._load.wind_down()

    def due_before(self, instant: datetime) -> set[str]:
        """Numbers whose turn came before an instant."""
        past = max(0.0, (instant - self.began).total_seconds())
        return set(self.numbers[: int(past * self._rate)])

    def left(self) -> dict[str, datetime]:
        """The numbers that carriers were asked for so far."""
        mine = set(self.numbers)
        left: dict[str, datetime] = {}
        for carrier in self._carriers:
            for invite in carrier.invites():
                if invite.number in mine:
                    left.setdefault(invite.number, invite.received_at)
        return left

    def settled(self, *, within: timedelta = PATIENCE) -> Account:
        """
        All calls are over: what became of them, once what must hold of any storm was seen to hold.

        No number left without a permit on record; none has two verdicts; each permit has its outcome (there is room for
        one).
        """
        heard = self._load.wait(within + timedelta(seconds=len(self.numbers) / RATE))
        assert self._lab.no_channels(), self._lab.pbx.cli("core show channels concise")
        rows = poll(self._verdicts, lambda found: not _open_ended(found), within)
        left = self.left()
        permitted = [row.callee for row in rows if row.verdict == "permit"]
        assert set(left) <= set(permitted), f"left unchecked: {sorted(set(left) - set(permitted))}"
        twice = [number for number, times in Counter(row.callee for row in rows).items() if times > 1]
        assert not twice, f"judged twice: {twice}"
        assert not _open_ended(rows), f"without an outcome: {_open_ended(rows)}"
        return Account(
            heard=heard,
            left=left,
            permitted=set(permitted),
            outcomes=Counter(row.outcome for row in rows if row.verdict == "permit"),
            outcome_of={row.callee: row.outcome for row in rows if row.verdict == "permit"},
            decided={row.callee: row.decided_at for row in rows if row.verdict == "permit"},
        )

    def _verdicts(self) -> list[Any]:
        """Verdicts on this storm's numbers, with their outcomes; one row for each outcome."""
        query = (
            select(
                *(verdict.c.call_id, verdict.c.verdict, verdict.c.decided_at),
                *(verdict_personal.c.callee, outcome.c.outcome),
            )
            .join(verdict_personal, verdict_personal.c.call_id == verdict.c.call_id)
            .outerjoin(outcome, outcome.c.call_id == verdict.c.call_id)
            .where(verdict.c.decided_at >= self.began - timedelta(seconds=5))
        )
        mine = set(self.numbers)
        with self._engine.connect() as connection:
            return [row for row in connection.execute(query) if row.callee in mine]


def _open_ended(rows: list[Any]) -> list[str]:
    return [row.call_id for row in rows if row.verdict == "permit" and row.outcome is None]
