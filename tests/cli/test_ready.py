"""What `/readyz` waits for, by the door that is configured."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from ari_app.asterisk.greeting import Pbx
from ari_app.config import load_settings
from ari_app.main.doors import doors
from ari_app.main.guards import Guard


@dataclass
class Ari:
    """Implements main.doors.Connection."""

    connected: bool
    pbx: Pbx | None


OLD = Pbx(version="16.28.0", asterisk_id="pbx-old", started_at=None)
NEW = Pbx(version="22.10.1", asterisk_id="pbx-new", started_at=None)


@pytest.mark.parametrize(
    ("door", "pbx", "needed"),
    [
        ("stasis", OLD, {"ari": False}),
        ("fastagi", None, {"fastagi": True}),
        ("auto", None, {"ari": False}),
        ("auto", NEW, {"ari": False}),
        ("auto", OLD, {"ari": False, "fastagi": True}),
    ],
)
def test_ready_is_what_the_door_needs(tmp_path: Path, door: str, pbx: Pbx | None, needed: dict[str, bool]) -> None:
    """Nobody who asks by FastAGI waits for ARI; where it is found out, both doors of an old Asterisk must be open."""
    file = tmp_path / "garbo.toml"
    file.write_text(f'[asterisk]\ndoor = "{door}"\n')
    opened = doors(load_settings(file, {}), Ari(connected=False, pbx=pbx), [Guard(ready={"fastagi": lambda: True})])
    assert opened() == needed
