"""Lists, screenings and consents through the command line, as far as the verdict they change."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import CAMPAIGN, Run, Told

A, B = "+393471234501", "+393471234502"
ASK = ("--principal", "fastnet", "--register", "RPO")
TPS = ("--principal", "fastnet", "--register", "TPS")


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
        (("screening", "import", *TPS, "--submitted", "x.csv", "--returned", "y.csv"), "that give back the numbers"),
        (("screening", "export", *ASK, "--list", "x.csv", "-o", "o", "--campaign", "adsl"), "--ends DATE"),
        (("screening", "export", *ASK, "--list", "x.csv", "-o", "o", "--campaign", "adsl", "--all"), "one of them"),
        (("screening", "export", *ASK, "--list", "x.csv", "-o", "o", "--until", "2020-01-01"), "is past"),
        (("screening", "export", *ASK, "--list", "x.csv", "-o", "o", "--campaign", "other"), "other"),
        (("screening", "import", *ASK, "--answers", "x.csv", "--submitted", "y.csv"), "no --submitted"),
        (("screening", "import", *ASK, "--returned", "y.csv"), "or --answers"),
        (
            ("screening", "import", *ASK, "--submitted", "x.csv", "--returned", "y.csv", "--valid-days", "3"),
            "--answers",
        ),
        (("screening", "import", *ASK, "--answers", "x.csv"), "no column for answer"),
        (("screening", "import", *ASK, "--answers", "x.csv", "--valid-days", "16"), "15 days at most"),
        (("screening", "status", "--campaign", "adls"), "did you mean adsl"),
        (("screening", "status", "--campaign", "adsl", "--register", " "), "--register: it is empty"),
        (("screening", "export", *ASK, "--list", "x.csv", "-o", "."), "is a folder"),
        (("screening", "list", "--principal", "fastnt"), "fastnet"),
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


def test_only_who_needs_a_screening_goes_out(made: Run, adsl: Told) -> None:
    """Now, until an instant, until the campaign ends, or everybody; an empty file where nobody does."""
    listed, export = write("list.txt", f"{A}\n{B}\n"), ("screening", "export", *ASK, "--list", "list.txt", "-o")
    adsl(*export, "out.txt")
    adsl("screening", "import", *ASK, "--submitted", "out.txt", "--returned", write("back.txt", f"{A}\n"))
    again = adsl(*export, "out.txt")
    assert (again["numbers"], again["holding"], again["exported_at"]) == (0, 2, None)
    assert Path("out.txt").read_text() == ""
    assert "nobody needs a screening" in made(*export, "out.txt").stdout
    assert adsl(*export, "out.txt", "--all")["numbers"] == 2
    soon, late = ((datetime.now(UTC) + timedelta(days=days)).date().isoformat() for days in (10, 20))
    assert adsl(*export, "out.txt", "--until", soon)["numbers"] == 0
    far = made(*export, "out.txt", "--until", late)
    assert "2 numbers in out.txt" in far.stdout
    assert "no answer of RPO holds until" in far.stderr
    assert adsl("campaign", "set", "adsl", "--ends", soon)["ends_at"] is not None
    assert soon[:7] in made("campaign", "list").stdout
    assert adsl(*export, "out.txt", "--campaign", "adsl")["numbers"] == 0
    assert adsl("campaign", "set", "adsl", "--ends", late)["ends_at"] == adsl("campaign", "show", "adsl")["ends_at"]
    assert adsl(*export, "out.txt", "--campaign", "adsl")["numbers"] == 2
    assert adsl("campaign", "set", "adsl", "--ends", "")["ends_at"] is None
    write(listed, f"{A}\n{B}\n+393471234503\n")
    adsl(*export, "out.txt")
    assert Path("out.txt").read_text() == "+393471234503\n"
    back = adsl("screening", "import", *ASK, "--submitted", "out.txt", "--returned", write("b.txt", "number\n"))
    assert (back["listed"], back["said_by"]) == (1, "export")


def test_a_service_answers_row_by_row(made: Run, adsl: Told) -> None:
    """Who is listed there is denied by the very next verdict; what could not be taken is told, and ends with 1."""
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    words = ("screening", "import", *ASK, "--answers", "answers.csv", "--returned-at", at)
    write("answers.csv", f"numero;esito\n{A};non iscritto\n{B};iscritto\n")
    told = adsl(*words, "--by", "Rossi")
    assert (told["listed"], told["clear"], told["said_by"], told["published"]) == (1, 1, "Rossi", True)
    codes = {reason["code"] for reason in adsl("check", B, "--campaign", "adsl", code=4)["reasons"]}
    assert "register_listed" in codes
    write("answers.csv", f"numero;esito\n{A};boh\n+393471234503;libero\n")
    done = made(*words, "--rejects", "bad.csv")
    assert done.exit_code == 1
    assert "WARNING: 1 rows that say listed, or may say it, were NOT taken" in done.stderr
    assert "boh" in Path("bad.csv").read_text()
    write("answers.csv", f"numero;esito\n{A};boh\n")
    nothing = made(*words)
    assert (nothing.exit_code, "nothing was changed" in nothing.stderr) == (1, True)
    assert "WARNING: 1 rows that say listed" in nothing.stderr
    write("answers.csv", f"numero;esito\n{A};libero\n")
    assert "nobody is listed" in made(*words).stderr


def test_a_register_that_no_pack_asks_for_is_warned_of(made: Run, adsl: Told) -> None:
    """Its answers would bind nobody; it may be mistyped."""
    words = ("screening", "import", "--principal", "fastnet", "--register", "RPP", "--answers", "answers.csv")
    write("answers.csv", f"number,answer\n{A},listed\n")
    done = made(*words, "--returned-at", "2026-11-01", "--valid-days", "15")
    assert "did you mean RPO?" in done.stderr


def test_consultations_are_listed(made: Run, adsl: Told) -> None:
    """What waits for its answer, and what was answered, with digests and who said when."""
    adsl("screening", "export", *ASK, "--list", write("list.txt", f"{A}\n{B}\n"), "-o", "out.txt")
    waiting = adsl("screening", "list")
    assert [(each["file"], each["numbers"]) for each in waiting["exports"]] == [("out.txt", 2)]
    assert waiting["answers"] == []
    back = adsl("screening", "import", *ASK, "--submitted", "out.txt", "--returned", write("back.txt", f"{A}\n"))
    rows = write("rows.csv", f"number,answer\n{A},clear\nRossi,listed\n")
    made("screening", "import", *TPS, "--answers", rows, "--returned-at", "2026-11-01", "--by", "Verdi")
    told = adsl("screening", "list", "--principal", "fastnet")
    assert told["exports"] == []
    pair, by_row = told["answers"]
    for name in ("answered_at", "valid_until", "said_by", "listed", "clear", "submitted_sha256"):
        assert pair[name] == back[name]
    assert (pair["sha256"], pair["rejected"]) == (back["returned_sha256"], 0)
    assert (by_row["register"], by_row["said_by"], by_row["clear"], by_row["rejected"]) == ("TPS", "Verdi", 1, 1)
    shown = made("screening", "list").stdout
    assert by_row["sha256"] in shown
    assert "Verdi" in shown


def test_a_campaign_s_screenings_are_shown(made: Run, adsl: Told) -> None:
    """How many of its contacts are clear, listed, never screened or expired, and when the first answer runs out."""
    answers = ("clear", "clear", "listed", "clear")
    fresh, old = ((datetime.now(UTC) - timedelta(days=days)).isoformat() for days in (13, 16))
    numbers = [f"+3934712345{place:02}" for place in range(1, 6)]
    text = "number,answer,answered_at\n" + "".join(
        f"{number},{answer},{at}\n"
        for number, answer, at in zip(numbers[:4], answers, (fresh, fresh, old, old), strict=True)
    )
    adsl("screening", "import", *ASK, "--answers", write("answers.csv", text))
    adsl("import", "contacts", write("list.csv", "number\n" + "\n".join(numbers) + "\n"), "--campaign", "adsl")
    adsl("suppression", "add", numbers[0], "--reason", "asked")
    told = adsl("screening", "status", "--campaign", "adsl")
    (register,) = told.pop("registers")
    assert (told["numbers"], told["callable"], told["within_days"]) == (5, 1, 3)
    counted = [register[name] for name in ("register", "clear", "listed", "missing", "expired", "expiring")]
    assert counted == ["RPO", 2, 1, 1, 1, 2]
    assert datetime.fromisoformat(register["runs_out_at"]) > datetime.now(UTC)
    assert adsl("screening", "status", "--campaign", "adsl", "--within", "1")["registers"][0]["expiring"] == 0
    assert adsl("screening", "status", "--campaign", "adsl", "--register", "tps")["registers"][0]["missing"] == 5
    assert "callable now, as far as lists say: 1, 20.0%" in made("screening", "status", "--campaign", "adsl").stdout
    adsl("campaign", "add", "bare", *CAMPAIGN)
    bare = made("screening", "status", "--campaign", "bare")
    assert (bare.exit_code, "--register NAME" in bare.stderr) == (2, True)
