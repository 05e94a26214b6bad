"""
Two hundred desks as one process of their own: each listens to its stream, and fetches its fragment on each change.

`python -m tests.bench.browsers URL DESKS`: says `ready` once every stream is open; when its standard input is closed it
says the processor time it took and what it saw, a list of [call id, phase, heard at, fetched at] in seconds of the
machine's monotonic clock, as JSON.
"""

import asyncio
import json
import sys
import time

import aiohttp

Sight = tuple[str, str, float, float]


async def desk(
    browser: aiohttp.ClientSession, url: str, name: str, open_: asyncio.Semaphore, seen: list[Sight]
) -> None:
    """One browser, for ever."""
    cookie = {"Cookie": f"person={name}.operator"}
    async with browser.get(f"{url}/desk/events", headers=cookie) as stream:
        open_.release()
        async for line in stream.content:
            if line.strip() != b"event: changed":
                continue
            heard_at = time.monotonic()
            async with browser.get(f"{url}/desk/fragment", headers=cookie) as answer:
                await answer.read()
                call_id, phase = answer.headers["X-Call"], answer.headers["X-Phase"]
            seen.append((call_id, phase, heard_at, time.monotonic()))


async def main(url: str, desks: int) -> None:
    """All of them, until standard input ends."""
    seen: list[Sight] = []
    opened = asyncio.Semaphore(0)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as browser:
        names = [f"operator-{place}" for place in range(desks)]
        running = [asyncio.create_task(desk(browser, url, name, opened, seen)) for name in names]
        for _ in names:
            await opened.acquire()
        print("ready", flush=True)  # noqa: T201  whoever started it waits for this
        await asyncio.to_thread(sys.stdin.read)
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    json.dump([time.process_time(), seen], sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
