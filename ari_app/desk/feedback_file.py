"""What the floor said as a file for the brand: CSV that a spreadsheet opens without running it, or JSON."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from ari_app.policy.formulas import neutral
from ari_app.policy.record import iso

_COLUMNS = ("principal", "campaign", "said_at", "topic", "text", "passed_on_at")
_PERSONAL = ("operator", "call_id")


def csv_of(rows: Sequence[Mapping[str, object]], *, personal: bool) -> str:
    """With a header, even if there is no row; it begins with the mark by which spreadsheets know UTF-8."""
    columns = (*_COLUMNS, *_PERSONAL) if personal else _COLUMNS
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([neutral(_text(row[column])) for column in columns] for row in rows)
    return "\ufeff" + file.getvalue()


def json_of(rows: Sequence[Mapping[str, object]]) -> str:
    """An array of objects; instants in UTC."""
    told = [{name: iso(value) if isinstance(value, datetime) else value for name, value in row.items()} for row in rows]
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _text(value: object) -> str:
    return (iso(value) or "") if isinstance(value, datetime) else "" if value is None else str(value)
