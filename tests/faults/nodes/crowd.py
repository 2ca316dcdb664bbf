"""The crowd: couples who go on whatever breaks, and whose every command is accounted for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise

from tests.support.load import Load, load_at
from tests.support.processes import Door
from tests.support.until import until

PAUSE_S = 0.1
BACK_WITHIN_S = 60.0
SEEN_WITHIN_S = 10.0


class Crowd:
    """Several loads at once."""

    def __init__(self, loads: Sequence[Load]) -> None:
        self._loads = loads

    def begin(self) -> None:
        """Have everybody act, again and again."""
        for load in self._loads:
            load.acked.clear()
            load.begin()

    async def until_all_are_served(self) -> None:
        """Wait until every couple was answered something that was sent from now on."""
        now = asyncio.get_running_loop().time()

        def are_served() -> bool:
            return all(_first_after(load, now) is not None for load in self._loads)

        await until(are_served, within_s=BACK_WITHIN_S)

    async def end(self) -> None:
        """Send nothing more, and wait until all is answered."""
        await asyncio.gather(*[load.end() for load in self._loads])

    async def verify(self) -> None:
        """Every acknowledged command is there once, no refused one, and all saw all in order.

        And each of a couple sees that the other is there.
        """
        for load in self._loads:
            await load.verify()
            await until(load.pair.see_each_other, within_s=SEEN_WITHIN_S)

    def unavailable_s(self, since: float) -> list[float]:
        """Say of each couple for how long nothing that was sent since then was answered."""
        firsts = [_first_after(load, since) for load in self._loads]
        return [first - since for first in firsts if first is not None]

    def longest_gap_s(self, since: float) -> list[float]:
        """Say of each couple the longest time without any answer since then."""
        gaps = []
        for load in self._loads:
            times = [since, *sorted(at for _, at in load.acked if at >= since)]
            gaps.append(max((b - a for a, b in pairwise(times)), default=0.0))
        return gaps

    @property
    def answered(self) -> int:
        """How many commands were answered so far."""
        return sum(load.answered for load in self._loads)


def _first_after(load: Load, since: float) -> float | None:
    return min((answered for sent, answered in load.acked if sent >= since), default=None)


@asynccontextmanager
async def crowd_at(door: Door, couples: int) -> AsyncIterator[Crowd]:
    """Have couples sign up and come together; their phones come back wherever the door leads."""
    async with AsyncExitStack() as stack:
        loads = [await stack.enter_async_context(load_at(door)) for _ in range(couples)]
        for load in loads:
            load.pause_s = PAUSE_S
        yield Crowd(loads)
