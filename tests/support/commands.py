"""Commands of `tandem`, run as a person runs them."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENDED_WITHIN_S = 60.0


@dataclass(frozen=True)
class Said:
    """How a command ended, and the one sentence it said."""

    code: int
    out: str
    err: str


async def tandem(*arguments: str, **environ: str) -> Said:
    """Run a command to its end, in this environment and no other."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.cli", *arguments),
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(ENDED_WITHIN_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    said = Said(process.returncode, out.decode(), err.decode())
    assert "Traceback" not in said.err
    assert (said.out + said.err).count("\n") == 1, said
    return said
