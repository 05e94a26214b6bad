"""How calls tell of their life: what goes wrong in whoever watches is reported, and reaches no call."""

from collections.abc import Callable
from datetime import datetime

from ari_app.policy.record import VerdictRecord
from ari_app.ports.call_watch import CallWatch
from ari_app.ports.observer import Observer


class NobodyWatches:
    """Implements ports.call_watch.CallWatch where there is nobody to tell."""

    def judged(self, record: VerdictRecord, *, channel_id: str, phone: str) -> None:
        """As the port."""

    def ringing(self, call_id: str, at: datetime) -> None:
        """As the port."""

    def answered(self, call_id: str, at: datetime) -> None:
        """As the port."""

    def ended(self, call_id: str, outcome: str, at: datetime) -> None:
        """As the port."""


class CarefulWatch:
    """Implements ports.call_watch.CallWatch over others that may be at fault; what one raises is an event."""

    def __init__(self, watch: CallWatch, observer: Observer) -> None:
        """Tell `watch`, and `observer` of its faults."""
        self._watches = [watch]
        self._observer = observer

    def add(self, watch: CallWatch) -> None:
        """Tell this one as well, after the others."""
        self._watches.append(watch)

    def judged(self, record: VerdictRecord, *, channel_id: str, phone: str) -> None:
        """As the port."""
        self._tell(record.call_id, lambda watch: watch.judged(record, channel_id=channel_id, phone=phone))

    def ringing(self, call_id: str, at: datetime) -> None:
        """As the port."""
        self._tell(call_id, lambda watch: watch.ringing(call_id, at))

    def answered(self, call_id: str, at: datetime) -> None:
        """As the port."""
        self._tell(call_id, lambda watch: watch.answered(call_id, at))

    def ended(self, call_id: str, outcome: str, at: datetime) -> None:
        """As the port."""
        self._tell(call_id, lambda watch: watch.ended(call_id, outcome, at))

    def _tell(self, call_id: str, step: Callable[[CallWatch], None]) -> None:
        for watch in self._watches:
            try:
                step(watch)
            except Exception as error:  # noqa: BLE001  a desk's fault, whatever it is, must not end a call
                self._observer.event("watch.failed", call_id=call_id, cause=repr(error))
