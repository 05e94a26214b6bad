"""For each kind of list: whose it is, how its rows are read, what a repeated row means, and where rows go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from ari_app.lists.attempts import attempt_row
from ari_app.lists.caller_ids import caller_id_row
from ari_app.lists.columns import KINDS
from ari_app.lists.consents import consent_row
from ari_app.lists.contacts import contact_row, list_id_of
from ari_app.lists.errors import InputError
from ari_app.lists.repeats import CustomerRepeats, Once, Seen, SuppressionRepeats
from ari_app.lists.request import ImportRequest
from ari_app.lists.rows import customer_row, suppression_row
from ari_app.ports.lists import (
    Approval,
    AttemptRow,
    CallerIdRow,
    ConsentRow,
    ContactRow,
    Counts,
    CustomerRow,
    ListStore,
    SuppressionRow,
)

R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)


class Repeats(Protocol[R_contra]):
    """Which rows were there before."""

    def seen(self, row: R_contra) -> Seen:
        """How the row stands to those before, which it joins if it is to be put."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Generic[R]):
    """How one file is imported."""

    principal: str | None
    """Whose list it is; None: everybody's."""
    parse: Callable[[Mapping[str, str]], R]
    """Raises BadRow."""
    put: Callable[[int, Sequence[R]], Counts]
    repeats: Repeats[R]
    empty: Callable[[int], int] | None = None
    """Puts a file without a row into a version, and tells how many entries go with it; None: it says nothing."""


def plan_of(store: ListStore, request: ImportRequest) -> Plan[Any]:
    """
    The plan for this request.

    Raises InputError: there is no such kind, or the list belongs to nobody.
    """
    if request.kind not in KINDS:
        raise InputError(f"{request.kind}: lists are {', '.join(KINDS)}")
    if request.approved_by and request.kind != "contacts":
        raise InputError("--approved-by is said of contacts, and of no other list")
    return _PLANS[request.kind](store, request)


def _suppressions(store: ListStore, request: ImportRequest) -> Plan[SuppressionRow]:
    if request.principal and request.campaign:
        raise InputError("--principal and --campaign: a suppression without a scope of its own can have only one")
    scope = f"principal:{request.principal}" if request.principal else "*"
    scope = f"campaign:{request.campaign}" if request.campaign else scope
    return Plan(
        principal=request.principal,
        parse=lambda values: suppression_row(
            values,
            region=request.region,
            scope=scope,
            source=f"import:{request.name}",
            scope_exists=request.scope_exists,
        ),
        put=store.put_suppressions,
        repeats=SuppressionRepeats(),
    )


def _customers(store: ListStore, request: ImportRequest) -> Plan[CustomerRow]:
    principal = _principal(request)
    return Plan(
        principal=principal,
        parse=lambda values: customer_row(
            values, region=request.region, country=request.country, source=request.name, now=request.now
        ),
        put=lambda version, rows: store.put_customers(version, principal, rows),
        repeats=CustomerRepeats(),
    )


def _consents(store: ListStore, request: ImportRequest) -> Plan[ConsentRow]:
    principal = _principal(request)
    country = request.country or request.region
    return Plan(
        principal=principal,
        parse=lambda values: consent_row(values, region=request.region, country=country, now=request.now),
        put=lambda version, rows: store.put_consents(version, principal, rows),
        repeats=Once[ConsentRow](lambda row: row),
    )


def _contacts(store: ListStore, request: ImportRequest) -> Plan[ContactRow]:
    if request.campaign is None:
        raise InputError("contacts belong to a campaign: --campaign C")
    approval = Approval(campaign=request.campaign, agency=request.agency, approved_by=request.approved_by)
    # A query has no name that would stay the same, and be another's never: its rows name their lists themselves.
    list_id = list_id_of(request.path) if request.path is not None else ""
    return Plan(
        principal=request.principal,
        parse=lambda values: contact_row(values, region=request.region, list_id=list_id),
        put=lambda version, rows: store.put_contacts(version, approval, rows),
        repeats=Once[ContactRow](lambda row: (row.e164, row.list_id)),
        empty=(lambda version: store.empty_contacts(version, approval, list_id)) if list_id else None,
    )


def _attempts(store: ListStore, request: ImportRequest) -> Plan[AttemptRow]:
    return Plan(
        principal=request.principal,
        parse=lambda values: attempt_row(
            values,
            region=request.region,
            country=request.country or request.region,
            campaign=request.campaign or "",
            campaign_exists=request.campaign_exists,
            now=request.now,
        ),
        put=store.put_attempts,
        repeats=Once[AttemptRow](lambda row: (row.e164, row.campaign, row.at)),
    )


def _caller_ids(store: ListStore, request: ImportRequest) -> Plan[CallerIdRow]:
    if request.campaign is not None:
        raise InputError("caller ids belong to a principal or an agency, which each row names: no --campaign")
    owner = request.principal or ""
    return Plan(
        principal=None,
        parse=lambda values: caller_id_row(values, owner=owner, owners=request.owners),
        put=store.put_caller_ids,
        repeats=Once[CallerIdRow](lambda row: (row.range_start, row.range_end)),
    )


def _principal(request: ImportRequest) -> str:
    if request.principal is None or request.campaign is not None:
        raise InputError(f"{request.kind} belong to a principal: --principal P, and no --campaign")
    return request.principal


_PLANS: dict[str, Callable[[ListStore, ImportRequest], Plan[Any]]] = {
    "suppressions": _suppressions,
    "customers": _customers,
    "consents": _consents,
    "contacts": _contacts,
    "attempts": _attempts,
    "caller-ids": _caller_ids,
}
