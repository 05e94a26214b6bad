"""A few questions to a running Asterisk, over ARI and AMI, by a command that stands beside the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientError, ClientTimeout

from ari_app.asterisk.ami_session import AmiSettings
from ari_app.asterisk.ami_session import session as ami_session
from ari_app.asterisk.plain_http import session as http_session
from ari_app.asterisk.settings import AriSettings
from ari_app.asterisk.wire import instant_or_none

_PATIENCE = ClientTimeout(total=5)
_FORBIDDEN = (401, 403)


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
    return Answered(
        version=str(info.get("system", {}).get("version", "")),
        ahead=(told - datetime.now(UTC)) if told is not None else timedelta(),
        modules=frozenset(str(each["name"]) for each in modules if each.get("status") == "Running"),
        apps=frozenset(str(each["name"]) for each in apps),
    )


async def ask_console(settings: AmiSettings, commands: Sequence[str]) -> list[str]:
    """What the console answers to each. Raises LinesUnavailable, AmiForbidden."""
    async with ami_session(settings, lambda _: None) as live:
        answers = []
        for command in commands:
            answer = await live.ask({"Action": "Command", "Command": command}, within=settings.request_timeout)
            output = answer.output
            answers.append("\n".join(output) if isinstance(output, list) else str(output))
        return answers
