"""What a callee hears while no operator is there: rendered, always the same, and never silence."""

import io
import itertools
import struct
import wave
from pathlib import Path

from ari_app.asterisk.waiting import SECONDS, noise, render_waiting

STORED = Path(__file__).parents[2] / "dialplan" / "extensions_garbo_wait.conf"


def samples() -> tuple[int, ...]:
    """Of the noise."""
    with wave.open(io.BytesIO(noise())) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, 8000)
        assert read.getnframes() == SECONDS * 8000
        return struct.unpack(f"<{read.getnframes()}h", read.readframes(read.getnframes()))


def loudness(some: tuple[int, ...]) -> float:
    """Root mean square."""
    return float((sum(each * each for each in some) / len(some)) ** 0.5)


def test_the_noise_is_quiet_and_nowhere_silent() -> None:
    """In no twentieth of a second; no sample is cut off, and where the loop closes it does not click."""
    heard = samples()
    parts = [loudness(heard[at : at + 400]) for at in range(0, len(heard), 400)]
    assert 300 < min(parts) < max(parts) < 800
    assert max(map(abs, heard)) < 5000
    steps = sorted(abs(after - before) for before, after in itertools.pairwise(heard))
    assert abs(heard[0] - heard[-1]) <= steps[-1]


def test_the_noise_is_the_same_each_time() -> None:
    """Who makes it again changes nothing."""
    assert noise() == noise()


def test_the_stored_dialplan_is_the_rendered_one() -> None:
    """`dialplan/extensions_garbo_wait.conf` is never edited by hand."""
    assert render_waiting(limit_s=3, sounds="/x")["extensions_garbo_wait.conf"].decode() == STORED.read_text()


def test_limit_and_folder_are_as_asked() -> None:
    """In the one file each."""
    files = render_waiting(limit_s=2.5, sounds="/srv/sounds/garbo-wait")
    assert b"MusicOnHold(garbo-wait,2.5)" in files["extensions_garbo_wait.conf"]
    assert b"directory = /srv/sounds/garbo-wait\n" in files["musiconhold_garbo.conf"]
    assert list(files) == ["extensions_garbo_wait.conf", "musiconhold_garbo.conf", "garbo-wait/noise.wav"]
