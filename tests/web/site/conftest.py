"""The site as the gate wires it, over a real installation, with people signed in; only the switch is a fake."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.site.harness import WiredSite, wired
from tests.web.site.installation import make


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that nobody changes."""
    folder = tmp_path_factory.mktemp("made") / "garbo"
    make(folder)
    return folder


@pytest.fixture
def folder(made_once: Path, tmp_path: Path) -> Path:
    """An installation of the test's own."""
    return Path(shutil.copytree(made_once, tmp_path / "garbo"))


@pytest.fixture
async def site(folder: Path) -> AsyncIterator[WiredSite]:
    """The gate and its site at work, anna, bruno, sara (supervisor), aude (auditor) and admin signed in."""
    async with wired(folder) as site:
        yield site
