"""What the floor is told, and what it tells the brands, on both engines."""

import csv
import io
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from ari_app.desk.feedback import BLOTTED, Said, blotted
from ari_app.desk.feedback_file import csv_of, json_of
from ari_app.desk.notices import Notices
from ari_app.desk.refusals import AtTheServer, Refused
from ari_app.policy.request import Operator, Role
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.feedback import SqlFeedback
from ari_app.stores.forgetting import forget_calls
from ari_app.stores.notices import SqlNotices
from tests.stores.samples import ANNA, AUTUMN, NOW, SetClock

SARA = AtTheServer("sara", Role.SUPERVISOR)
OPERATOR, BRUNO, AUDITOR = (
    AtTheServer("anna", Role.OPERATOR),
    AtTheServer("bruno", Role.OPERATOR),
    AtTheServer("aldo", Role.AUDITOR),
)


@dataclass(slots=True)
class Floor:
    """Two operators; only Anna calls for the autumn campaign."""

    clock: SetClock
    notices: Notices
    said: Said

    def shown(self, who: AtTheServer = OPERATOR) -> list[tuple[str, bool]]:
        """Title, and whether it was read."""
        return [(notice.title, was_read) for notice, was_read in self.notices.of(who)]


@pytest.fixture
def floor(database: Database) -> Floor:
    """See the class."""
    directory, clock = Directory(database), SetClock()
    for principal in ("fastnet", "luce"):
        directory.add_principal(principal, name=principal, country="IT")
    for campaign, principal in (("adsl-autunno", "fastnet"), ("gas", "luce")):
        directory.add_campaign(replace(AUTUMN, id=campaign, principal=principal, packs=()))
    directory.add_operator(replace(ANNA, campaigns=("adsl-autunno",)))
    directory.add_operator(Operator(id="bruno", endpoint="PJSIP/102", language="it", campaigns=("gas",)))
    return Floor(clock, Notices(SqlNotices(database), clock), Said(SqlFeedback(database), clock))


def test_a_notice_is_shown_to_whom_it_is_for(floor: Floor) -> None:
    """To everybody, or to who calls for the campaign; newest first, until it expires."""
    floor.notices.add(SARA, title="All", text="Hello", expires_at=NOW + timedelta(hours=2))
    floor.clock.pass_by(timedelta(hours=1))
    floor.notices.add(SARA, title="Autumn", text="Hello", audience="campaign:adsl-autunno")
    assert floor.shown() == [("Autumn", False), ("All", False)]
    assert floor.shown(BRUNO) == [("All", False)]
    floor.clock.pass_by(timedelta(hours=1))
    assert floor.shown() == [("Autumn", False)]
    assert [each.title for each in floor.notices.all(AUDITOR)] == ["Autumn", "All"]


def test_it_is_kept_who_has_read_a_notice(floor: Floor) -> None:
    """Once for each; nobody reads what is not shown to them."""
    new = floor.notices.add(SARA, title="Autumn", text="Hello", audience="campaign:adsl-autunno")
    for _ in range(2):
        floor.notices.read(OPERATOR, new.id)
    assert floor.shown() == [("Autumn", True)]
    assert floor.notices.readers(SARA) == {new.id: ("anna",)}
    for who in (BRUNO, AtTheServer("nobody", Role.OPERATOR)):
        with pytest.raises(Refused) as failure:
            floor.notices.read(who, new.id)
        assert failure.value.code == "no_notice"


def test_a_notice_can_be_ended(floor: Floor) -> None:
    """Once; it stays on record."""
    new = floor.notices.add(SARA, title="All", text="Hello")
    floor.notices.end(SARA, new.id)
    assert floor.shown() == []
    assert floor.notices.all(SARA)[0].expires_at == floor.clock.now()
    for notice_id in (new.id, "nothing"):
        with pytest.raises(Refused) as failure:
            floor.notices.end(SARA, notice_id)
        assert failure.value.code == "no_notice"


def test_a_notice_that_nobody_would_see_is_not_made(floor: Floor) -> None:
    """For no campaign, already expired, or empty."""
    tries: list[tuple[dict[str, Any], str]] = [
        ({"expires_at": NOW}, "past"),
        ({"title": " "}, "empty"),
        ({"title": "x" * 201}, "too_long"),
        *(({"audience": audience}, "bad_audience") for audience in ("", "campaign:", "campaign: ", "anna", "*x")),
    ]
    for change, code in tries:
        with pytest.raises(Refused) as failure:
            floor.notices.add(SARA, **({"title": "All", "text": "Hello"} | change))
        assert failure.value.code == code
    with pytest.raises(StoreConflict, match="no campaign nowhere"):
        floor.notices.add(SARA, title="All", text="Hello", audience="campaign:nowhere")
    assert floor.notices.all(SARA) == ()


