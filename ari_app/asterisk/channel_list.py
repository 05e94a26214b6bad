"""What Asterisk's console shows of its channels, read: AMI's events tell of changes only."""

from collections.abc import Mapping

_NONE = "(None)"


def bridges_of(shown: str) -> Mapping[str, str]:
    """
    The bridge of each channel, by UNIQUEID, out of `core show channels concise`; a channel in none has an empty one.

    Source: main/cli.c, `CONCISE_FORMAT_STRING`: fields with `!` between them, the bridge's id and the channel's own
    last. An application's arguments stand before them and may hold a `!`.
    """
    found = {}
    for line in shown.splitlines():
        _, bang, ending = line.partition("!")
        fields = ending.rsplit("!", 2)
        if bang and len(fields) == 3:
            bridge, channel = fields[1], fields[2].strip()
            found[channel] = "" if bridge == _NONE else bridge
    return found
