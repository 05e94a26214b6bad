"""`garbo import` from workbooks and databases, dry runs, kept mappings, and imports of the past."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import CAMPAIGN, Run, Told
from tests.lists.xlsx import number, packed, parts, row

A, B = "+393331234501", "+393331234502"
OURS = ("--principal", "fastnet")


@pytest.fixture
def adsl(told: Told) -> Told:
    """With a campaign that wins customers."""
    told("campaign", "add", "adsl", *CAMPAIGN, "--pack", "core")
    return told


def write(name: str, data: str | bytes) -> str:
    """A file in the installation's folder."""
    Path(name).write_bytes(data.encode() if isinstance(data, str) else data)
    return name


def reasons(told: Told, callee: str) -> set[str]:
    """Codes of what is wrong with a call now."""
    checked = told("check", callee, "--campaign", "adsl", "--operator", "x", code=4)
    return {reason["code"] for reason in checked["reasons"]}


def crm(*rows: tuple[str, ...]) -> str:
    """The URL of a brand's own database with these customers."""
    with sqlite3.connect("crm.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS clienti (tel TEXT, stato TEXT, al TEXT)")
        connection.executemany("INSERT INTO clienti VALUES (?, ?, ?)", rows)
    connection.close()
    return "sqlite:///crm.db"


def test_a_dry_run_counts_and_changes_nothing(made: Run, adsl: Told) -> None:
    """The reject file is written, a mapping is not kept, and no import is on record."""
    file = write("list.csv", f"tel;status\n{A};current\n12;current\n")
    words = ("import", "customers", file, *OURS, "--map", "tel=number", "--rejects", "bad.csv", "--dry-run")
    done = made(*words, "--save-profile", "crm")
    assert (done.exit_code, "a dry run: nothing was changed" in done.stderr) == (0, True), done.stderr
    assert "added 1" in done.stdout
    assert "too short" in Path("bad.csv").read_text("utf-8-sig")
    assert (adsl("lists", "list"), adsl("profiles", "list")) == ([], [])
    told = adsl(*words)
    assert (told["dry_run"], told["published"], told["added"], told["rejected"]) == (True, False, 1, 1)
    assert "already_customer" not in reasons(adsl, A)
    adsl("import", "customers", file, *OURS, "--map", "tel=number")
    assert adsl(*words)["unchanged"] == 1
    assert "already_customer" in reasons(adsl, A)


def test_a_dry_run_of_opt_outs_that_would_be_lost_fails(made: Run) -> None:
    """As the import would; so does one of which nothing could be taken."""
    assert made("import", "suppressions", write("x.csv", f"number\n{A}\n12\n"), "--dry-run").exit_code == 1
    done = made("import", "customers", write("y.csv", "number,status\n12,current\n"), *OURS, "--dry-run")
    assert (done.exit_code, "a dry run" in done.stderr) == (1, True)


