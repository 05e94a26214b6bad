"""Pictures of pages for the documentation, made by the tests that look at them, and only when asked."""

import os
from pathlib import Path

from playwright.async_api import Page

_FOLDER = Path(__file__).parents[2] / "docs" / "pictures"


async def picture(page: Page, name: str) -> None:
    """
    Write `docs/pictures/{name}.png` as the page stands, if GARBO_PICTURES=1 asks for it (`make pictures`).

    Not with each run: no two machines draw the same dots, and a picture that nobody changed should not seem changed.
    """
    if os.environ.get("GARBO_PICTURES") == "1":
        _FOLDER.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=_FOLDER / f"{name}.png", animations="disabled")
