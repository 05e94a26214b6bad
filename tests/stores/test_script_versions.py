"""Versions of scripts, on both engines: drafts, review, publishing, rollback, files, and who has read what."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from ari_app.desk.drafts import Checked, Draft, Drafts, DraftState, Finding
from ari_app.desk.refusals import Refused
from ari_app.desk.script_check import ScriptCheck
from ari_app.desk.versions import How, Versions
from ari_app.policy.request import Operator, Purpose, Role
from ari_app.policy.scripts import Script
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.admission import operator_by_id
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.drafts import SqlDrafts
from ari_app.stores.readings import Readings
from ari_app.stores.scripts import Scripts
from ari_app.stores.shelf import ScriptShelf
from tests.stores.samples import ANNA, AUTUMN, SetClock


@dataclass(frozen=True, slots=True)
class Somebody:
    """Implements desk.Who."""

    id: str
    role: Role = Role.SUPERVISOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Implements script_check.LintFinding."""

    line: int
    step: str
    what: str
    blocks: bool = True


class Heard:
    """Implements the observer; keeps what it is told."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.events: list[tuple[str, dict[str, object]]] = []

    def event(self, name: str, **fields: object) -> None:
        """Keep it."""
        self.events.append((name, fields))

    def measure(self, name: str, value: float) -> None:
        """Nothing is measured."""


SARA, PIA = Somebody("sara"), Somebody("pia")
ALONE = Somebody("alice", Role.ADMIN)


def no_objection(script: Script) -> tuple[Wrong, ...]:
    """A lint that objects to a script that says `nonsense`, and to nothing else."""
    return tuple(
        Wrong(line=7, step=step.id, what="this is nonsense") for step in script.steps if "nonsense" in step.text["en"]
    )


CHECK = ScriptCheck(no_objection)


def body(version: str, words: str = "Good day.", script_id: str = "adsl") -> str:
    """A script of one step."""
    return (
        f'id = "{script_id}"\nversion = "{version}"\ntitle = {{ it = "Prova", en = "Trial" }}\n\n'
        f'[[step]]\nid = "opening"\nkind = "say"\ntext = {{ it = "Buongiorno.", en = "{words}" }}\n'
    )


@dataclass(slots=True)
class House:
    """All that has to do with scripts, over one database."""

    database: Database
    clock: SetClock
    scripts: Scripts
    drafts: Drafts
    versions: Versions
    readings: Readings

    def in_review(self, text: str, author: Somebody = SARA) -> Draft:
        """A draft that waits for its review."""
        draft = self.drafts.begin(author, CHECK(text), script_id="adsl")
        return self.drafts.submit(author, draft.id, CHECK(text))

    def publish(self, text: str, *, must_read: bool = True) -> Draft:
        """Written by Sara, approved by Pia."""
        return self.drafts.publish(PIA, self.in_review(text).id, CHECK(text), must_read=must_read, remark="well said")

    def served(self) -> dict[str, str]:
        """Version by script."""
        return {each.id: each.version for each in self.scripts.served()}

    def unread(self, operator: str = "anna") -> str | None:
        """What a verdict is told."""
        known = self.database.read(lambda connection: operator_by_id(connection, operator))
        return known.unread.get("adsl") if known else None


@pytest.fixture
def house(database: Database) -> House:
    """Anna calls for a campaign with the script adsl."""
    clock = SetClock()
    directory = Directory(database)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    directory.add_campaign(replace(AUTUMN, packs=(), script="adsl"))
    directory.add_operator(replace(ANNA, campaigns=("adsl-autunno",)))
    directory.add_operator(Operator(id="sara", endpoint="PJSIP/201", language="it", role=Role.SUPERVISOR))
    scripts, readings = Scripts(database, clock), Readings(database, clock)
    drafts = Drafts(SqlDrafts(database, scripts), clock)
    return House(database, clock, scripts, drafts, Versions(scripts, readings), readings)


def refusal(failure: pytest.ExceptionInfo[Refused]) -> str:
    """Its code."""
    return failure.value.code


def test_a_text_goes_from_draft_to_use(house: House) -> None:
    """Saved, put into review, approved by somebody else, served; the history says who, when and why."""
    done = house.publish(body("1"))
    assert (done.state, done.author, done.reviewer, done.remark) == (DraftState.PUBLISHED, "sara", "pia", "well said")
    kept = house.versions.kept("adsl")
    assert (kept.version, kept.author, kept.approved_by, kept.must_read) == ("1", "sara", "pia", True)
    assert kept.body == body("1")
    (change,) = house.versions.history("adsl")
    assert (change.how, change.by, change.why, change.at) == (How.PUBLISHED, "pia", "well said", house.clock.now())
    assert house.drafts.unpublished() == ()


def test_nobody_approves_their_own_text(house: House) -> None:
    """A supervisor never; an admin if they say why; whoever saved it last is its author."""
    draft = house.in_review(body("1"))
    with pytest.raises(Refused) as failure:
        house.drafts.publish(SARA, draft.id, CHECK(body("1")), must_read=True, remark="it is urgent")
    assert refusal(failure) == "own_text"
    own = house.in_review(body("2"), ALONE)
    with pytest.raises(Refused) as failure:
        house.drafts.publish(ALONE, own.id, CHECK(body("2")), must_read=True, remark=" ")
    assert refusal(failure) == "own_text_admin"
    assert house.served() == {}
    house.drafts.publish(ALONE, own.id, CHECK(body("2")), must_read=True, remark="nobody else is in")
    assert house.versions.history("adsl")[0].why == "nobody else is in"

    house.drafts.take_back(SARA, draft.id)
    house.drafts.save(PIA, draft.id, CHECK(body("3")), seen=draft.digest)
    house.drafts.submit(SARA, draft.id, CHECK(body("3")))
    with pytest.raises(Refused) as failure:
        house.drafts.publish(PIA, draft.id, CHECK(body("3")), must_read=True, remark="")
    assert refusal(failure) == "own_text"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
def test_who_does_not_write_changes_nothing(house: House, role: Role) -> None:
    """Operators and auditors neither write, review, publish nor roll back."""
    draft, other = house.in_review(body("1")), Somebody("otto", role)
    tries = (
        lambda: house.drafts.begin(other, CHECK(body("1")), script_id="adsl"),
        lambda: house.drafts.save(other, draft.id, CHECK(body("1")), seen=draft.digest),
        lambda: house.drafts.submit(other, draft.id, CHECK(body("1"))),
        lambda: house.drafts.take_back(other, draft.id),
        lambda: house.drafts.give_back(other, draft.id, seen=draft.digest, remark="no"),
        lambda: house.drafts.publish(other, draft.id, CHECK(body("1")), must_read=True, remark=""),
        lambda: house.versions.roll_back(other, "adsl", "1", why="so"),
    )
    for attempt in tries:
        with pytest.raises(Refused) as failure:
            attempt()
        assert refusal(failure) == "not_yours"
    assert house.drafts.draft(draft.id).state is DraftState.IN_REVIEW


def test_a_text_that_is_wrong_is_saved_and_not_served(house: House) -> None:
    """With each finding; neither what cannot be read nor what the lint objects to goes on."""
    for text, said in ((body("1", "nonsense"), "this is nonsense"), ("id = ", "this is no TOML")):
        checked = CHECK(text)
        draft = house.drafts.begin(SARA, checked, script_id="adsl")
        assert house.drafts.draft(draft.id).body.strip() == text.strip()
        assert (draft.script, checked.sound) == ("adsl", False)
        assert said in checked.findings[0].what
        with pytest.raises(Refused, match=said) as failure:
            house.drafts.submit(SARA, draft.id, checked)
        assert refusal(failure) == "not_sound"
    advice = Finding(line=3, where="", what="perhaps shorter", blocks=False)
    assert replace(CHECK(body("1")), findings=(advice,)).sound


def test_what_was_seen_is_what_is_approved(house: House) -> None:
    """A text that changed since it was seen is neither saved over, returned nor published."""
    draft = house.drafts.begin(SARA, CHECK(body("1")), script_id="adsl")
    house.drafts.save(PIA, draft.id, CHECK(body("1", "Hello.")), seen=draft.digest)
    with pytest.raises(Refused) as failure:
        house.drafts.save(SARA, draft.id, CHECK(body("1", "Good evening.")), seen=draft.digest)
    assert refusal(failure) == "changed_meanwhile"
    assert "Hello." in house.drafts.draft(draft.id).body
    house.drafts.submit(PIA, draft.id, CHECK(body("1", "Hello.")))
    with pytest.raises(Refused) as failure:
        house.drafts.publish(SARA, draft.id, CHECK(body("1")), must_read=True, remark="")
    assert refusal(failure) == "changed_meanwhile"
    with pytest.raises(Refused) as failure:
        house.drafts.give_back(SARA, draft.id, seen=draft.digest, remark="no")
    assert refusal(failure) == "changed_meanwhile"


def test_a_draft_comes_back_with_a_remark(house: House) -> None:
    """It is written on from there; the reviewer says why, and is not its author."""
    draft = house.in_review(body("1"))
    with pytest.raises(Refused) as failure:
        house.drafts.give_back(PIA, draft.id, seen=draft.digest, remark=" ")
    assert refusal(failure) == "empty"
    with pytest.raises(Refused) as failure:
        house.drafts.give_back(SARA, draft.id, seen=draft.digest, remark="mine")
    assert refusal(failure) == "own_text"
    back = house.drafts.give_back(PIA, draft.id, seen=draft.digest, remark="kinder, please")
    assert (back.state, back.reviewer, back.remark) == (DraftState.RETURNED, "pia", "kinder, please")
    with pytest.raises(Refused) as failure:
        house.drafts.give_back(PIA, draft.id, seen=draft.digest, remark="again")
    assert refusal(failure) == "wrong_state"
    saved = house.drafts.save(SARA, draft.id, CHECK(body("1", "A very good day.")), seen=draft.digest)
    assert (saved.state, saved.remark) == (DraftState.DRAFT, "kinder, please")
    with pytest.raises(Refused) as failure:
        house.drafts.take_back(SARA, draft.id)
    assert refusal(failure) == "wrong_state"


def test_a_version_is_published_once(house: House) -> None:
    """Another text under a version there is, is refused; the draft stays in review, nothing half done."""
    house.publish(body("1"))
    draft = house.in_review(body("1", "Hello."))
    with pytest.raises(StoreConflict, match="raise it"):
        house.drafts.publish(PIA, draft.id, CHECK(body("1", "Hello.")), must_read=True, remark="")
    assert house.drafts.draft(draft.id).state is DraftState.IN_REVIEW
    assert house.versions.kept("adsl").body == body("1")
    with pytest.raises(StoreConflict, match="no draft"):
        house.drafts.take_back(SARA, "nothing")


def test_a_rollback_serves_a_version_of_the_past(house: House) -> None:
    """With who and why; one that is served already, or never was, is refused."""
    house.publish(body("1"))
    house.clock.pass_by(timedelta(hours=1))
    house.publish(body("2", "Hello."))
    assert house.served() == {"adsl": "2"}
    house.versions.roll_back(SARA, "adsl", "1", why="people complained")
    assert house.served() == {"adsl": "1"}
    last = house.versions.history("adsl")[0]
    assert (last.how, last.version, last.by, last.why) == (How.ROLLED_BACK, "1", "sara", "people complained")
    with pytest.raises(StoreConflict, match="already"):
        house.versions.roll_back(SARA, "adsl", "1", why="again")
    with pytest.raises(StoreConflict, match="no version 9"):
        house.versions.roll_back(SARA, "adsl", "9", why="again")
    with pytest.raises(Refused, match="why"):
        house.versions.roll_back(SARA, "adsl", "2", why=" ")
    assert [each.version for each in house.versions.versions("adsl")] == ["2", "1"]


def test_two_who_choose_at_once_leave_one_in_use(house: House) -> None:
    """Of each script exactly one version is served, whoever came first."""
    texts = [body(str(version), f"Hello {version}.") for version in range(1, 7)]
    drafts = [house.in_review(text) for text in texts]
    start, faults = Barrier(len(drafts)), []

    def publish(draft: Draft, checked: Checked) -> None:
        start.wait()
        try:
            house.drafts.publish(PIA, draft.id, checked, must_read=False, remark="")
        except Exception as failure:  # noqa: BLE001  told to the test below
            faults.append(failure)

    threads = [Thread(target=publish, args=(d, CHECK(t))) for d, t in zip(drafts, texts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sum(each.current for each in house.versions.versions("adsl")) == 1
    assert len(house.versions.history("adsl")) == len(drafts)


def shelf_of(house: House, folder: Path, *, must_read: bool = False) -> tuple[ScriptShelf, Heard]:
    """As a process that has just started has it."""
    heard = Heard()
    return ScriptShelf(house.scripts, folder=folder, observer=heard, must_read=must_read), heard


def test_a_file_that_did_not_change_undoes_no_choice(house: House, tmp_path: Path) -> None:
    """Neither a rollback nor a version of the page, however often a gate starts; a file that changes does."""
    file = tmp_path / "adsl.toml"
    for version in ("1", "2"):
        file.write_text(body(version, f"Hello {version}."))
        shelf_of(house, tmp_path)[0].import_files()
    assert house.served()["adsl"] == "2"
    house.versions.roll_back(SARA, "adsl", "1", why="people complained")
    for _ in range(2):
        shelf, heard = shelf_of(house, tmp_path)
        shelf.import_files()
        shelf.import_files()
        assert (house.served()["adsl"], heard.events) == ("1", [])
    house.publish(body("3", "Hello 3."))
    shelf_of(house, tmp_path)[0].import_files()
    assert house.served()["adsl"] == "3"
    file.write_text(body("1", "Hello 1."))
    shelf_of(house, tmp_path)[0].import_files()
    assert house.served()["adsl"] == "1"
    file.write_text(body("3", "Hello 3."))
    shelf_of(house, tmp_path)[0].import_files()
    assert house.served()["adsl"] == "3"
    assert [each.how for each in house.versions.history("adsl")] == [
        *(How.FILED, How.FILED, How.PUBLISHED, How.ROLLED_BACK, How.FILED, How.FILED)
    ]


def test_a_file_takes_the_place_of_a_built_in_script(house: House, tmp_path: Path) -> None:
    """For good: the built-in one, also of a newer program, is kept and gives way to whatever was chosen here."""
    shelf_of(house, tmp_path)[0].import_files()
    built_in = house.versions.kept("courtesy")
    assert house.versions.history("courtesy")[0].how is How.BUILT_IN
    own = body("mine", script_id="courtesy")
    (tmp_path / "courtesy.toml").write_text(own)
    shelf, heard = shelf_of(house, tmp_path)
    for _ in range(3):
        shelf.import_files()
        assert (house.served()["courtesy"], heard.events) == ("mine", [])
    (tmp_path / "courtesy.toml").write_text("broken = ")
    shelf, heard = shelf_of(house, tmp_path)
    shelf.import_files()
    shelf.import_files()
    assert house.served()["courtesy"] == "mine"
    assert [(name, fields["file"]) for name, fields in heard.events] == [("script.refused", "courtesy.toml")]
    newer = built_in.body.replace(f'version = "{built_in.version}"', 'version = "newer"')
    assert not house.scripts.import_script("courtesy", "newer", "ff", newer, built_in=True)
    assert not house.scripts.import_script("courtesy", "newer", "ff", newer, built_in=True)
    assert house.served()["courtesy"] == "mine"
    assert [each.how for each in house.versions.history("courtesy")] == [How.KEPT_BACK, How.FILED, How.BUILT_IN]
    house.versions.roll_back(SARA, "courtesy", "newer", why="the new one is good")
    assert house.served()["courtesy"] == "newer"


def test_a_newer_program_brings_its_newer_script(house: House) -> None:
    """Where nothing else was ever chosen; and the older one comes back with the older program."""
    for version, served in (("1", "1"), ("2", "2"), ("1", "1")):
        text = body(version, f"Hello {version}.", "courtesy")
        assert house.scripts.import_script("courtesy", version, version, text, built_in=True)
        assert not house.scripts.import_script("courtesy", version, version, text, built_in=True)
        assert house.served() == {"courtesy": served}


def test_two_files_of_one_script_are_told(house: House, tmp_path: Path) -> None:
    """The first by name holds, the other is refused once; it is taken up when the first is gone."""
    (tmp_path / "a.toml").write_text(body("1"))
    (tmp_path / "b.toml").write_text(body("2", "Hello."))
    (tmp_path / "c.toml").write_bytes(b'id = "caf\xe9"')
    shelf, heard = shelf_of(house, tmp_path)
    for _ in range(2):
        shelf.import_files()
    assert house.served()["adsl"] == "1"
    assert [fields["file"] for _, fields in heard.events] == ["b.toml", "c.toml"]
    (tmp_path / "a.toml").unlink()
    shelf.import_files()
    assert house.served()["adsl"] == "2"


def test_a_call_under_way_keeps_its_version(house: House, tmp_path: Path) -> None:
    """The shelf has every version that was ever served, word for word, whatever is served meanwhile."""
    shelf, _ = shelf_of(house, tmp_path)
    house.publish(body("1"))
    shelf.refresh()
    begun = shelf.current("adsl")
    assert begun is not None
    house.publish(body("2", "Hello."))
    shelf.refresh()
    now = shelf.current("adsl")
    assert now is not None
    assert (now.version, now.steps[0].text["en"]) == ("2", "Hello.")
    assert shelf.version(begun.id, begun.version) == begun
    assert shelf_of(house, tmp_path)[0].version("adsl", "1") == begun
    house.versions.roll_back(PIA, "adsl", "1", why="so")
    shelf.refresh()
    assert shelf.current("adsl") == begun


def test_a_new_version_is_read_before_it_is_called_with(house: House) -> None:
    """The verdict is told which version; reading another one helps nobody, and each new version asks again."""
    assert house.unread() is None
    house.publish(body("1"))
    assert (house.unread(), house.readings.unread("anna")) == ("1", {"adsl": "1"})
    house.readings.read("anna", "adsl", "1")
    house.readings.read("anna", "adsl", "1")
    assert (house.unread(), house.readings.unread("anna")) == (None, {})
    assert house.readings.has_read("anna", "adsl", "1")
    assert not house.readings.has_read("anna", "adsl", "2")
    house.publish(body("2", "Hello."))
    house.readings.read("anna", "adsl", "1")
    assert house.unread() == "2"
    house.versions.roll_back(SARA, "adsl", "1", why="so")
    assert house.unread() is None
    house.publish(body("3", "Good evening."), must_read=False)
    assert house.unread() is None


def test_whoever_wrote_or_approved_it_has_read_it(house: House) -> None:
    """As far as they are operators here."""
    house.publish(body("1"))
    assert house.unread("sara") is None
    assert dict(house.readings.readers("adsl", "1")) == {"sara": house.clock.now()}
    house.readings.read("anna", "adsl", "1")
    assert list(house.readings.readers("adsl", "1")) == ["anna", "sara"]


def test_only_scripts_of_ones_own_campaigns_are_to_be_read(house: House) -> None:
    """Also those for customers and for offers; none of a campaign that is closed or admits others alone."""
    house.publish(body("1"))
    for script_id in ("care", "upsell", "others"):
        text = body("1", script_id=script_id)
        draft = house.drafts.begin(SARA, CHECK(text), script_id=script_id)
        house.drafts.submit(SARA, draft.id, CHECK(text))
        house.drafts.publish(PIA, draft.id, CHECK(text), must_read=True, remark="")
    directory = Directory(house.database)
    directory.add_operator(Operator(id="bruno", endpoint="PJSIP/102", language="it"))
    ours = replace(AUTUMN, id="offers", packs=(), purpose=Purpose.UPSELL, script="upsell")
    offers = replace(ours, operators=frozenset({"bruno"}))
    directory.add_campaign(replace(offers, id="elsewhere", script="others", operators=frozenset()))
    directory.add_campaign(replace(offers, operators=frozenset()))
    directory.remove_operator("bruno")
    directory.add_operator(Operator(id="bruno", endpoint="PJSIP/102", language="it", campaigns=("offers", "elsewhere")))
    assert dict(house.readings.unread("anna")) == {"adsl": "1"}
    directory.set_campaign("adsl-autunno", care_script="care", offers="offers")
    assert dict(house.readings.unread("anna")) == {"adsl": "1", "care": "1", "upsell": "1"}
    directory.set_campaign("adsl-autunno", closed=True)
    assert dict(house.readings.unread("anna")) == {}


def test_nothing_is_read_that_is_not_there(house: House) -> None:
    """Neither a version nor an operator is made by being read."""
    house.publish(body("1"))
    for operator, version in (("anna", "2"), ("nobody", "1")):
        with pytest.raises(StoreConflict):
            house.readings.read(operator, "adsl", version)


def test_files_are_to_be_read_where_that_is_wanted(house: House, tmp_path: Path) -> None:
    """By configuration; built-in scripts never, or no call would go out on the first day."""
    (tmp_path / "adsl.toml").write_text(body("1"))
    shelf_of(house, tmp_path, must_read=True)[0].import_files()
    assert house.unread() == "1"
    assert not house.versions.kept("courtesy").must_read
