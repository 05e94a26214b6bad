"""A finding, and every kind of finding there is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Calls leave unchecked, are refused, or will be."""
    WARNING = "warning"
    """It works, and will not in some case."""
    NOTE = "note"
    """Nothing is known to be wrong: something could not be looked at."""


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
    error, warning, note = Severity.ERROR, Severity.WARNING, Severity.NOTE
    told = (
        ("ari.unreachable", error, "no call can be judged over Stasis, so every call is refused",
         "start Asterisk; http.conf: enabled = yes; check [asterisk] ari_url"),
        ("ari.refused", error, "the gate cannot log in, so every call is refused",
         "ari.conf: a [user] with this name and password; [asterisk] ari_user, ari_password_file"),
        ("ari.no_gate", error, "no gate of this name is connected: the dialplan refuses every call",
         "run `garbo serve`, or start its service"),
        ("ari.gate_missing", warning, "the dialplan tries it in vain; while no other answers either, calls are refused",
         "start it with GARBO_ASTERISK__APP=NAME, or take it out of [asterisk] apps and render the dialplan again"),
        ("ari.read_only", error, "a verdict cannot be told to a channel: every call runs into its time-out",
         "ari.conf: read_only = no for this user; then `asterisk -rx 'module reload res_ari.so'`"),
        ("ari.exposed", warning, "who reaches it reads the ARI password on the wire, and with it places and ends calls",
         "http.conf: bindaddr = 127.0.0.1, or TLS there and https in [asterisk] ari_url"),
        ("ari.password_format", warning, "Asterisk computes the hash for each request: 2 ms, several times a call",
         "ari.conf: password_format = plain for this user, and chmod 600 ari.conf"),
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
        ("ami.rights", error, "without them no line is told of, none can be asked about, nor the dialplan be looked at",
         "manager.conf: read = system,call and write = call,reporting,originate,command; then `manager reload`"),
        ("ami.channelvars", warning, "each leg on a trunk has to be asked for its permit: one without is cut later",
         "manager.conf, [general]: channelvars = GARBO_PERMIT; then `manager reload`"),
        ("ami.one_watch", warning, "while the one process hangs or is gone, a call that goes round the gate stays up",
         "run `garbo watch` beside the gate, as a service of its own; see docs/bypass.md"),
        ("ami.exposed", warning, "who reaches it reads its secret on the wire, and with it places calls past the gate",
         "manager.conf, [general]: bindaddr = 127.0.0.1; then restart Asterisk"),
        ("dialplan.unseen", note, "whether every way to a trunk passes the gate is not known",
         "[asterisk] ami_user: a user of manager.conf with write = command"),
        ("dialplan.missing", error, "no call is checked by this gate",
         "garbo dialplan render --flavor asterisk -o /etc/asterisk; extensions.conf: #include extensions_garbo.conf"),
        ("dialplan.outdated", warning, "the dialplan is not the one that this configuration renders",
         "render it again, then `asterisk -rx 'dialplan reload'`"),
        ("dialplan.unguarded", error, "a call can leave here without a verdict",
         "same => n,Gosub(garbo,s,1(${EXTEN})) before this Dial"),
        ("dialplan.no_denial", error, "a gate that hung or died counts as SUCCESS there: the call leaves unjudged",
         "let the line behind Stasis() or AGI() deny, and only a jump to a label of your own go on: see [garbo]"),
        ("dialplan.goto_exten", error, "a comma in what was dialled names another priority, behind the line that asks",
         "include => CONTEXT instead, or Goto(CONTEXT,${FILTER(0-9+,${EXTEN})},1)"),
        ("dialplan.forward", warning, "a carrier's 302 is followed to a number that nobody judged",
         "add the option i to this Dial"),
        ("dialplan.other_trunk", warning, "numbers are dialled here without the gate, and nobody watches this trunk",
         "[asterisk] guarded_trunks: add it, and gate its calls; one between your own sites may stay"),
        ("dialplan.switch", warning, "what it answers when a call is made cannot be looked at, and may dial a trunk",
         "move outbound extensions into extensions.conf, or have each of them ask the gate"),
        ("dialplan.not_followed", note, "it leads where only a call knows: a way to a trunk from there was not seen",
         "nothing, if it leads to no trunk; the bypass watch sees what leaves on one"),
        ("dialplan.unknown_dial", note, "only a call knows whom this Dial reaches, and it is not behind the gate",
         "nothing, if it rings phones; the bypass watch sees what leaves on a trunk"),
        ("dialplan.raw_exten", error, "what was dialled can carry commas and options past the check",
         "dial PJSIP/${GARBO_NUMBER}@trunk instead of ${EXTEN}"),
        ("dialplan.caller_id", warning, "another caller id than the verdict's is shown to the callee",
         "take the option f() out of this Dial"),
        ("dialplan.emergency", error, "emergency numbers would have to wait for a gate",
         "render the dialplan again: [garbo-special] belongs to it"),
        ("dialplan.emergency_lost", error, "who dials it there hears nothing, gate or no gate",
         "include => garbo-outbound in this context, or an extension of your own for it"),
        ("dialplan.outbound", warning, "calls that Garbo begins (next contact, the canary) have no way out",
         "render the dialplan again: [garbo-outbound] belongs to it"),
        ("dialplan.enum", warning, "an ENUM or DUNDi look-up dials addresses that no hook of the product sees",
         "switch ENUM and DUNDi trunks off, or keep bypass = \"hangup\""),
        ("trunk.from_user", warning, "the carrier is told another caller id than the verdict's",
         "pjsip.conf: take from_user out of this endpoint"),
        ("trunk.missing", error, "its calls fail; on the emergency trunk, calls for help",
         "correct the name in garbo.toml or the campaign, or add the endpoint to pjsip.conf"),
        ("operator.phone", warning, "calls from there are not known as this operator's, and it cannot be rung",
         "garbo operator set ID --endpoint PJSIP/NAME, or add the endpoint to pjsip.conf"),
        ("campaign.default", error, "every call that names no campaign is refused",
         "[gate] default_campaign: one that is open; `garbo campaign list` names them"),
        ("campaign.pack_missing", error, "all its calls are refused",
         "garbo packs lint FILE says what is wrong; garbo campaign set ID --pack … names others"),
        ("campaign.shadow", warning, "what its packs object to is noted, and called all the same",
         "garbo campaign set ID --packs-mode enforce, when the trial is over"),
        ("caller_id.not_allowed", error, "its packs do not let it be shown: all its calls are refused",
         "garbo campaign set ID --caller-id +39…; or garbo import caller-ids FILE says whose it is"),
        ("registration.lapsed", error, "where a pack asks for this entry, the calls of its holder are refused",
         "renew it; then garbo registration add, or garbo agency add for the ROC"),
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
        ("lists.unfinished", warning, "what was in it has no say in any verdict",
         "import the list again; `garbo lists list` shows its file"),
        ("screening.expired", warning, "these contacts are refused until the register was asked about them",
         "garbo screening export --principal P --list FILE --register R -o OUT, then garbo screening import"),
        ("screening.expiring", warning, "from then on these contacts are refused",
         "garbo screening export --principal P --list FILE --register R -o OUT, then garbo screening import"),
        ("register.stale", error, "whom it has to be asked about is refused",
         "garbo register load NAME FILE, with the newest file"),
        ("database.key", error, "with another key no suppression would be found: the gate does not start so",
         "restore the key file from the backup; after an interrupted rotation, garbo key rotate again"),
        ("database.version", error, "statements of every verdict may not be understood, and it gets no more fixes",
         "update it"),
        ("database.clock", warning, "what ends by the clock (reservations, promises) ends at another time there",
         "run a time service (chrony, systemd-timesyncd) on both machines"),
        ("database.schema", error, "the gate does not start on another schema", "garbo db upgrade"),
        ("database.unreachable", error, "every call is refused as facts_unavailable", "check [database] url"),
        ("key.missing", error, "no number in the database can be found without it: every call is refused",
         "restore it from the backup; never make a new one for an old database"),
        ("machine.tzdata", error, "calling hours are in the callee's own time: without it calls are refused",
         "pip install tzdata, or apt install tzdata"),
        ("web.port", error, "the gate's pages cannot be served: no desk, no API, no /metrics",
         "[web] port: another one, or end what listens there; `ss -ltnp` names it"),
        ("web.public_url", warning, "links on operators' phones and in webhooks open nothing",
         "[web] public_url: how browsers reach the gate; and run `garbo serve`"),
        ("fastagi.silent", error, "the dialplan asks there in vain, and refuses the call unless another gate answers",
         "run `garbo serve`; [fastagi] gates and port"),
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


def sound(findings: Iterable[Finding]) -> bool:
    """Whether nothing is to be mended: a note alone is nothing."""
    return all(finding.kind.severity is Severity.NOTE for finding in findings)
