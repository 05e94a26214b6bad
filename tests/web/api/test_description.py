"""The description held against the server by schemathesis: what it says may be sent is taken, and nothing else."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from tests.stores.databases import fresh, sqlite_template
from tests.web.api.over import api_over

__all__ = ["sqlite_template"]
_EXAMPLES = 12
_CONFIG = {
    "checks": {
        # No schema says that a number is one, that a campaign exists, or which word needs which value.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]},
        "negative_data_rejection": {"expected-statuses": ["400", "401", "403", "404", "405", "413", "415", "422"]},
    }
}
_FIRST, _LAST = datetime(2000, 1, 2), datetime(2099, 12, 30)  # noqa: DTZ001  the zone is written behind them
schemathesis.openapi.format(
    "date-time", st.datetimes(min_value=_FIRST, max_value=_LAST).map(lambda at: f"{at.isoformat(timespec='seconds')}Z")
)


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The API on a thread and a loop of its own: its address, and a token."""
    url = fresh(request, tmp_path, "sqlite")
    ready: Future[tuple[str, str]] = Future()
    loop = asyncio.new_event_loop()
    stopping = asyncio.Event()

    async def serve() -> None:
        async with api_over(url, tmp_path, per_minute=1_000_000) as api:
            ready.set_result((str(api.server.make_url("/")), api.token))
            await stopping.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    yield ready.result(timeout=30)
    loop.call_soon_threadsafe(stopping.set)
    thread.join()
    loop.close()


def test_the_server_does_as_it_is_described(served: tuple[str, str]) -> None:
    """Every endpoint, every check, with data that fits its schema and data that does not."""
    address, token = served
    schema = schemathesis.openapi.from_url(f"{address}api/openapi.json", config=SchemathesisConfig.from_dict(_CONFIG))
    headers = {"Authorization": f"Bearer {token}"}
    seen: set[str] = set()
    said: Counter[tuple[str, int]] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()
        seen.add(operation.label)
        for mode in schemathesis.GenerationMode:

            @settings(
                max_examples=_EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def hold(case: Any) -> None:
                said[
                    case.meta.generation.mode.value,
                    case.call_and_validate(base_url=address, headers=headers).status_code,
                ] += 1

            hold()
    assert len(seen) == 9
    assert said["positive", 200] > _EXAMPLES
    assert said["negative", 422] > _EXAMPLES