def test_a_mapping_is_kept_and_used_again(made: Run, adsl: Told) -> None:
    """`--map` beats it, for a column as for a field."""
    write("a.csv", f"recapito;tipo\n{A};current\n")
    adsl(
        "import",
        "customers",
        "a.csv",
        *OURS,
        "--map",
        "recapito=number",
        "--map",
        "tipo=status",
        "--save-profile",
        "crm",
    )
    assert adsl("import", "customers", "a.csv", *OURS, "--profile", "crm")["unchanged"] == 1
    write("b.csv", f"recapito;cell;tipo\nx;{B};current\n")
    assert adsl("import", "customers", "b.csv", *OURS, "--profile", "crm", "--map", "cell=number")["added"] == 1
    (kept,) = adsl("profiles", "list")
    assert (kept["name"], kept["kind"], kept["mapping"]) == (
        "crm",
        "customers",
        {"recapito": "number", "tipo": "status"},
    )
    assert "--map recapito=number" in made("profiles", "show", "crm").stdout
    assert adsl("profiles", "remove", "crm") == {"removed": "crm"}
    done = made("profiles", "show", "crm")
    assert (done.exit_code, "none yet" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("import", "contacts", "a.csv", "--campaign", "adsl", "--profile", "crm"),
            "crm is for customers, not for contacts",
        ),
        (("import", "customers", "a.csv", *OURS, "--profile", "cmr"), "there is no profile 'cmr'; there are: crm"),
        (("import", "customers", "a.csv", *OURS, "--save-profile", "x"), "there is no --map COLUMN=FIELD to keep"),
        (("import", "customers", "a.csv", *OURS, "--map", "a=number", "--save-profile", "x y"), "--save-profile 'x y'"),
        (("import", "customers", *OURS), "a FILE or from a database"),
        (("import", "customers", "a.csv", *OURS, "--sql", "sqlite:///x", "--query", "SELECT 1"), "name one of them"),
        (("import", "customers", *OURS, "--sql", "sqlite:///x"), "belong together"),
        (("import", "customers", *OURS, "--query", "SELECT 1"), "belong together"),
        (("import", "customers", *OURS, "--sql", "@none.txt", "--query", "SELECT 1"), "--sql @none.txt: No such file"),
        (("import", "customers", "a.csv", *OURS, "--sheet", "x"), "only an XLSX workbook has sheets"),
        (("lists", "show", "99"), "`garbo lists list` names those there are"),
    ],
)
def test_what_cannot_be_meant_is_refused(made: Run, adsl: Told, words: tuple[str, ...], said: str) -> None:
    """Exit code 2, and what there is or would be right."""
    write("a.csv", f"recapito;status\n{A};current\n")
    adsl("import", "customers", "a.csv", *OURS, "--map", "recapito=number", "--save-profile", "crm")
    done = made(*words)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_past_imports_are_shown(made: Run, adsl: Told) -> None:
    """The newest first, with what they counted, and each by its id."""
    adsl("import", "customers", write("a.csv", f"number;status\n{A};current\n12;x\n"), *OURS)
    adsl("import", "suppressions", write("b.csv", f"number\n{B}\n"))
    newest, before = adsl("lists", "list")
    assert (newest["kind"], newest["principal"], newest["file"], newest["state"]) == (
        *("suppressions", None, "b.csv"),
        "published",
    )
    assert (before["report"]["read"], before["report"]["rejected"]) == (2, 1)
    assert adsl("lists", "list", "--kind", "customers", *OURS) == [before]
    assert adsl("lists", "list", "--limit", "1") == [newest]
    assert adsl("lists", "show", before["id"]) == before
    assert "everybody" in made("lists", "list").stdout
    assert "rejected" in made("lists", "show", before["id"]).stdout


def test_an_import_that_was_killed_is_shown_as_such(made: Run, adsl: Told) -> None:
    """It is under way or killed until another of the same list is published; then it is surely dead."""
    rows = "".join(f"+39333{place:07};current\n" for place in range(200_000))
    file = write("big.csv", f"number;status\n{rows}")
    words = [sys.executable, "-m", "ari_app", "import", "customers", file, *OURS]
    place = str(Path(__file__).parents[2])
    with subprocess.Popen(words, env=os.environ | {"PYTHONPATH": place}, stderr=subprocess.DEVNULL) as running:
        until = time.monotonic() + 60
        while not adsl("lists", "list") and time.monotonic() < until:
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
    (died,) = adsl("lists", "list")
    assert (died["state"], died["published_at"], died["report"]) == ("unfinished", None, {})
    assert "under way or killed" in made("lists", "list").stdout
    adsl("import", "customers", write("a.csv", f"number;status\n{A};current\n"), *OURS)
    assert [each["state"] for each in adsl("lists", "list")] == ["published", "died"]
    done = made("lists", "show", died["id"])
    assert ("killed, never published" in done.stdout, "no say in any verdict" in done.stderr) == (True, True)


