"""Every way out that a person or a dialer can take: how a test takes it, and what is claimed of it."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from docker.lab import ami, ari
from docker.lab.ports import PortBlock
from docker.lab.sip_log import poll
from docker.lab.sipp import Sipp
from tests.e2e.conftest import ANNA, BRUNO, CARLA, Lab

Guard = Literal["gate", "dialplan", "watch"]
"""Who stops it: the gate's verdict; the dialplan, which asks nobody; or the watch, as it goes round the gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A way that was taken."""

    over: Callable[[], bool] = lambda: True
    """Whether what it began with has had its answer."""
    stop: Callable[[], None] = lambda: None
    """Takes its phone away."""


Take = Callable[[Lab, str], Taken]

DIALPLAN = """
[from-operators](+)
; 80 and 81: somebody who answers, to be transferred; 81 by the PBX's own feature.
exten => 80,1,Set(__GARBO_OPERATOR=anna)
 same => n,Set(__TRANSFER_CONTEXT=from-operators)
 same => n,Dial(Local/answers@ways-in/n)
exten => _81X.,1,Set(__GARBO_OPERATOR=anna)
 same => n,Set(__TRANSFER_CONTEXT=from-operators)
 same => n,Dial(Local/answers@ways-in/n,,T)
; 82: a colleague, whose phone is forwarded.
exten => 82,1,Set(__GARBO_OPERATOR=anna)
 same => n,Dial(PJSIP/102)
 same => n,Hangup(${HANGUPCAUSE})
; 83, 84: through a Local channel.
exten => _83X.,1,Set(__GARBO_OPERATOR=anna)
 same => n,Dial(Local/${FILTER(0-9+,${EXTEN:2})}@garbo-outbound)
 same => n,Hangup(${HANGUPCAUSE})
exten => _84X.,1,Set(__GARBO_OPERATOR=anna)
 same => n,Dial(Local/${FILTER(0-9+,${EXTEN:2})}@garbo-outbound/n)
 same => n,Hangup(${HANGUPCAUSE})
; 85: the second trunk, by its campaign; its carrier forwards some numbers by 302.
exten => _85X.,1,Set(GARBO_CAMPAIGN=second)
 same => n,Goto(garbo-outbound,${FILTER(0-9+,${EXTEN:2})},1)
; 87, 88: a dialplan that dials the trunk without asking.
exten => _87X.,1,Dial(PJSIP/${FILTER(0-9+,${EXTEN:2})}@trunk)
 same => n,Hangup(${HANGUPCAUSE})
exten => _88X.,1,Dial(PJSIP/${FILTER(0-9+,${EXTEN:2})}@trunk2)
 same => n,Hangup(${HANGUPCAUSE})
; Feature codes: *61 calls back and connects, *62 dials a stored number, *63 invites into a conference.
exten => _*61X.,1,Answer()
 same => n,Originate(Local/${EXTEN:3}@garbo-outbound,exten,ways-in,answers,1,10,v(__GARBO_OPERATOR=anna))
 same => n,Hangup(16)
exten => _*62X.,1,Goto(garbo-outbound,${FILTER(0-9+,${EXTEN:3})},1)
exten => _*63X.,1,Answer()
 same => n,Originate(Local/${FILTER(0-9+,${EXTEN:3})}@garbo-outbound/n,exten,ways-in,room,1,10,v(__GARBO_OPERATOR=anna))
 same => n,Hangup(16)
[ways-in]
exten => answers,1,Answer()
 same => n,Wait(60)
exten => room,1,Answer()
 same => n,ConfBridge(ways)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way out."""

    name: str
    take: Take
    """Begins it, for a number of digits alone."""
    guard: Guard = "gate"
    needs: str = ""
    """The right that it needs; empty: any phone has it."""
    leads_to: Literal["", "forward", "phone"] = ""
    """Its number is fixed beforehand: where the carrier's 302 leads, or the forwarded phone."""


FORWARDED = "+393339990001"
"""Where the second carrier's 302 leads."""


def _is_forwarded(lab: Lab, number: str) -> Taken:
    del number
    return _dials()(lab, "853330990302")


def _calls_a_forwarded_phone(lab: Lab, number: str) -> Taken:
    del number
    return _dials()(lab, "82")


def _dials(prefix: str = "", suffix: str = "", phone: str = ANNA) -> Take:
    def take(lab: Lab, number: str) -> Taken:
        call = lab.start(f"{prefix}{number}{suffix}", phone=phone)
        return Taken(over=lambda: call.so_far().status != 0, stop=call.stop)

    return take


def _transfers_blindly(lab: Lab, number: str) -> Taken:
    folder = Path(tempfile.mkdtemp(prefix="transfer-", dir=lab.pbx.folder))
    media = PortBlock.claim(BRUNO, 100, fixed=9)
    address = ["-i", BRUNO, "-bind_local", "-p", str(media.first + 1), "-mi", BRUNO, "-mp", str(media.first + 4)]
    words = {"DIAL": "80", "TARGET": number}
    phone = Sipp(folder, "transfer.xml", words, [f"127.0.0.1:{lab.pbx.sip_port}", *address, "-m", "1", "-trace_msg"])

    def stop() -> None:
        phone.stop()
        media.release()

    return Taken(over=lambda: not phone.is_running, stop=stop)


