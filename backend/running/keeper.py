"""Keepers: start a child again when it ends, ever more slowly, up to a limit."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from backend.running.child import Child
from backend.running.errors import PartEnded
from backend.running.saying import say

WAIT_FIRST_S = 0.5
WAIT_MAX_S = 30.0
STEADY_S = 60.0
"""Whoever ran this long is forgiven what came before."""


class Keeper:
    """One place in the run, taken by one child after the other."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        log: Path,
        *,
        restarts_max: int | None = None,
    ) -> None:
        """Keep `tandem <command>`; past `restarts_max` restarts in short order, give up."""
        self.name = name
        self.log = log
        self._command = command
        self._environ = environ
        self._restarts_max = restarts_max
        self._child: Child | None = None

    async def start(self) -> Child:
        """Start the first child."""
        self._child = await Child.start(self._command, self._environ, self.log)
        return self._child

    async def keep(self) -> None:
        """Start it again whenever it ends. Raises PartEnded when that does not help."""
        restarts = 0
        while True:
            child = self._child or await self.start()
            since = time.monotonic()
            code = await child.ended()
            if time.monotonic() - since >= STEADY_S:
                restarts = 0
            if self._restarts_max is not None and restarts >= self._restarts_max:
                raise PartEnded(self.name, self.log)
            wait_s = min(WAIT_MAX_S, WAIT_FIRST_S * 2 ** min(restarts, 10))
            restarts += 1
            say(f"{self.name} ended ({_manner(code)}); starting it again. Its log: {self.log}")
            await asyncio.sleep(wait_s)
            self._child = None

    async def stop(self) -> None:
        """End the child that is there."""
        if self._child is not None:
            await self._child.stop()


def _manner(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


async def stop_all(keepers: Sequence[Keeper]) -> None:
    """End several at once; nothing that goes wrong with one keeps the others running."""
    with suppress(ExceptionGroup):
        async with asyncio.TaskGroup() as group:
            for keeper in keepers:
                group.create_task(keeper.stop())
