"""
What is asked of Asterisk around each connect: who it is, is it fit to be worked with, and which channels live.

The event filter comes first: it belongs to the application, which Asterisk forgets when no socket and no channel is
left, and one without RESTResponse would swallow every answer.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from ari_app.asterisk.errors import AriNotFound, AriRefused
from ari_app.asterisk.events import EVENT_FILTER
from ari_app.asterisk.rest import Rest, quoted
from ari_app.asterisk.wire import instant_or_none
from ari_app.ports.switch import LiveChannel

NO_SUCH_RESOURCE = "Resource not found"
"""Asterisk's 404 for a resource that this release lacks (res/res_ari.c), unlike a channel that is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbx:
    """The Asterisk at the other end."""

    version: str
    asterisk_id: str
    started_at: datetime | None
    """When it started: if that changed, all channels of before are gone."""


class _System(msgspec.Struct):
    version: str = ""
    entity_id: str = ""


class _Status(msgspec.Struct):
    startup_time: str = ""


class _Info(msgspec.Struct):
    system: _System = msgspec.field(default_factory=_System)
    status: _Status = msgspec.field(default_factory=_Status)


class _Pong(msgspec.Struct):
    timestamp: str = ""


class _Dialplan(msgspec.Struct):
    app_name: str = ""
    app_data: str = ""


class _Channel(msgspec.Struct):
    id: str
    name: str
    state: str
    dialplan: _Dialplan = msgspec.field(default_factory=_Dialplan)


async def set_event_filter(rest: Rest, app: str) -> None:
    """Have only events sent that are read. Raises AriError."""
    await rest.request("PUT", f"applications/{quoted(app)}/eventFilter", body=EVENT_FILTER)


async def ping(rest: Rest) -> datetime | None:
    """Prove that requests are answered, and learn what time it is over there. Raises AriError."""
    answer = await rest.request("GET", "asterisk/ping")
    # Over HTTP only the body says when it was answered to the millisecond.
    return answer.at or instant_or_none(answer.read(_Pong).timestamp)


async def pbx(rest: Rest) -> Pbx:
    """Who is at the other end. Raises AriError."""
    info = (await rest.request("GET", "asterisk/info")).read(_Info)
    return Pbx(
        version=info.system.version,
        asterisk_id=info.system.entity_id,
        started_at=instant_or_none(info.status.startup_time),
    )


async def has_bulk_variables(rest: Rest) -> bool:
    """Whether `POST channels/…/variables` exists. Raises AriError."""
    # Tried, not guessed from the version, and tried now: a verdict's variables must not be the trial.
    try:
        await rest.request("POST", "channels/garbo-no-such-channel/variables", body={"variables": {}})
    except AriNotFound as error:
        return error.message != NO_SUCH_RESOURCE
    except AriRefused:
        return False
    return True


async def live_channels(rest: Rest, app: str) -> tuple[LiveChannel, ...]:
    """Every channel that exists. Raises AriError."""
    listed = (await rest.request("GET", "channels")).read(list[_Channel])
    return tuple(_live(channel, app) for channel in listed)


def _live(channel: _Channel, app: str) -> LiveChannel:
    at = channel.dialplan
    in_gate = at.app_name == "Stasis" and at.app_data.split(",", 1)[0] == app
    return LiveChannel(channel_id=channel.id, name=channel.name, state=channel.state, in_gate=in_gate)
