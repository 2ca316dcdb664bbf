"""The outbox: jobs are rows of the turn that caused them, relayed to the workers afterwards."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from backend.persistence.columns import RowStatement
from backend.persistence.database import fetch
from backend.persistence.work import PlannedJob
from backend.persistence.writing import Rows
from protocol.ids import uuid7

_PUT = RowStatement(
    "INSERT INTO job (id, name, arguments, correlation_id, due_at) "
    "SELECT u.id, u.name, u.arguments::json, u.correlation_id, u.due_at "
    "FROM {rows} AS u(id, name, arguments, correlation_id, due_at)",
    ("uuid", "text", "text", "text", "timestamptz"),
)


class OutboxJob(msgspec.Struct, frozen=True, gc=False):
    """A job on its way to a worker."""

    id: UUID
    name: str
    arguments: bytes
    correlation_id: str | None
    due_at: datetime


def address_jobs(
    planned: Iterable[tuple[str | None, PlannedJob]], now: datetime
) -> list[OutboxJob]:
    """Give planned jobs their ids; the correlation id is that of the command that caused them."""
    now_ms = int(now.timestamp() * 1000)
    return [
        OutboxJob(
            uuid7(now_ms),
            job.name,
            msgspec.json.encode(job.arguments),
            correlation_id,
            now + timedelta(seconds=job.delay_s),
        )
        for correlation_id, job in planned
    ]


def rows(jobs: list[OutboxJob]) -> Iterator[Rows]:
    """Give jobs as rows."""
    if jobs:
        yield (
            _PUT,
            [
                [job.id for job in jobs],
                [job.name for job in jobs],
                [job.arguments.decode() for job in jobs],
                [job.correlation_id for job in jobs],
                [job.due_at for job in jobs],
            ],
        )


async def write_down(planned: Sequence[PlannedJob], now: datetime) -> list[OutboxJob]:
    """Write jobs down that no turn wanted; returns them, to be relayed."""
    jobs = address_jobs([(None, job) for job in planned], now)
    for statement, values in rows(jobs):
        await fetch(statement.numbered(1), *values)
    return jobs