def _transfers_with_a_word(lab: Lab, number: str) -> Taken:
    call = lab.start(f"81{number}", phone=CARLA)
    channel = poll(lambda: _bridged(lab, f"81{number}"), bool, timedelta(seconds=10))
    said = asks_ami(lab, Action="Atxfer", Channel=channel, Context="from-operators", Exten=number)
    assert said.startswith("Success"), said
    return Taken(stop=call.stop)


def _bridged(lab: Lab, extension: str) -> str:
    """The channel that dialled so, once it is in a bridge; empty until then."""
    lines = [line.split("!") for line in lab.pbx.cli("core show channels concise").splitlines() if "!" in line]
    return next((line[0] for line in lines if line[2] == extension and len(line[-2]) > 8), "")


def asks_ami(lab: Lab, **headers: str) -> str:
    """What AMI answers to the lab's own user, who may do all that Garbo needs."""
    return ami.action(lab.pbx.ami_port, lab.pbx.ami_user, lab.pbx.ami_password, **headers)


def _by_ami(channel: str) -> Take:
    def take(lab: Lab, number: str) -> Taken:
        asks_ami(
            lab,
            Action="Originate",
            Channel=channel.format(number),
            Context="ways-in",
            Exten="answers",
            Priority="1",
            Variable="__GARBO_OPERATOR=anna",
            Async="true",
        )
        return Taken()

    return take


def _by_ari(channel: str) -> Take:
    def take(lab: Lab, number: str) -> Taken:
        place = {"endpoint": channel.format(number), "context": "ways-in", "extension": "answers", "priority": 1}
        url = f"{lab.pbx.ari_url}/channels?{urlencode(place)}"
        ari.request("POST", url, lab.pbx.ari_user, lab.pbx.ari_password)
        return Taken()

    return take


def _by_file(channel: str) -> Take:
    def take(lab: Lab, number: str) -> Taken:
        name = f"{channel[:5].replace('/', '')}{number}"
        made = lab.pbx.folder / "spool" / "tmp" / name
        made.write_text(
            f"Channel: {channel.format(number)}\nContext: ways-in\nExtension: answers\nPriority: 1\nWaitTime: 10\n"
            "MaxRetries: 0\nSetVar: __GARBO_OPERATOR=anna\n"
        )
        sent = made.rename(lab.pbx.folder / "spool" / "outgoing" / name)
        return Taken(over=lambda: not sent.exists())

    return take


_ORIGINATE = "the right to originate"
_LOCAL, _LOCAL_N, _TRUNK = "Local/{}@garbo-outbound", "Local/{}@garbo-outbound/n", "PJSIP/{}@trunk"
_FILES = "write access to the PBX's spool folder"

WAYS = (
    Way(name="dial", take=_dials()),
    Way(name="blind transfer (REFER)", take=_transfers_blindly),
    Way(name="attended transfer (feature code)", take=_transfers_with_a_word),
    Way(name="forward by the carrier (302)", take=_is_forwarded, guard="dialplan", leads_to="forward"),
    Way(name="forwarded phone (302)", take=_calls_a_forwarded_phone, leads_to="phone"),
    Way(name="dial through a Local channel", take=_dials("83")),
    Way(name="dial through a Local channel, /n", take=_dials("84")),
    Way(name="second trunk, by its campaign", take=_dials("85")),
    Way(name="feature code that calls back", take=_dials("*61", phone=BRUNO)),
    Way(name="feature code for a stored number", take=_dials("*62")),
    Way(name="conference invitation", take=_dials("*63", phone=BRUNO)),
    Way(name="AMI Originate, Local", take=_by_ami(_LOCAL), needs=_ORIGINATE),
    Way(name="AMI Originate, Local /n", take=_by_ami(_LOCAL_N), needs=_ORIGINATE),
    Way(name="ARI originate, Local", take=_by_ari(_LOCAL), needs=_ORIGINATE),
    Way(name="ARI originate, Local /n", take=_by_ari(_LOCAL_N), needs=_ORIGINATE),
    Way(name="call file, Local", take=_by_file(_LOCAL), needs=_FILES),
    Way(name="URI of another host, number@other", take=_dials(suffix="@other.invalid"), guard="dialplan"),
    Way(name="URI with parameters, number;phone-context=", take=_dials(suffix=";phone-context=+39"), guard="dialplan"),
    Way(name="dial string of a trunk, PJSIP/number@trunk", take=_dials("PJSIP/", "@trunk"), guard="dialplan"),
    Way(name="feature code that is none", take=_dials("*99"), guard="dialplan"),
    Way(name="dialplan that dials the trunk", take=_dials("87"), guard="watch", needs="write access to the dialplan"),
    Way(name="dialplan that dials the second trunk", take=_dials("88"), guard="watch", needs="the same"),
    Way(name="AMI Originate, straight to the trunk", take=_by_ami(_TRUNK), guard="watch", needs=_ORIGINATE),
    Way(name="ARI originate, straight to the trunk", take=_by_ari(_TRUNK), guard="watch", needs=_ORIGINATE),
    Way(name="call file, straight to the trunk", take=_by_file(_TRUNK), guard="watch", needs=_FILES),
)
