"""Where jobs are done one after the other when a test says so, as a worker would do them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from arq.worker import Retry

from backend import rooms
from backend.domains.privacy import Exporter
from backend.integrations.mail import Mailer, MailSettings
from backend.integrations.web_push import WebPush
from backend.jobs.queue import JobQueue
from backend.jobs.running import Runner
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import Declared
from backend.persistence.personal_data import Catalogue
from backend.working import web_push_settings
from tests.integrations.mail.mail_server import MailServer, mail_server
from tests.support.node import Node
from tests.support.servers import Servers
from tests.support.verify import until_quiet

_DUE = "SELECT id FROM job WHERE due_at <= $1 ORDER BY due_at, id"
_NEXT = "SELECT min(due_at) AS at FROM job"
SOON_S = 600
"""What is due later than in so long is not waited for."""


@dataclass
class Desk:
    """Jobs, schedules, and what they use."""

    node: Node
    runner: Runner
    services: Mapping[type, Any]
    mail: MailServer
    declared: Declared = field(default_factory=lambda: Declared.of(rooms.modules("jobs")))

    async def work(self) -> int:
        """Do all that is due, and what follows from it within minutes; returns how many jobs."""
        done = 0
        while True:
            await until_quiet(self.node)
            clock = self.node.house.clock
            for row in await fetch(_DUE, clock.now()):
                with suppress(Retry):
                    await self.runner.run(row["id"])
                done += 1
            if await fetch(_DUE, clock.now()):
                continue
            at = (await fetch(_NEXT))[0]["at"]
            if at is None or (at - clock.now()).total_seconds() > SOON_S:
                await until_quiet(self.node)
                return done
            await self.advance((at - clock.now()).total_seconds())

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        clock: Any = self.node.house.clock
        await clock.jump(seconds=seconds)

    async def run(self, schedule: str, room: str = "privacy") -> None:
        """Run a schedule of a room, and what it plans."""
        await self.runner.run_schedule(self.declared.schedules[f"domains.{room}.jobs.{schedule}"])
        await self.work()

    def job_run(self, job_id: UUID | None = None) -> JobRun:
        """Make a run of a job by hand."""
        return JobRun(job_id, clock=self.node.house.clock, services=self.services)

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """To whom letters went, and what about."""
        return [(str(one["To"]), str(one["Subject"])) for one in self.mail.taken]


@asynccontextmanager
async def open_desk(
    servers: Servers, node: Node, *, bytes_max: int = 10_000_000
) -> AsyncIterator[Desk]:
    """Open one, with a mail server."""
    async with mail_server() as server:
        services = {
            Catalogue: rooms.catalogue(),
            Exporter: Exporter(bytes_max),
            Mailer: Mailer(MailSettings(url=server.url, sender="Tandem <hello@tandem.example>")),
            WebPush: WebPush(web_push_settings(node.house.settings)),
            **node.house.services,
        }
        queue = JobQueue(servers.redis_url)
        declared = Declared.of(rooms.modules("jobs"))
        runner = Runner(declared, queue, node.house.clock, services)
        yield Desk(node, runner, services, server, declared)
        await queue.close()
