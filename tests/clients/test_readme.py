"""The examples of the clients' READMEs, run as they stand there."""

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.couple import PASSWORD, Couple, make_couple
from tests.clients.javascript_phone import MODULE, node_command
from tests.support.clock import FakeClock
from tests.support.commands import ran
from tests.support.node import Node
from tests.support.servers import Servers

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "protocol" / "clients"
WITHIN_S = 20


def example(language: str, mark: str) -> str:
    """Find the one example in a README."""
    readme = (CLIENTS / language / "README.md").read_text()
    (code,) = re.findall(rf"^```{mark}\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    return str(code)


async def run(*command: str, folder: Path) -> list[str]:
    """Run a program to its end, and give the lines it printed; it must have succeeded."""
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    said = await ran(*command, folder=folder, environ=environ, within_s=WITHIN_S)
    assert said.code == 0, said.err
    return said.out.splitlines()


def python_example(folder: Path) -> list[str]:
    """Write the example of the Python client down, and say how to run it."""
    (folder / "example.py").write_text(example("python", "python"))
    return [sys.executable, "example.py"]


def javascript_example(folder: Path) -> list[str]:
    """Write the example of the JavaScript client down, and say how to run it."""
    shutil.copy(MODULE, folder)
    (folder / "example.mjs").write_text(example("javascript", "js"))
    return [*node_command(), "example.mjs"]


@pytest.fixture
async def couple(node: Node, servers: Servers, clock: FakeClock) -> Couple:
    """Two people on a real node."""
    return await make_couple(node, servers, clock)


@pytest.mark.parametrize("written", [python_example, javascript_example])
async def test_the_example_does_what_it_says(
    node: Node, couple: Couple, tmp_path: Path, written: Callable[[Path], list[str]]
) -> None:
    person = [couple.emails["anna"], PASSWORD, couple.pair]

    printed = await run(*written(tmp_path), node.http_url, *person, folder=tmp_path)

    assert "pushed: moods.logged 7" in printed
    assert any(line.startswith("logged: ") for line in printed), printed
    assert (tmp_path / "queue.json").read_text() == "[]", "all was answered"
