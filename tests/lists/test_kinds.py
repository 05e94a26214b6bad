"""Consents, contacts, attempts and caller ids: what a row means, and what is refused with its reason."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ari_app.lists import ImportReport, ImportRequest, InputError, import_list
from ari_app.lists.instants import earliest, latest
from ari_app.policy.held import ConsentForm
from ari_app.policy.outcome import Outcome
from ari_app.ports.lists import AttemptRow, CallerIdRow, ConsentRow, ContactRow
from tests.lists.stores import MemoryLists

A, B = "+393471234501", "+393471234502"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def run(tmp_path: Path, kind: str, text: str, **options: Any) -> tuple[ImportReport, list[Any], MemoryLists]:
    """Import this text; the report, the rows that were put, and the store."""
    store, path = MemoryLists(), tmp_path / "autumn.2026.csv"
    path.write_text(text)
    report = import_list(store, ImportRequest(kind=kind, path=path, region="IT", now=NOW, **options))
    return report, list(store.visible.values()), store


def test_a_consent_is_read_with_its_proof(tmp_path: Path) -> None:
    """Every field; of no form it is express, and a time with an offset is that instant."""
    text = (
        "number,purpose,given_at,text_version,evidence,withdrawn_at,form\n"
        f"{A},Marketing,2026-05-01T10:00:00+02:00,v3,web form 17,,\n"
        f"{B},energy,2026-05-01T08:00:00Z,v3,letter 4,2026-06-01T08:00:00Z,scritto\n"
    )
    _, rows, _ = run(tmp_path, "consents", text, principal="lumina")
    at = datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert rows[0] == ConsentRow(
        e164=A, purpose="marketing", given_at=at, text_version="v3", evidence="web form 17", form=ConsentForm.EXPRESS
    )
    assert (rows[1].form, rows[1].withdrawn_at) == (ConsentForm.WRITTEN, datetime(2026, 6, 1, 8, tzinfo=UTC))


def test_a_consent_of_a_day_was_given_as_it_began(tmp_path: Path) -> None:
    """By the principal's clock: it comes after as little as possible; so does its withdrawal, that same day too."""
    text = (
        "number,purpose,given_at,withdrawn_at\n"
        f"{A},marketing,2026-05-01,\n"
        f"{B},marketing,2026-05-01T10:00:00,2026-05-01\n"
    )
    _, rows, _ = run(tmp_path, "consents", text, principal="lumina", country="IT")
    assert rows[0].given_at == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert rows[1].given_at == rows[1].withdrawn_at == datetime(2026, 5, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "first", "last"),
    [
        ("IT", datetime(2026, 4, 30, 22, tzinfo=UTC), datetime(2026, 5, 1, 21, 59, 59, tzinfo=UTC)),
        ("ES", datetime(2026, 4, 30, 22, tzinfo=UTC), datetime(2026, 5, 1, 22, 59, 59, tzinfo=UTC)),
        ("PT", datetime(2026, 4, 30, 23, tzinfo=UTC), datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC)),
        ("XX", datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_lasts_as_long_as_any_zone_of_its_country(country: str, first: datetime, last: datetime) -> None:
    """From the first zone's midnight to the last zone's last second."""
    assert (earliest("2026-05-01", country), latest("2026-05-01", country)) == (first, last)


def test_an_hour_that_the_clock_shows_twice_is_read_strictly() -> None:
    """The night in October: the earlier one for a consent, the later one for a call."""
    assert earliest("2026-10-25T02:30:00", "IT") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert latest("2026-10-25T02:30:00", "IT") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("+393471234501,,2026-05-01,", "purpose is missing"),
        ("+393471234501,not a word,2026-05-01,", "no word such as marketing"),
        ("+393471234501,marketing,,", "given_at is missing"),
        ("+393471234501,marketing,01/05/2026,", "not a date as"),
        ("+393471234501,marketing,2026-11-23,", "has not come yet"),
        ("+393471234501,marketing,2026-05-02,2027-05-01", "has not come yet"),
        ("12,marketing,2026-05-02,", "not a telephone number"),
    ],
)
def test_what_is_no_consent_is_rejected(tmp_path: Path, row: str, why: str) -> None:
    """With its line and reason; the others are taken."""
    text = f"number,purpose,given_at,withdrawn_at\n{row}\n{B},marketing,2026-05-01,\n"
    report, rows, _ = run(tmp_path, "consents", text, principal="lumina", country="IT")
    assert (report.rejected, len(rows)) == (1, 1)
    assert report.first_rejects[0][0] == 2
    assert why in report.first_rejects[0][1]


