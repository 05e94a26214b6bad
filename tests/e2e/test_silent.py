"""A dialer's calls on a real Asterisk: whoever answers finds an operator in time, or the line ends; and whose it is."""

import math
import re
import sqlite3
import struct
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ari_app.config import load_settings
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.ports.sign_in import Proof
from ari_app.stores.logins import LoginBook
from ari_app.stores.passwords import Passwords
from ari_app.stores.web_sessions import SessionBook
from docker.asterisk import Asterisk
from docker.lab.far_end import FarEnd
from docker.lab.gate import Gate, Installation
from docker.lab.sip_log import SipMessage, poll
from tests.e2e.conftest import CALLER_ID, Lab

PASSWORD = "a test password, not a secret"

PACK = """
id = "patience"
jurisdiction = "IT"
version = "1"
status = "draft"

[title]
it = "Pazienza"
en = "Patience"

[[rule]]
id = "peace_after_silence"
kind = "cooldown_after_outcome"
force = "house"
params = { outcome = ["silent"], min_duration = "P5D" }
source = { cite = "a test's own rule", evidence = "P" }
text = { it = "Pausa fino al {last_at}.", en = "Peace after {last_at}." }

[[duty]]
id = "no_silence"
kind = "unattended_answer_treatment"
force = "house"
params = { max_wait_s = 3, then = "hang_up", comfort_noise = true }
source = { cite = "a test's own duty", evidence = "P" }
"""
DIALPLAN = """
[dialer]
; Where a dialer sends a call once somebody answered.
exten => empty,1,Gosub(garbo-wait,noise,1)
 same => n,Queue(empty)
exten => staffed,1,Gosub(garbo-wait,noise,1)
 same => n,Queue(staffed)
exten => room,1,ConfBridge(room)
exten => late,1,Wait(1)
 same => n,Dial(PJSIP/102,,g)
 same => n,Wait(60)
"""
QUEUES = """
[general]
[empty]
joinempty = yes
[staffed]
joinempty = yes
ringinuse = yes
autofill = yes
member => PJSIP/101
"""
ROOMS = """
[general]
[default_bridge]
type = bridge
[default_user]
type = user
quiet = yes
"""


@dataclass
class DialerLab(Lab):
    """A lab whose operators' phones answer by themselves."""

    phones: dict[str, FarEnd] = field(default_factory=dict)


@dataclass(frozen=True)
class Desk:
    """An operator's desk, as their browser fetches it."""

    url: str
    secret: str

    def shows(self, number: str) -> datetime:
        """When the call to this number was first on it, with something to say."""
        there = poll(self.pane, lambda text: 'data-scene="talking"' in text and number in text, timedelta(seconds=5))
        assert number in there
        return datetime.now(UTC)

    def note(self, call_id: str, word: str) -> int:
        """Note a word on a call; the answer's status."""
        csrf = re.findall(r'name="csrf" value="([^"]+)"', self.pane())[0]
        return self._ask("/desk/note", {"csrf": csrf, "call": call_id, "word": word, "note": "", "needs": ""})[0]

    def pane(self) -> str:
        """What it shows."""
        return self._ask("/desk/pane")[1]

    def _ask(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        data = urllib.parse.urlencode(form).encode() if form else None
        headers = {"Cookie": f"garbo={self.secret}", "X-Garbo-Pane": "1"}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=5) as answer:
            return int(answer.status), str(answer.read().decode())


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DialerLab]:
    """A predictive campaign, its dialer, operators whose phones answer, and a gate that watches the lines."""
    folder = tmp_path_factory.mktemp("silent")
    installation = Installation(
        folder / "garbo",
        {"GARBO_GATE__DEADLINE_MS": "3000", "GARBO_GATE__DEFAULT_CAMPAIGN": "predictive"},
    )
    furnish(installation)
    with ExitStack() as stack:
        pbx = stack.enter_context(asterisk.start(folder / "pbx", installation.dialplan(), extra_dialplan=DIALPLAN))
        installation.garbo("dialplan", "wait", "-o", str(pbx.folder / "etc"))
        for including, included in (
            ("extensions_extra", "extensions_garbo_wait"),
            ("musiconhold", "musiconhold_garbo"),
        ):
            with (pbx.folder / "etc" / f"{including}.conf").open("a") as file:
                file.write(f'#include "{included}.conf"\n')
        pbx.cli("dialplan reload")
        pbx.cli("moh reload")
        for name, text in (("queues", QUEUES), ("queuerules", ""), ("confbridge", ROOMS)):
            (pbx.folder / "etc" / f"{name}.conf").write_text(text)
        for module in ("app_queue", "app_confbridge"):
            assert "Loaded" in pbx.cli(f"module load {module}.so")
        ring = timedelta(milliseconds=100)
        far_end = stack.enter_context(FarEnd(pbx.trunk_port, ring=ring))
        phones = {
            phone: stack.enter_context(FarEnd(pbx.operator_ports[phone], host=address, ring=timedelta(seconds=rings)))
            for phone, address, rings in (("101", "127.0.0.11", 2.2), ("102", "127.0.0.12", 0.1))
        }
        gate = stack.enter_context(Gate(installation, pbx)).start()
        lab = DialerLab(installation=installation, pbx=pbx, far_end=far_end, gate=gate, phones=phones)
        assert poll(lambda: bool(gate.events("ami.connected")), bool, timedelta(seconds=5))
        yield lab


