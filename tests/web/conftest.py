"""A web application over invented calls."""

import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer

from ari_app.policy.keyring import Keyring
from ari_app.policy.record import Evidence, PackRef, VerdictRecord
from ari_app.policy.scripts import Script, ScriptChoice, Step, StepKind
from ari_app.ports.tokens import Grant
from ari_app.ports.verdicts import StoreUnavailable
from ari_app.web import create_app

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
CALL_ID = "01KB0000000000000000000001"

FACTS = {
    "suppressions": {"value": [], "as_of": "2026-11-24T10:15:00+00:00"},
    "customer": {
        "value": {"status": "ended", "products": ["fibra"], "since": "2020-01-01T00:00:00+00:00", "until": None},
        "as_of": "2026-11-24T10:15:00+00:00",
    },
    "attempts": {
        "value": [
            {
                "call_id": "x",
                "campaign": "adsl",
                "at": "2026-10-01T16:30:00Z",
                "operator": "anna",
                "outcome": "answered",
            },
            {"call_id": "y", "campaign": "adsl", "at": "2026-09-01T16:30:00Z", "operator": "", "outcome": None},
        ],
        "as_of": "2026-11-24T10:15:00+00:00",
    },
}

RECORD = VerdictRecord(
    call_id=CALL_ID,
    verdict="permit",
    callee="+393471234501",
    campaign="adsl-autunno",
    principal="fastnet",
    operator="anna",
    decided_at=NOW,
    reasons=(),
    not_before=None,
    script=ScriptChoice(
        id="offerta", version="3", variant="former_customer", language="it", why="È stato cliente di <Fastnet>."
    ),
    caller_id="+390844123456",
    packs=(
        PackRef(id="core", version="1", sha256="00", status="reviewed"),
        PackRef(id="it", version="2026.11", sha256="11", status="draft"),
    ),
    mode="enforce",
    degraded=False,
    dialled="3471234501",
    number="+393471234501",
    trunk="PJSIP/trunk",
    language="it",
    purpose="acquisition",
    evidence=Evidence(
        facts=FACTS,
        trace=(),
        libraries={},
        gate="garbo-a",
        asterisk_id="",
        channel_id="",
        door="stasis",
        direction="outbound",
    ),
)

SCRIPT = Script(
    id="offerta",
    version="3",
    title={"it": "Offerta d'autunno", "en": "Autumn offer"},
    sha256="22",
    steps=(
        Step(
            id="saluto",
            kind=StepKind.SAY,
            text={"it": "Buongiorno.", "en": "Good morning."},
            variants={"former_customer": {"it": "Bentornato.\n\nHa <un minuto>?", "en": "Welcome back."}},
        ),
    ),
)


@dataclass(slots=True)
class InventedPages:
    """Implements web.Pages over one record."""

    records: dict[str, VerdictRecord] = field(default_factory=lambda: {CALL_ID: RECORD})
    unavailable: bool = False

    async def call(self, call_id: str) -> VerdictRecord | None:
        if self.unavailable:
            raise StoreUnavailable("no database")
        return self.records.get(call_id)

    async def script(self, script_id: str, script_version: str) -> Script | None:
        return SCRIPT if (script_id, script_version) == (SCRIPT.id, SCRIPT.version) else None

    def change(self, **changes: object) -> None:
        """Change the one record."""
        self.records[CALL_ID] = replace(self.records[CALL_ID], **changes)  # type: ignore[arg-type]


class FixedClock:
    """Always the same instant."""

    def now(self) -> datetime:
        return NOW


@dataclass(slots=True)
class NoDeliveries:
    """Implements web.Deliveries where nobody has a token."""

    shown: list[str] = field(default_factory=list)

    async def granted(self, secret: str) -> Grant | None:
        self.shown.append(secret)
        return None

    async def take(self, principal: str, body: bytes, *, key: str) -> Mapping[str, object]:
        raise StoreUnavailable(f"nothing is taken here: {principal}, {len(body)}, {key}")


KEYRING = Keyring.from_secret(b"\x07" * 32)
LINK = "/s/" + KEYRING.link(CALL_ID, NOW + timedelta(hours=4))


@pytest.fixture
def pages() -> InventedPages:
    """The calls behind the pages."""
    return InventedPages()


@pytest.fixture
def parts() -> dict[str, bool]:
    """What readiness depends on."""
    return {"ari": True, "database": True}


@dataclass(slots=True)
class Scrapes:
    """Makes the page of the metrics, and notes on which thread."""

    threads: list[str] = field(default_factory=list)

    def page(self) -> bytes:
        """The same every time."""
        self.threads.append(threading.current_thread().name)
        return b"garbo_build_info 1.0\n"


@pytest.fixture
def scrapes() -> Scrapes:
    """How often the metrics were made."""
    return Scrapes()


@pytest.fixture
async def server(pages: InventedPages, parts: dict[str, bool], scrapes: "Scrapes") -> AsyncIterator[TestServer]:
    """The application on a port of its own."""
    app = create_app(
        pages=pages,
        keyring=KEYRING,
        clock=FixedClock(),
        ready=lambda: parts,
        metrics=scrapes.page,
        deliveries=NoDeliveries(),
    )
    running = TestServer(app)
    async with running:
        yield running


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[TestClient]:  # type: ignore[type-arg]  # aiohttp's own two parameters
    """Somebody who asks for pages."""
    async with TestClient(server) as asking:
        yield asking
