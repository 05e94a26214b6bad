"""
Live look-ups of customers: implements ports.live_customers.LiveCustomers over the CRMs that are configured.

A look-up has a deadline of its own, well within a verdict's. Whatever breaks, hangs or cannot be read is Unknown, and
an Unknown denies; where that is configured, an earlier answer stands in for one that does not come, with its own
instant. An answer that came and cannot be read has nothing standing in for it: it may say that things have changed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ari_app.crm.answers import Absent, Misread, Reading, read
from ari_app.crm.breaker import Breaker
from ari_app.crm.errors import NoAnswer
from ari_app.crm.last_known import LastKnown
from ari_app.crm.line import Line
from ari_app.crm.settings import CrmSettings
from ari_app.policy.facts import Known, Unknown
from ari_app.policy.held import Customer, CustomerStatus
from ari_app.ports.clock import Clock
from ari_app.ports.live_customers import LiveAnswer
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreError

_SOURCE = "crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Who hears what a CRM says, and when that is."""

    last_known: LastKnown
    clock: Clock
    observer: Observer


class Crm:
    """One principal's CRM."""

    def __init__(self, principal: str, settings: CrmSettings, hearing: Hearing) -> None:
        """Connects when there is something to ask. Raises OSError, ssl.SSLError: `ca_file` cannot be used."""
        self._principal = principal
        self._settings = settings
        self._hearing = hearing
        self._line = Line(settings)
        self._breaker = Breaker(failures=settings.failures, pause_s=settings.pause.total_seconds())

    async def close(self) -> None:
        """Close its connections."""
        await self._line.close()

    async def of(self, e164: str) -> Known[Customer] | Unknown:
        """As the port's."""
        if not self._breaker.admits(_now_s()):
            return await self._instead(e164, "it failed time after time, and is left alone for a while")
        asked_at = self._hearing.clock.now()  # what it says was true then; by the time it is here it may not be
        began_s = _now_s()
        try:
            answer = await self._line.ask(e164)
            reading = read(answer, self._settings, e164, asked_at)
        except NoAnswer as failure:
            return await self._failed(e164, failure.cause)
        except Exception as error:  # noqa: BLE001  whatever it is must end in a denial, not in a call without a verdict
            return await self._failed(e164, f"the look-up broke: {type(error).__name__}")
        except BaseException:
            self._breaker.gave_up()
            raise
        finally:
            self._hearing.observer.measure("crm_ms", (_now_s() - began_s) * 1000)
        if self._breaker.succeeded():
            self._hearing.observer.event("crm.closed", principal=self._principal)
        return self._heard(e164, reading, asked_at)

    def _heard(self, e164: str, reading: Reading, asked_at: datetime) -> Known[Customer] | Unknown:
        """What an answer says; it is kept if it says something."""
        match reading:
            case Misread(field=field):
                self._hearing.observer.event("crm.unread", principal=self._principal, field=field)
                return Unknown(_SOURCE, f"its answer cannot be read: {field}")
            case Absent() if self._settings.not_found == "unknown":
                return Unknown(_SOURCE, "it does not know the number")
            case Absent():
                said = Known(Customer(status=CustomerStatus.NONE), asked_at)
            case Customer():
                said = Known(reading, asked_at)
        self._hearing.last_known.said(LiveAnswer(self._principal, e164, said))
        return said

    async def _failed(self, e164: str, cause: str) -> Known[Customer] | Unknown:
        self._hearing.observer.event("crm.failed", principal=self._principal, cause=cause)
        if self._breaker.failed(_now_s()):
            pause_s = self._settings.pause.total_seconds()
            self._hearing.observer.event("crm.opened", principal=self._principal, pause_s=pause_s)
        return await self._instead(e164, cause)

    async def _instead(self, e164: str, cause: str) -> Known[Customer] | Unknown:
        """What it said last, if that may stand in and is young enough; exactly as old as allowed is."""
        longest = self._settings.last_known
        if longest is None:
            return Unknown(_SOURCE, cause)
        try:
            held = await self._hearing.last_known.of(self._principal, e164)
        except StoreError:
            return Unknown(_SOURCE, f"{cause}; what it said last could not be looked up")
        now = self._hearing.clock.now()
        if held is None:
            return Unknown(_SOURCE, f"{cause}; it has never said anything of this number")
        if now - held.as_of > longest:
            return Unknown(_SOURCE, f"{cause}; what it said last is too old")
        return Known(held.value, min(held.as_of, now))  # another gate's clock may be ahead


class HttpCustomers:
    """Implements ports.live_customers.LiveCustomers; `close` before the loop ends."""

    def __init__(self, crms: Mapping[str, Crm], last_known: LastKnown) -> None:
        """By principal; `last_known` is what all of them share."""
        self._crms = crms
        self.last_known = last_known

    def asks(self, principal: str) -> bool:
        """As the port."""
        return principal in self._crms

    async def of(self, principal: str, e164: str) -> Known[Customer] | Unknown:
        """As the port."""
        return await self._crms[principal].of(e164)

    async def close(self) -> None:
        """Close every connection; what waits to be kept is not written."""
        for crm in self._crms.values():
            await crm.close()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
