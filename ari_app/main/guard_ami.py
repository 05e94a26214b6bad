"""The one AMI connection of a gate, and whoever watches the lines that it tells of."""

from collections.abc import Callable
from random import SystemRandom

from ari_app.asterisk.ami import Ami
from ari_app.asterisk.ami_session import AmiSettings
from ari_app.config import Settings
from ari_app.main.bypasses import bypass_watch
from ari_app.main.guard_silent import guard_silent
from ari_app.main.guards import Guard, Stand
from ari_app.main.reconciling import canary_watch, leg_watch
from ari_app.main.tls import believed_by
from ari_app.policy.lines import Line, LineEvent
from ari_app.ports.lines import Lines
from ari_app.watch.watching import Watcher

WatcherOf = Callable[[Stand, Lines], Watcher | None]
"""None: it is switched off by the configuration."""
WATCHERS: dict[str, WatcherOf] = {
    "bypass watch": bypass_watch,
    "silent calls": guard_silent,
    "leg watch": leg_watch,
    "canary": canary_watch,
}
"""By the name of the service that each one's own work becomes. A part adds a line: its name and its function."""


def guard_ami(stand: Stand) -> Guard | None:
    """The connection and its watchers; None: no user of manager.conf is configured."""
    if not stand.settings.asterisk.ami_user:
        return None
    ami = Ami(ami_settings(stand.settings), clock=stand.clock, observer=stand.room.observer, random=SystemRandom())
    stand.metrics.ami_connected = lambda: ami.connected
    opened = {name: watcher for name, of in WATCHERS.items() if (watcher := of(stand, ami)) is not None}
    watchers = tuple(opened.values())

    async def follow() -> None:
        await ami.run(
            lambda event: _see(watchers, event),
            lambda lines: _resync(watchers, lines),
            lambda: _lost(watchers),
        )

    return Guard(services={"ami": follow, **{name: watcher.run for name, watcher in opened.items()}})


def ami_settings(settings: Settings) -> AmiSettings:
    """How this installation reaches its Asterisk's AMI. Raises ConfigError: `tls_ca_file` cannot be used."""
    asterisk = settings.asterisk
    return AmiSettings(
        host=asterisk.ami_host,
        port=asterisk.ami_port,
        user=asterisk.ami_user,
        secret=asterisk.ami_secret,
        tls=believed_by(asterisk.tls_ca_file, "[asterisk] tls_ca_file") if asterisk.ami_tls else None,
    )


def _see(watchers: tuple[Watcher, ...], event: LineEvent) -> None:
    for watcher in watchers:
        watcher.see(event)


def _resync(watchers: tuple[Watcher, ...], lines: tuple[Line, ...]) -> None:
    for watcher in watchers:
        watcher.resync(lines)


def _lost(watchers: tuple[Watcher, ...]) -> None:
    for watcher in watchers:
        watcher.lost()
