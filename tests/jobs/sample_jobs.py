"""Jobs for tests of the worker: one that works, one that fails, one that waits to be let on."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import structlog

from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater, every, job

log = structlog.get_logger()

SQL = """
CREATE TABLE IF NOT EXISTS test_ran (run uuid NOT NULL, said text NOT NULL);
CREATE TABLE IF NOT EXISTS test_gate (id uuid PRIMARY KEY, is_open boolean NOT NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON test_ran, test_gate TO tandem_app;
"""


class Say(msgspec.Struct, frozen=True):
    """What to write, and in whose name."""

    run: UUID
    text: str = "said"


async def write(run: UUID, text: str) -> None:
    """Write something down that a test can see."""
    await fetch("INSERT INTO test_ran (run, said) VALUES ($1, $2)", run, text)


async def said(run: UUID) -> list[Any]:
    """Read what was written."""
    rows = await fetch("SELECT said FROM test_ran WHERE run = $1", run)
    return [row["said"] for row in rows]


@job("test.say")
async def say(wanted: Say, run: JobRun) -> None:
    """Write it down, once."""
    log.info("saying it")
    async with run.once():
        await write(wanted.run, wanted.text)


@job("test.say_and_plan")
async def say_and_plan(wanted: Say, run: JobRun) -> None:
    """Write it down, and have more written later."""
    async with run.once():
        await write(wanted.run, wanted.text)
        run.job("test.say", Say(run=wanted.run, text="and later this"))


@job("test.fail", tries_max=3)
async def fail(wanted: Say, run: JobRun) -> None:
    """Fail every time."""
    await write(wanted.run, f"try {run.tries}")
    raise RuntimeError("this never works")


@job("test.wait")
async def wait(wanted: Say, run: JobRun) -> None:
    """Say that it has begun; go on when the gate is open."""
    await write(wanted.run, "begun")
    gate = "SELECT 1 FROM test_gate WHERE id = $1 AND is_open"
    while not await fetch(gate, wanted.run):  # noqa: ASYNC110 - the test is another process
        await asyncio.sleep(0.02)
    async with run.once():
        await write(wanted.run, "done")


@job("test.later", tries_max=5)
async def later(wanted: Say, run: JobRun) -> None:
    """Want to be tried again the first time."""
    if run.tries == 1:
        raise TryLater("not yet")
    await write(wanted.run, f"try {run.tries}")


@every(minutes=1)
async def tick(run: JobRun) -> None:
    """Do something again and again."""
    log.debug("tick", now=run.now)
