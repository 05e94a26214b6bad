"""
Calls of the past: judged, dialled and ended by Garbo's own code, with its clock set back.

Only the clock is invented. The verdict, the attempt and the outcome are recorded as on any other day.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ari_app.config import load_settings
from ari_app.main import open_courtroom, open_database
from ari_app.policy.outcome import Outcome
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, Door
from ari_app.ports.verdicts import Ending
from docker.lab.gate import Installation


@dataclass(frozen=True, slots=True)
class SetClock:
    """A clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        """Always `at`."""
        return self.at


def past_call(
    installation: Installation,
    number: str,
    *,
    campaign: str,
    at: datetime,
    operator: str = "",
    outcome: Outcome = Outcome.ANSWERED,
) -> VerdictRecord:
    """A call of `operator` to `number` at `at`, permitted then, that ended with `outcome` a minute later."""
    environment = {name: value for name, value in installation.environment.items() if name.startswith("GARBO_")}
    settings = load_settings(Path(installation.folder / "garbo.toml"), environment)

    async def place() -> VerdictRecord:
        database = open_database(settings)
        try:
            room = open_courtroom(settings, database, clock=SetClock(at))
            room.scripts.refresh()
            ask = Ask(dialled=number, door=Door.STASIS, campaign=campaign, operator=operator)
            record = await room.judge.judge(ask)
            if record.verdict != "permit":
                raise ValueError(f"the past call to {number} was not permitted then: {record.reasons}")
            ending = Ending(outcome=outcome, ended_at=at + timedelta(minutes=1), dialled_at=at, answered_at=at)
            await room.verdicts.close(record.call_id, ending)
            return record
        finally:
            database.close()

    return asyncio.run(place())
