"""Invented callees to practise with and to preview scripts as: what is known of them, and what they are like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ari_app.policy.disposition import Disposition
from ari_app.policy.scripts import Situation

_OF_SOMEBODY_ELSE = (
    *(Disposition.WRONG_NUMBER, Disposition.HOLDER_ABSENT, Disposition.BUSINESS, Disposition.LANGUAGE),
    *(Disposition.DECEASED, Disposition.MINOR, Disposition.ALREADY_CUSTOMER),
)
"""Whoever is meant, and is a consumer, has no reason to say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Somebody who does not exist."""

    id: str
    name: Mapping[str, str]
    """What kind of callee it is, by language."""
    about: Mapping[str, str]
    """What whoever practises is told of them beforehand."""
    situation: Situation
    variant: str
    heads_for: tuple[str, ...] = ()
    """Dispositions of the ends that they make for, where the script has them; the first one first."""
    steers_clear_of: tuple[str, ...] = _OF_SOMEBODY_ELSE
    """Dispositions of the ends to which no answer of theirs leads straight, as long as there is another answer."""
    leaves: int = 0
    """Of a hundred times that they may speak, how often they want no more of it."""
    never_again: bool = False
    """They leave by asking never to be called again."""


def _persona(
    persona_id: str,
    name: tuple[str, str],
    about: tuple[str, str],
    situation: Situation,
    variant: str,
    heads_for: tuple[str, ...] = (),
    leaves: int = 0,
    *,
    never_again: bool = False,
) -> Persona:
    return Persona(
        id=persona_id,
        name={"it": name[0], "en": name[1]},
        about={"it": about[0], "en": about[1]},
        situation=situation,
        variant=variant,
        heads_for=heads_for,
        leaves=leaves,
        never_again=never_again,
    )


def personas(now: datetime) -> tuple[Persona, ...]:
    """All of them; what lies back for them is counted from `now`."""
    lately, long_ago = now - timedelta(days=40), now - timedelta(days=1500)
    stranger = Situation(customer="none", spoken="no", callback="no", party="consumer", list_source="invented")
    customer = Situation(
        customer="current", products=("fibra",), since=long_ago, spoken="no", callback="no", party="consumer"
    )
    former = Situation(
        customer="ended",
        products=("adsl",),
        since=long_ago,
        until=now - timedelta(days=400),
        spoken="no",
        callback="no",
        party="consumer",
    )
    spoken = Situation(
        customer="none",
        spoken="yes",
        last_word="not_now",
        last_at=lately,
        last_operator="anna",
        callback="no",
        party="consumer",
        profiling=True,
    )
    office = Situation(customer="none", spoken="no", callback="no", party="business", list_source="invented")
    return (
        _persona(
            "prospect",
            ("Persona nuova", "Prospect"),
            (
                "Non è cliente e non ha mai parlato con voi. È gentile, ma non vuole perdere tempo.",
                "Is no customer and has never spoken to you. Kind, but has no time to lose.",
            ),
            stranger,
            "prospect",
        ),
        _persona(
            "customer",
            ("Cliente", "Customer"),
            (
                "È cliente da anni e contento. Si secca se gli si propone ciò che ha già.",
                "A customer for years, and content. Annoyed to be offered what they have.",
            ),
            customer,
            "customer",
            ("already_customer",),
        ),
        _persona(
            "former_customer",
            ("Ex cliente", "Former customer"),
            (
                "Se n'è andato un anno fa per un guasto lungo. Ascolta, se non si discute la sua scelta.",
                "Left a year ago after a long fault. Listens, as long as nobody questions that choice.",
            ),
            former,
            "former_customer",
        ),
        _persona(
            "spoken_before",
            ("Già sentita", "Spoken before"),
            (
                "Ha parlato con una collega un mese fa e ha detto: «non adesso». Se lo ricorda bene.",
                'Spoke to a colleague a month ago and said "not now". Remembers it well.',
            ),
            spoken,
            "spoken_before",
            leaves=10,
        ),
        _persona(
            "business",
            ("Azienda", "Business"),
            (
                "Risponde il centralino di una piccola azienda. Decide il titolare, che adesso non c'è.",
                "The desk of a small business answers. The owner decides, and is not in.",
            ),
            office,
            "prospect",
            ("business", "holder_absent"),
        ),
        _persona(
            "wrong_person",
            ("Persona sbagliata", "Wrong person"),
            (
                "Ha questo numero da poco. La persona che cercate non la conosce.",
                "Has had this number for a short while, and does not know whom you want.",
            ),
            customer,
            "customer",
            ("wrong_number", "holder_absent"),
        ),
        _persona(
            "had_enough",
            ("Stufa delle chiamate", "Has had enough"),
            (
                "È la terza chiamata della giornata. Prima o poi chiede di non essere chiamata mai più.",
                "It is the third call today. Sooner or later asks never to be called again.",
            ),
            stranger,
            "prospect",
            leaves=45,
            never_again=True,
        ),
    )