def furnish(installation: Installation) -> None:
    """One brand, one campaign for a dialer, and two operators of whom one is not the campaign's."""
    garbo = installation.garbo
    (installation.folder / "packs").mkdir(exist_ok=True)
    (installation.folder / "packs" / "patience.toml").write_text(PACK)
    garbo("principal", "add", "lumina", "--name", "Lumina (invented)", "--country", "IT")
    garbo(
        *("campaign", "add", "predictive", "--principal", "lumina", "--sector", "telecom", "--trunk", "PJSIP/trunk"),
        *("--region", "IT", "--purpose", "acquisition", "--caller-id", CALLER_ID, "--pack", "patience"),
    )
    for name, phone in (("anna", "101"), ("bruno", "102")):
        garbo("operator", "add", name, "--endpoint", f"PJSIP/{phone}", "--language", "it")


@pytest.fixture
def desk(lab: DialerLab) -> Desk:
    """Anna's, signed in."""
    database = open_database(load_settings(lab.installation.folder / "garbo.toml", {}))
    try:
        passwords = Passwords()
        entry = LoginBook(database, passwords, SystemClock()).keep(
            "anna", passwords.hashed(PASSWORD), must_change=False
        )
        session = SessionBook(database, SystemClock()).begin(Proof(operator="anna", changed_at=entry.changed_at))
        assert session is not None
        return Desk(url=lab.gate.web_url, secret=session.secret)
    finally:
        database.close()


def dial(lab: Lab, number: str, extension: str, *, how: str = "/n") -> None:
    """As a dialer does."""
    lab.pbx.cli(f"channel originate Local/{number}@garbo-outbound{how} extension {extension}@dialer")


def of(lab: Lab, number: str) -> list[SipMessage]:
    """What went to and fro with the carrier in the one call to this number."""
    invites = [invite for invite in lab.far_end.invites() if invite.number == number]
    return [each for each in lab.far_end.messages() if invites and each.call_id == invites[0].call_id]


def answered_at(lab: Lab, number: str) -> datetime:
    """When the callee's phone was picked up."""

    def picked_up() -> list[datetime]:
        return [each.at for each in of(lab, number) if each.status == 200 and each.answers == "INVITE"]

    return poll(picked_up, bool, timedelta(seconds=5))[0]


def hung_up_at(lab: Lab, number: str, timeout: timedelta) -> datetime | None:
    """When Asterisk hung up on the callee; None: it did not."""

    def byes() -> list[datetime]:
        return [each.at for each in of(lab, number) if each.method == "BYE" and each.direction == "received"]

    return next(iter(poll(byes, bool, timeout)), None)


def picked_up_at(phone: FarEnd, after: datetime) -> datetime:
    """When an operator's phone was picked up."""

    def picked_up() -> list[datetime]:
        sent = [each for each in phone.messages() if each.direction == "sent" and each.answers == "INVITE"]
        return [each.at for each in sent if each.status == 200 and each.at > after]

    return poll(picked_up, bool, timedelta(seconds=5))[0]


def channel_of(lab: Lab, endpoint: str) -> str:
    """The name of the one channel of an endpoint."""
    (name,) = re.findall(rf"^({re.escape(endpoint)}-\w+)!", lab.pbx.cli("core show channels concise"), re.M)
    return str(name)


