"""The clock of a demo: the machine's, and ahead of it by as much as people have moved it.

How far stands in the database, so all processes of the demo agree, and time does not go back when
they are started again. Only the time of day is moved: what waits, waits as long as anywhere.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from actors.ports import Clock
from backend import lasting
from backend.clock import SystemClock
from backend.ending import end
from backend.persistence.answering import AWAY
from backend.persistence.database import Database
from backend.persistence.guards import Connection
from backend.settings import Settings

CHANNEL = "tandem_demo_clock"
"""Where processes hear that it was moved."""
LOOK_EVERY_S = 1.0
"""How often they look by themselves, in case nobody told them."""
NONE = timedelta(0)

_AHEAD = "SELECT ahead_s FROM demo_clock"


class DemoClock(SystemClock):
    """A clock that people can move forward."""

    def __init__(self, dsn: str) -> None:
        """Name the database; until it has been read, the time is the machine's."""
        self._database = Database(dsn)
        self._moved = asyncio.Event()
        self.ahead = NONE
        """How far it is ahead."""

    def now(self) -> datetime:
        """Read the time of day of the demo, in UTC."""
        return super().now() + self.ahead

    def take(self, ahead: timedelta) -> None:
        """Know how far it is ahead; what is told late moves nothing back."""
        self.ahead = max(self.ahead, ahead)

    async def read(self) -> None:
        """Look how far it is ahead. Raises what a database raises."""
        async with self._connected() as connection:
            await self._read(connection)

    async def follow(self) -> None:
        """Hear of it whenever it is moved, until cancelled."""
        while True:
            with suppress(*AWAY):
                async with self._connected() as connection:
                    await connection.add_listener(CHANNEL, self._told)
                    while True:
                        await self._read(connection)
                        await self._wait()
            await self.sleep(LOOK_EVERY_S)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        connection = await self._database.connection("tandem demo clock")
        try:
            yield connection
        finally:
            connection.terminate()

    async def _read(self, connection: Connection) -> None:
        ahead_s = await connection.fetchval(_AHEAD)
        self.take(timedelta(seconds=ahead_s or 0))

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._moved.wait()
        self._moved.clear()

    def _told(self, *_told: object) -> None:
        self._moved.set()


def clock_of(settings: Settings) -> SystemClock:
    """Make the clock of this deployment: one that can be moved, in a demo only."""
    return DemoClock(settings.database_url) if settings.is_demo else SystemClock()


@asynccontextmanager
async def following(clock: Clock) -> AsyncIterator[None]:
    """Have a clock show the demo's time until the block ends, if it is one that can be moved.

    Raises what a database raises.
    """
    if not isinstance(clock, DemoClock):
        yield
        return
    await clock.read()
    task = lasting.begin(clock.follow, "demo clock")
    try:
        yield
    finally:
        await end([task])
