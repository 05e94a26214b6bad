"""The watch for silent calls, wired: told of calls by every door and of lines by AMI; `guard_ami` opens it."""

from ari_app.main.binding import desk_binding
from ari_app.main.guards import Stand
from ari_app.ports.lines import Lines
from ari_app.watch.silent import SilentCalls
from ari_app.watch.watching import Watcher


def guard_silent(stand: Stand, lines: Lines) -> Watcher:
    """It follows the calls of this gate from now on."""
    asterisk, room = stand.settings.asterisk, stand.room
    watch = SilentCalls(
        calls=stand.reactor,
        book=room.verdicts,
        lines=lines,
        binding=desk_binding(room, stand.site.desk.desks),
        trunks=asterisk.guarded_trunks,
        cuts=asterisk.silent == "hangup",
        clock=stand.clock,
        observer=room.observer,
    )
    stand.site.watch.add(watch)
    return watch
