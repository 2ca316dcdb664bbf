"""The load generators, each a process of its own: they must not share the server's event loop."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

LASTS_MAX_S = 900.0


class GeneratorFailed(Exception):
    """A load generator could not do what its plan says."""


async def generate(
    name: str, plan: Mapping[str, Any], begun: asyncio.Event | None = None
) -> dict[str, Any]:
    """Run `benchmarks.load.<name>` with a plan and return what it measured.

    `begun` is set when it first says something: one that warms up says when it begins to measure.
    Raises GeneratorFailed.
    """
    said = b""
    async with started(name, plan) as process:
        assert process.stdout is not None  # noqa: S101
        try:
            async with asyncio.timeout(LASTS_MAX_S):
                async for line in process.stdout:
                    said = line
                    if begun is not None:
                        begun.set()
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode != 0:
        raise GeneratorFailed(f"the load generator {name} ended with {process.returncode}")
    measured: dict[str, Any] = json.loads(said)
    return measured


@asynccontextmanager
async def started(name: str, plan: Mapping[str, Any]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a load generator with a plan, which it finds in a file until the block is left."""
    with tempfile.NamedTemporaryFile("w", prefix="tandem-plan-", suffix=".json") as file:
        json.dump(plan, file)
        file.flush()
        yield await _start(name, Path(file.name))


async def _start(name: str, plan: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"benchmarks.load.{name}",
        str(plan),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
