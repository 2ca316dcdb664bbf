"""The suite: one fault after the other under a steady load, and what must be true after each."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from time import monotonic

from tests.faults.nodes import audit
from tests.faults.nodes.breaking import FAULTS, Fault
from tests.faults.nodes.crowd import Crowd, crowd_at
from tests.faults.nodes.world import World


@dataclass
class Happened:
    """What one fault did."""

    fault: str
    gaps_s: list[float]
    """Of each couple the longest time without an answer, from the fault until all was well."""
    took_s: float
    """From the fault until every shard had an owner and every couple was served."""


@dataclass
class Report:
    """What happened in all."""

    seed: int
    couples: int
    happened: list[Happened] = field(default_factory=list)
    commands: int = 0
    commits: int = 0
    took_s: float = 0.0


class Suite:
    """Breaks the world in an order drawn by a seed."""

    def __init__(
        self, world: World, crowd: Crowd, report: Report, each: Callable[[Happened], None]
    ) -> None:
        self._world = world
        self._each = each
        self._crowd = crowd
        self._random = Random(report.seed)  # noqa: S311 - a seed is the point
        self._report = report

    async def break_in_turn(self, faults: Sequence[Fault]) -> None:
        """Have these faults happen, each once, in an order of their own."""
        order = list(faults)
        self._random.shuffle(order)
        for fault in order:
            try:
                await self.suffer(fault)
            except Exception as wrong:
                wrong.add_note(f"It came with: {fault.__name__}. {self._world.state()}")
                raise

    async def suffer(self, fault: Fault) -> None:
        """Have one fault happen, wait until all is well, and look whether anything is lost."""
        crowd, world, begun = self._crowd, self._world, monotonic()
        crowd.begin()
        await crowd.until_all_are_served()
        since = asyncio.get_running_loop().time()
        await fault(world, self._random)
        await world.until_together()
        await crowd.until_all_are_served()
        took_s = asyncio.get_running_loop().time() - since
        gaps_s = crowd.longest_gap_s(since)
        await crowd.end()
        await crowd.verify()
        report = self._report
        report.commits = await audit.verify(world.urls.owner)
        report.commands = crowd.answered
        report.happened.append(Happened(fault.__name__, gaps_s, took_s))
        self._each(report.happened[-1])
        report.took_s += monotonic() - begun


def _say_nothing(_happened: Happened) -> None:
    """Keep it for the report."""


async def run(  # noqa: PLR0913 - what a run is, by name
    world: World,
    *,
    seed: int,
    couples: int,
    minutes: float = 0.0,
    faults: Sequence[Fault] = FAULTS,
    each: Callable[[Happened], None] = _say_nothing,
) -> Report:
    """Have every fault happen at least once, and go on until so much time has passed.

    `each` is told of every fault. Raises AssertionError when anything is not as it must be.
    """
    report = Report(seed, couples)
    await audit.install(world.urls.owner)
    until = monotonic() + 60 * minutes
    async with crowd_at(world.front, couples) as crowd:
        suite = Suite(world, crowd, report, each)
        await suite.break_in_turn(faults)
        while monotonic() < until:
            await suite.break_in_turn(faults)
    return report