def test_a_withdrawal_needs_no_consent_beside_it(tmp_path: Path) -> None:
    """It is of all that was given by then, of a date alone through that day; no other field rejects it."""
    text = (
        "number,purpose,given_at,withdrawn_at,form\n"
        f"{A},marketing,,2026-05-01,oral\n"
        f"{B},marketing,,2026-05-01T10:00:00,\n"
        f"{B},energy,,2026-11-22,\n"
    )
    report, rows, _ = run(tmp_path, "consents", text, principal="lumina", country="IT")
    assert report.rejected == 0
    assert all(row.given_at == row.withdrawn_at for row in rows)
    assert [row.given_at for row in rows] == [
        datetime(2026, 5, 1, 21, 59, 59, tzinfo=UTC),
        datetime(2026, 5, 1, 8, tzinfo=UTC),
        NOW,
    ]


def test_a_file_of_withdrawals_has_no_column_for_given_at(tmp_path: Path) -> None:
    """One of the two columns it must have."""
    _, rows, _ = run(
        tmp_path, "consents", f"number,purpose,withdrawn_at\n{A},marketing,2026-05-01\n", principal="lumina"
    )
    assert len(rows) == 1
    with pytest.raises(InputError, match="no column for given_at"):
        run(tmp_path, "consents", f"number,purpose\n{A},marketing\n", principal="lumina")


def test_a_withdrawal_before_its_own_consent_ends_that_too(tmp_path: Path) -> None:
    """A row that contradicts itself is a withdrawal at the later instant."""
    text = f"number,purpose,given_at,withdrawn_at\n{A},marketing,2026-05-02T10:00:00Z,2026-05-01\n"
    _, rows, _ = run(tmp_path, "consents", text, principal="lumina", country="IT")
    assert rows[0].given_at == rows[0].withdrawn_at == datetime(2026, 5, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "lost"),
    [
        ("12,marketing,2026-05-01,\n", 0),
        ("12,marketing,,2026-05-01\n", 1),
        (f"{A},marketing,,soon\n", 1),
        (f"{A},marketing,,2027-05-01\n", 1),
        (f"{A},marketing\n", 1),
    ],
)
def test_withdrawals_that_were_rejected_are_counted(tmp_path: Path, rows: str, lost: int) -> None:
    """A row that cannot be told from one as well."""
    text = f"number,purpose,given_at,withdrawn_at\n{B},marketing,2026-05-01,\n{rows}"
    report, _, store = run(tmp_path, "consents", text, principal="lumina")
    assert (report.rejected, report.opt_outs_lost, report.published) == (1, lost, True)
    assert store.reports[0]["opt_outs_lost"] == lost


@pytest.mark.parametrize("word", ["n/a", "NA", "None", "null", "-", "?", "Unknown", "SCONOSCIUTO", "0", ""])
def test_a_word_for_nobody_is_no_person(tmp_path: Path, word: str) -> None:
    """It would make one person of all numbers that have it."""
    _, contacts, _ = run(tmp_path, "contacts", f"number,person\n{A},{word}\n", campaign="autumn")
    _, customers, _ = run(
        tmp_path, "customers", f"number,status,person\n{A},current,{word}\n{B},current,00\n", principal="lumina"
    )
    assert (contacts[0].person, [row.person for row in customers]) == ("", [None, "00"])


