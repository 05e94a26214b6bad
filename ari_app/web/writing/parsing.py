"""Versions of scripts as values, for pages: read off the event loop, on which verdicts wait, and once for each text."""

import asyncio
from functools import lru_cache

from ari_app.desk.versions import ScriptVersion
from ari_app.policy.scripts import Script, ScriptError, parse_script


async def script_of(kept: ScriptVersion) -> Script | None:
    """None: it was written by a newer Garbo."""
    return await asyncio.to_thread(_parsed, kept.body, f"{kept.id} {kept.version}")


async def title_of(kept: ScriptVersion, language: str) -> str:
    """In this language, else in the script's first; its id where it cannot be read."""
    script = await script_of(kept)
    return (script.title.get(language) or next(iter(script.title.values()))) if script else kept.id


@lru_cache(maxsize=256)
def _parsed(body: str, name: str) -> Script | None:
    try:
        return parse_script(body, name=name)
    except ScriptError:
        return None
