"""A script with every kind of step, calls of Anna's and Bruno's, and the database that they are on record in."""

from dataclasses import replace
from datetime import datetime, timedelta

from ari_app.policy.numbers import Number
from ari_app.policy.record import Reason, VerdictRecord
from ari_app.policy.request import Operator
from ari_app.policy.scripts import Answer, Branch, Script, ScriptChoice, Situation, Step, StepKind
from ari_app.ports.live_calls import LiveCall, Phase
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from tests.stores.samples import AUTUMN, KEYRING, NOW, call, record, wanted

MARIO = "+393330001234"
CARLA = "+393330005678"
DISCLOSURES = ("caller", "principal", "commercial_purpose", "right_to_object")


def _texts(it: str, en: str) -> dict[str, str]:
    return {"it": it, "en": en}


SCRIPT = Script(
    id="fibra",
    version="7",
    title=_texts("Fibra d'autunno", "Autumn fibre"),
    sha256="33",
    steps=(
        Step(
            id="saluto",
            kind=StepKind.SAY,
            text=_texts(
                "Buongiorno, sono {{ operator_name }} e chiamo per conto di Fastnet. È una telefonata commerciale.",
                "Good day, I am {{ operator_name }}, calling on behalf of Fastnet. This is a commercial call.",
            ),
            variants={},
            discloses=("caller", "principal", "commercial_purpose"),
            next="persona",
        ),
        Step(
            id="persona",
            kind=StepKind.ASK,
            text=_texts(
                "Parlo con {{ name }}? È un buon momento?", "Am I speaking to {{ name }}? Is this a good time?"
            ),
            variants={},
            answers=(
                Answer(id="si", text=_texts("Sì, mi dica", "Yes, go ahead"), next="diritti"),
                Answer(id="altra", text=_texts("Sono un'altra persona", "I am somebody else"), next="assente"),
                Answer(id="dopo", text=_texts("Non adesso", "Not now"), next="richiamare"),
            ),
        ),
        Step(
            id="diritti",
            kind=StepKind.DISCLOSE,
            text=_texts(
                "Può opporsi in ogni momento a essere chiamato: basta dirlo, anche adesso.\n\n"
                "Il suo numero viene dall'elenco dei clienti di Fastnet.",
                "You may object to being called at any time: just say so, now if you like.\n\n"
                "Your number comes from Fastnet's list of customers.",
            ),
            variants={},
            discloses=("right_to_object",),
            identifies=True,
            branches=(Branch(when={"customer": ("current",)}, next="proposta"),),
            next="bisogni",
            book=("da-dove",),
        ),
        Step(
            id="bisogni",
            kind=StepKind.ASK,
            text=_texts("Che cosa le serve, da una linea di casa?", "What do you need from a line at home?"),
            variants={},
            answers=(
                Answer(id="lavoro", text=_texts("Lavorare da casa", "Working from home"), next="proposta"),
                Answer(id="niente", text=_texts("Niente", "Nothing"), next="saluti"),
            ),
        ),
        Step(
            id="proposta",
            kind=StepKind.OFFER,
            text=_texts("La fibra a 2,5 Gbit costa 29 euro al mese.", "Fibre at 2.5 Gbit is 29 euro a month."),
            variants={},
            next="saluti",
        ),
        Step(
            id="saluti",
            kind=StepKind.CLOSE,
            text=_texts("Grazie del suo tempo, buona giornata.", "Thank you for your time, good day."),
            variants={},
            disposition="interested",
        ),
        Step(
            id="assente",
            kind=StepKind.CLOSE,
            text=_texts("Mi scusi, richiamerò.", "I am sorry, I shall call again."),
            variants={},
            disposition="holder_absent",
        ),
        Step(
            id="richiamare",
            kind=StepKind.CLOSE,
            text=_texts("Quando posso richiamare?", "When may I call again?"),
            variants={},
            disposition="callback",
        ),
        Step(
            id="no_thank_you",
            kind=StepKind.CLOSE,
            text=_texts("Va benissimo, grazie e buona giornata.", "That is quite all right, thank you and good day."),
            variants={},
            disposition="refused",
        ),
        Step(
            id="never_again",
            kind=StepKind.CLOSE,
            text=_texts("Lo registro subito: non la chiameremo più.", "I note it at once: we shall not call again."),
            variants={},
            disposition="never_again",
        ),
    ),
)


def situation_of(record: VerdictRecord) -> Situation:
    """Everybody is a prospect; a care call is to a customer."""
    return Situation(customer="current" if record.purpose == "care" else "none", spoken="no", callback="no")


def fill_directory(database: Database) -> VerdictBook:
    """Fastnet, its campaign, Anna and Bruno."""
    directory = Directory(database)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    directory.add_campaign(AUTUMN)
    for operator, phone, language in (("anna", "PJSIP/101", "it"), ("bruno", "PJSIP/102", "en")):
        directory.add_operator(Operator(id=operator, endpoint=phone, language=language))
    return VerdictBook(database, KEYRING)


def judged(
    book: VerdictBook,
    *,
    operator: str = "anna",
    language: str = "it",
    verdict: str = "permit",
    callee: str = MARIO,
    purpose: str = "acquisition",
    at: datetime = NOW,
) -> VerdictRecord:
    """A verdict on record."""
    request = replace(call(callee=Number(callee), at=at), operator_id=operator)
    why = {"it": "Non è cliente e non è ancora stato chiamato.", "en": "No customer, and not called yet."}[language]
    choice = ScriptChoice(id="fibra", version="7", variant="prospect", language=language, why=why)
    made = record(request, verdict)
    if verdict == "permit":
        made = replace(made, script=choice, duties={"disclosures": list(DISCLOSURES)})
    made = replace(made, operator=operator, language=language, purpose=purpose, reasons=_reasons(verdict, language))
    made = replace(made, not_before=at + timedelta(days=1) if verdict == "defer" else None)
    book.judge(request, needs=wanted(request), decide=lambda _: made)
    return made


def _reasons(verdict: str, language: str) -> tuple[Reason, ...]:
    if verdict == "permit":
        return ()
    if verdict == "defer":
        text = {"it": "Fuori dall'orario di chiamata: si può dalle 9.", "en": "Outside calling hours: from 9 on."}
        said = ("outside_calling_window", "it/calling_hours", "law", "Codice di condotta, art. 10")
    else:
        text = {"it": "È già cliente di Fastnet.", "en": "This person is a customer of Fastnet already."}
        said = ("already_customer", "core/already_customer", "house", "Patto con Fastnet")
    code, rule, force, source = said
    return (Reason(code=code, rule=rule, force=force, text=text[language], source=source),)


def live(record: VerdictRecord, phase: Phase = Phase.ANSWERED) -> LiveCall:
    """This call, so far."""
    answered = record.decided_at if phase in (Phase.ANSWERED, Phase.ENDED) else None
    return LiveCall(
        call_id=record.call_id,
        gate="garbo-a",
        campaign=record.campaign,
        operator=record.operator,
        phone="PJSIP/101",
        phase=phase,
        decided_at=record.decided_at,
        changed_at=record.decided_at,
        answered_at=answered,
    )


class OneScript:
    """Implements desk.walks.Scripts."""

    async def script(self, script_id: str, script_version: str) -> Script | None:
        """This one, in this version."""
        return SCRIPT if (script_id, script_version) == (SCRIPT.id, SCRIPT.version) else None
