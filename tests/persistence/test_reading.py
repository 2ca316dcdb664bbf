"""Readers wait for a connection, but not for ever."""

import pytest

from backend.persistence.database import fetch
from backend.persistence.engine import DB
from protocol.common import Temporary
from tests.support.engine import Engine


async def test_when_all_connections_are_busy_a_reader_is_told_to_come_again(
    running: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    del running
    monkeypatch.setattr("backend.persistence.pooled.POOL_WAIT_S", 0.05)
    assert DB.pool is not None
    taken = [await DB.pool.acquire() for _ in range(DB.pool.get_max_size())]
    try:
        with pytest.raises(Temporary):
            await fetch("SELECT 1")
    finally:
        for connection in taken:
            await DB.pool.release(connection)
    assert len(await fetch("SELECT 1")) == 1
