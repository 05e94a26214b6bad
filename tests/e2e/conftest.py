"""A real Asterisk and gate, SIPp phones and a SIPp carrier: one of each a module, numbers of its own a test."""

import atexit
import itertools
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from docker.asterisk import Asterisk, RunningAsterisk
from docker.lab import sipp
from docker.lab.call_result import CallResult
from docker.lab.caller import Audio, Caller, PlacedCall
from docker.lab.far_end import Behaviour, FarEnd
from docker.lab.gate import Gate, Installation
from docker.lab.releases import RELEASES
from docker.lab.sip_log import poll

CALLER_ID = "+390212345678"
ANNA, BRUNO, CARLA, LOAD = "127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"

_FURNISHED: list[Path] = []
"""A furnished installation of this process."""

# After the subroutine these write what it set into a global variable, which the console can show.
EXTRA_DIALPLAN = """
[from-operators](+)
; 71: the subroutine, then no Dial at all: a dialplan that gives up.
exten => _71.,1,Gosub(garbo,s,1(${EXTEN:2}))
 same => n,Set(SEEN=${CALLERID(num)}/${CALLERID(pres)}/${TIMEOUT(absolute)})
 same => n,Set(GLOBAL(TOLD)=${GARBO_VERDICT}/${GARBO_SCRIPT}/${GARBO_NUMBER}/${SEEN})
 same => n,Set(GLOBAL(TOLD_URL)=${GARBO_SCRIPT_URL})
 same => n,Set(GLOBAL(TOLD_PERMIT)=${GARBO_PERMIT})
 same => n,Hangup(16)
; 72: a trunk-first Dial of the raw extension, as careless dialplans have it.
exten => _72.,1,Gosub(garbo,s,1(${EXTEN:2}))
 same => n,Dial(PJSIP/trunk/sip:${EXTEN:2}@127.0.0.2:TRUNK_PORT,20)
 same => n,Hangup(16)
; 73: refused at once, without an announcement.
exten => _73.,1,Set(GARBO_ANNOUNCE=no)
 same => n,Gosub(garbo,s,1(${EXTEN:2}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},,i)
 same => n,Hangup(${HANGUPCAUSE})
; 74: a subroutine in a subroutine; the outermost has an `h` that keeps its books.
exten => _74.,1,Gosub(inner,s,1(${EXTEN:2}))
 same => n,Hangup(16)
exten => h,1,Set(GLOBAL(BOOKS)=${DIALSTATUS}/${GARBO_VERDICT}/${GARBO_REASONS}/${GARBO_NOT_BEFORE})
; 75: another campaign, named by the dialplan.
exten => _75.,1,Set(GARBO_CAMPAIGN=night)
 same => n,Set(GARBO_ANNOUNCE=no)
 same => n,Gosub(garbo,s,1(${EXTEN:2}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},,i)
 same => n,Hangup(${HANGUPCAUSE})
; 76: a hook that runs once for each trunk: the first is dead, the second works.
exten => _76.,1,Set(number=${FILTER(0-9+,${EXTEN:2})})
 same => n,Gosub(garbo,s,1(${number}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@trunk2)
 same => n,Gosub(garbo,s,1(${number}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@trunk)
 same => n,Hangup(16)
; 77: a time limit of the caller's own, which the gate must hand back.
exten => _77.,1,Set(TIMEOUT(absolute)=60)
 same => n,Goto(from-operators,71${FILTER(0-9+,${EXTEN:2})},1)
; 78: an answered channel is refused without an announcement: a customer may be listening.
exten => _78.,1,Answer()
 same => n,Gosub(garbo,s,1(${EXTEN:2}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},,i)
 same => n,Hangup(${HANGUPCAUSE})
; 79: a second carrier's campaign.
exten => _79.,1,Set(GARBO_CAMPAIGN=second)
 same => n,Gosub(garbo,s,1(${EXTEN:2}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},,i)
 same => n,Hangup(${HANGUPCAUSE})
; 60: two trunks, the first rings in vain for four seconds.
exten => _60.,1,Set(number=${FILTER(0-9+,${EXTEN:2})})
 same => n,Set(GARBO_ANNOUNCE=no)
 same => n,Gosub(garbo,s,1(${number}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@trunk2,4)
 same => n,Gosub(garbo,s,1(${number}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@trunk)
 same => n,Hangup(16)
; 61: a campaign's name with a comma in it.
exten => _61.,1,Set(GARBO_CAMPAIGN=aut,umn)
 same => n,Set(GARBO_ANNOUNCE=no)
 same => n,Gosub(garbo,s,1(${EXTEN:2}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@trunk)
 same => n,Hangup(16)
; 62: an operator whom the dialplan names by three digits.
exten => _62.,1,Set(GARBO_OPERATOR=desk-${FILTER(0-9,${EXTEN:2:3})})
 same => n,Set(GARBO_ANNOUNCE=no)
 same => n,Gosub(garbo,s,1(${FILTER(0-9+,${EXTEN:5})}))
 same => n,Dial(PJSIP/${GARBO_NUMBER}@${GARBO_TRUNK},,i)
 same => n,Hangup(${HANGUPCAUSE})

[inner]
exten => s,1,Set(GARBO_ANNOUNCE=no)
 same => n,Gosub(garbo,s,1(${ARG1}))
 same => n,Return()
"""


