"""A few questions to a running Asterisk, over ARI and AMI, by a command that stands beside the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from ari_app.asterisk.ami_session import AmiRefused, AmiSession, AmiSettings
from ari_app.asterisk.ami_session import session as ami_session
from ari_app.asterisk.plain_http import session as http_session
from ari_app.asterisk.settings import AriSettings
from ari_app.asterisk.wire import instant_or_none

_PATIENCE = ClientTimeout(total=5)
_FORBIDDEN = (401, 403)
_LONGEST_ANSWER = timedelta(seconds=10)
"""A large dialplan is some megabytes."""
_NOT_PERMITTED = "ermission"
"""Of `Permission denied`."""


class Unreachable(Exception):  # noqa: N818  named for the state
    """Nobody answered, or not as ARI does."""


class Refused(Exception):  # noqa: N818
    """Name or password are wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What ARI said."""

    version: str
    ahead: timedelta
    modules: frozenset[str]
    apps: frozenset[str]
    may_write: bool


async def ask_ari(settings: AriSettings) -> Answered:
    """Version, clock, modules and applications. Raises Unreachable, Refused."""
    async with http_session(settings) as http:

        async def get(path: str) -> Any:
            try:
                async with http.get(f"{settings.ari_url}/{path}", timeout=_PATIENCE) as answer:
                    if answer.status in _FORBIDDEN:
                        raise Refused(f"{settings.ari_url}: user {settings.user} is refused ({answer.status})")
                    if answer.status != 200:
                        raise Unreachable(f"{settings.ari_url}/{path}: {answer.status}")
                    return await answer.json()
            except (ClientError, TimeoutError, ValueError) as error:
                raise Unreachable(f"{settings.ari_url}: {error or type(error).__name__}") from error

        info = await get("asterisk/info")
        told = instant_or_none(str((await get("asterisk/ping")).get("timestamp", "")))
        modules = await get("asterisk/modules")
        apps = await get("applications")
        may_write = await _may_write(http, settings)
    return Answered(
        version=str(info.get("system", {}).get("version", "")),
        ahead=(told - datetime.now(UTC)) if told is not None else timedelta(),
        modules=frozenset(str(each["name"]) for each in modules if each.get("status") == "Running"),
        apps=frozenset(str(each["name"]) for each in apps),
        may_write=may_write,
    )


async def _may_write(http: ClientSession, settings: AriSettings) -> bool:
    """Tried, on a channel that there is not: who may write is told so."""
    try:
        url = f"{settings.ari_url}/channels/garbo-no-such-channel/ring"
        async with http.post(url, timeout=_PATIENCE) as answer:
            return answer.status not in _FORBIDDEN
    except (ClientError, TimeoutError) as error:
        raise Unreachable(f"{settings.ari_url}: {error or type(error).__name__}") from error


async def ask_console(settings: AmiSettings, commands: Sequence[str]) -> list[str]:
    """
    What the console answers to each; empty: this Asterisk has no such command.

    Raises LinesUnavailable, AmiForbidden; AmiRefused: the user may not ask.
    """
    async with ami_session(settings, lambda _: None) as live:
        return [await _command(live, command) for command in commands]


async def _command(live: AmiSession, command: str) -> str:
    try:
        answer = await live.ask({"Action": "Command", "Command": command}, within=_LONGEST_ANSWER)
    except AmiRefused as refusal:
        if _NOT_PERMITTED in str(refusal):
            raise
        return ""
    output = answer.output
    return "\n".join(output) if isinstance(output, list) else str(output)
