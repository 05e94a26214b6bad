"""What is sold: the sectors that a campaign may be of, and which of them a pack means when it names one."""

from collections.abc import Iterable, Mapping

SECTORS: Mapping[str, Mapping[str, str]] = {
    "telecom": {"it": "telecomunicazioni", "en": "telecommunications"},
    "electricity": {"it": "energia elettrica", "en": "electricity"},
    "gas": {"it": "gas", "en": "gas"},
    "energy": {"it": "energia elettrica e gas", "en": "electricity and gas"},
    "energy_renovation": {"it": "riqualificazione energetica", "en": "energy renovation"},
    "training": {"it": "formazione", "en": "training"},
    "insurance": {"it": "assicurazioni", "en": "insurance"},
    "finance": {"it": "finanza", "en": "finance"},
    "pensions": {"it": "pensioni", "en": "pensions"},
    "claims": {"it": "richieste di risarcimento", "en": "claims management"},
    "retail": {"it": "commercio", "en": "retail"},
    "media": {"it": "editoria e media", "en": "media"},
    "charity": {"it": "beneficenza", "en": "charity"},
    "health": {"it": "salute", "en": "health"},
    "travel": {"it": "viaggi", "en": "travel"},
    "real_estate": {"it": "immobili", "en": "real estate"},
    "automotive": {"it": "automobili", "en": "automotive"},
    "public": {"it": "pubblica amministrazione", "en": "public administration"},
    "other": {"it": "altro", "en": "other"},
}
"""With their names. `training` is paid for by the French CPF as well; `energy` sells electricity, gas, or both."""

_BOTH = "energy"
_PARTS = frozenset({"electricity", "gas"})


def a_sector(value: str) -> str:
    """
    The sector as it is.

    Raises ValueError: no campaign can be of it, so that a rule which names it would never bind.
    """
    if value not in SECTORS:
        raise ValueError(f"no campaign can be of the sector {value!r}; there are {', '.join(SECTORS)}")
    return value


def meant_by(named: Iterable[str]) -> frozenset[str]:
    """
    Every sector that is meant when these are named.

    A campaign of `energy` may sell either part, so whoever names one part means it too; who names it means both parts.
    """
    sectors = frozenset(named)
    parts = _PARTS if _BOTH in sectors else frozenset[str]()
    whole = {_BOTH} if sectors & _PARTS else frozenset[str]()
    return sectors | parts | whole
