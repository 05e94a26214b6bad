"""
A call detail record of Asterisk, as far as it tells of an outbound leg: which channel was dialled, and how.

Source: cdr/cdr_csv.c (order of the columns) and apps/app_dial.c (`lastdata` is what Dial was given).
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from ari_app.policy.legs import TrunkLeg
from ari_app.policy.reading_legs import LegReader

COLUMNS = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start"),
    *("answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"),
)
"""Of cdr_csv's Master.csv; the last two only where cdr.conf asks for them."""


def leg_of_record(record: Mapping[str, Any], begun: str, reader: LegReader, zone: tzinfo | None) -> TrunkLeg | None:
    """
    The leg that a record tells of; None: it dialled nothing on a guarded trunk.

    Of several destinations of one Dial the one of this record's `dstchannel` is taken. Raises ValueError: its instant
    cannot be read.
    """
    channel = str(record.get("dstchannel") or "")
    if not channel:
        return None
    at = record[begun] if isinstance(record[begun], datetime) else datetime.fromisoformat(str(record[begun]))
    at = at if at.tzinfo is not None else (at.replace(tzinfo=zone) if zone is not None else at.astimezone())
    asked_by = str(record.get("uniqueid") or "")
    return reader.leg(
        id=f"{asked_by or at.isoformat()}/{channel}",
        at=at,
        channel=channel,
        dial_string=_dial_string(str(record.get("lastdata") or ""), channel),
        asked_by=asked_by,
    )


def _dial_string(lastdata: str, channel: str) -> str:
    """`PJSIP/N@trunk&PJSIP/M@other,20,i` and `PJSIP/trunk-…` to `N@trunk`."""
    technology = channel.partition("/")[0]
    endpoint = channel.partition("/")[2].rpartition("-")[0]
    asked = [each.partition("/") for each in lastdata.partition(",")[0].split("&")]
    own = [rest for name, _, rest in asked if name == technology]
    return next((rest for rest in own if endpoint in rest), own[0] if own else "")
