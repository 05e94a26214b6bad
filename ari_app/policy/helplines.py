"""
Helplines and public services that nothing may ever hold up, by country, each with where that was read.

Emergency numbers are not here: `special` takes those from libphonenumber. What is here is what its data lacks or does
not tell apart from paid information services. Listed is whom somebody in need calls: state services and national,
free helplines. Numbers as they are dialled inside the country; long ones are ordinary numbers of their numbering plan.
"""

from typing import NamedTuple

UNCONFIRMED = ""
"""The source of an entry that no page we read confirmed. It stays: holding up a call for help is worse."""
_LIBPHONENUMBER = "libphonenumber: a free short number"


class Helpline(NamedTuple):
    """One number, what answers there, and where we read it."""

    number: str
    what: str
    source: str


_RANGE_116 = "legislation.gov.uk/eudn/2007/116: Decision 2007/116/EC reserves 116 for such services"
HARMONISED = (
    Helpline("116000", "missing children", _RANGE_116),
    Helpline("116006", "victims of crime", _RANGE_116),
    Helpline("116016", "violence against women", "hilfetelefon.de/aktuelles, 01.06.2023"),
    Helpline("116111", "children's helpline", _RANGE_116),
    Helpline("116117", "doctor on call, not urgent", _RANGE_116),
    Helpline("116123", "emotional support", _RANGE_116),
)
"""The range 116 is reserved for these in the Union and the United Kingdom: in service or not, no subscriber has one."""

_ITALY = "telefonino.net/notizie/numeri-emergenza-quali-sono-a-cosa-servono, after the ministry's list"
_FRANCE = "senioractu.com/Les-numeros-d-urgence-a-connaitre_a23873.html"
_FRENCH_CHILDREN = "info.gouv.fr/actualite/harcelement-agressions-violences-trois-numeros-pour-aider-les-enfants"
_GERMANY = "infranken.de/ratgeber/technik: neue Notruf-Nummer 113, art-5989416"
_SPAIN = "consalud.es: diferencia entre el 112 y el 061"
_SUICIDE_IN_SPAIN = "maldita.es/malditaciencia/20220510/024-numero-telefono-atencion-suicidio-espana-gratuito"
_US_CHILDREN = "healthychildren.org: local and national mental health hotlines"
_US_CRISIS = "davidsusman.com/2019/04/25/10-mental-health-crisis-lines-you-should-know-about"
_US_SHORT = "lasvegassun.com/news/2012/sep/19/three-digit-dialing-goes-well-beyond-911, assigned by the FCC"

