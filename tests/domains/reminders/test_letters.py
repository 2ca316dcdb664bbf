"""A reminder that is a letter: it comes at least once, and twice it is the same letter."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from arq.worker import Retry

from backend.domains.reminders import jobs
from backend.integrations.mail import Mailer, MailSettings
from backend.jobs.queue import JobQueue
from backend.jobs.running import Runner
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import Declared
from tests.integrations.mail.mail_server import MailServer, mail_server
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later
from tests.support.promises import Promise, have_template, promise
from tests.support.servers import Servers


class Killed(BaseException):
    """Nothing of a process is left to clean up behind itself."""


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    """A mail server of this machine."""
    async with mail_server() as running:
        yield running


@pytest.fixture
async def runner(servers: Servers, clock: FakeClock, server: MailServer) -> AsyncIterator[Runner]:
    """Whoever does the jobs."""
    queue = JobQueue(servers.redis_url)
    mailer = Mailer(MailSettings(url=server.url, sender="Tandem <hello@tandem.example>"))
    yield Runner(Declared.of([jobs]), queue, clock, {Mailer: mailer})
    await queue.close()


async def letters() -> list[Any]:
    """Find the letters that are to be sent."""
    return [row["id"] for row in await fetch("SELECT id FROM job WHERE name = $1", jobs.SEND)]


async def planned(couple: Couple) -> tuple[Promise, UUID]:
    """Have a letter planned, two hours before Anna's day ends."""
    await have_template(couple.anna.clock)
    query = 'UPDATE "user" SET email_verified_at = $2 WHERE id = $1'
    await fetch(query, couple.anna.user_id, couple.anna.clock.now())
    await fetch("DELETE FROM job")
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna)
        wishes = [{"before_minutes": 120, "channel": "email"}]
        await made.ask(anna.client, "reminders.set", wishes=wishes)
    await later(couple.anna, couple.ben, hours=12)
    await jobs.remind(JobRun(None, clock=couple.anna.clock, services={}))
    (job_id,) = await letters()
    return made, job_id


async def test_a_worker_that_dies_between_sending_and_noting_it_sends_the_same_letter_again(
    couple: Couple, runner: Runner, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, job_id = await planned(couple)

    async def die(_run: JobRun) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(JobRun, "finish", die)
        with pytest.raises(Killed):
            await runner.run(job_id)
    assert await letters() == [job_id]
    await runner.run(job_id)
    assert await letters() == []
    first, second = server.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert str(first["Subject"]) == "Read every day: due soon"


async def test_what_is_done_while_the_mail_is_away_is_not_written_of(
    couple: Couple, runner: Runner, server: MailServer
) -> None:
    made, job_id = await planned(couple)
    server.answer_to_letter = "451 Come back later"
    with pytest.raises(Retry):
        await runner.run(job_id)
    assert await letters() == [job_id]
    async with couple.phones() as (anna, _):
        await made.ask(anna.client, "challenges.prove", proof={"note": "Ten pages."})
    server.answer_to_letter = "250 Taken"
    await runner.run(job_id)
    assert (await letters(), server.taken) == ([], [])


async def test_what_is_over_when_the_mail_is_back_is_not_written_of(
    couple: Couple, runner: Runner, server: MailServer
) -> None:
    _, job_id = await planned(couple)
    await later(couple.anna, hours=2)
    await runner.run(job_id)
    assert (await letters(), server.taken) == ([], [])
