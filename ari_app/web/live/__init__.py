"""How pages learn that they should look again: server-sent events for an operator's desk and for the floor."""

from ari_app.web.live.room import Changes, LiveRoom, Pace, Presence

__all__ = ["Changes", "LiveRoom", "Pace", "Presence"]
