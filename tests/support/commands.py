"""Commands, run to their end as a person runs them."""

import asyncio
import importlib
import io
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from backend.cli import parse
from backend.running.beside import done_beside, settings_beside

ROOT = Path(__file__).parents[2]
ENDED_WITHIN_S = 60.0


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


async def ran(
    *command: str, folder: Path, environ: Mapping[str, str], within_s: float = ENDED_WITHIN_S
) -> Said:
    """Run a program there, in this environment and no other. Raises TimeoutError, and kills it."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(within_s):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


async def tandem(*arguments: str, **environ: str) -> Said:
    """Run a command of `tandem`, which says one sentence."""
    said = await ran(sys.executable, "-m", "backend.cli", *arguments, folder=ROOT, environ=environ)
    assert "Traceback" not in said.err
    assert (said.out + said.err).count("\n") == 1, said
    return said


async def beside(*arguments: str, **environ: str) -> Said:
    """Run a command that works beside the servers within this process, ten times as quick."""
    chosen = parse(arguments)
    command = importlib.import_module(f"backend.commands.{chosen.command}")
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = await done_beside(command.act, chosen, settings_beside(chosen, environ))
    return Said(code, out.getvalue(), err.getvalue())
