"""Who starts a server or a migration is told in a sentence why it cannot be."""

import asyncio
import os
import sys
from urllib.parse import urlsplit

import asyncpg
import pytest

from backend.running.reaching import NotReached, reach, reach_migrated
from tests.support.servers import Servers

NOBODY = "postgresql://127.0.0.1:1/none"


@pytest.mark.parametrize("command", ["serve", "migrate", "restored"])
async def test_a_database_that_is_away_is_a_sentence(command: str) -> None:
    environ = {**os.environ, "DATABASE_URL": NOBODY, "OWNER_DATABASE_URL": NOBODY}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.cli", command, env=environ, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    assert process.returncode == 1
    assert said.startswith(b"The database cannot be reached: ")
    assert said.count(b"\n") == 1


async def test_a_database_without_tables_is_a_sentence(servers: Servers) -> None:
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute("CREATE SCHEMA nothing")
    try:
        separator = "&" if urlsplit(servers.urls.owner).query else "?"
        empty = f"{servers.urls.owner}{separator}search_path=nothing"
        assert not await reach(empty)
        with pytest.raises(NotReached, match="tandem migrate"):
            await reach_migrated(empty)
        await reach_migrated(servers.urls.app)
    finally:
        await owner.execute("DROP SCHEMA nothing")
        await owner.close()
