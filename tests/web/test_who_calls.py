"""Judged through the real store, on both engines: the operator in the record is whoever sits at the calling phone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ari_app.config import load_settings, read_or_create_keyring
from ari_app.desk.seats import Seats
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.main.courtroom import Courtroom, open_courtroom
from ari_app.policy.request import Ask, Campaign, Door, Operator, Purpose
from ari_app.ports.switch import endpoint
from ari_app.stores import installation
from ari_app.stores.directory import Directory
from ari_app.stores.phones import SqlPhones
from tests.stores.databases import database_url
from tests.web.signing_in import Heard

__all__ = ["database_url"]
ADSL = Campaign(
    id="adsl",
    principal="fastnet",
    purpose=Purpose.SERVICE,
    sector="telecom",
    packs=(),
    trunk="trunk",
    caller_id="+390200000001",
    region="IT",
)
ANNA = Operator(id="anna", endpoint="PJSIP/101", language="it")
BRUNO = Operator(id="bruno", endpoint="PJSIP/102", language="it", campaigns=("closed-shop",))


@dataclass
class Floor:
    """A gate and its seats."""

    room: Courtroom
    seats: Seats
    calls: int = 0

    async def caller(self, channel: str, *, said: str = "", campaign: str = "adsl") -> str:
        """The operator in the record of a call from this channel; `said` is `GARBO_OPERATOR`."""
        self.calls += 1
        ask = Ask(
            dialled=f"333 000{self.calls:04}",
            door=Door.STASIS,
            campaign=campaign,
            operator=said,
            endpoint=endpoint(channel),
            channel_id=channel,
        )
        record = await self.room.judge.judge(ask)
        held = await self.room.verdicts.show(record.call_id)
        assert held is not None
        assert held.operator == record.operator
        return record.operator


@pytest.fixture
async def floor(database_url: str, tmp_path: Path) -> AsyncIterator[Floor]:
    """Anna and Bruno with a phone each, Carla with none."""
    file = tmp_path / "garbo.toml"
    file.write_text(f'[database]\nurl = "{database_url}"\n[gate]\ndeadline_ms = 5000\n')
    settings = load_settings(file, {})
    keyring = read_or_create_keyring(settings.privacy.hash_key_file)
    database = open_database(settings)
    installation.claim(database, keyring.key_id)
    directory = Directory(database)
    directory.add_principal("fastnet", name="Fastnet", country="IT")
    for campaign in (ADSL, replace(ADSL, id="closed-shop")):
        directory.add_campaign(campaign)
    for operator in (ANNA, BRUNO, Operator(id="carla", endpoint="", language="it")):
        directory.add_operator(operator)
    room = open_courtroom(settings, database)
    phones = SqlPhones(database, SystemClock())
    yield Floor(room, Seats(phones, observer=Heard(), moved=lambda _: None))
    await room.close()
    database.close()


async def test_a_phone_of_ones_own(floor: Floor) -> None:
    """As ever: the operator whose endpoint calls; nobody for one that nobody has."""
    assert await floor.caller("PJSIP/101-0000001a") == "anna"
    assert await floor.caller("PJSIP/999-0000001b") == ""


async def test_a_dialers_conference(floor: Floor) -> None:
    """As VICIdial's: its Local channel is whose session it is; the next one's the next call's."""
    await floor.seats.sit("anna", "Local/8600051@default", said_by="01TOKEN")
    assert await floor.caller("Local/8600051@default-0000001a;2") == "anna"
    assert await floor.caller("PJSIP/101-0000001b") == "anna"
    await floor.seats.sit("carla", "Local/8600051@default", said_by="01TOKEN")
    assert await floor.caller("Local/8600051@default-0000001c;2") == "carla"
    assert await floor.caller("PJSIP/101-0000001d") == "anna"
    await floor.seats.leave("carla")
    assert await floor.caller("Local/8600051@default-0000001e;2") == ""


async def test_a_queue_member(floor: Floor) -> None:
    """Named as in queues.conf, with its options; its channels have none."""
    await floor.seats.sit("carla", "Local/205@from-queue/n", said_by="cli")
    assert await floor.caller("Local/205@from-queue-000000a1;1") == "carla"
    await floor.seats.sit("carla", "sip/205", said_by="cli")
    assert await floor.caller("SIP/205-000000a2") == "carla"
    assert await floor.caller("Local/205@from-queue-000000a3;1") == ""


async def test_who_is_named_is_believed(floor: Floor) -> None:
    """`GARBO_OPERATOR`, wherever the call comes from and whoever sits there; an unknown one is nobody else."""
    await floor.seats.sit("carla", "PJSIP/101", said_by="cli")
    assert await floor.caller("Local/3330001234@default-0000001a;2", said="bruno") == "bruno"
    assert await floor.caller("PJSIP/101-0000001b", said="anna") == "anna"
    assert await floor.caller("PJSIP/101-0000001c", said="ghost") == "ghost"
    assert await floor.caller("PJSIP/101-0000001d") == "carla"


async def test_a_shared_phone(floor: Floor) -> None:
    """Whoever sat down last, from the very next call on; leaving gives it back to whose own it is."""
    await floor.seats.sit("carla", "PJSIP/101")
    assert await floor.caller("PJSIP/101-0000001a") == "carla"
    await floor.seats.sit("bruno", "PJSIP/101")
    assert await floor.caller("PJSIP/101-0000001b") == "bruno"
    assert await floor.caller("PJSIP/102-0000001c") == "bruno"
    await floor.seats.leave("bruno")
    assert await floor.caller("PJSIP/101-0000001d") == "anna"


async def test_the_campaign_follows_who_sits_there(floor: Floor) -> None:
    """A call that names none is of the sitter's only campaign; a campaign that names operators asks who sits there."""
    ask = Ask(dialled="333 0009999", door=Door.STASIS, endpoint="PJSIP/101")
    await floor.seats.sit("bruno", "PJSIP/101")
    assert (await floor.room.judge.judge(ask)).campaign == "closed-shop"
    await floor.seats.sit("carla", "PJSIP/102")
    ask = Ask(dialled="333 0009998", door=Door.STASIS, endpoint="PJSIP/102", campaign="closed-shop")
    record = await floor.room.judge.judge(ask)
    assert (record.operator, [reason.code for reason in record.reasons]) == ("carla", ["operator_not_allowed"])
