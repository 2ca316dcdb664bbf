"""Stopping: what was started ends by itself when it is told to, or is ended."""

import asyncio


async def stopped(process: asyncio.subprocess.Process, within_s: float) -> None:
    """Wait for a process that was told to stop; kill it when it takes longer."""
    try:
        await asyncio.wait_for(process.wait(), within_s)
    except TimeoutError:
        process.kill()
        await process.wait()