def test_a_contact_file_without_rows_empties_its_list(tmp_path: Path) -> None:
    """It is published; a file without rows of another kind says nothing."""
    report, _, store = run(tmp_path, "contacts", "number,person\n", campaign="autumn")
    assert (report.published, store.emptied) == (True, ["autumn"])
    assert run(tmp_path, "customers", "number,status\n", principal="lumina")[2].emptied == []


@pytest.mark.parametrize(
    ("until", "rejected"),
    [("2026-11-21", 0), ("2026-11-22", 0), ("2026-11-23", 1), ("2026-11-22T12:00:00Z", 0), ("2026-11-22T13:00:00Z", 1)],
)
def test_who_ends_later_has_not_ended(tmp_path: Path, until: str, rejected: int) -> None:
    """Until then somebody is a current customer; now and today are not later."""
    text = f"number,status,until\n{A},ended,{until}\n{B},current,{until}\n"
    report, _, _ = run(tmp_path, "customers", text, principal="lumina")
    assert report.rejected == rejected
    assert not rejected or "has not come yet" in report.first_rejects[0][1]


def test_a_contact_says_where_its_number_came_from(tmp_path: Path) -> None:
    """Every field, with people's words for them; an empty `listed` is not known."""
    text = (
        "telefono;list_source;listed;party;language;list_id;person;generated\n"
        "347 1234501;elenco 2026;sì;azienda;IT;lista 7;P-1;no\n"
        "347 1234502;;;;;;;\n"
    )
    _, rows, store = run(tmp_path, "contacts", text, campaign="autumn", agency="voce", approved_by="Rossi")
    assert rows[0] == ContactRow(
        e164=A,
        list_id="lista 7",
        list_source="elenco 2026",
        listed=True,
        party="business",
        language="it",
        person="P-1",
    )
    assert rows[1] == ContactRow(e164=B, list_id="autumn")
    approval = store.approvals[0]
    assert (approval.campaign, approval.agency, approval.approved_by) == ("autumn", "voce", "Rossi")


def test_a_contact_has_a_name_to_be_greeted_by(tmp_path: Path) -> None:
    """On one line and not endless; no row is lost for a name, and of two at one number the first stands."""
    text = f"numero,nome\n{A},  Mario\x07 Rossi \n{A},Paola Rossi\n{B},{'x' * 300}\n"
    report, rows, _ = run(tmp_path, "contacts", text, campaign="autumn")
    assert [row.name for row in rows] == ["Mario Rossi", "x" * 100]
    assert report.rejected == 0


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (f"{A},perhaps,,", "neither yes nor no"),
        (f"{A},,everybody,", "neither consumer nor business"),
        (f"{A},,,italian", "two letters"),
        (f"{B},no,,", "a row before gives this number other values"),
    ],
)
def test_what_is_no_contact_is_rejected(tmp_path: Path, row: str, why: str) -> None:
    """Two rows of one list that contradict each other as well."""
    report, rows, _ = run(
        tmp_path, "contacts", f"number,listed,party,language\n{B},yes,,\n{B},yes,,\n{row}\n", campaign="autumn"
    )
    assert (report.rejected, report.duplicates, len(rows)) == (1, 1, 1)
    assert why in report.first_rejects[0][1]


