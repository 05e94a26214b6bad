"""
The book as the reactor sees it: open calls that it can follow, and none of those whose end the dialplan tells.

Their channels may be on another Asterisk, or their hangup handler may just be speaking: that a channel cannot be seen
says nothing about them.
"""

from datetime import datetime

from ari_app.policy.needs import Needs
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Ask, CallRequest, Door
from ari_app.ports.verdicts import Admission, Decide, Ending, OpenCall, Redeeming, Verdicts


class OwnCalls:
    """Implements ports.verdicts.Verdicts over the whole book."""

    def __init__(self, verdicts: Verdicts) -> None:
        """All but the open calls is the book's."""
        self._verdicts = verdicts

    async def open_calls(self, *, gate: str) -> tuple[OpenCall, ...]:
        """As the port, without those of the FastAGI door."""
        return tuple(call for call in await self._verdicts.open_calls(gate=gate) if call.door is not Door.FASTAGI)

    async def admission(self, ask: Ask, *, default_campaign: str) -> Admission:
        """As the port."""
        return await self._verdicts.admission(ask, default_campaign=default_campaign)

    async def judge(
        self, request: CallRequest, *, needs: Needs, decide: Decide, redeeming: Redeeming | None = None
    ) -> VerdictRecord:
        """As the port."""
        return await self._verdicts.judge(request, needs=needs, decide=decide, redeeming=redeeming)

    async def preview(self, request: CallRequest, *, needs: Needs, decide: Decide) -> VerdictRecord:
        """As the port."""
        return await self._verdicts.preview(request, needs=needs, decide=decide)

    async def confirm(self, call_id: str, *, at: datetime) -> None:
        """As the port."""
        await self._verdicts.confirm(call_id, at=at)

    async def close(self, call_id: str, ending: Ending) -> bool:
        """As the port."""
        return await self._verdicts.close(call_id, ending)

    async def release(self, call_id: str, *, gate: str, at: datetime) -> bool:
        """As the port."""
        return await self._verdicts.release(call_id, gate=gate, at=at)

    async def show(self, call_id: str) -> VerdictRecord | None:
        """As the port."""
        return await self._verdicts.show(call_id)
