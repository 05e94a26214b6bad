"""Who gives calls to operators, wired: for whoever hears or is told that somebody came to a dialer's call."""

from ari_app.desk.binding import Binding, Shown
from ari_app.main.courtroom import Courtroom
from ari_app.stores.speaking import SqlSpeaking


def desk_binding(room: Courtroom, desks: Shown) -> Binding:
    """Over the gate's own desks, judge and database."""
    return Binding(
        desks=desks,
        spoken=SqlSpeaking(room.database),
        verdicts=room.verdicts,
        judge=room.judge,
        observer=room.observer,
    )
