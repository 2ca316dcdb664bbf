"""Three nodes broken in every way there is, one after the other; `make faults` goes on for long."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.persistence.database import Database
from tests.faults.nodes.breaking import FAULTS, kill_a_node
from tests.faults.nodes.suite import run
from tests.faults.nodes.world import World, world

SEED = 7
LEASE_S = 1.5
SERVED_AGAIN_WITHIN_S = 5.0


@pytest.fixture
async def three_nodes() -> AsyncIterator[World]:
    """Three nodes on engines of their own."""
    folder = Path(tempfile.mkdtemp(prefix="tandem-nodes-"))
    try:
        async with world(folder, lease_s=LEASE_S, durable=False) as found:
            database = await Database(found.urls.app).open()
            yield found
            await database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(400)
async def test_whatever_breaks_nothing_is_lost_and_nothing_done_twice(three_nodes: World) -> None:
    report = await run(three_nodes, seed=SEED, couples=3)
    assert {happened.fault for happened in report.happened} == {fault.__name__ for fault in FAULTS}
    assert report.commits > 100
    for happened in report.happened:
        if happened.fault == kill_a_node.__name__:
            assert max(happened.gaps_s) <= SERVED_AGAIN_WITHIN_S
