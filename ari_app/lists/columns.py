"""
Which column of a file holds which field.

`--map COL=FIELD` says so; else a column's own name does, in the field's word or in a word people use for it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ari_app.lists.errors import InputError

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "number": (
        *("numero", "telefono", "phone", "tel", "cell", "cellulare", "mobile", "msisdn", "e164"),
        *("numero_telefono", "numero_di_telefono", "phone_number", "telephone", "telephone_number"),
    ),
    "scope": ("ambito",),
    "purpose": ("scopo",),
    "reason": ("motivo", "causale"),
    "source": ("fonte", "origine"),
    "expires": ("expires_at", "expiry", "scadenza"),
    "status": ("stato",),
    "products": ("product", "prodotti", "prodotto"),
    "since": ("dal", "data_inizio", "start", "start_date"),
    "until": ("al", "data_fine", "end", "end_date"),
    "person": ("persona", "customer_id", "codice_cliente", "id_cliente"),
    "as_of": ("alla_data", "situazione_al"),
    "given_at": ("given", "consent_date", "data_consenso", "prestato_il"),
    "text_version": ("versione_testo", "informativa"),
    "evidence": ("prova", "proof"),
    "withdrawn_at": ("withdrawn", "revoked_at", "revocato_il", "data_revoca"),
    "form": ("forma",),
    "channel": ("canale", "mezzo"),
    "list_source": ("source", "fonte", "origine", "provenienza"),
    "listed": ("in_elenco", "elenco"),
    "party": ("tipo_utente",),
    "language": ("lang", "lingua"),
    "list_id": ("list", "lista", "id_lista"),
    "generated": ("generato",),
    "household": ("household_id", "famiglia", "nucleo", "nucleo_familiare", "id_famiglia", "id_nucleo"),
    # One word: a column that was none of ours must not make a list ambiguous that could be read.
    "name": ("nome",),
    "campaign": ("campagna", "campaign_id"),
    "at": ("when", "called_at", "data_chiamata", "data_ora"),
    "outcome": ("esito", "result"),
    "answer": ("risposta", "esito", "result", "response", "screening"),
    "answered_at": ("data_risposta", "data_verifica", "verificato_il", "checked_at", "screened_at", "answer_date"),
    "valid_until": ("valido_fino_al", "valida_fino_al", "validita", "scadenza", "expires", "expires_at", "expiry"),
    "owner": ("titolare", "assegnatario", "assigned_to"),
    "registered_in": ("register", "registered", "registro"),
}


_SHOWN = 40
"""Columns in a message, and characters of each."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of list: its fields, and those without which a row says nothing."""

    name: str
    fields: tuple[str, ...]
    required: tuple[str, ...]
    either: tuple[str, ...] = ()
    """One of these at least must have a column."""


KINDS = {
    "suppressions": Kind(
        "suppressions", ("number", "scope", "purpose", "reason", "source", "expires"), required=("number",)
    ),
    "customers": Kind(
        "customers",
        ("number", "status", "products", "since", "until", "person", "as_of"),
        required=("number", "status"),
    ),
    "consents": Kind(
        "consents",
        ("number", "purpose", "given_at", "text_version", "evidence", "withdrawn_at", "form", "channel"),
        required=("number", "purpose"),
        either=("given_at", "withdrawn_at"),
    ),
    "contacts": Kind(
        "contacts",
        ("number", "list_source", "listed", "party", "language", "list_id", "person", "generated", "household", "name"),
        required=("number",),
    ),
    "attempts": Kind("attempts", ("number", "campaign", "at", "outcome"), required=("number", "at", "outcome")),
    "caller-ids": Kind("caller-ids", ("number", "owner", "registered_in"), required=("number",)),
}
ANSWERS = Kind("answers", ("number", "answer", "answered_at", "valid_until"), required=("number", "answer"))
"""What a register says row by row: no list that `garbo import` knows, since an answer counts from when it was given."""


def columns(kind: Kind, header: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    """
    Field to index in the header; `mapping` is column to field, and beats every name.

    Raises InputError: a mapped column or field does not exist, two columns could hold one field, or a required field
    has no column.
    """
    names = [_plain(name) for name in header]
    found = _mapped(kind, header, names, mapping)
    taken = set(found.values())
    for field in kind.fields:
        if field in found:
            continue
        for words in ((field,), SYNONYMS[field]):
            places = [place for place, name in enumerate(names) if name in words and place not in taken]
            if len(places) > 1:
                which = " and ".join(repr(header[place][:_SHOWN]) for place in places[:2])
                raise InputError(f"the columns {which} could both be {field}: say which, as --map COLUMN={field}")
            if places:
                found[field] = places[0]
                break
    missing = [field for field in kind.required if field not in found]
    if kind.either and not found.keys() & set(kind.either):
        missing.append(kind.either[0])
    if missing:
        which = " and ".join(missing)
        raise InputError(
            f"no column for {which}: the first line names {_named(header)}; say which, as --map COLUMN={missing[0]}"
        )
    return found


def _mapped(kind: Kind, header: Sequence[str], names: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, field in mapping.items():
        if field not in kind.fields:
            raise InputError(f"--map {column}={field}: {kind.name} have the fields {', '.join(kind.fields)}")
        places = [place for place, name in enumerate(names) if name == _plain(column)]
        if len(places) != 1:
            how = "there is no such column" if not places else "more than one column has this name"
            raise InputError(f"--map {column}={field}: {how}; the first line names {_named(header)}")
        if field in found:
            raise InputError(f"--map names two columns for {field}")
        found[field] = places[0]
    return found


def _named(header: Sequence[str]) -> str:
    """The names of the first columns; a first line that names none can be long."""
    more = f" and {len(header) - _SHOWN} more" if len(header) > _SHOWN else ""
    return ", ".join(repr(name[:_SHOWN]) for name in header[:_SHOWN]) + more


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().strip("\ufeff").casefold())