@dataclass
class Lab:
    """Everything a test needs, furnished with one invented brand."""

    installation: Installation
    pbx: RunningAsterisk
    far_end: FarEnd
    gate: Gate
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def number(self) -> str:
        """A synthetic Italian mobile that no other test has called, in E.164."""
        return f"+39333{next(self._numbers):07d}"

    def call(self, dialled: str, *, phone: str = ANNA, talk: timedelta = timedelta(milliseconds=300)) -> CallResult:
        """Place a call and wait until it has ended."""
        return Caller(self.pbx.sip_port, source=phone).start(dialled, talk=talk).wait()

    def start(
        self,
        dialled: str,
        *,
        phone: str = ANNA,
        talk: timedelta = timedelta(minutes=2),
        audio: Audio = Audio.SILENT,
        cancel_after: timedelta | None = None,
    ) -> PlacedCall:
        """Place a call and return at once."""
        return Caller(self.pbx.sip_port, source=phone).start(dialled, talk=talk, audio=audio, cancel_after=cancel_after)

    def reached(self, ending: str) -> list[str]:
        """What the carrier was asked for so far, of numbers that end so."""
        return [invite.number for invite in self.far_end.invites() if invite.number.endswith(ending)]

    def verdicts(self, number: str) -> list[dict[str, Any]]:
        """The verdicts on record for a number, oldest first."""
        found = self.installation.garbo("calls", "list", "--number", number)
        assert isinstance(found, list)
        return sorted(found, key=lambda document: str(document["decided_at"]))

    def outcome(self, number: str) -> str | None:
        """The outcome of the newest verdict for a number, once it has one (or five seconds are over)."""
        newest = poll(
            lambda: self.verdicts(number)[-1], lambda document: document["outcome"] is not None, timedelta(seconds=5)
        )
        outcome = newest["outcome"]
        return str(outcome) if outcome is not None else None

    def told(self, name: str) -> str:
        """A global variable of the dialplan."""
        for line in self.pbx.cli("dialplan show globals").splitlines():
            found, _, value = line.strip().partition("=")
            if found == name:
                return value
        return ""

    def no_channels(self) -> bool:
        """Whether every channel is gone, within ten seconds."""
        return poll(
            lambda: self.pbx.cli("core show channels count"),
            lambda said: "0 active channels" in said,
            timedelta(seconds=10),
        ).startswith("0 active channels")


def furnish(installation: Installation) -> None:
    """One brand, its campaigns and operators: made by commands the first time, then a copy of that."""
    if _FURNISHED:
        shutil.copytree(_FURNISHED[0], installation.folder, dirs_exist_ok=True)
        return
    _by_commands(installation)
    kept = Path(mkdtemp(prefix="garbo-furnished-"))
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    _FURNISHED.append(shutil.copytree(installation.folder, kept, dirs_exist_ok=True))


