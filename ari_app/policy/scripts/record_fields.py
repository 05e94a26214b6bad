"""Merge fields of a call on record."""

from collections.abc import Mapping
from datetime import UTC
from zoneinfo import ZoneInfo

from ari_app.policy.numbers import Number, read_number, zones
from ari_app.policy.record import VerdictRecord
from ari_app.policy.request import Campaign
from ari_app.policy.scripts.fields import merge_fields
from ari_app.policy.scripts.situation import situation_of_record


def fields_of_record(
    record: VerdictRecord,
    *,
    language: str,
    operator_name: str = "",
    principal_name: str = "",
    callee_name: str = "",
    campaign: Campaign | None = None,
) -> Mapping[str, object]:
    """The fields for `fill`, of what the verdict knew; days and hours are the callee's own."""
    callee = read_number(record.callee, region="IT") if record.callee else None  # with a plus no region is asked for
    places = zones(callee) if isinstance(callee, Number) else ()
    return merge_fields(
        situation_of_record(record),
        language=language,
        operator=record.operator,
        operator_name=operator_name,
        principal_name=principal_name or (campaign.principal_name if campaign else "") or record.principal or "",
        campaign=campaign,
        callee_name=callee_name,
        zone=ZoneInfo(places[0]) if places else UTC,
    )
