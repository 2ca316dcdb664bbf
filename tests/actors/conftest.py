"""Actors with memory for a database."""

import pytest

from tests.support.clock import FakeClock
from tests.support.memory import MemoryLife, memory_life


@pytest.fixture
async def life(clock: FakeClock) -> MemoryLife:
    """Actors that begin with nothing."""
    return memory_life(clock)
