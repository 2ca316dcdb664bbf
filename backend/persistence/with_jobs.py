"""Transactions outside any turn that want something done later: their jobs commit with them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec

from actors.ports import Clock
from backend.persistence import outbox
from backend.persistence.engine import DB
from backend.persistence.outbox import OutboxJob
from backend.persistence.work import PlannedJob

Relay = Callable[[list[OutboxJob]], None]
"""Brings jobs to the workers that are committed."""


class Later(Protocol):
    """Takes what is to be done later."""

    def __call__(self, name: str, arguments: msgspec.Struct, *, delay_s: float = 0.0) -> None:
        """Have a job done once the transaction is committed."""


@asynccontextmanager
async def transaction_with_jobs(clock: Clock, relay: Relay) -> AsyncIterator[Later]:
    """Commit what is written inside together with the jobs it wants, and have these brought."""
    wanted: list[PlannedJob] = []

    def later(name: str, arguments: msgspec.Struct, *, delay_s: float = 0.0) -> None:
        wanted.append(PlannedJob(name, arguments, delay_s))

    async with DB.transaction(allow_nested=False):
        yield later
        planned = await outbox.write_down(wanted, clock.now())
    if planned:
        relay(planned)
