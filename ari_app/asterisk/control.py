"""
Call control: `ports.switch.Switch` over ARI.

What `calls` decided goes to Asterisk as three requests, one after the other. A channel is never hung up from here:
`refuse` is a `continue` as well, which is a harmless 409 when it comes late, where a DELETE would cut a call that has
long gone on.

ARI's errors become the switch's here: unavailable stays unavailable, a channel that is not there (404, 422) or not in
the gate (409) is gone, everything else is a SwitchError.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from ari_app.asterisk import greeting
from ari_app.asterisk.errors import AriError, AriRefused, AriUnavailable, means_gone
from ari_app.asterisk.events import dial_status
from ari_app.asterisk.rest import Ari, Request, quoted
from ari_app.policy.events import DialStatus
from ari_app.ports.switch import ChannelGoneError, LiveChannel, Origination, SwitchError, SwitchUnavailable

CONTEXT = "garbo"
OUTBOUND = "garbo-outbound"
_PJSIP = "PJSIP/"


class _Variable(msgspec.Struct):
    value: str


class _System(msgspec.Struct):
    entity_id: str


class _Info(msgspec.Struct):
    system: _System


class AriSwitch:
    """One gate's hold on the channels of one Asterisk."""

    def __init__(self, rest: Ari, app: str) -> None:
        self._rest = rest
        self._app = app

    async def allow(self, channel_id: str, variables: Mapping[str, str]) -> None:
        """
        See `Switch`.

        A SwitchError other than ChannelGoneError leaves open whether the channel went on. `variables` must hold
        `GARBO_ENTRY`: the dialplan dials nothing where it is missing, so a failed request fails closed.
        """
        await self._in_turn(self._watch(channel_id), *self._leave(channel_id, variables, "allow"))

    async def refuse(self, channel_id: str, variables: Mapping[str, str]) -> None:
        """See `Switch`."""
        await self._in_turn(*self._leave(channel_id, variables, "refuse"))

    async def pass_on(self, channel_id: str) -> None:
        """See `Switch`: it goes on at the line after `Stasis()`."""
        await self._in_turn(Request("POST", f"channels/{quoted(channel_id)}/continue"))

    async def watch(self, channel_id: str) -> bool:
        """See `Switch`."""
        try:
            with _switch_errors():
                await self._rest.in_turn(self._watch(channel_id))[0]
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

    async def _in_turn(self, *requests: Request) -> None:
        """Wait for all; the error of the last speaks for the rest, as whether the channel left says most."""
        results = await asyncio.gather(*self._rest.in_turn(*requests), return_exceptions=True)
        for result in reversed(results):
            if isinstance(result, BaseException):
                with _switch_errors():
                    raise result

    def _watch(self, channel_id: str) -> Request:
        query = {"eventSource": f"channel:{channel_id}"}
        return Request("POST", f"applications/{quoted(self._app)}/subscription", query)

    def _leave(self, channel_id: str, variables: Mapping[str, str], label: str) -> list[Request]:
        channel = f"channels/{quoted(channel_id)}"
        query = {"context": CONTEXT, "extension": "s", "label": label}
        variables_set = [self._set(channel, variables)] if variables else []
        return [*variables_set, Request("POST", f"{channel}/continue", query)]

    def _set(self, channel: str, variables: Mapping[str, str]) -> Request:
        if self._rest.bulk_variables:
            return Request("POST", f"{channel}/variables", body={"variables": dict(variables)})
        # One by one each would be waited for, up to 200 ms before Asterisk 20.10 (#801).
        values = ",".join(_argument(value) for value in variables.values())
        return Request(
            "POST", f"{channel}/variable", body={"variable": f"ARRAY({','.join(variables)})", "value": values}
        )


def _argument(value: str) -> str:
    r"""One of several values for a dialplan function: `main/app.c` takes `,"()[]\` for its own unless escaped."""
    return re.sub(r'([\\,"()\[\]])', r"\\\1", value)


@contextmanager
def _switch_errors() -> Iterator[None]:
    try:
        yield
    except AriUnavailable as error:
        raise SwitchUnavailable(str(error)) from error
    except AriRefused as error:
        if means_gone(error):
            raise ChannelGoneError(str(error)) from error
        raise SwitchError(str(error)) from error
    except AriError as error:
        raise SwitchError(str(error)) from error
