"""Lists, screenings and consents through the command line, as far as the verdict they change."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import CAMPAIGN, Run, Told

A, B = "+393471234501", "+393471234502"
ASK = ("--principal", "fastnet", "--register", "RPO")


@pytest.fixture
def adsl(told: Told) -> Told:
    """With an agency, and a campaign that it calls for."""
    told("agency", "add", "voce", "--name", "Voce")
    told("campaign", "add", "adsl", *CAMPAIGN, "--pack", "it", "--agency", "voce")
    return told


def write(name: str, text: str) -> str:
    """A file in the installation's folder."""
    Path(name).write_text(text)
    return name


def test_every_kind_is_imported(adsl: Told) -> None:
    """Read and added; the same file again is unchanged."""
    files = {
        "consents": (f"number,purpose,given_at\n{A},marketing,2026-05-01\n", "--principal", "fastnet"),
        "contacts": (f"number,list_source\n{A},directory\n", "--campaign", "adsl", "--approved-by", "Rossi"),
        "attempts": (f"number,campaign,at,outcome\n{A},adsl,2026-05-01,busy\n", "--principal", "fastnet"),
        "caller-ids": ("number,owner,registered_in\n+390844100000-+390844199999,voce,ROC\n",),
    }
    for kind, (text, *options) in files.items():
        file = write(f"{kind}.csv", text)
        done = adsl("import", kind, file, *options)
        assert (done["read"], done["added"], done["rejected"]) == (1, 1, 0), kind
        assert adsl("import", kind, file, *options)["unchanged"] == 1, kind


def test_a_list_that_nobody_approved_is_warned_of(made: Run, adsl: Told) -> None:
    """On standard error; with --approved-by there is nothing to say."""
    file = write("autumn.csv", f"number\n{A}\n")
    assert "nobody approved" in made("import", "contacts", file, "--campaign", "adsl").stderr
    assert made("import", "contacts", file, "--campaign", "adsl", "--approved-by", "Rossi").stderr == ""


def test_an_opt_out_that_was_not_taken_is_a_failure(made: Run, adsl: Told) -> None:
    """Exit code 1, and where the row is; the rest is on record. A rejected consent is none."""
    bad = write("bad.csv", f"number\n{A}\n12\n")
    done = made("import", "suppressions", bad, "--rejects", "rejects.csv")
    assert (done.exit_code, "1 opt-outs were NOT taken" in done.stderr) == (1, True), done.stderr
    assert "see rejects.csv" in done.stderr
    assert adsl("import", "suppressions", bad, code=1)["unchanged"] == 1
    consents = f"number,purpose,given_at,withdrawn_at\n{A},marketing,2026-05-01,\n12,marketing,"
    for row, code in (("2026-05-01,", 0), (",2026-05-01", 1)):
        file = write("consents.csv", f"{consents}{row}\n")
        assert adsl("import", "consents", file, "--principal", "fastnet", code=code)["rejected"] == 1


def test_a_contact_list_is_emptied_by_a_file_without_rows(made: Run, adsl: Told) -> None:
    """And says so; a list that there never was is nothing to speak of."""
    adsl("import", "contacts", write("autumn.csv", f"number\n{A}\n{B}\n"), "--campaign", "adsl")
    write("autumn.csv", "number\n")
    done = made("import", "contacts", "autumn.csv", "--campaign", "adsl", "--approved-by", "Rossi")
    assert (done.exit_code, "2 entries are no contacts any more" in done.stderr) == (0, True)
    other = write("winter.csv", "number\n")
    assert made("import", "contacts", other, "--campaign", "adsl", "--approved-by", "Rossi").stderr == ""


def test_a_campaign_stays_with_its_lists(made: Run, adsl: Told) -> None:
    """They say where its numbers came from; it is closed instead."""
    adsl("import", "contacts", write("autumn.csv", f"number\n{A}\n"), "--campaign", "adsl")
    done = made("campaign", "remove", "adsl")
    assert (done.exit_code, "close it instead" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "contacts", "x.csv", "--campaign", "adls"), "did you mean adsl"),
        (("import", "contacts", "x.csv", "--campaign", "adsl", "--principal", "telnet"), "is of principal fastnet"),
        (("import", "contacts", "x.csv", "--campaign", "adsl", "--approved-by", " "), "--approved-by"),
        (("import", "consents", "x.csv"), "--principal P"),
        (("screening", "export", *ASK, "--list", "x.csv", "-o", "x.csv"), "is the file that is read"),
        (("screening", "export", *ASK, "--list", "x.csv", "-o", "none/out.txt"), "no folder"),
        (
            ("screening", "export", "--principal", "fastnt", "--register", "RPO", "--list", "x.csv", "-o", "o"),
            "fastnet",
        ),
        (("screening", "export", "--principal", "fastnet", "--register", "TPS", "--list", "x.csv", "-o", "o"), "RPO"),
        (("screening", "import", *ASK, "--submitted", "x.csv", "--returned", "y.csv"), "--returned-at"),
        (("screening", "import", *ASK, "--submitted", "x.csv", "--returned", "x.csv"), "very file"),
        (
            ("screening", "import", *ASK, "--submitted", "x.csv", "--returned", "x.csv", "--returned-at", "soon"),
            "--returned-at",
        ),
    ],
)
def test_what_cannot_be_is_refused(made: Run, adsl: Told, words: tuple[str, ...], said: str) -> None:
    """Exit code 2, and what would be right."""
    adsl("principal", "add", "telnet", "--name", "Telnet", "--country", "IT")
    write("x.csv", f"number\n{A}\n")
    write("y.csv", f"number\n{A}\n")
    done = made(*words)
    assert done.exit_code == 2, done.stderr
    assert said in done.stderr


