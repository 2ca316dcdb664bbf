"""Keepers: start a child again when it ends, ever more slowly, up to a limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from backend.running.child import Child, Program
from backend.running.errors import PartEnded
from backend.running.saying import say
from backend.running.serving import until_ready

WAIT_FIRST_S = 0.5
WAIT_MAX_S = 30.0
STEADY_S = 60.0
"""Whoever ran this long is forgiven what came before."""


def _say_ended(program: Program, manner: str) -> None:
    say(f"{program.name} ended ({manner}); starting it again. Its log: {program.log}")


class Keeper:
    """One place, taken by one child after the other."""

    def __init__(
        self,
        new: Callable[[], Awaitable[Child]],
        *,
        on_end: Callable[[Program, str], None] = _say_ended,
        restarts_max: int | None = None,
    ) -> None:
        """Keep what `new` starts; past `restarts_max` restarts in short order, give up."""
        self._new = new
        self._on_end = on_end
        self._restarts_max = restarts_max
        self._child: Child | None = None
        self._changing = asyncio.Lock()
        self._endings: set[asyncio.Task[bool]] = set()

    @property
    def child(self) -> Child | None:
        """Who has the place now."""
        return self._child

    async def start(self) -> Child:
        """Start a child here."""
        self._child = await self._new()
        return self._child

    async def keep(self) -> None:
        """Start it again whenever it ends. Raises PartEnded when that does not help."""
        restarts = 0
        while True:
            child = self._child or await self.start()
            since = time.monotonic()
            code = await child.ended()
            if self._child is not child:  # Another has been given its place.
                continue
            if time.monotonic() - since >= STEADY_S:
                restarts = 0
            if self._restarts_max is not None and restarts >= self._restarts_max:
                raise PartEnded(child.program.name, child.program.log)
            wait_s = min(WAIT_MAX_S, WAIT_FIRST_S * 2 ** min(restarts, 10))
            restarts += 1
            self._on_end(child.program, _manner(code))
            await asyncio.sleep(wait_s)
            async with self._changing:
                if self._child is child:
                    await self.start()

    async def replace(self) -> None:
        """Give the place to another child once that is ready, then wait for the end of the first.

        Raises PartEnded, ServerLate; then the first one has its place still.
        """
        async with self._changing:
            new = await self._new()
            try:
                await until_ready(new)
            except BaseException:
                self._end(new)
                raise
            old, self._child = self._child, new
        if old is not None:
            # Whoever stops waiting here does not mean that there is no more time for it.
            await asyncio.shield(self._end(old))

    async def stop(self) -> bool:
        """End every child that is there; returns whether none had to be killed."""
        if self._child is not None:
            self._end(self._child)
        return all(await asyncio.gather(*self._endings))

    def _end(self, child: Child) -> asyncio.Task[bool]:
        ending = asyncio.create_task(child.stop())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        return ending


def _manner(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


async def stop_all(keepers: Sequence[Keeper]) -> bool:
    """End several at once; returns whether none had to be killed.

    Nothing that goes wrong with one keeps the others running.
    """
    endings = (keeper.stop() for keeper in keepers)
    return all(
        is_done is True for is_done in await asyncio.gather(*endings, return_exceptions=True)
    )
