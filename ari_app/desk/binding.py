"""
Whose a dialer's call is: it was permitted before anybody was there, and is theirs who comes to it first.

The desk shows it before anything is written. Whoever came speaks with the callee already, so they have the call even if
the rules would have wanted somebody else; that is reported.
"""

from typing import Protocol

from ari_app.judging.judge import Judge
from ari_app.policy.request import Ask, Door
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import Verdicts

UNFIT = frozenset({"operator_not_allowed", "language_not_spoken"})
"""Reason codes that are about who calls."""


class Shown(Protocol):
    """The desks."""

    def bind(self, call_id: str, operator: str) -> bool:
        """Say whose a call is. False: it is somebody else's, or not live."""
        ...


class Spoken(Protocol):
    """Who spoke on which call, on record. Raises StoreUnavailable."""

    async def speaks(self, call_id: str, operator: str) -> bool:
        """Put an operator down for a call that has none. False: it has one, or was no attempt."""
        ...


class Binding:
    """Gives calls to operators. Raises StoreError."""

    def __init__(self, *, desks: Shown, spoken: Spoken, verdicts: Verdicts, judge: Judge, observer: Observer) -> None:
        """Every port is given."""
        self._desks = desks
        self._spoken = spoken
        self._verdicts = verdicts
        self._judge = judge
        self._observer = observer

    async def operator_at(self, phone: str) -> str:
        """Who sits at this phone, or whose own it is; empty: nobody is known there."""
        ask = Ask(dialled="", door=Door.DESK, endpoint=phone)
        return (await self._verdicts.admission(ask, default_campaign="")).operator_id

    async def bind(self, call_id: str, operator: str) -> bool:
        """
        Give a call that is nobody's to an operator who is known; saying it again changes nothing.

        False: it is somebody else's, or not live.
        """
        if not self._desks.bind(call_id, operator):
            return False
        if await self._spoken.speaks(call_id, operator):
            self._observer.event("call.bound", call_id=call_id)
            await self._report_unfit(call_id, operator)
        return True

    async def _report_unfit(self, call_id: str, operator: str) -> None:
        record = await self._verdicts.show(call_id)
        if record is None or record.callee is None:
            return
        ask = Ask(dialled=record.callee, door=Door.CHECK, campaign=record.campaign, operator=operator)
        asked = await self._judge.preview(ask)
        against = sorted({reason.code for reason in asked.reasons} & UNFIT)
        if against:
            self._observer.event("call.bound_unfit", call_id=call_id, campaign=record.campaign, reasons=against)
