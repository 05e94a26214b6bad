"""A look-up by hand, told in full: for whoever sets a CRM up."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from ari_app.crm.answers import Reading, read
from ari_app.crm.errors import NoAnswer
from ari_app.crm.line import Answer, Line
from ari_app.crm.settings import CrmSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a CRM said, how long that took, and how a verdict would read it."""

    took_ms: float
    answer: Answer | None
    failure: str
    """Why a verdict would have no answer; empty: it would have one."""
    reading: Reading | None


async def tried(settings: CrmSettings, e164: str, now: datetime) -> Trial:
    """Ask once, as a verdict would. Raises OSError, ssl.SSLError: `ca_file` cannot be used."""
    line = Line(settings)
    loop = asyncio.get_running_loop()
    answer: Answer | None = None
    reading: Reading | None = None
    failure, began_s = "", loop.time()
    took_s = 0.0
    try:
        try:
            answer = await line.ask(e164)
        finally:
            took_s = loop.time() - began_s
        reading = read(answer, settings, e164, now)
    except NoAnswer as error:
        failure = error.cause
    finally:
        await line.close()
    return Trial(took_ms=round(took_s * 1000, 1), answer=answer, failure=failure, reading=reading)
