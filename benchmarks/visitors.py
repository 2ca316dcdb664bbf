"""Visitors: a load generator that stays, and is told what to do line by line."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.conditions import Untrue
from benchmarks.generator import started
from benchmarks.stopping import stopped

SAID_WITHIN_S = 300.0
ENDED_WITHIN_S = 30.0


class Visitors:
    """Everybody of a plan, at their sockets."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, command: str) -> dict[str, Any]:
        """Have something done by everybody; returns what they say. Raises Untrue.

        That is also raised when a socket was lost.
        """
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(f"{command}\n".encode())
        line = await asyncio.wait_for(self._process.stdout.readline(), SAID_WITHIN_S)
        if not line:
            raise Untrue(f"the load generator ended while it should {command}")
        said: dict[str, Any] = json.loads(line)
        if said["lost"]:
            raise Untrue(f"{said['lost']} sockets were lost")
        return said


@asynccontextmanager
async def visitors(name: str, plan: Mapping[str, Any]) -> AsyncIterator[Visitors]:
    """Have `benchmarks.load.<name>` stay until the block is left."""
    async with started(name, plan) as process:
        try:
            yield Visitors(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            await stopped(process, ENDED_WITHIN_S)
