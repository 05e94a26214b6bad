"""What the dialplan and the operator's phone are told of a verdict: the `GARBO_*` channel variables of INTERFACE."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ari_app.policy.keyring import Keyring
from ari_app.policy.record import VerdictRecord, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What permits and links are signed with, and how long they hold."""

    keyring: Keyring
    permit_valid: timedelta
    link_valid: timedelta
    public_url: str
    """Where operators' browsers reach the script page; no trailing slash."""

    def link(self, call_id: str, now: datetime) -> str:
        """The address of a call's script page, good from now on for as long as links hold."""
        return f"{self.public_url}/s/{self.keyring.link(call_id, now + self.link_valid)}"


def variables(record: VerdictRecord, *, entry: str, now: datetime, signing: Signing) -> dict[str, str]:
    """
    Names and values to be set before the channel goes on.

    `GARBO_ENTRY` names the passage this verdict is for; the dialplan dials on no other. The permit is set only with a
    permit, and inherited (`__`) by every leg.
    """
    told = {
        "GARBO_ENTRY": entry,
        "GARBO_VERDICT": record.verdict,
        "GARBO_REASON": record.reasons[0].code if record.reasons else "",
        "GARBO_REASONS": ",".join(dict.fromkeys(reason.code for reason in record.reasons)),
        "GARBO_NOT_BEFORE": iso(record.not_before) or "",
        "GARBO_CALL_ID": record.call_id,
    }
    if record.number is None:
        return told
    told |= {
        "GARBO_NUMBER": record.number,
        "GARBO_TRUNK": (record.trunk or "").rpartition("/")[2],
        "GARBO_CALLER_ID": record.caller_id or "",
    }
    if record.script is not None:
        told |= {"GARBO_SCRIPT": record.script.id, "GARBO_SCRIPT_URL": signing.link(record.call_id, now)}
    if record.callee is not None:
        told["__GARBO_PERMIT"] = signing.keyring.permit(record.call_id, record.callee, now + signing.permit_valid)
    return told
