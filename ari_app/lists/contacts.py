"""Contact lists: whom a campaign may call, and where each number came from."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from ari_app.lists.errors import BadRow
from ari_app.lists.rows import e164_of, name_of, person_of, reference_of
from ari_app.ports.lists import ContactRow

_YES = frozenset({"yes", "y", "true", "1", "si", "sì", "s"})
_NO = frozenset({"no", "n", "false", "0"})
_PARTIES: dict[str, Literal["consumer", "business"]] = {
    **dict.fromkeys(("consumer", "private", "consumatore", "privato"), "consumer"),
    **dict.fromkeys(("business", "company", "impresa", "azienda"), "business"),
}
_LIST_ID = re.compile(r"[^\s\x00-\x1f][^\x00-\x1f]{0,99}")


def contact_row(values: Mapping[str, str], *, region: str, list_id: str) -> ContactRow:
    """
    A row of a contact list; `list_id` is for rows that name none.

    Raises BadRow.
    """
    party = values.get("party", "").lower()
    if party and party not in _PARTIES:
        raise BadRow(f"party {party!r} is neither consumer nor business")
    language = values.get("language", "").lower()
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise BadRow(f"language {language!r} is not two letters such as it or de")
    named = values.get("list_id") or list_id
    if not named:
        raise BadRow("list_id is missing: each row that a query gives names its list")
    if not _LIST_ID.fullmatch(named):
        raise BadRow("list_id is longer than 100 signs, or holds some that cannot be printed")
    return ContactRow(
        e164=e164_of(values["number"], region),
        list_id=named,
        list_source=values.get("list_source", ""),
        listed=_yes_or_no(values, "listed"),
        party=_PARTIES.get(party),
        language=language,
        person=person_of(values),
        generated=bool(_yes_or_no(values, "generated")),
        household=reference_of(values, "household"),
        name=name_of(values),
    )


def list_id_of(path: Path) -> str:
    """The id of a list that names none: its file's name without endings, so that the file brought anew replaces it."""
    return path.name.split(".")[0] or path.name


def _yes_or_no(values: Mapping[str, str], field: str) -> bool | None:
    word = values.get(field, "").lower()
    if not word:
        return None
    if word not in _YES | _NO:
        raise BadRow(f"{field} {word!r} is neither yes nor no")
    return word in _YES
