"""
Every section and key of `garbo.toml`, with its default, its limits and the words that `garbo init` writes beside it.

Values that end up in the dialplan are held to what Asterisk reads as one plain word, so that no configuration can
write dialplan of its own.
"""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_URL = re.compile(r"https?://[^\s/]+[^\s]*")
_ENDPOINT = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_.@:-]+")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_INTERNAL = re.compile(r"(?:[0-9*#]+|_(?:[0-9XZN*#]|\[[0-9-]+\])+)")
_ADDRESS = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}:[0-9]{1,5}|\[[0-9a-fA-F:]+\]:[0-9]{1,5}")
_LONGEST_INTERNAL = 7


def _matching(pattern: re.Pattern[str], wanted: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"{text!r} is not {wanted}")
        return text

    return AfterValidator(check)


def _internal_pattern(text: str) -> str:
    # `.` and `!` match any length, and long patterns match subscribers: each would switch the gate off for real calls.
    if not _INTERNAL.fullmatch(text):
        raise ValueError(f"{text!r} is not an extension or a pattern of digits, X, Z, N and [1-5] as '_2XX'")
    if len(re.sub(r"\[[0-9-]+\]", "X", text.removeprefix("_"))) > _LONGEST_INTERNAL:
        raise ValueError(f"{text!r} is longer than {_LONGEST_INTERNAL} digits: it would let real numbers pass ungated")
    return text


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as failure:
        raise ValueError(f"{text!r} is no address as '10.0.0.7' or network as '10.0.0.0/24': {failure}") from failure
    return text


def _dialled(text: str) -> str:
    if not re.fullmatch(r"\+[0-9]{4,15}", text):
        raise ValueError(f"{text!r} is not a number with its country, as '+39…'")
    return text


def _known_region(text: str) -> str:
    import phonenumbers

    if text not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{text!r} is not a country as in ISO 3166, such as 'IT' or 'FR'")
    return text


def _kept_day(text: str) -> str:
    from ari_app.policy.calendar import read_kept_day

    read_kept_day(text)
    return text


def _database_url(text: str) -> str:
    scheme = text.partition(":")[0]
    if scheme not in ("sqlite", "postgresql", "postgresql+psycopg") or "://" not in text:
        raise ValueError("it must begin with 'sqlite:///' or 'postgresql://'")
    return text


Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Cause = Annotated[int, Field(strict=True, ge=1, le=127)]
Url = Annotated[str, _matching(_URL, "a URL as 'http://host:port'"), AfterValidator(lambda url: url.rstrip("/"))]
AppName = Annotated[str, _matching(_WORD, "a name of letters, digits, '-' and '_'")]
Endpoint = Annotated[str, _matching(_ENDPOINT, "an endpoint as 'PJSIP/name'")]
Dialled = Annotated[str, _matching(re.compile(r"\+?[0-9*#]{1,15}"), "a number of digits, with or without '+'")]
Prefix = Annotated[str, _matching(re.compile(r"[0-9*#]{1,4}"), "a prefix of at most four digits")]
OpenPoint = Annotated[
    str, _matching(re.compile(r"[a-z0-9][a-z0-9._-]*/[a-z][a-z0-9_-]*"), "an open point as 'pack/rule'")
]
KeptDay = Annotated[str, AfterValidator(_kept_day)]
Region = Annotated[str, AfterValidator(_known_region)]


class Section(BaseModel):
    """A section: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AsteriskSection(Section):
    """How Garbo reaches Asterisk, and what its dialplan does."""

    ari_url: Url = Field("http://127.0.0.1:8088/ari", description="Where Asterisk's ARI answers.")
    ari_user: str = Field("garbo", description="The user of ari.conf.")
    ari_password: str = Field("", repr=False, description="Its password; better in a file of its own, named by:")
    ari_password_file: Path | None = Field(None, description="The file that holds the ARI password.")
    tls_ca_file: Path | None = Field(
        None,
        description="Certificates (PEM) that are trusted for ARI and AMI over TLS instead of the system's.",
    )
    app: AppName = Field("garbo-a", description="This process's own Stasis application name, unique for each gate.")
    apps: tuple[AppName, ...] = Field(
        ("garbo-a",), description="All gates' names, in the order in which the dialplan tries them."
    )
    ami_host: str = Field("127.0.0.1", description="Where Asterisk's AMI answers.")
    ami_port: Port = Field(5038, description="Its port.")
    ami_tls: bool = Field(
        default=False, description="Whether AMI is reached over TLS (manager.conf: tlsenable), mostly at port 5039."
    )
    ami_user: str = Field("", description="The user of manager.conf; empty: no AMI, so no watch for calls that bypass.")
    ami_secret: str = Field("", repr=False, description="Its secret; better in a file of its own, named by:")
    ami_secret_file: Path | None = Field(None, description="The file that holds the AMI secret.")
    guarded_trunks: tuple[Endpoint, ...] = Field(
        ("PJSIP/trunk",), description="Trunks on which no leg may be without a permit."
    )
    bypass: Literal["hangup", "report"] = Field(
        "hangup", description='What happens to such a leg: "hangup", or "report" to log it alone.'
    )
    silent: Literal["hangup", "report"] = Field(
        "hangup",
        description='What happens when nobody was there in time for whoever answered: "hangup", or "report" to log it.',
    )
    trunk_prefixes: tuple[Prefix, ...] = Field(
        (), description='What carriers want dialled before a number, as "99" or "00": the bypass watch reads past it.'
    )
    exempt_endpoints: tuple[Endpoint, ...] = Field(
        (), description="Endpoints that are never gated: lift, alarm, fax. As PJSIP/name."
    )
    exempt_numbers: tuple[Dialled, ...] = Field(
        (), description="Numbers that are never gated: forwards to one's own people."
    )
    door: Literal["auto", "stasis", "fastagi"] = Field(
        "auto",
        description='How the dialplan asks: "stasis", "fastagi", or "auto": stasis from Asterisk 20.10 on.',
    )
    emergency_trunk: Endpoint = Field(
        "PJSIP/trunk", description="Where [garbo-outbound] sends emergency numbers while no gate is there."
    )
    announce: bool = Field(default=True, description="Say to the operator why a call is refused, before it ends.")
    deny_cause: Cause = Field(21, description="Q.850 cause of a refused call; 21 becomes SIP 403.")
    unavailable_cause: Cause = Field(34, description="Q.850 cause while no gate answers; 34 becomes SIP 503.")

    @model_validator(mode="after")
    def _app_is_one_of_apps(self) -> "AsteriskSection":
        if self.app not in self.apps:
            raise ValueError(f"app = {self.app!r} is not among apps: the dialplan would never ask this gate")
        if len(set(self.apps)) != len(self.apps):
            raise ValueError("apps names a gate twice")
        return self


class DatabaseSection(Section):
    """Where everything is kept."""

    url: Annotated[str, AfterValidator(_database_url)] = Field(
        "sqlite:///garbo.db", repr=False, description='"sqlite:///FILE" or "postgresql://user@host/db".'
    )
    url_file: Path | None = Field(None, description="Instead: a file that holds the url, if it has a password in it.")


class GateSection(Section):
    """How calls are judged."""

    deadline_ms: Annotated[int, Field(strict=True, ge=50, le=5000)] = Field(
        300, description="A verdict takes at most this long; then the call is denied as facts_unavailable."
    )
    default_campaign: str = Field(
        "", description="Campaign of a call that names none; empty: it is denied as campaign_unknown."
    )
    region: Region = Field("IT", description="Country of emergency numbers, and of calls without a campaign.")
    strip_prefixes: tuple[Prefix, ...] = Field((), description='Outside-line prefixes such as "0" or "9".')
    internal_patterns: tuple[Annotated[str, AfterValidator(_internal_pattern)], ...] = Field(
        ("_XXX", "_XXXX"), description="The PBX's own extensions: never gated."
    )
    permit_valid_s: Annotated[int, Field(strict=True, ge=60, le=86_400)] = Field(
        14_400, description="A permit is worthless after so many seconds."
    )
    link_valid_s: Annotated[int, Field(strict=True, ge=60, le=604_800)] = Field(
        14_400, description="A link to a script page is dead after so many seconds."
    )


class PacksSection(Section):
    """Rules of one's own."""

    folder: Path = Field(Path("packs"), description="Packs of one's own beside the built-in ones.")
    switched_on: tuple[OpenPoint, ...] = Field(
        (), description='Open points of packs that are to bind, as "es/prefix_400"; `garbo packs show` says which are.'
    )


class HolidaysSection(Section):
    """Holidays of one's own."""

    local_days: tuple[KeptDay, ...] = Field(
        (), description='Kept like public holidays: "IT 12-07" each year, "ES 2026-10-09" once.'
    )


class RegistersSection(Section):
    """Whole public registers."""

    folder: Path = Field(
        Path("registers"), description="Their snapshots, made by `garbo register load`; a copy belongs to each gate."
    )


class ScreeningSection(Section):
    """Answers of registers that run out."""

    warn_days: Annotated[int, Field(strict=True, ge=0, le=60)] = Field(
        3, description="The log warns when answers about an open campaign's contacts run out within so many days."
    )


class ScriptsSection(Section):
    """Scripts of one's own."""

    folder: Path = Field(Path("scripts"), description="Scripts of one's own beside the built-in ones.")
    must_read: bool = Field(
        default=False,
        description="Operators read a new version from the folder before they call with it, as one from the page.",
    )


class PrivacySection(Section):
    """What hides personal data."""

    hash_key_file: Path = Field(
        Path("garbo.key"), description="The secret key, made by `garbo init`: part of every backup, never made anew."
    )


class RetentionSection(Section):
    """How long records are kept, beside what packs say."""

    calls_days: Annotated[int, Field(strict=True, ge=0, le=36_525)] = Field(
        0,
        description="Who was called is forgotten after so many days, or after what packs ask for if longer; 0: never.",
    )


class WebSection(Section):
    """The web pages and the HTTP API."""

    host: str = Field("127.0.0.1", description="The address on which it listens.")
    port: Port = Field(8090, description="Its port.")
    tls_cert_file: Path | None = Field(
        None, description="It speaks HTTPS by itself with this certificate (PEM), and those that vouch for it; and"
    )
    tls_key_file: Path | None = Field(None, description="its private key, readable by the gate alone.")
    public_url: Url = Field("http://127.0.0.1:8090", description="How browsers reach it: for links on phones.")
    api_per_minute: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = Field(
        600, description="Requests that one token may make in a minute; beyond it the API answers 429."
    )
    reserved_s: Annotated[int, Field(strict=True, ge=5, le=3600)] = Field(
        60, description="A permit that was reserved ahead of its call is released after so many seconds."
    )

    @model_validator(mode="after")
    def _tls_is_whole(self) -> "WebSection":
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_cert_file and tls_key_file belong together: set both, or neither")
        if self.tls_cert_file is not None and not self.public_url.startswith("https://"):
            raise ValueError("with tls_cert_file browsers come over HTTPS: public_url must begin with 'https://'")
        return self


class DeskSection(Section):
    """The operator's desk."""

    after_call_s: Annotated[int, Field(strict=True, ge=0, le=3600)] = Field(
        0, description="After a call its operator is available again in so many seconds; 0: when they say so."
    )


class FastAgiSection(Section):
    """The door for PBXes that cannot use Stasis."""

    host: str = Field("127.0.0.1", description="The address on which it listens.")
    port: Port = Field(4573, description="Its port.")
    gates: tuple[Annotated[str, _matching(_ADDRESS, "an address as '127.0.0.1:4573'")], ...] = Field(
        ("127.0.0.1:4573",),
        description="Where the dialplan finds the gates, in its order; by IP address, since a name costs a look-up.",
    )
    peers: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        ("127.0.0.0/8", "::1"),
        description="Addresses and networks of the PBXes that are answered; FastAGI has no password.",
    )


