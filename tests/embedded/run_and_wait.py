"""A run that starts both servers, says their process ids, and stops them at SIGINT."""

import asyncio
import signal
import sys
from pathlib import Path

import asyncpg
import redis.asyncio

from backend.embedded import EmbeddedPostgres, EmbeddedRedis

if "--outlived" in sys.argv:
    # Where the kernel cannot end a server with its parent, the server is told nothing. Both
    # servers ignore this signal.
    for kind in (EmbeddedPostgres, EmbeddedRedis):
        kind.stop_ladder = ((signal.SIGWINCH, 0.0), *kind.stop_ladder)

WORK = """
    CREATE TABLE IF NOT EXISTS kept (id int);
    INSERT INTO kept SELECT generate_series(1, 100000);
"""


async def main(folder: Path) -> None:
    """Start, write, wait."""
    async with (
        EmbeddedPostgres(folder / "postgresql") as postgres,
        EmbeddedRedis(folder / "redis", settings={"appendfsync": "always"}) as cache,
    ):
        connection = await asyncpg.connect(postgres.dsn("postgres"))
        await connection.execute(WORK)
        async with redis.asyncio.Redis.from_url(cache.url) as client:
            await client.set("kept", "yes")
        sys.stdout.write(f"postgresql {postgres.pid}\nredis {cache.pid}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    # A shell without job control has what it starts in the background ignore this signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        asyncio.run(main(Path(sys.argv[1])))
    except KeyboardInterrupt:
        sys.stdout.write("stopped\n")