def test_notices_are_written_by_supervisors_and_overseen(floor: Floor) -> None:
    """An auditor sees who has read; an operator neither writes nor sees others."""
    for who, attempts in (
        (OPERATOR, (lambda w: floor.notices.all(w), lambda w: floor.notices.readers(w))),
        (AUDITOR, (lambda w: floor.notices.add(w, title="a", text="b"), lambda w: floor.notices.end(w, "x"))),
    ):
        for attempt in attempts:
            with pytest.raises(Refused) as failure:
                attempt(who)
            assert failure.value.code == "not_yours"


def test_an_operator_tells_the_brand_of_their_campaign(floor: Floor) -> None:
    """With its principal; they see their own, supervisors and auditors all."""
    new = floor.said.add(OPERATOR, campaign="adsl-autunno", topic="letter", text="It angers people.", call_id=" c1 ")
    assert (new.principal, new.call_id, new.operator) == ("fastnet", "c1", "anna")
    floor.said.add(BRUNO, campaign="gas", topic="price", text="Nobody understands it.")
    assert floor.said.seen_by(OPERATOR) == (new,)
    assert len(floor.said.seen_by(SARA)) == len(floor.said.seen_by(AUDITOR)) == 2
    assert [each.operator for each in floor.said.seen_by(SARA, principal="luce")] == ["bruno"]
    assert floor.said.campaigns(OPERATOR) == ("adsl-autunno",)
    with pytest.raises(Refused) as failure:
        floor.said.add(OPERATOR, campaign="gas", topic="x", text="y")
    assert failure.value.code == "not_your_campaign"
    with pytest.raises(Refused) as failure:
        floor.said.add(AUDITOR, campaign="gas", topic="x", text="y")
    assert failure.value.code == "not_yours"
    with pytest.raises(StoreConflict, match="no campaign nowhere"):
        floor.said.add(SARA, campaign="nowhere", topic="x", text="y")


def test_a_call_that_is_forgotten_is_named_nowhere(floor: Floor, database: Database) -> None:
    """What was said stays; of which call it was said does not."""
    for call_id in ("c1", "c2"):
        floor.said.add(OPERATOR, campaign="adsl-autunno", topic=call_id, text="It angers people.", call_id=call_id)
    database.write(lambda connection: forget_calls(connection, ["c1"]))
    assert {each.topic: each.call_id for each in floor.said.seen_by(SARA)} == {"c1": None, "c2": "c2"}


def test_feedback_is_passed_on_once(floor: Floor) -> None:
    """By a supervisor; it is kept who did and when."""
    new = floor.said.add(OPERATOR, campaign="adsl-autunno", topic="letter", text="It angers people.")
    with pytest.raises(Refused) as failure:
        floor.said.pass_on(OPERATOR, new.id)
    assert failure.value.code == "not_yours"
    floor.said.pass_on(SARA, new.id)
    (held,) = floor.said.seen_by(SARA)
    assert (held.passed_on_by, held.passed_on_at) == ("sara", floor.clock.now())
    with pytest.raises(Refused) as failure:
        floor.said.pass_on(SARA, new.id)
    assert failure.value.code == "no_feedback"


def test_what_leaves_names_nobody(floor: Floor) -> None:
    """Neither operator nor call, nor a number or an address in the text; all of it only when that is asked for."""
    text = "=HYPERLINK(1) Call +39 333 000 1234 or mario@example.com; since 2021 they pay 12.50"
    floor.said.add(OPERATOR, campaign="adsl-autunno", topic="letter", text=text, call_id="c1")
    told = floor.said.to_tell(SARA, principal="fastnet")
    file = csv_of(told, personal=False)
    (row,) = csv.DictReader(io.StringIO(file.removeprefix("\ufeff")))
    assert row["text"] == f"'=HYPERLINK(1) Call {BLOTTED} or {BLOTTED} since 2021 they pay 12.50"
    assert not [word for word in ("anna", "c1", "333", "example.com") if word in file + json_of(told)]
    (whole,) = json.loads(json_of(floor.said.to_tell(SARA, personal=True)))
    assert (whole["operator"], whole["call_id"], whole["text"]) == ("anna", "c1", text)
    assert "operator,call_id" in csv_of([], personal=True)
    assert floor.said.to_tell(SARA, principal="luce") == []
    with pytest.raises(Refused):
        floor.said.to_tell(OPERATOR)


@pytest.mark.parametrize("text", ["3330001234", "+39 333-000.1234", "(02) 000 1234", "0039/333/0001234"])
def test_numbers_are_blotted_however_they_are_written(text: str) -> None:
    """As people type them."""
    assert blotted(f"call {text} now") in (f"call {BLOTTED} now", f"call ({BLOTTED} now")
