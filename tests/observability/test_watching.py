"""A worker names what must hold and does not, and goes on to the next."""

from collections.abc import AsyncIterator, Iterable
from types import ModuleType

import asyncpg
import pytest
from structlog.testing import capture_logs

from backend.observability import watching
from backend.observability.watching import look_at_invariants
from backend.persistence.database import Database
from backend.persistence.invariants import Invariant, NumbersAreContiguous
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import Declared
from backend.settings import Settings
from backend.working import create_worker
from tests.support.clock import FakeClock
from tests.support.servers import Servers

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[Database]:
    """The database, open."""
    database = await Database(servers.urls.app).open()
    yield database
    await database.close()


async def _look(clock: FakeClock) -> list[dict[str, object]]:
    with capture_logs() as lines:
        await look_at_invariants(JobRun(None, clock=clock, services={}))
    return [dict(line) for line in lines]


async def test_an_event_without_a_head_is_named(servers: Servers, clock: FakeClock) -> None:
    before = await _look(clock)  # Other tests may have emptied tables, and left their money.
    owner = await asyncpg.connect(servers.urls.owner)
    try:
        await owner.execute(
            "INSERT INTO event (topic, generation, number, body, at) "
            "VALUES ('user/nobody', 1, 7, '{}', $1)",
            clock.now(),
        )
        (line,) = [one for one in await _look(clock) if one not in before]
    finally:
        await owner.execute("DELETE FROM event WHERE topic = 'user/nobody'")
        await owner.close()
    assert (line["event"], line["log_level"]) == ("an invariant does not hold", "error")
    assert line["invariant"] == "NumbersAreContiguous"
    assert line["sentence"] == NumbersAreContiguous().sentence
    assert "topic=user/nobody" in str(line["rows"])


class Unreadable(Invariant):
    """It cannot be looked at."""

    query = "SELECT 1 / 0 AS id"


class Broken(Invariant):
    """It never holds."""

    query = "SELECT 1 AS id"


async def test_one_that_cannot_be_looked_at_does_not_hide_the_next(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "invariants_of", lambda _: [Unreadable(), Broken()])
    first, second = await _look(clock)
    assert (first["event"], first["invariant"]) == (
        "an invariant could not be looked at",
        "Unreadable",
    )
    assert (second["event"], second["rows"]) == ("an invariant does not hold", ["id=1"])


async def test_every_worker_has_it_among_its_schedules(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Declared] = []
    of = Declared.of

    def noting(modules: Iterable[ModuleType]) -> Declared:
        seen.append(of(modules))
        return seen[-1]

    monkeypatch.setattr(Declared, "of", noting)
    create_worker(Settings(database_url=servers.urls.app, redis_url=servers.redis_url))
    schedule = seen[0].schedules["observability.watching.look_at_invariants"]
    assert schedule.minutes == 24 * 60
