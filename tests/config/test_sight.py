"""What the process tells about itself: no telephone number, never an exception, honest quantiles."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ari_app.sight import StructlogObserver
from ari_app.sight.histogram import Histogram


@pytest.mark.parametrize(
    "value",
    [
        "+393471234501",
        "3471234501",
        "0039 347 123 4501",
        "call to +393471234501 failed",
        ["+393471234501"],
        {"a": "+393471234501"},
    ],
)
def test_numbers_are_masked_wherever_they_stand(value: object) -> None:
    """Alone, in a sentence, in a list; ids, counts and instants stay as they are."""
    stream = io.StringIO()
    StructlogObserver(stream).event("call.denied", what=value, call_id="01KB0000000000000000000001", cause=21)
    line = json.loads(stream.getvalue())
    assert "1234" not in json.dumps({"what": line["what"]})
    assert (line["event"], line["call_id"], line["cause"]) == ("call.denied", "01KB0000000000000000000001", 21)
    assert line["timestamp"].endswith("Z")


def test_a_log_that_cannot_be_written_raises_nothing() -> None:
    """A verdict must never fail for a log line."""
    stream = io.StringIO()
    observer = StructlogObserver(stream)
    stream.close()
    observer.event("call.denied", what=object())


def test_quantiles_are_never_better_than_measured() -> None:
    """At most a tenth worse."""
    histogram = Histogram()
    assert histogram.quantile(0.5) is None
    for value in range(1, 1001):
        histogram.add(value)
    for share, true in ((0.5, 500), (0.99, 990), (1.0, 1000)):
        told = histogram.quantile(share)
        assert told is not None
        assert true <= told <= true * 1.1


def test_figures_are_told_by_name() -> None:
    """Count, median, 99th percentile and highest."""
    observer = StructlogObserver(io.StringIO())
    observer.measure("verdict_ms", 2.0)
    observer.measure("verdict_ms", 0.0)
    figures = observer.figures()
    assert figures["verdict_ms_count"] == 2
    assert figures["verdict_ms_max"] == figures["verdict_ms_p99"] == 2.0


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("dialled PJSIP/3331234501@trunk in vain", "PJSIP/3331"),
        ("GET https://crm.example/c?phone=%2B393471234501&page=2", "&page=2"),
        ("called +39 347-123 45 01 twice", "called +39"),
        ("postgresql+psycopg://garbo:hunter21234@db.example/garbo: refused", "://garbo:***@db.example/garbo: refused"),
        ("http://garbo:hun@ter1234@pbx.example/ari", "://garbo:***@pbx.example/ari"),
        ("{'Authorization': 'Basic Z2FyYm86aHVudGVyMjEyMzQ='}", "Basic ***"),
        ("Authorization: Bearer gbt_hunter21234", "Bearer ***"),
        ("connect failed: password=hunter21234 host=db", "host=db"),
        ("api_key=hunter21234&x=1", "&x=1"),
    ],
)
def test_a_sentence_keeps_its_sense_without_numbers_and_secrets(said: str, kept: str) -> None:
    """Digits alone, percent-encoded, spaced; a URL's password, a header, what follows its name."""
    stream = io.StringIO()
    StructlogObserver(stream).event("service.failed", cause=RuntimeError(said), traceback=[said])
    line = stream.getvalue()
    assert "1234" not in line
    assert "aHVudGVy" not in line
    assert kept in line


@pytest.mark.parametrize(
    "said",
    ["2026-11-24T10:15:00.123456+00:00", "line 120 of 20000 in 300 ms", "01KB0000000000000000000001", "22.10.1"],
)
def test_what_is_no_number_stays(said: str) -> None:
    """Instants, counts, ids and versions."""
    stream = io.StringIO()
    StructlogObserver(stream).event("x", what=f"it was {said} then")
    assert json.loads(stream.getvalue())["what"] == f"it was {said} then"


_OTHERS = """
import asyncio, logging, sys, threading, warnings
from ari_app.sight import StructlogObserver
from ari_app.sight.foreign import hear_others
hear_others(StructlogObserver())
fault = ConnectionError("postgresql://garbo:hunter2@db/x while calling +393331234501")
logging.getLogger("sqlalchemy.engine").info("SELECT for 3331234501")
logging.getLogger("aiohttp.server").error("Error handling %s", "/x?n=%2B393331234501", exc_info=fault)
logging.getLogger("x").error("two %s %s", "3331234501")
warnings.warn("slow: 3331234501")
async def lost():
    async def fail(): raise fault
    task = asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
asyncio.run(lost())
thread = threading.Thread(target=lambda: 1 / 0 if not fault else (_ for _ in ()).throw(fault))
thread.start(); thread.join()
raise fault
"""


def test_what_libraries_and_python_log_is_masked_too() -> None:
    """Tracebacks, warnings, lost tasks, threads, and what ends the process: JSON lines, and nothing else."""
    done = subprocess.run([sys.executable, "-c", _OTHERS], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {line["event"] for line in lines} == {"foreign.logged", "thread.failed", "process.failed"}
    assert {line.get("logger") for line in lines} >= {"aiohttp.server", "asyncio", "py.warnings", "x"}
    assert "1234" not in done.stderr
    assert "hunter2" not in done.stderr
    assert "SELECT" not in done.stderr


_WATCH_FAILS = """
import os
from pathlib import Path
from ari_app.config import load_settings
from ari_app.main.watching import watch
watch(load_settings(Path(os.environ["GARBO_CONFIG"]), os.environ))
"""


def test_the_watch_masks_what_it_did_not_say_itself_too(tmp_path: Path) -> None:
    """Here a key that is away, in a folder whose name is a number: one JSON line without it."""
    config = tmp_path / "garbo.toml"
    config.write_text('[privacy]\nhash_key_file = "+393331234501/key"\n[asterisk]\nami_user = "garbo"\n')
    variables = {**os.environ, "GARBO_CONFIG": str(config), "GARBO_ASTERISK__GUARDED_TRUNKS": '["PJSIP/trunk"]'}
    done = subprocess.run(
        [sys.executable, "-c", _WATCH_FAILS], env=variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["process.failed"]
    assert "ConfigError" in done.stderr
    assert "1234" not in done.stderr
