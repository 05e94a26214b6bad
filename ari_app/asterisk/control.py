"""
Call control: `ports.switch.Switch` over ARI.

What `calls` decided goes to Asterisk as three requests in one go. A channel is never hung up from here: `refuse` is a
`continue` as well, which is a harmless 409 when it comes late, where a DELETE would cut a call that has long gone on.

ARI's errors become the switch's here: unavailable stays unavailable, a channel that is not there (404, 422) or not in
the gate (409) is gone, everything else is a SwitchError.
"""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager

import msgspec

from ari_app.asterisk import greeting
from ari_app.asterisk.errors import AriConflict, AriError, AriNotFound, AriRefused, AriUnavailable
from ari_app.asterisk.events import dial_status
from ari_app.asterisk.rest import AriResponse, Rest, quoted
from ari_app.policy.events import DialStatus
from ari_app.ports.switch import ChannelGoneError, LiveChannel, Origination, SwitchError, SwitchUnavailable

CONTEXT = "garbo"
OUTBOUND = "garbo-outbound"
_PJSIP = "PJSIP/"
NO_SUCH_LABEL = "Requested label can not be found"
"""A 404 as well (res/ari/resource_channels.c), but the dialplan's fault: the channel still waits."""
_NO_SUCH_SOURCE = 422


class _Variable(msgspec.Struct):
    value: str


class _System(msgspec.Struct):
    entity_id: str


class _Info(msgspec.Struct):
    system: _System


class AriSwitch:
    """One gate's hold on the channels of one Asterisk."""

    def __init__(self, rest: Rest, app: str) -> None:
        self._rest = rest
        self._app = app

    async def allow(self, channel_id: str, variables: Mapping[str, str]) -> None:
        """
        See `Switch`.

        A SwitchError other than ChannelGoneError leaves open whether the channel went on. `variables` must hold
        `GARBO_ENTRY`: the dialplan dials nothing where it is missing, so a failed request fails closed.
        """
        watched = self._watch(channel_id)
        await _all(*self._leave(channel_id, variables, "allow"), watched)

    async def refuse(self, channel_id: str, variables: Mapping[str, str]) -> None:
        """See `Switch`."""
        await _all(*self._leave(channel_id, variables, "refuse"))

    async def watch(self, channel_id: str) -> bool:
        """See `Switch`."""
        try:
            with _switch_errors():
                await self._watch(channel_id)
        except ChannelGoneError:
            return False
        return True

    async def channels(self) -> tuple[LiveChannel, ...]:
        """See `Switch`."""
        with _switch_errors():
            return await greeting.live_channels(self._rest, self._app)

    async def dial_status(self, channel_id: str) -> DialStatus | None:
        """See `Switch`."""
        try:
            with _switch_errors():
                uri = f"channels/{quoted(channel_id)}/variable"
                answer = await self._rest.request("GET", uri, query={"variable": "DIALSTATUS"})
                word = answer.read(_Variable).value
        except ChannelGoneError:
            return None
        return dial_status(word) if word else None

    async def asterisk_id(self) -> str:
        """See `Originator`."""
        with _switch_errors():
            answer = await self._rest.request("GET", "asterisk/info", query={"only": "system"})
            return answer.read(_Info).system.entity_id

    async def originate(self, what: Origination) -> None:
        """
        See `Originator`.

        The channel goes into the dialplan when it is answered, and so through the same subroutine as every other.
        """
        query = {
            "endpoint": what.endpoint,
            "extension": what.number,
            "context": OUTBOUND,
            "priority": "1",
            "timeout": str(max(1, round(what.rings_for.total_seconds()))),
            "channelId": what.channel_id,
            # Shown on the operator's phone; the subroutine sets what the callee sees.
            "callerId": what.number,
        }
        sip = what.endpoint.startswith(_PJSIP)
        headers = {f"PJSIP_HEADER(add,{name})": value for name, value in what.headers.items()} if sip else {}
        with _switch_errors():
            await self._rest.request("POST", "channels", query=query, body={"variables": {**what.variables, **headers}})

    def _watch(self, channel_id: str) -> Awaitable[AriResponse]:
        uri = f"applications/{quoted(self._app)}/subscription"
        return self._rest.send("POST", uri, query={"eventSource": f"channel:{channel_id}"})

    def _leave(self, channel_id: str, variables: Mapping[str, str], label: str) -> list[Awaitable[AriResponse]]:
        """Send both requests; whether it left comes first, as its error says most."""
        channel = f"channels/{quoted(channel_id)}"
        variables_set = self._set(channel, variables) if variables else []
        query = {"context": CONTEXT, "extension": "s", "label": label}
        return [self._rest.send("POST", f"{channel}/continue", query=query), *variables_set]

    def _set(self, channel: str, variables: Mapping[str, str]) -> list[Awaitable[AriResponse]]:
        if self._rest.bulk_variables:
            return [self._rest.send("POST", f"{channel}/variables", body={"variables": dict(variables)})]
        pairs = [{"variable": name, "value": value} for name, value in variables.items()]
        return [self._rest.send("POST", f"{channel}/variable", query=pair) for pair in pairs]


async def _all(*answers: Awaitable[AriResponse]) -> None:
    """Wait for all; the first error in the order of the arguments speaks for the rest."""
    results = await asyncio.gather(*answers, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            with _switch_errors():
                raise result


@contextmanager
def _switch_errors() -> Iterator[None]:
    try:
        yield
    except AriUnavailable as error:
        raise SwitchUnavailable(str(error)) from error
    except AriRefused as error:
        if _means_gone(error):
            raise ChannelGoneError(str(error)) from error
        raise SwitchError(str(error)) from error
    except AriError as error:
        raise SwitchError(str(error)) from error


def _means_gone(error: AriRefused) -> bool:
    if isinstance(error, AriNotFound):
        # The subscription's 404 is about the application, not the channel (its own word for that is 422).
        return error.message != NO_SUCH_LABEL and "/subscription" not in error.request
    return isinstance(error, AriConflict) or error.status == _NO_SUCH_SOURCE
