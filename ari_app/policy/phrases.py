"""
Sentences of the core's own, in Italian and English, and the filling of placeholders in a pack's texts.

Packs bring their texts with them; here is what is said where no pack speaks: admission, unknown facts, broken rules.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ari_app.policy.numbers import Number, region_of, zones
from ari_app.policy.pack import TextValue
from ari_app.policy.request import CallRequest

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NEVER = {"it": "mai", "en": "never"}
"""For an instant that there is none of."""
_UNITS = (
    (86_400, {"it": ("giorno", "giorni"), "en": ("day", "days")}),
    (3_600, {"it": ("ora", "ore"), "en": ("hour", "hours")}),
    (60, {"it": ("minuto", "minuti"), "en": ("minute", "minutes")}),
    (1, {"it": ("secondo", "secondi"), "en": ("second", "seconds")}),
)

GATE_TEXTS: dict[str, dict[str, str]] = {
    "campaign_unknown": {
        "it": "Nessuna campagna per questa chiamata: scegliere una campagna e riprovare.",
        "en": "This call belongs to no campaign: choose a campaign and try again.",
    },
    "campaign_closed": {
        "it": "La campagna {campaign} è chiusa.",
        "en": "Campaign {campaign} is closed.",
    },
    "operator_not_allowed": {
        "it": "Questo operatore non è ammesso alla campagna {campaign}.",
        "en": "This operator is not admitted to campaign {campaign}.",
    },
    "language_not_theirs": {
        "it": "La campagna {campaign} chiama in {languages}, e questo operatore non parla questa lingua.",
        "en": "Campaign {campaign} calls in {languages}, and this operator speaks no such language.",
    },
    "script_unread": {
        "it": "Prima di chiamare va letta la versione {version} del testo {script}.",
        "en": "Read version {version} of the script {script} first.",
    },
    "customers_denied": {
        "it": "Questa persona è già cliente di {principal}, e la campagna {campaign} non chiama clienti.",
        "en": "This person already is a customer of {principal}, and campaign {campaign} calls no customers.",
    },
    "care_missing": {
        "it": "Questa persona è già cliente di {principal}, e il testo di assistenza della campagna non è disponibile.",
        "en": "This person already is a customer of {principal}, and the campaign's care script is not at hand.",
    },
    "number_invalid": {
        "it": "Il numero composto non può essere chiamato.",
        "en": "What was dialled is no number that can be called.",
    },
    "facts_unavailable": {
        "it": "Non è stato possibile controllare i dati di questo numero: la chiamata non parte. Riprovare più tardi.",
        "en": "The data on this number could not be checked, so the call does not go out. Try again later.",
    },
    "rule_error": {
        "it": "Una regola non ha funzionato, quindi la chiamata non parte. Avvisare il supervisore.",
        "en": "A rule did not work, so the call does not go out. Please tell the supervisor.",
    },
    "no_rules": {
        "it": "Nessuna regola è in vigore per questa campagna, quindi la chiamata non parte. Avvisare il supervisore.",
        "en": "No rule is in force for this campaign, so the call does not go out. Please tell the supervisor.",
    },
    "pack_missing": {
        "it": "Un pacchetto di regole della campagna {campaign} non è disponibile: la chiamata non parte.",
        "en": "A rule pack of campaign {campaign} is not at hand, so the call does not go out.",
    },
}

_NO_NUMBER = {
    "not_dialable": {"it": "contiene altro che cifre", "en": "it holds more than digits"},
    "too_long": {"it": "ha troppe cifre", "en": "it has too many digits"},
    "too_short": {"it": "ha troppo poche cifre", "en": "it has too few digits"},
    "unknown_country": {"it": "il prefisso del paese non esiste", "en": "its country prefix does not exist"},
}
_UNASSIGNED = {"it": "non appartiene a nessuna numerazione assegnata", "en": "it lies in no assigned range"}

_SCOPES = {
    "global": {"it": "da nessuno", "en": "by anybody"},
    "principal": {"it": "da questo committente", "en": "by this principal"},
    "campaign": {"it": "per questa campagna", "en": "for this campaign"},
}


def why_no_number(why: str) -> Mapping[str, str]:
    """Words for `NotANumber.why`."""
    return _NO_NUMBER.get(why, _UNASSIGNED)


def scope_words(scope: str) -> Mapping[str, str]:
    """By whom, or for what, the callee is not to be called: `global`, `principal` or `campaign`."""
    return _SCOPES[scope]


def fill(
    text: Mapping[str, str],
    values: Sequence[tuple[str, TextValue]],
    request: CallRequest,
    not_before: datetime | None,
) -> Mapping[str, str]:
    """
    Each language's sentence with its placeholders filled, when it is read; one that nobody fills stays as it stands.

    Instants are told by the callee's clock, to the minute and never too early; abroad, with the place.
    """
    return _Wording(text, values, request, not_before)


@dataclass(frozen=True, slots=True, eq=False)
class _Wording(Mapping[str, str]):
    """Sentences that are filled on demand: an objection is told in one language, and many are never told at all."""

    text: Mapping[str, str]
    filling: Sequence[tuple[str, TextValue]]
    request: CallRequest
    not_before: datetime | None

    def __getitem__(self, language: str) -> str:
        campaign = self.request.campaign
        common: dict[str, TextValue] = {
            "campaign": self.request.campaign_id,
            "principal": (campaign.principal_name or campaign.principal) if campaign else "",
            "not_before": self.not_before or NEVER,
        }
        return _filled(self.text[language], common | dict(self.filling), language, self.request)

    def __iter__(self) -> Iterator[str]:
        return iter(self.text)

    def __len__(self) -> int:
        return len(self.text)


def _filled(sentence: str, values: Mapping[str, TextValue], language: str, request: CallRequest) -> str:
    return PLACEHOLDER.sub(lambda match: _worded(values.get(match[1], match[0]), language, request), sentence)


def _worded(value: TextValue, language: str, request: CallRequest) -> str:
    match value:
        case datetime():
            return _instant(value, language, request)
        case timedelta():
            return _duration(value, language)
        case Mapping():
            return value.get(language) or value["en"]
        case _:
            return str(value)


def _instant(at: datetime, language: str, request: CallRequest) -> str:
    places = zones(request.callee) if isinstance(request.callee, Number) else ()
    place = places[0] if places else "UTC"
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    local = (minute if minute == at else minute + timedelta(minutes=1)).astimezone(ZoneInfo(place))
    if language == "it":
        told = f"{local:%d/%m/%Y}, ore {local:%H:%M}"
    elif language == "en":
        told = f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"
    else:
        told = f"{local:%Y-%m-%d %H:%M}"
    home = (
        isinstance(request.callee, Number) and request.campaign and region_of(request.callee) == request.campaign.region
    )
    return told if home else f"{told} ({place.rpartition('/')[2].replace('_', ' ')})"


def _duration(length: timedelta, language: str) -> str:
    seconds = int(length.total_seconds())
    size, words = next((size, words) for size, words in _UNITS if seconds % size == 0)
    one, many = words.get(language, words["en"])
    amount = seconds // size
    return f"{amount} {one if amount == 1 else many}"
