"""The words of a list's summary, in Italian and in English, and how numbers and days are written there."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo

FALLBACK = "en"
_MONTHS = {
    "it": ("gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_DAYS = {
    "it": ("lun", "mar", "mer", "gio", "ven", "sab", "dom"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "it": {
        "title": "Chi si può chiamare",
        "skipped": "{skipped} di {rows} contatti verrebbero saltati",
        "nobody": "La lista non contiene contatti",
        "now": "Adesso",
        "later": "Più tardi",
        "never": "Mai, allo stato dei fatti",
        "exempt": "Mai controllati",
        "why_not": "Perché no",
        "why_not_hint": "Un contatto può avere più motivi, perciò la somma può superare i contatti saltati.",
        "when_later": "Quando si potrà",
        "when_later_hint": "Contatti rinviati, per il giorno dal quale si possono chiamare. Il primo: {first}.",
        "and_later": "dopo",
        "judged_by": "Come è stata giudicata",
        "reason": "Motivo",
        "contacts": "Contatti",
        "rules": "Regole e fonti",
        "list": "Lista",
        "digest": "SHA-256 della lista",
        "campaign": "Campagna",
        "principal": "Per conto di",
        "operator": "Operatore",
        "instant": "Giudicata per",
        "packs": "Pacchetti di regole",
        "draft": "bozza, non verificata da un legale",
        "reviewed": "verificato",
        "shadow": "Modalità ombra: le obiezioni dei pacchetti vengono solo annotate e non fermano le chiamate.",
        "noted": "Annotati senza fermare la chiamata",
        "duplicates": "Numeri ripetuti",
        "faults": "Righe illeggibili",
        "footer": (
            "Nessuna chiamata è stata contata. Il giudizio vale per quell'istante e per le liste di allora: "
            "ogni chiamata viene giudicata di nuovo quando parte."
        ),
    },
    "en": {
        "title": "Who may be called",
        "skipped": "{skipped} of {rows} contacts would be skipped",
        "nobody": "The list holds no contacts",
        "now": "Now",
        "later": "Later",
        "never": "Never, as things stand",
        "exempt": "Never gated",
        "why_not": "Why not",
        "why_not_hint": "A contact may have several reasons, so they can add up to more than those skipped.",
        "when_later": "When they may be",
        "when_later_hint": "Contacts put off, by the day from which they may be called. The first: {first}.",
        "and_later": "after",
        "judged_by": "How it was judged",
        "reason": "Reason",
        "contacts": "Contacts",
        "rules": "Rules and sources",
        "list": "List",
        "digest": "SHA-256 of the list",
        "campaign": "Campaign",
        "principal": "On behalf of",
        "operator": "Operator",
        "instant": "Judged for",
        "packs": "Rule packs",
        "draft": "draft, not reviewed by a lawyer",
        "reviewed": "reviewed",
        "shadow": "Shadow mode: what the packs object to is only noted, and stops no call.",
        "noted": "Noted without stopping the call",
        "duplicates": "Repeated numbers",
        "faults": "Unreadable lines",
        "footer": (
            "No call was counted. The judgement is of that instant and of the lists as they were: "
            "every call is judged again when it is made."
        ),
    },
}


def number(value: int, language: str) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}".replace(",", "." if language == "it" else ",")


def share(part: int, whole: int, language: str) -> str:
    """A part in percent; none is told as nothing, or as all, that is not."""
    if not whole:
        return "0 %"
    percent = min(max(100 * part / whole, 0.1 if part else 0), 99.9 if part < whole else 100)
    told = f"{percent:.1f}".removesuffix(".0")
    return f"{told.replace('.', ',') if language == 'it' else told} %"


def day(value: date, language: str) -> tuple[str, str]:
    """The weekday, and the day of the month."""
    return _DAYS[language][value.weekday()], f"{value.day} {_MONTHS[language][value.month - 1]}"


def instant(value: datetime, zone: tzinfo, language: str) -> str:
    """A time by the clock of a zone, never told too early."""
    local = value.astimezone(zone)
    weekday, month_day = day(local.date(), language)
    return f"{weekday} {month_day} {local.year}, {local:%H:%M} ({local:%Z})"