def test_a_register_is_asked_by_files(made: Run, adsl: Told) -> None:
    """Out, and back in: the answer counts from the export, and the verdict knows it."""
    listed = write("list.csv", f"name;number\nRossi;{A}\nBianchi;{B}\nVerdi;12\n")
    out = adsl("screening", "export", *ASK, "--list", listed, "-o", "out.txt", "--rejects", "bad.csv")
    assert (out["numbers"], out["rejected"]) == (2, 1)
    assert Path("out.txt").read_text().split() == [A, B]
    back = adsl("screening", "import", *ASK, "--submitted", "out.txt", "--returned", write("back.txt", f"{A}\n"))
    assert (back["listed"], back["clear"], back["said_by"]) == (1, 1, "export")
    assert back["answered_at"] == out["exported_at"]
    codes = {reason["code"] for reason in adsl("check", B, "--campaign", "adsl", code=4)["reasons"]}
    assert "register_listed" in codes
    codes = {reason["code"] for reason in adsl("check", A, "--campaign", "adsl", code=4)["reasons"]}
    assert not codes & {"register_listed", "screening_missing", "screening_expired"}


def test_who_says_when_an_answer_came_is_recorded(made: Run, adsl: Told) -> None:
    """One that is too old already is taken, and warned of."""
    sent, back = write("sent.txt", f"{A}\n"), write("back.txt", f"{A}\n")
    at = (datetime.now(UTC) - timedelta(days=15)).isoformat()
    words = ("screening", "import", *ASK, "--submitted", sent, "--returned", back, "--returned-at", at)
    done = made(*words, "--by", "Rossi")
    assert "as Rossi says" in done.stdout
    assert "too old already" in done.stderr
    assert "WARNING: what came back is, to the byte, what was submitted" in done.stderr


def test_a_file_that_belongs_to_another_is_refused(made: Run, adsl: Told) -> None:
    """The number that was never submitted is named, and nothing is written."""
    sent, back = write("sent.txt", f"{A}\n"), write("back.txt", f"{A}\n{B}\n")
    at = ("--returned-at", "2026-11-01T10:00:00+01:00")
    done = made("screening", "import", *ASK, "--submitted", sent, "--returned", back, *at)
    assert done.exit_code == 2
    assert B in done.stderr
    codes = [reason["code"] for reason in adsl("check", A, "--campaign", "adsl", code=4)["reasons"]]
    assert "screening_missing" in codes


def test_a_consent_on_record_is_found_by_its_number(made: Run, adsl: Told) -> None:
    """With its id, by which a suppression is lifted."""
    assert "no consent" in made("consent", "show", A).stderr
    adsl("suppression", "add", A, "--scope", "principal:fastnet", "--reason", "asked")
    later = (datetime.now(UTC)).isoformat()
    text = f"number,purpose,given_at,text_version,evidence\n{A},marketing,{later},3,form 17\n"
    adsl("import", "consents", write("consents.csv", text), "--principal", "fastnet")
    (held,) = adsl("consent", "show", A)
    assert (held["principal"], held["purpose"], held["evidence"]) == ("fastnet", "marketing", "form 17")
    assert held["id"] in made("consent", "show", A).stdout
    assert adsl("suppression", "lift", A, "--consent", held["id"])[0]["lifted_by_consent"] == held["id"]


def test_with_all_that_italy_asks_for_a_call_is_permitted(made: Run, adsl: Told) -> None:
    """List, approval, screening, consent, caller id and agency in the ROC; then only the hours are in the way."""
    adsl("agency", "add", "squillo", "--name", "Squillo", "--roc", "99900", "--roc-until", "2099-12-31")
    adsl("campaign", "set", "adsl", "--agency", "squillo")
    days = [(datetime.now(UTC) + timedelta(days=day)).replace(hour=10, minute=0).isoformat() for day in range(1, 9)]
    for at in days:
        assert adsl("check", A, "--campaign", "adsl", "--at", at, code=4)["verdict"] == "deny"
    for kind, text, *options in (
        ("contacts", f"number,list_source,listed\n{A},web form,no\n", "--campaign", "adsl", "--approved-by", "Rossi"),
        ("caller-ids", "number,owner,registered_in\n+390844123456,squillo,ROC\n"),
        (
            "consents",
            f"number,purpose,given_at,text_version,evidence\n{A},marketing,2026-05-01,3,form 17\n",
            *("--principal", "fastnet"),
        ),
    ):
        adsl("import", kind, write(f"{kind}.csv", text), *options)
    adsl("screening", "export", *ASK, "--list", write("list.txt", f"{A}\n"), "-o", "out.txt")
    adsl("screening", "import", *ASK, "--submitted", "out.txt", "--returned", write("back.txt", f"{A}\n"))
    shown = {made("check", A, "--campaign", "adsl", "--at", at).exit_code for at in days}
    assert shown <= {0, 3}
    assert 0 in shown