def heard(lab: Lab, folder: Path) -> int:
    """How loud what the callee hears is, as the root mean square of its samples over a good second."""
    recorded = folder / "heard.wav"
    lab.pbx.cli(f"mixmonitor start {channel_of(lab, 'PJSIP/trunk')} {folder}/both.wav,t({recorded})")
    poll(lambda: recorded.exists() and recorded.stat().st_size, lambda size: size > 20_000, timedelta(seconds=3))
    raw = recorded.read_bytes()[44:]
    samples = struct.unpack(f"<{len(raw) // 2}h", raw[: len(raw) // 2 * 2])
    return round(math.sqrt(sum(each * each for each in samples) / len(samples)))


def asked(lab: Lab, question: str, *given: str) -> list[tuple[object, ...]]:
    """What is on record."""
    with closing(sqlite3.connect(lab.installation.folder / "garbo.db")) as connection:
        return connection.execute(question, given).fetchall()


def operator_of(lab: Lab, call_id: str) -> object:
    """Who spoke on a call, as later verdicts read it, once somebody is known."""
    question = "select operator from attempt where call_id = ? and operator <> ''"
    found = poll(lambda: asked(lab, question, call_id), bool, timedelta(seconds=2))
    return found[0][0] if found else None


def counted(lab: Lab) -> tuple[object, ...]:
    """Calls that were put through and silent ones, as the ceiling counts them."""
    return asked(lab, "select coalesce(sum(put_through), 0), coalesce(sum(silent), 0) from campaign_hour")[0]


def test_nobody_there_is_cut_at_three_seconds(lab: Lab, tmp_path: Path, figures: list[str]) -> None:
    """
    A queue without members: the line ends, the call is a silent one, counts once, and the next one is denied.

    Until then the callee hears that somebody has called.
    """
    number, before = lab.number(), counted(lab)
    dial(lab, number, "empty")
    answered = answered_at(lab, number)
    loudness = heard(lab, tmp_path)
    cut = hung_up_at(lab, number, timedelta(seconds=6))
    assert cut is not None
    figures.append(
        f"a silent call: cut {(cut - answered).total_seconds():.3f} s after the answer, noise of {loudness} until then"
    )
    assert loudness > 100
    assert abs((cut - answered).total_seconds() - 3) < 0.3
    assert lab.outcome(number) == "abandoned"
    assert (before, counted(lab)) == ((0, 0), (0, 1))
    dial(lab, number, "empty")
    verdicts = poll(lambda: lab.verdicts(number), lambda found: len(found) > 1, timedelta(seconds=5))
    assert "silent_call_cool_down" in [reason["code"] for reason in verdicts[-1]["reasons"]]


def test_an_operator_in_time_has_the_call(lab: DialerLab, desk: Desk, figures: list[str]) -> None:
    """A queue whose member answers after some two seconds: not cut, hers on the desk and on record, hers to note."""
    number = lab.number()
    dial(lab, number, "staffed")
    answered = answered_at(lab, number)
    picked_up = picked_up_at(lab.phones["101"], answered)
    assert timedelta(seconds=2) < picked_up - answered < timedelta(seconds=3)
    shown = desk.shows(number)
    took_ms = (shown - picked_up).total_seconds() * 1000
    figures.append(f"a dialer's call on the desk {took_ms:.0f} ms after its operator's 200 OK")
    assert hung_up_at(lab, number, timedelta(seconds=4) - (datetime.now(UTC) - answered)) is None
    (verdict,) = lab.verdicts(number)
    assert operator_of(lab, verdict["call_id"]) == "anna"
    lab.pbx.cli("channel request hangup all")
    assert lab.outcome(number) == "answered"
    assert desk.note(verdict["call_id"], "not_now") == 200
    assert asked(lab, "select operator, disposition from disposition where call_id = ?", verdict["call_id"]) == [
        ("anna", "not_now")
    ]


def test_an_operator_behind_any_bridge_is_there(lab: DialerLab) -> None:
    """
    A room in which an operator sits already; also where the Local channel takes itself out of the way.

    One who joins after a second and leaves again was there: whoever waits then is on hold.
    """
    staying, optimised, left = lab.number(), lab.number(), lab.number()
    dial(lab, left, "late")
    answered = answered_at(lab, left)
    picked_up_at(lab.phones["102"], answered)
    lab.pbx.cli("channel request hangup " + channel_of(lab, "PJSIP/102"))
    lab.pbx.cli("channel originate PJSIP/102 extension room@dialer")
    assert poll(lambda: "room" in lab.pbx.cli("confbridge list"), bool, timedelta(seconds=5))
    dial(lab, staying, "room")
    dial(lab, optimised, "room", how="")
    later = answered_at(lab, optimised)
    assert hung_up_at(lab, optimised, timedelta(seconds=3.5) - (datetime.now(UTC) - later)) is None
    assert [hung_up_at(lab, number, timedelta(0)) for number in (staying, left)] == [None, None]
    for number in (staying, optimised, left):
        (verdict,) = lab.verdicts(number)
        assert operator_of(lab, verdict["call_id"]) == "bruno"
    lab.pbx.cli("channel request hangup all")
    assert [lab.outcome(number) for number in (staying, optimised, left)] == ["answered"] * 3