def test_a_call_of_a_day_ends_with_that_day(tmp_path: Path) -> None:
    """Its last second by the principal's clock: it counts for as long as it can."""
    text = f"number,campaign,at,outcome\n{A},autumn,2026-11-20,ANSWERED\n{B},,2026-11-20T10:00:00+01:00,busy\n"
    _, rows, _ = run(tmp_path, "attempts", text, campaign="spring", country="IT")
    assert rows[0] == AttemptRow(
        e164=A, campaign="autumn", at=datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC), outcome=Outcome.ANSWERED
    )
    assert (rows[1].campaign, rows[1].at) == ("spring", datetime(2026, 11, 20, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (f"{A},autumn,2026-11-20,spoke", "none of answered, busy, no_answer, failed"),
        (f"{A},autumn,2026-11-20,", "outcome is missing"),
        (f"{A},winter,2026-11-20,busy", "no such campaign"),
        (f"{A},,2026-11-20,busy", "--campaign says which"),
        (f"{A},autumn,2026-11-22,busy", "a call of today needs its time"),
        (f"{A},autumn,2026-11-23T10:00:00Z,busy", "not over yet"),
        (f"{B},autumn,2026-11-20,busy", "a row before gives this number other values"),
    ],
)
def test_what_is_no_call_is_rejected(tmp_path: Path, row: str, why: str) -> None:
    """A word that is no outcome is answered with those that are."""
    text = f"number,campaign,at,outcome\n{B},autumn,2026-11-20,answered\n{row}\n"
    report, rows, _ = run(tmp_path, "attempts", text, campaign_exists=lambda name: name == "autumn", country="IT")
    assert (report.rejected, len(rows)) == (1, 1)
    assert why in report.first_rejects[0][1]


def test_a_caller_id_is_a_number_or_a_range(tmp_path: Path) -> None:
    """Numbers that libphonenumber does not know, too; registers in capitals."""
    text = (
        "number,owner,registered_in\n"
        "+39 0844 123456,lumina,roc\n"
        "+39021234000-+39021234999,voce,ROC; san\n"
        "'+39 02 1234-5678,voce,\n"
    )
    _, rows, _ = run(tmp_path, "caller-ids", text, owners={"lumina", "voce"})
    assert rows == [
        CallerIdRow(range_start="+390844123456", range_end="+390844123456", owner="lumina", registered_in="ROC"),
        CallerIdRow(range_start="+39021234000", range_end="+39021234999", owner="voce", registered_in="ROC SAN"),
        CallerIdRow(range_start="+390212345678", range_end="+390212345678", owner="voce"),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("0844123456,lumina,ROC", "in full with its country"),
        ("+39021234xxx,lumina,ROC", "in full with its country"),
        ("+39021234999-+39021234000,lumina,ROC", "ends before it begins"),
        ("+3902123400-+39021234999,lumina,ROC", "as many digits"),
        ("+3908440-+3908449,lumina,ROC", "at least 8 digits"),
        ("+390844123456,nobody,ROC", "no such principal and no such agency"),
        ("+390844123456,,ROC", "owner is missing"),
        ("+390844123456,lumina,the ROC!", "no name of a register"),
        (",lumina,ROC", "the number is missing"),
    ],
)
def test_what_is_no_caller_id_is_rejected(tmp_path: Path, row: str, why: str) -> None:
    """With what would be right."""
    report, _, _ = run(tmp_path, "caller-ids", f"number,owner,registered_in\n{row}\n", owners={"lumina"})
    assert report.rejected == 1
    assert why in report.first_rejects[0][1]


@pytest.mark.parametrize(
    ("kind", "options", "why"),
    [
        ("consents", {}, "--principal P"),
        ("consents", {"principal": "p", "campaign": "c"}, "--principal P"),
        ("contacts", {"principal": "p"}, "--campaign C"),
        ("caller-ids", {"campaign": "c"}, "no --campaign"),
        ("suppressions", {"approved_by": "Rossi"}, "--approved-by is said of contacts"),
    ],
)
def test_a_list_belongs_to_who_must_have_it(tmp_path: Path, kind: str, options: dict[str, Any], why: str) -> None:
    """Consents to a principal, contacts to a campaign; approved are contact lists alone."""
    with pytest.raises(InputError, match=why):
        run(tmp_path, kind, f"number\n{A}\n", **options)
