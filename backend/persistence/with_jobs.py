"""Transactions outside any turn that want something done later: their jobs commit with them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec

from actors.ports import Clock
from backend.persistence.job_run import JobRun
from backend.persistence.outbox import OutboxJob

Relay = Callable[[list[OutboxJob]], None]
"""Brings jobs to the workers that are committed."""


class Later(Protocol):
    """Takes what is to be done later."""

    def __call__(self, name: str, arguments: msgspec.Struct, *, delay_s: float = 0.0) -> None:
        """Have a job done once the transaction is committed."""


@asynccontextmanager
async def transaction_with_jobs(clock: Clock, relay: Relay) -> AsyncIterator[Later]:
    """Commit what is written inside together with the jobs it wants, and have these brought."""
    run = JobRun(None, clock=clock, services={})
    async with run.once():
        yield run.job
    if run.planned:
        relay(run.planned)
