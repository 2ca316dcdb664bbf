"""docs/rooms.md adds a room that works: a copy of the project gets it, and its story is run."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.commands import ran
from tests.tidy.sources import ROOT, files, place

PAGE = (ROOT / "docs" / "rooms.md").read_text(encoding="utf-8")
FILE = re.compile(r"^```python\n# (\S+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WITHIN_S = 120


@pytest.fixture
def with_room(tmp_path: Path) -> Path:
    """Copy the project and write the page's files into it."""
    for path in files():
        copy = tmp_path / place(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    written = FILE.findall(PAGE)
    assert len(written) > 8
    for name, text in written:
        there = tmp_path / name
        assert not there.exists()
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text, encoding="utf-8")
    return tmp_path


async def _run(folder: Path, *arguments: str) -> None:
    """Run a module of Python there; what it says is shown when it fails."""
    said = await ran(
        *(sys.executable, "-m", *arguments),
        folder=folder,
        environ={**os.environ, "PYTHONPATH": str(folder)},
        within_s=WITHIN_S,
    )
    assert said.code == 0, said.out + said.err


async def test_the_room_of_the_page_works_as_it_stands_there(with_room: Path) -> None:
    rooms = ["backend/domains/gratitude", "tests/stories"]
    await _run(with_room, "ruff", "check", "--no-cache", *rooms)
    await _run(with_room, "ruff", "format", "--no-cache", "--check", *rooms)
    await _run(with_room, "backend.cli", "generate")
    walls = [
        f"tests/tidy/test_{name}.py"
        for name in ("walls", "purity", "messages", "tables", "privacy", "generated", "text")
    ]
    story = "tests/stories/test_anna_thanks_ben.py"
    await _run(with_room, "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", story, *walls)
