"""
What other programs are told of calls, as JSON: for softphones and CRMs that show a script without our page.

Calls tell it as they tell the desks, and never wait: what is to be told is kept in an outbox a moment later.
"""

import asyncio
from collections import OrderedDict
from datetime import datetime

import msgspec

from ari_app.desk.dialling import Link
from ari_app.policy.record import VerdictRecord, iso
from ari_app.ports.clock import CallIds, Clock
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreError
from ari_app.ports.webhooks import Message, Outbox

_MOST_CALLS = 10_000
"""Of how many calls it is remembered what their verdict said; the oldest is forgotten first."""
_MOST_WAITING = 10_000
_RETRY_S = 1.0


class Telling:
    """Implements ports.call_watch.CallWatch; `run` writes to the outbox until cancelled, `flush` what is left."""

    def __init__(
        self,
        outbox: Outbox,
        *,
        link: Link,
        events: frozenset[str],
        clock: Clock,
        ids: CallIds,
        observer: Observer,
    ) -> None:
        """`events` are those that are told, as `call.answered`; `link` makes the address of a call's script page."""
        self._outbox = outbox
        self._link = link
        self._events = events
        self._clock = clock
        self._ids = ids
        self._observer = observer
        self._calls: OrderedDict[str, VerdictRecord] = OrderedDict()
        self._waiting: list[Message] = []
        self._come = asyncio.Event()

    def judged(self, record: VerdictRecord, *, channel_id: str, phone: str) -> None:
        """As the port; a verdict that is told again for the same call says nothing new."""
        if record.call_id in self._calls:
            return
        self._calls[record.call_id] = record
        if len(self._calls) > _MOST_CALLS:
            self._calls.popitem(last=False)
        self._tell("call.judged", record, record.decided_at, channel_id=channel_id, phone=phone)

    def ringing(self, call_id: str, at: datetime) -> None:
        """As the port."""
        self._known("call.ringing", call_id, at)

    def answered(self, call_id: str, at: datetime) -> None:
        """As the port."""
        self._known("call.answered", call_id, at)

    def ended(self, call_id: str, outcome: str, at: datetime) -> None:
        """As the port."""
        self._known("call.ended", call_id, at, outcome=outcome)
        self._calls.pop(call_id, None)

    async def run(self) -> None:
        """Write what comes, in batches; what could not be written is tried again."""
        while True:
            await self._come.wait()
            self._come.clear()
            try:
                await self.flush()
            except StoreError as error:
                self._observer.event("webhook.unkept", waiting=len(self._waiting), cause=repr(error))
                await asyncio.sleep(_RETRY_S)
                self._come.set()

    async def flush(self) -> None:
        """Write what waits. Raises StoreError; then it waits still."""
        some = tuple(self._waiting)
        if some:
            await self._outbox.put(some)
            del self._waiting[: len(some)]

    def _known(self, event: str, call_id: str, at: datetime, **more: str) -> None:
        record = self._calls.get(call_id)
        if record is not None:
            self._tell(event, record, at, **more)

    def _tell(self, event: str, record: VerdictRecord, at: datetime, **more: str) -> None:
        if event not in self._events:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._observer.event("webhook.dropped", call_id=record.call_id, told=event)
            return
        message_id = self._ids.new()
        told = {
            "id": message_id,
            "event": event,
            "at": iso(at),
            "call_id": record.call_id,
            "verdict": record.verdict,
            "reasons": [reason.code for reason in record.reasons],
            "not_before": iso(record.not_before),
            "callee": record.callee,
            "operator": record.operator or None,
            "campaign": record.campaign,
            "principal": record.principal,
            "script": record.script.document() if record.script else None,
            "script_url": self._link(record.call_id, at) if record.script else None,
            **more,
        }
        body = msgspec.json.encode(told).decode()
        self._waiting.append(
            Message(id=message_id, event=event, call_id=record.call_id, body=body, made_at=self._clock.now())
        )
        self._come.set()
