"""`garbo bypass list`: calls that went round the gate."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ari_app.config import load_settings
from ari_app.main import open_bypasses
from ari_app.policy.numbers import Number
from ari_app.ports.bypasses import Bypass, Done, Way, Why
from tests.cli.conftest import Run, Told

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_bypasses_are_listed(told: Told, run: Run, tmp_path: Path) -> None:
    """The newest first, as a table or a document, without a number; an instant that is none is wrong input."""
    assert told("bypass", "list") == []
    store = open_bypasses(load_settings(tmp_path / "garbo.toml", {}))
    for hour in range(2):
        found = Bypass(
            id=f"pbx-1.{hour}",
            at=AT + timedelta(hours=hour),
            gate="garbo-a",
            trunk="PJSIP/trunk",
            channel="PJSIP/trunk-0000000a",
            caller="PJSIP/101",
            callee=Number("+393330000001"),
            way=Way.DIALLED,
            where={"context": "from-internal", "exten": "s", "application": "Dial"},
            why=Why.NO_PERMIT,
            done=Done.HUNG_UP,
            took_ms=1.5,
        )
        asyncio.run(store.record(found))
    listed = told("bypass", "list")
    assert [each["id"] for each in listed] == ["pbx-1.1", "pbx-1.0"]
    assert "number_key" not in listed[0]
    assert len(told("bypass", "list", "--since", (AT + timedelta(minutes=30)).isoformat())) == 1
    table = run("bypass", "list")
    assert table.exit_code == 0
    assert "from-internal" in table.stdout
    assert run("bypass", "list", "--since", "yesterday-ish").exit_code == 2
