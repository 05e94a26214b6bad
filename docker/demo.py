"""
The product's story on a real Asterisk: who is called, what Garbo says, and what really leaves the PBX.

Everything is real but the people: SIPp phones call through Asterisk 22, `garbo serve` judges, a SIPp carrier answers.
Numbers, brands and persons are invented. `--stay` leaves it all up for softphones and browsers until Ctrl-C.
"""

import argparse
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from ari_app.config import read_keyring
from docker.asterisk import Asterisk, NoAsteriskError, RunningAsterisk
from docker.lab import sipp
from docker.lab.caller import Caller, PlacedCall
from docker.lab.far_end import FarEnd, Invite
from docker.lab.gate import Gate, GateError, Installation, Watch
from docker.lab.sip_log import SipMessage, poll
from docker.people import PASSWORD, SUPERVISOR, furnish, let_sign_in
from docker.story import ANNA, DEAD_GATE, HOURS, OPEN_GATE, QUIET, Scene

_TALK = timedelta(seconds=2)
_ROME = ZoneInfo("Europe/Rome")

_progress = Console(stderr=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A scene after it was played."""

    scene: Scene
    verdict: str
    reason: str
    why: str
    not_before: str
    trunk: str
    script: str
    milliseconds: float | None

    @property
    def as_it_should(self) -> bool:
        """Whether verdict, reason, trunk and script are those of the scene."""
        wanted = self.scene
        return (self.verdict, self.reason, self.trunk, self.script) == (
            wanted.verdict,
            wanted.reason,
            wanted.reaches_trunk or "",
            wanted.script,
        )


def main(argv: list[str] | None = None) -> int:
    """The command; 0 only if all went as it should."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="stay up afterwards, until Ctrl-C")
    parser.add_argument("--bind", default="127.0.0.1", help="address on which SIP listens, for softphones elsewhere")
    options = parser.parse_args(argv)
    try:
        sipp.install()
        asterisk = Asterisk.obtain()
        with tempfile.TemporaryDirectory(prefix="garbo-") as folder:
            return _run(asterisk, Path(folder), stay=options.stay, bind=options.bind)
    except (NoAsteriskError, sipp.SippError, GateError) as error:
        _progress.print(f"[red]demo:[/] {error}")
        return 1


def _run(asterisk: Asterisk, folder: Path, *, stay: bool, bind: str) -> int:
    with ExitStack() as stack, _progress.status("an installation of Garbo, with invented people …") as status:
        installation = Installation(folder / "garbo")
        status.update("the brand's people: lists, the register's answer, consents, yesterday's call …")
        furnish(installation)
        status.update(f"Asterisk {asterisk.version} …")
        pbx = stack.enter_context(asterisk.start(folder / "pbx", installation.dialplan(), bind=bind))
        far_end = stack.enter_context(FarEnd(pbx.trunk_port, ring=timedelta(milliseconds=200)))
        status.update("the gate …")
        gate = stack.enter_context(Gate(installation, pbx)).start()
        stack.enter_context(Watch(installation, pbx)).start()
        began = datetime.now(UTC)
        played = _play(OPEN_GATE, installation, pbx, far_end, began, status.update)
        sunday = _sunday_morning(installation)
        gate.kill()
        played += _play(DEAD_GATE, installation, pbx, far_end, began, status.update)
        status.stop()
        _print(played, sunday, asterisk.version)
        good = all(scene.as_it_should for scene in played) and sunday["verdict"] == "defer"
        if stay:
            let_sign_in(installation)
            gate.start()
            _stay(pbx, gate, installation)
    _progress.print("[green]All went as it should.[/]" if good else "[red]Not all went as it should: see above.[/]")
    return 0 if good else 1


def _play(
    scenes: tuple[Scene, ...],
    installation: Installation,
    pbx: RunningAsterisk,
    far_end: FarEnd,
    began: datetime,
    say: Callable[[str], None],
) -> list[Played]:
    """Place the calls one after the other, each once the one before has its answer."""
    with ExitStack() as stack:
        placed: list[tuple[Scene, PlacedCall, Invite | None]] = []
        for place, scene in enumerate(scenes, start=1):
            say(f"call {place} of {len(scenes)}: {scene.who.lower()} …")
            before = len(far_end.invites())
            caller = Caller(pbx.sip_port, source=scene.phone)
            call = stack.enter_context(caller.start(scene.dials, talk=_TALK))
            _await_answer(call)
            invites = far_end.invites()[before:]
            placed.append((scene, call, invites[0] if invites else None))
        say("the announcements play to their end …")
        for _, call, _invite in placed:
            call.await_status(timedelta(seconds=20))
        documents = installation.garbo("calls", "list", "--since", began.isoformat(), "--limit", "200")
        return [_played(scene, call, invite, documents) for scene, call, invite in placed]


def _await_answer(call: PlacedCall) -> None:
    """Until the phone hears anything but 100 Trying: ringing, an announcement, a refusal, an answer."""
    poll(lambda: _answer(call.messages()), lambda found: found is not None, timedelta(seconds=10))
    poll(lambda: call.so_far().status, lambda status: status != 0, timedelta(seconds=1))


def _answer(messages: list[SipMessage]) -> SipMessage | None:
    received = [m for m in messages if m.direction == "received" and m.answers == "INVITE"]
    return next((m for m in received if m.status > 100), None)  # 100 Trying says nothing


def _played(scene: Scene, call: PlacedCall, invite: Invite | None, documents: list[dict[str, Any]]) -> Played:
    messages = call.messages()
    sent = next(m for m in messages if m.method == "INVITE")
    answer = _answer(messages)
    left_at = invite.received_at if invite else answer.at if answer else None
    document = _document(scene, documents)
    reasons = document["reasons"] if document else []
    script = document["script"] if document else None
    verdict, reason, why = _unrecorded(call, invite)
    return Played(
        scene=scene,
        verdict=document["verdict"] if document else verdict,
        reason=reasons[0]["code"] if reasons else reason if not document else "",
        why=reasons[0]["text"] if reasons else script["why"] if script else why,
        not_before=(document or {}).get("not_before") or "",
        trunk=invite.number if invite else "",
        script=f"{script['id']}/{script['variant']}" if script else "",
        milliseconds=(left_at - sent.at) / timedelta(milliseconds=1) if left_at else None,
    )


def _document(scene: Scene, documents: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The recorded verdict of this scene: by number and by operator."""
    digits = re.sub(r"\D", "", scene.dials)[-10:]
    operator = "anna" if scene.phone == ANNA else "bruno"
    found = [d for d in documents if (d["callee"] or "").endswith(digits) and d["operator"] == operator]
    return found[0] if found and len(digits) > 3 else None  # 112 is never recorded


def _unrecorded(call: PlacedCall, invite: Invite | None) -> tuple[str, str, str]:
    """What the dialplan said by itself, read from what phone and carrier saw."""
    status = call.so_far().status
    if invite is not None:
        return "exempt", "", "Emergency numbers are never gated, with or without a gate."
    match status:
        case 503:
            return "unavailable", "facts_unavailable", "No gate answers, so nothing is let out unchecked."
        case 403:
            return "deny", "number_invalid", "This is not a telephone number: only digits can be dialled."
        case _:
            return f"SIP {status}", "", ""


def _sunday_morning(installation: Installation) -> dict[str, Any]:
    """What `garbo check --at` says of a call next Sunday at eleven, while the register's answer still holds."""
    today = datetime.now(_ROME)
    sunday = (today + timedelta(days=7 - today.weekday() % 7 - 1 or 7)).replace(
        hour=11, minute=0, second=0, microsecond=0
    )
    document = installation.garbo(
        *("check", QUIET, "--campaign", HOURS, "--operator", "anna", "--at", sunday.isoformat()),
        codes=(0, 3, 4),
    )
    return dict(document)


def _print(played: list[Played], sunday: dict[str, Any], version: str) -> None:
    table = Table(
        title=f"What left the PBX, and what did not (Asterisk {version.split('+')[0]}, real calls, invented people)",
        caption="ms: from the phone's INVITE until the call left for the carrier, or the caller began to hear the "
        "refusal. Times are those of Rome.",
        show_lines=True,
    )
    for heading in ("who is called", "dialled as", "verdict", "why", "allowed from", "reached the trunk", "script"):
        table.add_column(heading, overflow="fold")
    table.add_column("ms", justify="right")
    table.add_column("", justify="center")
    for row in played:
        table.add_row(
            row.scene.who,
            row.scene.dials,
            _coloured(row.verdict),
            f"{row.why}\n[dim]{row.reason}[/]".strip(),
            _local(row.not_before),
            row.trunk or "nothing",
            row.script or "–",
            f"{row.milliseconds:.0f}" if row.milliseconds is not None else "–",
            "[green]✓[/]" if row.as_it_should else "[red]✗[/]",
        )
    reason = sunday["reasons"][0] if sunday["reasons"] else {"text": "", "code": ""}
    table.add_row(
        "A call next Sunday at eleven (garbo check --at)",
        QUIET,
        _coloured(sunday["verdict"]),
        f"{reason['text']}\n[dim]{reason['code']}[/]",
        _local(sunday["not_before"] or ""),
        "not dialled",
        "–",
        "–",
        "[green]✓[/]" if sunday["verdict"] == "defer" else "[red]✗[/]",
    )
    Console(width=None if sys.stdout.isatty() else 170).print(table)


_COLOURS = {"permit": "green", "exempt": "cyan", "defer": "yellow", "deny": "red", "unavailable": "magenta"}


def _coloured(verdict: str) -> str:
    return f"[bold {_COLOURS.get(verdict, 'white')}]{verdict}[/]"


def _local(instant: str) -> str:
    if not instant:
        return "–"
    at = datetime.fromisoformat(instant).astimezone(_ROME)
    # To the next full minute: a minute too early it would still be refused.
    at += timedelta(seconds=-at.timestamp() % 60)
    return at.strftime("%a %d %b %Y %H:%M")


def _stay(pbx: RunningAsterisk, gate: Gate, installation: Installation) -> None:
    """Print how to use it, and wait for Ctrl-C."""
    permitted = gate.events("call.permitted")[-1]["call_id"]
    keyring = read_keyring(installation.folder / "garbo.key")
    link = f"{gate.web_url}/s/{keyring.link(permitted, datetime.now(UTC) + timedelta(hours=4))}"
    _progress.print(
        f"\nSoftphone: user [bold]{pbx.softphone_user}[/], password [bold]{pbx.softphone_password}[/] (a test secret), "
        f"server [bold]{pbx.sip_host}:{pbx.sip_port}[/] (UDP)\n"
        f"Dial any number of the table, or 112. The carrier is SIPp: it answers and echoes what you say.\n"
        f"An operator's script page, of the former customer above: {link}\n"
        f"The desk: {gate.web_url}/desk as [bold]you[/] (the softphone), anna or bruno; "
        f"the floor: {gate.web_url}/floor as [bold]{SUPERVISOR}[/]; password [bold]{PASSWORD}[/]\n"
        f"Readiness: {gate.web_url}/readyz\n"
        f"Commands: garbo --config {installation.folder / 'garbo.toml'} calls list\n"
        "Ctrl-C ends it all.",
        soft_wrap=True,
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()


if __name__ == "__main__":
    sys.exit(main())
