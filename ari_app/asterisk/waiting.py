"""
What a callee hears while no operator is there: a dialplan piece, a class of music on hold, and the noise it plays.

The noise is made here and always the same: nobody owns it, and it says no more than that the line is open.
Source: IT, Garante 20.2.2014 n. 83 (no silence while somebody waits).
"""

import io
import struct
import wave
from collections.abc import Iterator, Sequence
from importlib import resources
from itertools import islice
from random import Random

from jinja2 import StrictUndefined, Template

SOUNDS = "garbo-wait"
"""The folder of the noise."""
SECONDS = 20
"""A loop so long is not heard as one."""
_RATE = 8000
_SEED = 2014
_LOUDNESS = 500
"""Root mean square of the samples: 36 dB below the loudest, a room in which nobody speaks."""
_SOFTENED = 0.6
"""Of each sample this much is the one before it: less hiss, more room."""
_SEAM = _RATE // 4
"""Samples over which the end becomes the beginning."""


def render_waiting(*, limit_s: float, sounds: str) -> dict[str, bytes]:
    """
    File name to content. `limit_s`: where nothing watches over AMI, a call without an operator ends after so long.

    `sounds` is the folder of the noise, as Asterisk finds it.
    """
    return {
        "extensions_garbo_wait.conf": _filled("extensions_garbo_wait.conf", limit_s=f"{limit_s:g}"),
        "musiconhold_garbo.conf": _filled("musiconhold_garbo.conf", sounds=sounds),
        f"{SOUNDS}/noise.wav": noise(),
    }


def noise() -> bytes:
    """A WAV file that every Asterisk plays: 8 kHz, 16 bits, one channel."""
    samples = _looped(list(islice(_hiss(Random(_SEED)), _RATE * SECONDS + _SEAM)))  # noqa: S311  it is to be heard  # nosec B311
    loudness = (sum(each * each for each in samples) / len(samples)) ** 0.5
    whole = [round(each * _LOUDNESS / loudness) for each in samples]
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(_RATE)
        written.writeframes(struct.pack(f"<{len(whole)}h", *whole))
    return file.getvalue()


def _hiss(random: Random) -> Iterator[float]:
    before = 0.0
    while True:
        # Three even ones are nearly bell-shaped; `gauss` is promised to nobody between releases of Python.
        drawn = sum(random.random() for _ in range(3)) - 1.5  # it is to be heard  # nosec B311
        before = _SOFTENED * before + (1 - _SOFTENED) * drawn
        yield before


def _looped(samples: Sequence[float]) -> list[float]:
    """Without its last quarter of a second, which is blended into the first."""
    loop, over = list(samples[:-_SEAM]), samples[-_SEAM:]
    for place, each in enumerate(over):
        share = place / _SEAM
        loop[place] = loop[place] * share**0.5 + each * (1 - share) ** 0.5  # of equal loudness all the way
    return loop


def _filled(name: str, **values: str) -> bytes:
    text = (resources.files("ari_app.asterisk") / f"{name}.jinja").read_text("utf-8")
    template = Template(
        text,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        variable_start_string="<<",
        variable_end_string=">>",
    )
    rendered: str = template.render(values)
    return rendered.encode()
