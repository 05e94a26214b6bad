"""A finding, and every kind of finding there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Calls leave unchecked, are refused, or will be."""
    WARNING = "warning"
    """It works, and will not in some case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What can be found."""

    id: str
    severity: Severity
    why: str
    remedy: str
    """The command or the line that mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found."""

    kind: Kind
    what: str

    @property
    def id(self) -> str:
        """Of its kind."""
        return self.kind.id


def _kinds() -> Mapping[str, Kind]:
    error, warning = Severity.ERROR, Severity.WARNING
    told = (
        ("ari.unreachable", error, "no call can be judged over Stasis, so every call is refused",
         "start Asterisk; http.conf: enabled = yes; check [asterisk] ari_url"),
        ("ari.refused", error, "the gate cannot log in, so every call is refused",
         "ari.conf: a [user] with this name and password; [asterisk] ari_user, ari_password_file"),
        ("ari.no_gate", error, "no gate of this name is connected: the dialplan refuses every call",
         "run `garbo serve`, or start its service"),
        ("ari.entity_id", warning, "without an id of its own two exchanges may look like one to the gate",
         "asterisk.conf, [options]: entityid = XX:XX:XX:XX:XX:XX"),
        ("asterisk.fault", warning, "this version has a known fault", "update Asterisk; see docs/versions.md"),
        ("asterisk.module", error, "the dialplan of the gate cannot work without it", "modules.conf: load = MODULE"),
        ("clock.skew", error, "calling hours are judged by a wrong clock, and new calls are taken for late ones",
         "run a time service (chrony, systemd-timesyncd) on both machines"),
        ("http.sessions", warning, "beyond its limit Asterisk closes connections without a word, idle ones count",
         "http.conf: sessionlimit = 500"),
        ("http.keep_alive", warning, "a connection that Asterisk closes just as it is used costs a request",
         "http.conf: session_keep_alive = 60000"),
        ("ari.write_timeout", warning, "a gate that is busy for a tenth of a second is cut off, and every call refused",
         "ari.conf, [general]: websocket_write_timeout = 1000"),
        ("ami.off", warning, "calls that go round the gate are not seen, nor silent calls",
         "manager.conf: a user as in docs/bypass.md; [asterisk] ami_user, ami_secret_file"),
        ("ami.unreachable", error, "calls that go round the gate are not seen",
         "manager.conf: enabled = yes; check [asterisk] ami_host and ami_port"),
        ("ami.refused", error, "calls that go round the gate are not seen",
         "manager.conf: the user's secret, read and write classes as in docs/bypass.md"),
        ("dialplan.missing", error, "no call is checked by this gate",
         "garbo dialplan render --flavor asterisk -o /etc/asterisk; extensions.conf: #include extensions_garbo.conf"),
        ("dialplan.outdated", warning, "the dialplan is not the one that this configuration renders",
         "render it again, then `asterisk -rx 'dialplan reload'`"),
        ("dialplan.unguarded", error, "a call can leave here without a verdict",
         "same => n,Gosub(garbo,s,1(${EXTEN})) before this Dial"),
        ("dialplan.raw_exten", error, "what was dialled can carry commas and options past the check",
         "dial PJSIP/${GARBO_NUMBER}@trunk instead of ${EXTEN}"),
        ("dialplan.caller_id", warning, "another caller id than the verdict's is shown to the callee",
         "take the option f() out of this Dial"),
        ("dialplan.emergency", error, "emergency numbers would have to wait for a gate",
         "render the dialplan again: [garbo-special] belongs to it"),
        ("dialplan.enum", warning, "an ENUM or DUNDi look-up dials addresses that no hook of the product sees",
         "switch ENUM and DUNDi trunks off, or keep bypass = \"hangup\""),
        ("trunk.from_user", warning, "the carrier is told another caller id than the verdict's",
         "pjsip.conf: take from_user out of this endpoint"),
        ("campaign.no_packs", error, "only the built-in pack core binds it: no calling hours, no register",
         "garbo campaign set ID --pack it --pack house"),
        ("campaign.trunk", warning, "the bypass watch does not look at the trunk that its calls leave by",
         "[asterisk] guarded_trunks: add this trunk"),
        ("pack.draft", warning, "no lawyer has confirmed these rules; they are no legal advice",
         "have the pack reviewed before you rely on it"),
        ("caller_id.unregistered", error, "in Italy a caller id that is not in the ROC's list must not call",
         "garbo import caller-ids FILE, with registered_in = roc"),
        ("lists.stale", warning, "people who said no, or became customers, since then are called",
         "garbo import KIND FILE; or have the principal deliver over HTTP"),
        ("lists.none", warning, "nothing is known of customers or opt-outs of this principal",
         "garbo import suppressions FILE --principal P; garbo import customers FILE --principal P"),
        ("database.schema", error, "the gate does not start on another schema", "garbo db upgrade"),
        ("database.unreachable", error, "every call is refused as facts_unavailable", "check [database] url"),
        ("key.mode", error, "whoever reads the key can sign permits and find numbers", "chmod 600 KEY"),
        ("secret.mode", warning, "whoever reads the file can use the exchange", "chmod 600 FILE"),
        ("disk.space", error, "a verdict that cannot be written is a refusal", "make room, or move the database"),
        ("canary.off", warning, "that the gate is in the way of every route is not proved day by day",
         "[canary] number = \"+39…\", suppressed; and AMI"),
    )  # fmt: skip
    return {id: Kind(id=id, severity=severity, why=why, remedy=remedy) for id, severity, why, remedy in told}


EVERY: Mapping[str, Kind] = _kinds()
"""By their ids."""


def found(id: str, what: str) -> Finding:
    """A finding of this kind."""
    return Finding(kind=EVERY[id], what=what)