def _by_commands(installation: Installation) -> None:
    """With a pack of the installation's own that is closed right now."""
    garbo = installation.garbo
    garbo("principal", "add", "lumina", "--name", "Lumina (invented)", "--country", "IT")
    common = ("--principal", "lumina", "--sector", "telecom", "--trunk", "PJSIP/trunk", "--region", "IT")
    garbo("campaign", "add", "autumn", *common, "--purpose", "acquisition", "--caller-id", CALLER_ID)
    folder = installation.folder / "packs"
    folder.mkdir(exist_ok=True)
    (folder / "closed.toml").write_text(_closed_now())
    garbo(
        *("campaign", "add", "night", *common, "--purpose", "acquisition"),
        *("--caller-id", CALLER_ID, "--pack", "closed"),
    )
    for name, phone in (("anna", "101"), ("bruno", "102"), ("load", "load")):
        garbo("operator", "add", name, "--endpoint", f"PJSIP/{phone}", "--language", "en", "--campaign", "autumn")
    garbo("operator", "add", "carla", "--endpoint", "PJSIP/103", "--language", "it")


def _closed_now() -> str:
    """A house pack that opens for four hours, half a day from now: a window that is closed whenever the test runs."""
    hour = datetime.now(UTC).hour
    window = "02:00-06:00" if 8 <= hour < 20 else "14:00-18:00"
    days = "\n".join(f'{day} = ["{window}"]' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    return f"""
id = "closed"
jurisdiction = "IT"
version = "1"
status = "draft"

[title]
it = "Chiuso adesso"
en = "Closed right now"

[[rule]]
id = "open_hours"
kind = "calling_window"
force = "house"

[rule.params.windows]
{days}

[rule.source]
cite = "a test's own rule"
evidence = "P"

[rule.text]
it = "A quest'ora non si chiama."
en = "It is not the hour to call."
"""


@pytest.fixture(scope="session")
def asterisk(pytestconfig: pytest.Config) -> Asterisk:
    """An Asterisk that can be started, of the release that `--asterisk` names, and SIPp beside it."""
    sipp.install()
    return Asterisk.obtain(RELEASES[pytestconfig.getoption("asterisk")])


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """
    A furnished lab that judges.

    Its deadline is longer than the default: a test machine that stalls for a moment is no fault of what is tested here.
    What happens at the deadline is tested in `test_faults.py`, with the default.
    """
    yield from furnished(asterisk, tmp_path_factory.mktemp("lab"), {"GARBO_GATE__DEADLINE_MS": "3000"})


@pytest.fixture(autouse=True)
def phones_down(lab: Lab) -> Iterator[None]:
    """A phone that a test took away has hung up nothing: the calls it left are ended."""
    yield
    lab.pbx.cli("channel request hangup all")


def furnished(asterisk: Asterisk, folder: Path, environment: dict[str, str], *, agi_port: int = 0) -> Iterator[Lab]:
    """A lab in `folder`, with further settings."""
    with ExitStack() as stack:
        installation = Installation(folder / "garbo", environment)
        furnish(installation)
        dialplan = installation.dialplan()
        pbx = stack.enter_context(asterisk.start(folder / "pbx", dialplan, extra_dialplan=""))
        extra = EXTRA_DIALPLAN.replace("TRUNK_PORT", str(pbx.trunk_port))
        (pbx.folder / "etc" / "extensions_extra.conf").write_text(extra)
        pbx.cli("dialplan reload")
        far_end = stack.enter_context(
            FarEnd(
                pbx.trunk_port,
                ring=timedelta(milliseconds=100),
                by_suffix={"990486": Behaviour.BUSY, "990487": Behaviour.NO_ANSWER, "990503": Behaviour.FAIL},
            )
        )
        gate = stack.enter_context(Gate(installation, pbx, agi_port=agi_port)).start()
        yield Lab(installation=installation, pbx=pbx, far_end=far_end, gate=gate)
