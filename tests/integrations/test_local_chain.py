"""The chain that tests run on is a real one, does as it is told, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.embedded.waiting import happens
from tests.support import chain as module
from tests.support.chain import LocalChain, running_chain

ROOT = Path(__file__).parents[2]
HOLDS_A_CHAIN = """
import os, pathlib, sys, time
from tests.support.chain import running_chain
folder, compiled = map(pathlib.Path, sys.argv[1:])
with running_chain(folder, compiled):
    print("up", flush=True)
    time.sleep(600)
"""


def test_blocks_come_when_they_are_mined_and_not_before(local_chain: LocalChain) -> None:
    anna, ben = local_chain.new_address(), local_chain.new_address()
    local_chain.mint(anna, 5)
    before = int(local_chain.block()["number"], 16)
    local_chain.transfer(anna, ben, 1, is_mined=False)
    assert int(local_chain.block()["number"], 16) == before
    local_chain.mine(2)
    assert int(local_chain.block()["number"], 16) == before + 2


def test_a_reorganisation_of_empty_blocks_makes_other_blocks(local_chain: LocalChain) -> None:
    local_chain.mine(2)
    before = local_chain.block()
    local_chain.reorganise(2)
    after = local_chain.block()
    assert after["number"] == before["number"]
    assert after["hash"] != before["hash"]


def test_its_clock_goes_where_it_is_set_back_as_well(local_chain: LocalChain) -> None:
    for at in (datetime(2031, 1, 1, tzinfo=UTC), datetime.now(UTC)):
        local_chain.set_time(at)
        local_chain.mine()
        block = local_chain.block()
        assert 0 <= int(block["timestamp"], 16) - int(at.timestamp()) < 60


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_it_ends_with_the_tests_however_they_end(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_A_CHAIN, str(tmp_path), str(tmp_path.parent)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ) as tests:
        assert tests.stdout is not None
        assert tests.stdout.readline() == b"up\n"
        anvil = int((tmp_path / "anvil.pid").read_text())
        os.kill(anvil, 0)
        tests.send_signal(signal.SIGKILL)
    assert await happens(lambda: not _is_alive(anvil), within_s=5)


def test_a_machine_without_anvil_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_PACKAGE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(AssertionError, match="The chain anvil is missing"),
        running_chain(tmp_path, tmp_path),
    ):
        pass


def _is_alive(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return words.rpartition(")")[2].split()[0] != "Z"