HELPLINES: dict[str, tuple[Helpline, ...]] = {
    "IT": (
        Helpline("114", "children in danger", "azzurro.it/it/cosa-facciamo/caso-di-emergenza/114-emergenza-infanzia"),
        Helpline("117", "Guardia di Finanza", _ITALY),
        Helpline("1500", "public health emergencies", _ITALY),
        Helpline("1515", "forest fires", _ITALY),
        Helpline("1522", "violence against women", _ITALY),
        Helpline("1525", "emergencies of the environment", _ITALY),
        Helpline("1530", "coast guard", _ITALY),
        Helpline(
            "19696", "Telefono Azzurro, children", "tg24.sky.it/cronaca/2025/04/23/telefono-azzurro-numeri-intervento"
        ),
        Helpline("0223272327", "Telefono Amico Italia", UNCONFIRMED),
        *HARMONISED,
    ),
    "GB": (
        Helpline("101", "police, not urgent", "wellingtonpractice.co.uk/emergency-information"),
        Helpline("105", "power cuts and fallen lines", "nocton.blogspot.com/2016/09/reporting-power-cuts.html"),
        Helpline("111", "NHS, not urgent", "wellingtonpractice.co.uk/emergency-information"),
        Helpline("119", "NHS, vaccination and tests", _LIBPHONENUMBER),
        Helpline("18000", "emergency text relay", "lincs.police.uk: advice if you know someone who is vulnerable"),
        Helpline("08001111", "Childline", "mbrook.brent.sch.uk/domestic-abuse"),
        Helpline("0800111999", "National Gas Emergency Service", "gocompare.com: in a gas or electricity emergency"),
        Helpline("08088005000", "NSPCC, children in danger", "nspcc.org.uk/what-you-can-do/report-abuse"),
        Helpline("08082000247", "National Domestic Abuse Helpline", "mbrook.brent.sch.uk/domestic-abuse"),
        *HARMONISED,
    ),
    "US": (
        Helpline("211", "community services and crisis lines", _US_SHORT),
        Helpline("311", "police, not urgent, and the city", _US_SHORT),
        Helpline("711", "relay for the deaf", _US_SHORT),
        Helpline("811", "before digging", "docs.fcc.gov/public/attachments/DOC-257293A1.txt"),
        Helpline("988", "suicide and crisis", "embed.drphil.com/advice/experiencing-a-mental-health-emergency"),
        Helpline("18002738255", "suicide and crisis, the long number", "embed.drphil.com/advice, as for 988"),
        Helpline("18002221222", "poison control", _US_CHILDREN),
        Helpline("18004224453", "child abuse", _US_CHILDREN),
        Helpline("18007997233", "domestic violence", _US_CHILDREN),
        Helpline("18006624357", "substance abuse and mental health", _US_CHILDREN),
        Helpline("18006564673", "sexual assault", _US_CRISIS),
        Helpline("18008435678", "missing and exploited children", _US_CRISIS),
    ),
    "FR": (
        Helpline("114", "emergencies, for the deaf", _FRANCE),
        Helpline("115", "homeless people", _LIBPHONENUMBER),
        Helpline("119", "children in danger", _FRENCH_CHILDREN),
        Helpline("191", "rescue in the air", _FRANCE),
        Helpline("196", "rescue at sea", _FRANCE),
        Helpline("197", "terror and kidnapping alerts", _LIBPHONENUMBER),
        Helpline("3018", "harassment of minors", _FRENCH_CHILDREN),
        Helpline("3020", "harassment at school", _FRENCH_CHILDREN),
        Helpline("3114", "suicide prevention", _LIBPHONENUMBER),
        Helpline("3919", "violence against women", "tf1info.fr: ces numeros utiles qu'il faut connaitre, 2277414"),
        Helpline("3977", "abuse of the old", UNCONFIRMED),
        Helpline("0800059595", "rape", UNCONFIRMED),
        *HARMONISED,
    ),
    "ES": (
        Helpline("016", "violence against women", "blogs.comillas.edu/informefamilia/2017/02/11"),
        Helpline("017", "children and fraud on the net", "muyseguridad.net/2020/02/13/017-ya-esta-activo-en-espana"),
        Helpline("024", "suicide", _SUICIDE_IN_SPAIN),
        Helpline("061", "health", _SPAIN),
        Helpline("062", "Guardia Civil", _SPAIN),
        Helpline("080", "fire, cities", "elpais.com/diario/2006/04/02/madrid/1143977065_850215.html"),
        Helpline("091", "national police", _SPAIN),
        Helpline("092", "municipal police", _SPAIN),
        Helpline("900202010", "ANAR, children", "blogs.comillas.edu/informefamilia/2017/02/11"),
        Helpline(
            "900018018", "harassment at school", "agenciadenoticias.es/2016/10/20, a telephone against harassment"
        ),
        Helpline("717003717", "Telefono de la Esperanza", _SUICIDE_IN_SPAIN),
        *HARMONISED,
    ),
    "DE": (
        Helpline("116116", "cards reported stolen", _LIBPHONENUMBER),
        Helpline("08000116016", "violence against women, the older number", "hilfetelefon.de/aktuelles, 01.06.2023"),
        Helpline("08001110111", "Telefonseelsorge", _GERMANY),
        Helpline("08001110222", "Telefonseelsorge", _GERMANY),
        Helpline("08001110550", "parents, Nummer gegen Kummer", _GERMANY),
        Helpline("08003344533", "depression", _GERMANY),
        Helpline("08002255530", "sexual abuse", UNCONFIRMED),
        *HARMONISED,
    ),
}
