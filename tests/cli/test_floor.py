"""`garbo floor`: the figures of the supervisor's pages, as text and as JSON."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ari_app.config import read_keyring
from ari_app.policy.numbers import Number
from ari_app.policy.outcome import Outcome
from ari_app.ports.verdicts import Ending
from ari_app.stores.book import VerdictBook
from ari_app.stores.database import Database
from ari_app.stores.engine import StoreSettings
from ari_app.stores.seals import Seals
from tests.cli.conftest import CAMPAIGN, Run, Told
from tests.stores.samples import AUTUMN, SetClock, call, say, wanted


@pytest.fixture
def busy(made: Run, tmp_path: Path) -> Run:
    """A permit that was answered, one under way, and a refusal; just now."""
    assert made("campaign", "add", AUTUMN.id, *CAMPAIGN, "--pack", "it").exit_code == 0
    now = datetime.now(UTC)
    began = now.replace(minute=0, second=0, microsecond=0)
    with closing(Database.open(StoreSettings(url=f"sqlite:///{tmp_path / 'garbo.db'}"))) as database:
        book = VerdictBook(database, read_keyring(tmp_path / "garbo.key"))
        for place, verdict in enumerate(("permit", "permit", "deny")):
            request = call(callee=Number(f"+39333000000{place}"), at=max(began, now - timedelta(minutes=1)))
            book.judge(request, needs=wanted(request), decide=say(request, verdict))
            if place == 0:
                book.close(request.call_id, Ending(outcome=Outcome.ANSWERED, ended_at=now, answered_at=now))
        Seals(database, SetClock(now)).seal("garbo-a")
    return made


def test_the_day_as_json(busy: Run, told: Told) -> None:
    """What the pages show; of operators nothing but teams."""
    day = told("floor")
    assert day["verdicts"] == {"permits": 2, "deferred": 0, "denied": 1, "would_refuse": 0}
    assert day["blocked"] == {"already_customer": 1}
    assert day["talks"]["attempts"] == day["talks"]["conversations"] == 1
    assert [each["phase"] for each in day["open_calls"]] == ["dialled"]
    (campaign,) = day["campaigns"]
    assert campaign["verdicts"]["denied"] == 1
    assert campaign["silent"][0]["ceiling"] == 0.03
    assert (campaign["contacts"], campaign["callable"]) == (0, 0)
    assert day["teams"] == []
    assert "anna" not in str(day)
    assert "+39" not in str(day)


def test_the_day_as_text(busy: Run) -> None:
    """The same for a person, with a loud word on shadow mode."""
    assert busy("campaign", "set", AUTUMN.id, "--packs-mode", "shadow").exit_code == 0
    done = busy("floor")
    assert done.exit_code == 0
    for expected in ("under way", "already_customer", "Already a customer", AUTUMN.id, "3.0% within"):
        assert expected in done.stdout, done.stdout
    assert "SHADOW MODE" in done.stderr


def test_an_empty_day(made: Run, told: Told) -> None:
    """Nothing has happened, and nothing fails."""
    assert told("floor")["campaigns"] == []
    assert made("floor").exit_code == 0