class CanarySection(Section):
    """A call that must never go out, sent through the real dialplan now and then."""

    number: Annotated[str, AfterValidator(lambda text: text if not text else _dialled(text))] = Field(
        "", description="A number of your own that is suppressed, as +39…; empty: no canary."
    )
    every_s: Annotated[int, Field(strict=True, ge=10, le=86_400)] = Field(
        900, description="How often it is sent, in seconds."
    )
    contexts: tuple[Annotated[str, _matching(_WORD, "a context's name")], ...] = Field(
        ("garbo-outbound",), description="Contexts of the dialplan that it goes through, each in its turn."
    )
    campaign: str = Field("", description="The campaign that it names; empty: none, as the gate's default has it.")


class ReconciliationSection(Section):
    """The PBX's own records of calls, held against the verdicts."""

    source: Literal["", "file", "database", "ami"] = Field(
        "", description='Where the records come from: "file" (Master.csv), "database", "ami"; empty: they are not read.'
    )
    cdr_file: Path = Field(Path("/var/log/asterisk/cdr-csv/Master.csv"), description="The file of cdr_csv.")
    cdr_url: str = Field("", repr=False, description="The database that cdr_adaptive_odbc or cdr_pgsql writes to.")
    cdr_table: Annotated[str, _matching(_WORD, "a table's name")] = Field("cdr", description="Its table.")
    cdr_times: Literal["local", "utc"] = Field(
        "local", description='Whose clock they are written by: "local" as this machine\'s, or "utc".'
    )
    at_hour: Annotated[int, Field(strict=True, ge=0, le=23)] = Field(
        3, description="The hour of the day at which yesterday is reconciled."
    )
