"""Scenes: Ben is away, Anna acts, and what becomes of the pushes to him is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import structlog

from backend.domains.notifications.jobs import PushTo, push_to
from backend.integrations.web_push import WebPush
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from tests.domains.notifications.push_service import PushService
from tests.domains.notifications.test_inbox import ids_of, inbox_of
from tests.domains.notifications.test_pushing import away, share_mood, until_no_job_waits
from tests.domains.notifications.test_subscriptions import kept_by
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.http_service import Answer


@dataclass
class Scene:
    """The two of them, the push service, and what is logged."""

    couple: Couple
    service: PushService
    clock: FakeClock
    web_push: WebPush
    lines: list[Any] = field(default_factory=list)

    async def away(self, *answers: Answer) -> None:
        """Have Ben subscribe with one phone and leave; say what pushes to it are answered with."""
        self.service.answers = list(answers)
        await away(self.couple, self.service, "phone")

    async def push(self, times: int = 1) -> None:
        """Have Anna share moods, a second between them, and wait for what comes of each."""
        for _ in range(times):
            await self.clock.advance(seconds=1)
            await share_mood(self.couple)
            await until_no_job_waits(self.couple)

    async def push_to(self, *, tries: int = 1, job_id: UUID | None = None) -> None:
        """Push the newest notification once more, as this try of this job."""
        (newest,) = ids_of(await inbox_of(self.couple.ben, limit=1))
        wanted = PushTo(self.couple.ben.user_id, UUID(newest), UUID((await self.kept())["id"]))
        services: dict[type, Any] = {WebPush: self.web_push}
        await push_to(wanted, JobRun(job_id, clock=self.clock, tries=tries, services=services))

    async def kept(self) -> dict[str, Any]:
        """Look at the one phone as Ben sees it."""
        (kept,) = await kept_by(self.couple.ben)
        return kept

    async def refusals(self) -> int:
        """Count the refusals in a row of the one phone."""
        of_ben = "SELECT refusals FROM push_subscription WHERE user_id = $1"
        (row,) = await fetch(of_ben, self.couple.ben.user_id)
        return int(row["refusals"])

    def said(self, line: str) -> list[dict[str, Any]]:
        """Find what was logged under a line."""
        return [found for found in self.lines if found["event"] == line]


@pytest.fixture
def scene(
    couple: Couple, service: PushService, clock: FakeClock, web_push: WebPush
) -> Iterator[Scene]:
    """The two of them, and a push service."""
    with structlog.testing.capture_logs() as lines:
        yield Scene(couple, service, clock, web_push, lines)
