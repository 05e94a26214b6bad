"""Each reason code in a few plain words, in Italian and English, where reasons are counted rather than explained."""

from collections.abc import Mapping

REASON_WORDS: Mapping[str, Mapping[str, str]] = {
    "suppressed_global": {"it": "Ha chiesto di non essere chiamato da nessuno", "en": "Asked never to be called"},
    "suppressed_principal": {
        "it": "Ha chiesto di non essere chiamato da questo committente",
        "en": "Asked this principal not to call",
    },
    "suppressed_campaign": {"it": "Escluso da questa campagna", "en": "Excluded from this campaign"},
    "register_listed": {"it": "Iscritto a un registro pubblico", "en": "Listed in a public register"},
    "screening_missing": {
        "it": "Mai verificato nel registro pubblico",
        "en": "Never screened against the public register",
    },
    "screening_expired": {"it": "Verifica nel registro scaduta", "en": "Screening has run out"},
    "consent_missing": {"it": "Manca il consenso", "en": "No consent"},
    "consent_expired": {"it": "Consenso troppo vecchio", "en": "Consent has run out"},
    "already_customer": {"it": "È già cliente", "en": "Already a customer"},
    "contacted_recently": {"it": "Chiamato da poco", "en": "Contacted recently"},
    "attempts_exhausted": {"it": "Tentativi esauriti", "en": "Called as often as allowed"},
    "callback_pending": {"it": "Richiamata già promessa", "en": "A call back is promised"},
    "outside_calling_window": {"it": "Fuori dall'orario di chiamata", "en": "Outside calling hours"},
    "holiday": {"it": "Giorno festivo", "en": "A public holiday"},
    "caller_id_not_allowed": {"it": "Numero chiamante non ammesso", "en": "Caller id not allowed"},
    "caller_id_not_registered": {"it": "Numero chiamante non registrato", "en": "Caller id not registered"},
    "silent_rate_exceeded": {
        "it": "Troppe chiamate mute della campagna",
        "en": "Too many silent calls by the campaign",
    },
    "silent_call_cool_down": {"it": "Pausa dopo una chiamata muta", "en": "Pause after a silent call"},
    "refused_recently": {"it": "Ha rifiutato da poco", "en": "Refused recently"},
    "sector_banned": {"it": "Settore vietato al telefono", "en": "Sector banned by telephone"},
    "mode_not_allowed": {"it": "Modo di chiamata non ammesso", "en": "Way of calling not allowed"},
    "number_invalid": {"it": "Numero non valido", "en": "Not a valid number"},
    "number_unassigned_region": {"it": "Numero fuori dall'area della campagna", "en": "Number outside the area"},
    "number_provenance_missing": {
        "it": "Provenienza del numero non documentata",
        "en": "Where the number came from is not on record",
    },
    "operator_not_allowed": {"it": "Operatore non ammesso", "en": "Operator not admitted"},
    "operator_registration_expired": {
        "it": "Iscrizione dell'operatore mancante o scaduta",
        "en": "Caller's registration missing or over",
    },
    "office_cap_reached": {"it": "Limite giornaliero d'ufficio raggiunto", "en": "Daily cap for office calls reached"},
    "campaign_unknown": {"it": "Campagna sconosciuta", "en": "Campaign unknown"},
    "campaign_closed": {"it": "Campagna chiusa", "en": "Campaign closed"},
    "facts_unavailable": {"it": "Dati non disponibili per il controllo", "en": "Data for the check not at hand"},
    "rule_error": {"it": "Una regola non ha funzionato", "en": "A rule did not work"},
    "person_protected": {"it": "Persona da tutelare", "en": "Person to be protected"},
    "complaint_open": {"it": "Reclamo o contenzioso aperto", "en": "Complaint or dispute open"},
    "wrong_number": {"it": "A questo numero risponde un'altra persona", "en": "Somebody else is at this number"},
    "language_not_spoken": {"it": "Lingua non parlata dall'operatore", "en": "Language not spoken by the operator"},
    "outside_wanted_hours": {"it": "Fuori dagli orari che ha chiesto", "en": "Outside the hours they asked for"},
}


def reason_words(code: str, language: str) -> str:
    """The words in a language, else in English; of a code that has none, the code."""
    said = REASON_WORDS.get(code, {})
    return said.get(language) or said.get("en") or code
