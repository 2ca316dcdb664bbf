"""One run of a job: what it is told, what it may use, and what it leaves behind when it is done.

A route that changes rows which no actor keeps has one as well.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from actors.ports import Clock
from backend.persistence import outbox, tells
from backend.persistence.database import fetch
from backend.persistence.engine import DB
from backend.persistence.outbox import OutboxJob
from backend.persistence.services import Services
from backend.persistence.work import PlannedJob
from protocol.address import Address
from protocol.messages import Tell

Service = TypeVar("Service")

TELL_CHANNEL = "tandem_tell"
"""Where nodes hear that a tell was written which no turn of theirs sent."""

_letter_ids = tells.LetterIds()

# The end of a job, what it tells and what it plans are one fact: a run that comes second finds its
# row gone and leaves nothing behind. Schedules have no row ($1 is NULL).
_FINISH = """
WITH done AS (
    DELETE FROM job WHERE id = $1 RETURNING id
), told AS (
    INSERT INTO tell (id, receiver, tells, tries, sent_at)
    SELECT u.id, u.receiver, u.tells::json, 0, $2
    FROM unnest($3::uuid[], $4::text[], $5::text[]) AS u(id, receiver, tells)
    WHERE $1::uuid IS NULL OR EXISTS (SELECT FROM done)
    RETURNING receiver
), planned AS (
    INSERT INTO job (id, name, arguments, correlation_id, due_at)
    SELECT u.id, u.name, u.arguments::json, $10, u.due_at
    FROM unnest($6::uuid[], $7::text[], $8::text[], $9::timestamptz[])
         AS u(id, name, arguments, due_at)
    WHERE $1::uuid IS NULL OR EXISTS (SELECT FROM done)
)
SELECT ($1::uuid IS NULL OR EXISTS (SELECT FROM done)) AS is_first,
       (SELECT count(pg_notify($11, receiver)) FROM told) AS notified
"""


class DoneBefore(Exception):
    """Another run of the same job was quicker; what this one wrote is taken back."""


class JobRun:
    """What a job sees of the world."""

    def __init__(
        self,
        job_id: UUID | None,
        *,
        clock: Clock,
        tries: int = 1,
        correlation_id: str | None = None,
        services: Services,
    ) -> None:
        """Begin a run; that of a schedule or a route has no row, so no id."""
        self.job_id = job_id
        self.tries = tries
        """Which try this is, from 1."""
        self.correlation_id = correlation_id
        self.planned: list[OutboxJob] = []
        """What it left for later, once it has finished."""
        self._clock = clock
        self._services = services
        self._told: list[tuple[Address, Tell]] = []
        self._wanted: list[PlannedJob] = []
        self._is_finished = False

    @property
    def now(self) -> datetime:
        """The time of day, in UTC."""
        return self._clock.now()

    def use(self, kind: type[Service]) -> Service:
        """Give what the worker has of this kind, such as the sender of Web Push."""
        service: Service = self._services[kind]
        return service

    def tell(self, to: Address, tell: Tell) -> None:
        """Let an actor know, together with the end of the job: the way a job changes state.

        It is a row until the actor has heard; the node that owns the actor is woken by PostgreSQL,
        and looks by itself now and then in case it was not listening.
        """
        self._told.append((to, tell))

    def job(self, name: str, arguments: msgspec.Struct, *, delay_s: float = 0.0) -> None:
        """Have something else done later, planned together with the end of this job."""
        self._wanted.append(PlannedJob(name, arguments, delay_s))

    @asynccontextmanager
    async def once(self) -> AsyncIterator[None]:
        """Commit all that is written inside together with the end of the job, or none of it.

        Raises DoneBefore, which ends the run in good order.
        """
        async with DB.transaction():
            yield
            await self.finish()

    async def finish(self) -> None:
        """End the job: its row goes, its tells and jobs come. Raises DoneBefore."""
        if self._is_finished:
            return
        now_ms = int(self.now.timestamp() * 1000)
        sent = tells.gather(self._told, _letter_ids, now_ms)
        planned = outbox.address_jobs(
            [(self.correlation_id, wanted) for wanted in self._wanted], self.now
        )
        rows = await fetch(
            _FINISH,
            self.job_id,
            self.now,
            [letter.id for _, letter in sent],
            [receiver for receiver, _ in sent],
            [msgspec.json.encode(letter.tells).decode() for _, letter in sent],
            [job.id for job in planned],
            [job.name for job in planned],
            [job.arguments.decode() for job in planned],
            [job.due_at for job in planned],
            self.correlation_id,
            TELL_CHANNEL,
        )
        if not rows[0]["is_first"]:
            raise DoneBefore
        self._is_finished = True
        self.planned = planned
