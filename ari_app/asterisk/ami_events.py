"""AMI's events and lists, read into `policy.lines`; nothing of AMI gets past here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ari_app.asterisk.events import dial_status
from ari_app.policy.lines import (
    BridgeEntered,
    BridgeLeft,
    HalvesPaired,
    LegBegan,
    LegEnded,
    Line,
    LineBegan,
    LineChanged,
    LineEvent,
    LineGone,
)

_UNKNOWN = ("<unknown>", "<none>")
_PERMIT = "GARBO_PERMIT="
_SHORTEST_DURATION = 3

Headers = Mapping[str, str | list[str]]


class LineReader:
    """Reads events one after the other; of a channel's new name it is told the name alone, so lines are remembered."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def begin(self, lines: tuple[Line, ...]) -> None:
        """These are all there are."""
        self._lines = {line.id: line for line in lines}

    def read(self, event: Headers, at: datetime) -> LineEvent | None:
        """The event; None: it tells nothing that is wanted, or no channel."""
        match event.get("event"):
            case "DialBegin":
                leg, by = self._line(event, "Dest"), self._line(event)
                return LegBegan(leg=leg, by=by, dialled=_text(event, "DialString"), at=at) if leg else None
            case "DialEnd":
                leg, by = self._line(event, "Dest"), self._line(event)
                return LegEnded(leg=leg, by=by, status=dial_status(_text(event, "DialStatus")), at=at) if leg else None
            case "LocalBridge":
                one, other = self._line(event, "LocalOne"), self._line(event, "LocalTwo")
                return HalvesPaired(one=one, other=other, at=at) if one and other else None
            case "Rename":
                return self._renamed(event, at)
            case _:
                return self._alone(event, at)

    def _alone(self, event: Headers, at: datetime) -> LineEvent | None:
        line = self._line(event)
        if line is None:
            return None
        match event.get("event"):
            case "Newchannel":
                return LineBegan(line=line, at=at)
            case "Newstate":
                return LineChanged(line=line, at=at)
            case "BridgeEnter":
                return BridgeEntered(bridge_id=_text(event, "BridgeUniqueid"), line=line, at=at)
            case "BridgeLeave":
                return BridgeLeft(bridge_id=_text(event, "BridgeUniqueid"), line=line, at=at)
            case "Hangup":
                self._lines.pop(line.id, None)
                cause = _text(event, "Cause")
                return LineGone(line=line, cause=int(cause) if cause.isascii() and cause.isdigit() else 0, at=at)
            case _:
                return None

    def _renamed(self, event: Headers, at: datetime) -> LineEvent | None:
        id_, was, name = _text(event, "Uniqueid"), _text(event, "Channel"), _text(event, "Newname")
        if not id_ or not name:
            return None
        known = self._lines.get(id_) or Line(id=id_, name=name, state="", linked_id="")
        self._lines[id_] = line = replace(known, name=name)
        return LineChanged(line=line, at=at, was=was)

    def _line(self, event: Headers, prefix: str = "") -> Line | None:
        line = _line(event, prefix)
        if line is not None:
            self._lines[line.id] = line
        return line


def listed(event: Headers, now: datetime) -> Line | None:
    """A channel as `CoreShowChannels` lists it."""
    line = _line(event, "")
    if line is None:
        return None
    age = _duration(_text(event, "Duration"))
    return replace(line, began=None if age is None else now - age, bridge_id=_text(event, "BridgeId"))


def _line(event: Headers, prefix: str) -> Line | None:
    id_, name = _text(event, f"{prefix}Uniqueid"), _text(event, f"{prefix}Channel")
    if not id_ or not name:
        return None
    return Line(
        id=id_,
        name=name,
        state=_text(event, f"{prefix}ChannelStateDesc"),
        linked_id=_text(event, f"{prefix}Linkedid"),
        caller=_text(event, f"{prefix}CallerIDNum"),
        connected=_text(event, f"{prefix}ConnectedLineNum"),
        account=_text(event, f"{prefix}AccountCode"),
        context=_text(event, f"{prefix}Context"),
        exten=_text(event, f"{prefix}Exten"),
        permit=_permit(event.get(f"{prefix}ChanVariable", "")),
    )


def _text(event: Headers, header: str) -> str:
    """A header's value; one that comes twice counts the first time."""
    value = event.get(header, "")
    text = value if isinstance(value, str) else value[0]
    return "" if text in _UNKNOWN else text


def _permit(variables: str | list[str]) -> str:
    each = [variables] if isinstance(variables, str) else variables
    return next((text.removeprefix(_PERMIT) for text in each if text.startswith(_PERMIT)), "")


def _duration(text: str) -> timedelta | None:
    """`HH:MM:SS`."""
    parts = text.split(":")
    if len(parts) != _SHORTEST_DURATION or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = map(int, parts)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
