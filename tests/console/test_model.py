"""What a phone of the page knows, without a browser: each `*.test.mjs` is run by Node."""

import subprocess
from pathlib import Path

import pytest

from tests.clients.javascript_phone import node_command

STORIES = sorted(Path(__file__).parent.glob("*.test.mjs"))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_phone_of_the_page_knows(story: Path) -> None:
    command = [*node_command(), "--test", str(story)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
