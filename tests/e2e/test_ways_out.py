"""Every way out × every state of the gate, on a real Asterisk: nothing leaves but what was permitted, or as is said."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from docker.asterisk import Asterisk
from docker.lab.far_end import FarEnd
from docker.lab.sip_log import poll
from tests.e2e.conftest import ANNA, CALLER_ID, Lab, furnished
from tests.e2e.ways import DIALPLAN, WAYS, Way

STATES = ("up", "slow", "hung", "down")
DEADLINE = timedelta(seconds=1)
PATIENCE = timedelta(seconds=12)


@dataclass
class Seen:
    """What one state of the gate let out."""

    fine: dict[str, str] = field(default_factory=dict)
    """A number that nothing speaks against, by way, in E.164."""
    out: list[str] = field(default_factory=list)
    """Every number that a carrier was asked for, in E.164 or as it came."""
    barred: str = ""
    cut: list[str] = field(default_factory=list)
    refused_in: timedelta | None = None
    status: int = 0


def e164(number: str) -> str:
    """As carriers were asked: with or without the country's prefix."""
    return number if number.startswith("+") or len(number) < 7 else f"+39{number}"


@pytest.fixture(scope="module")
def lab(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab with both trunks guarded, and every way out in its dialplan."""
    environment = {
        "GARBO_GATE__DEADLINE_MS": str(DEADLINE // timedelta(milliseconds=1)),
        "GARBO_ASTERISK__GUARDED_TRUNKS": '["PJSIP/trunk", "PJSIP/trunk2"]',
        "GARBO_ASTERISK__ANNOUNCE": "false",
    }
    for made in furnished(asterisk, tmp_path_factory.mktemp("ways"), environment):
        etc = made.pbx.folder / "etc"
        extra = etc / "extensions_extra.conf"
        extra.write_text(extra.read_text() + DIALPLAN)
        (etc / "features.conf").write_text("[featuremap]\natxfer = *2\n")
        (etc / "confbridge.conf").write_text("[general]\n")
        for command in ("dialplan reload", "module reload features", "module load app_confbridge.so"):
            made.pbx.cli(command)
        made.installation.garbo(
            *("campaign", "add", "second", "--principal", "lumina", "--purpose", "service", "--sector", "telecom"),
            *("--trunk", "PJSIP/trunk2", "--caller-id", CALLER_ID, "--region", "IT"),
        )
        yield made


@contextmanager
def slow(lab: Lab) -> Iterator[None]:
    """Somebody else holds the database's one write transaction, so each verdict takes longer than its deadline."""
    with closing(sqlite3.connect(lab.installation.folder / "garbo.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


@contextmanager
def hung(lab: Lab) -> Iterator[None]:
    """SIGSTOP."""
    lab.gate.freeze()
    try:
        yield
    finally:
        lab.gate.thaw()


@contextmanager
def down(lab: Lab) -> Iterator[None]:
    """SIGKILL."""
    lab.gate.kill()
    try:
        yield
    finally:
        lab.gate.start()


@contextmanager
def up(lab: Lab) -> Iterator[None]:
    """As it should be."""
    assert lab.gate.is_ready()
    yield


INTO: dict[str, Callable[[Lab], object]] = {"up": up, "slow": slow, "hung": hung, "down": down}


@pytest.fixture(scope="module")
def seen(lab: Lab) -> dict[str, Seen]:
    """All ways taken at once, in each state of the gate."""
    barred = lab.number()
    lab.installation.garbo("suppression", "add", barred, "--reason", "asked")
    assert poll(lambda: lab.gate.events("ami.connected"), bool, PATIENCE)
    found = {}
    with FarEnd(lab.pbx.trunk2_port, host="127.0.0.3") as second:
        for state in STATES:
            found[state] = _in_state(lab, second, state, barred)
    return found


def _in_state(lab: Lab, second: FarEnd, state: str, barred: str) -> Seen:
    result = Seen(barred=barred, fine={way.name: lab.number() for way in WAYS})
    before = [len(lab.far_end.invites()), len(second.invites())]
    cuts = len(_bypasses(lab))
    with INTO[state](lab):  # type: ignore[attr-defined]  # each is a context manager
        alone = lab.call(barred.removeprefix("+39"), phone=ANNA)
        result.refused_in, result.status = alone.setup, alone.status
        begun = [way.take(lab, result.fine[way.name].removeprefix("+39")) for way in WAYS]
        begun += [way.take(lab, barred.removeprefix("+39")) for way in WAYS if way.guard == "gate"]
        begun.append(WAYS[0].take(lab, "112"))
        poll(lambda: all(done() for done in begun), bool, PATIENCE)
        poll(lambda: _asking(lab), lambda asking: not asking, PATIENCE)
        straight = {way.name for way in WAYS if way.guard == "watch"}
        poll(
            lambda: {e164(invite.number) for each in (lab.far_end, second) for invite in each.invites()},
            lambda out: {result.fine[name] for name in straight} <= out,
            PATIENCE,
        )
        result.out = [
            e164(invite.number)
            for each, skipped in zip((lab.far_end, second), before, strict=True)
            for invite in each.invites()[skipped:]
        ]
    poll(lambda: len(_bypasses(lab)) - cuts, lambda now: now >= len(straight), PATIENCE)
    poll(lambda: _up_on_trunks(lab, result), lambda left: not left, PATIENCE)
    result.cut = _up_on_trunks(lab, result)
    lab.pbx.cli("channel request hangup all")
    assert lab.no_channels()
    return result


def _up_on_trunks(lab: Lab, result: Seen) -> list[str]:
    """Ways round the gate whose leg is still up, all of it afterwards."""
    del result
    lines = lab.pbx.cli("core show channels concise").splitlines()
    return [line for line in lines if line.startswith("PJSIP/trunk")]


def _asking(lab: Lab) -> list[str]:
    """Channels that are still on their way out."""
    lines = [line.split("!") for line in lab.pbx.cli("core show channels concise").splitlines() if "!" in line]
    return [line[0] for line in lines if line[1] in ("garbo", "garbo-outbound") and line[4] != "Up"]


def _bypasses(lab: Lab) -> list[str]:
    with closing(sqlite3.connect(lab.installation.folder / "garbo.db")) as database:
        return [row[0] for row in database.execute("SELECT id FROM bypass")]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("state", STATES)
def test_debug(seen: dict[str, Seen], state: str, way: Way, lab: Lab) -> None:
    number = seen[state].fine[way.name]
    verdicts = lab.verdicts(number)
    print(state, way.name, "OUT" if number in seen[state].out else "-", [(v["verdict"], [r["code"] for r in v["reasons"]], v["outcome"]) for v in verdicts], seen[state].refused_in, seen[state].status, seen[state].barred in seen[state].out, len(seen[state].cut), "112" in seen[state].out)