def test_customers_come_from_a_database(made: Run, adsl: Told) -> None:
    """As from a file: atomic, mapped, with rejected rows by their number; the words of a feed undo each other."""
    url = crm((A, "attivo", "2026-01-01"), ("12", "attivo", ""), (B, "attivo", ""))
    query = "SELECT tel, stato FROM clienti"
    words = (
        "import",
        "customers",
        *OURS,
        "--sql",
        url,
        "--query",
        query,
        "--map",
        "tel=number",
        "--rejects",
        "bad.csv",
    )
    done = adsl(*words)
    assert (done["read"], done["added"], done["rejected"], done["unit"]) == (3, 2, 1, "row")
    assert Path("bad.csv").read_text("utf-8-sig").splitlines()[1].startswith("2,")
    assert "row 2: not a telephone number" in made(*words).stderr
    assert "already_customer" in reasons(adsl, A)
    crm((A, "rimosso", ""))
    write("url.txt", f"{url}\n")
    write("query.sql", "SELECT tel AS number, stato AS status FROM clienti WHERE stato = 'rimosso';\n")
    assert adsl("import", "customers", *OURS, "--sql", "@url.txt", "--query", "@query.sql")["updated"] == 1
    assert "already_customer" not in reasons(adsl, A)
    assert "already_customer" in reasons(adsl, B)


def test_a_password_on_the_command_line_is_warned_of_and_never_told(made: Run) -> None:
    """Of a database that is not there: exit code 1."""
    url = "postgresql://reader:secret-of-a-test@127.0.0.1:1/crm"
    done = made("import", "customers", *OURS, "--sql", url, "--query", "SELECT 1")
    assert done.exit_code == 1, done.stderr
    assert "--sql @FILE" in done.stderr
    assert "secret-of-a-test" not in done.stderr + done.stdout
    quiet = made("import", "customers", *OURS, "--sql", f"@{write('url.txt', url)}", "--query", "SELECT 1")
    assert (quiet.exit_code, "warning" in quiet.stderr, "secret-of" in quiet.stderr) == (1, False, False)


def test_a_workbook_is_imported_by_its_sheet(made: Run, adsl: Told) -> None:
    """The first that is not hidden; that another holds something is told."""
    rows = {name: (row("number", "status"), row(who, "current")) for name, who in (("Uno", A), ("Due", B))}
    file = write("list.xlsx", packed(parts(rows)))
    done = made("import", "customers", file, *OURS)
    assert (done.exit_code, "not read: Due" in done.stderr) == (0, True)
    assert adsl("import", "customers", file, *OURS, "--sheet", "Due")["added"] == 1
    assert "no sheet 'Tre'; it has 'Uno', 'Due'" in made("import", "customers", file, *OURS, "--sheet", "Tre").stderr


def test_a_register_is_asked_by_workbooks(made: Run, adsl: Told) -> None:
    """Its answer may be one too, of one sheet: what another holds would make people pass for listed."""
    file = write("list.xlsx", packed(parts({"Uno": (row("number"), row(A), row(B)), "Due": (row("x"),)})))
    ask = ("--principal", "fastnet", "--register", "RPO")
    done = made("screening", "export", *ask, "--list", file, "--sheet", "Uno", "-o", "out.txt")
    assert (done.exit_code, done.stderr) == (0, "")
    back = write("back.xlsx", packed(parts({"Uno": (row("number"), row(A))})))
    done = adsl("screening", "import", *ask, "--submitted", "out.txt", "--returned", back)
    assert (done["listed"], done["clear"]) == (1, 1)
    both = write("both.xlsx", packed(parts({"Uno": (row("number"), row(A)), "Due": (row(number(3331234502)),)})))
    done = made("screening", "import", *ask, "--submitted", "out.txt", "--returned", both)
    assert (done.exit_code, "bring a workbook with one sheet" in done.stderr) == (2, True)


def test_a_consent_shows_its_channel(made: Run, adsl: Told) -> None:
    """As the list says."""
    adsl("import", "consents", write("c.csv", f"number,purpose,given_at,canale\n{A},marketing,2026-01-01,web\n"), *OURS)
    assert [each["channel"] for each in adsl("consent", "show", A)] == ["web"]
    assert "web" in made("consent", "show", A).stdout


def test_a_word_is_never_of_later_than_now(made: Run, adsl: Told) -> None:
    """Its row is rejected; a day alone that is today is now."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    rows = f"{A};current;{today}\n{B};current;2999-01-01\n"
    done = made("import", "customers", write("a.csv", f"number;status;as_of\n{rows}"), *OURS)
    assert "as_of 2999-01-01 has not come yet" in done.stderr
    assert "added 1" in done.stdout
