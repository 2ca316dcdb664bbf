"""For how long people could not be served is known: to the second, once, however long it was."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from backend.persistence import outages, pulse
from backend.persistence.database import Database, fetch
from backend.persistence.outages import LOOKED_BACK, NOTED_MAX, OUTAGES_MAX, WHY_MAX, OutageWrong
from backend.persistence.pulse import BEAT_EVERY_S, GAP_MIN
from tests.support.clock import FakeClock
from tests.support.promises import have_never_been_away
from tests.support.servers import Servers
from tests.support.until import until

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INTO outage%'
"""


@pytest.fixture
async def clock(servers: Servers) -> AsyncIterator[FakeClock]:
    """The time until which people were served; the database is open."""
    database = await Database(servers.urls.app).open()
    clock = FakeClock(datetime(2031, 5, 1, tzinfo=UTC))
    await have_never_been_away(clock)
    yield clock
    await have_never_been_away(clock)
    await database.close()


async def away(clock: FakeClock, time: timedelta) -> None:
    """Serve nobody for a while, then again."""
    await clock.jump(seconds=time.total_seconds())
    await pulse.beat(clock.now())


async def known(clock: FakeClock) -> list[timedelta]:
    """Say how long each outage was that is known, the latest first."""
    return [outage.lasted for outage in await outages.recent(clock.now())]


async def test_as_long_as_beats_come_in_time_nobody_was_away(clock: FakeClock) -> None:
    for _ in range(100):
        await away(clock, timedelta(seconds=BEAT_EVERY_S))
        assert await pulse.is_beating(clock.now())
    assert await known(clock) == []


@pytest.mark.parametrize(
    "time", [GAP_MIN, 3 * MINUTE - SECOND, 9 * DAY + MINUTE, 12 * DAY, 90 * DAY]
)
async def test_a_gap_is_known_as_long_as_it_was(clock: FakeClock, time: timedelta) -> None:
    began_at = clock.now()
    await away(clock, time)
    (found,) = await outages.recent(clock.now())
    assert (found.began_at, found.ended_at) == (began_at, clock.now())


async def test_what_is_a_moment_shorter_than_a_gap_is_none(clock: FakeClock) -> None:
    await away(clock, GAP_MIN - timedelta(milliseconds=1))
    assert await known(clock) == []


async def test_until_somebody_serves_again_it_is_known_that_nobody_does(clock: FakeClock) -> None:
    await clock.jump(days=12)
    assert not await pulse.is_beating(clock.now())
    await pulse.beat(clock.now())
    assert await pulse.is_beating(clock.now())


async def test_where_nobody_has_ever_served_nobody_does(clock: FakeClock, servers: Servers) -> None:
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute("DELETE FROM pulse")
    await owner.close()
    assert not await pulse.is_beating(clock.now())
    await pulse.beat(clock.now())
    assert await pulse.is_beating(clock.now())
    assert await known(clock) == []


async def test_many_nodes_that_come_back_at_once_write_it_down_once(
    clock: FakeClock, servers: Servers
) -> None:
    await clock.jump(hours=1)
    beats = [clock.now() + number * timedelta(milliseconds=1) for number in range(5)]
    owner = await asyncpg.connect(servers.urls.owner)
    async with owner.transaction():
        await owner.execute("SELECT FROM pulse FOR UPDATE")
        nodes = asyncio.gather(*(pulse.beat(at) for at in beats))

        async def all_have_begun() -> bool:
            return bool((await fetch(_WAITING))[0]["count"] == len(beats))

        await until(all_have_begun)
    await nodes
    await owner.close()
    (found,) = await outages.recent(clock.now())
    assert found.ended_at in beats


async def test_a_clock_that_is_behind_makes_no_gap(clock: FakeClock) -> None:
    ahead = clock.now() + MINUTE / 4
    await pulse.beat(ahead)
    await pulse.beat(clock.now())
    await pulse.beat(ahead + MINUTE / 4)
    assert await known(clock) == []


async def test_what_is_filled_nobody_was_away_in_but_before(clock: FakeClock) -> None:
    began_at = clock.now() + MINUTE
    await pulse.fill(began_at, began_at + DAY)
    await clock.jump(days=1, minutes=1)
    await pulse.beat(clock.now())
    assert await known(clock) == [MINUTE]


async def test_outages_are_known_until_nothing_is_settled_by_them_any_more(
    clock: FakeClock,
) -> None:
    await away(clock, MINUTE)
    await pulse.fill(clock.now(), clock.now() + LOOKED_BACK)
    ended_at = clock.now()
    assert len(await outages.recent(ended_at + LOOKED_BACK - SECOND)) == 1
    assert await outages.recent(ended_at + LOOKED_BACK) == []


async def test_of_very_many_outages_none_is_left_out(clock: FakeClock) -> None:
    began_at = clock.now()
    for _ in range(OUTAGES_MAX):
        await away(clock, GAP_MIN)
    assert await known(clock) == [GAP_MIN] * OUTAGES_MAX
    for _ in range(9):
        await away(clock, GAP_MIN)
    found = await outages.recent(clock.now())
    # The earliest are one by now, which excuses whomever each of them would have.
    assert [outage.lasted for outage in found] == [GAP_MIN] * (OUTAGES_MAX - 1) + [10 * GAP_MIN]
    assert found[-1].began_at == began_at


async def test_an_operator_notes_what_no_node_could_see_and_takes_it_back(
    clock: FakeClock,
) -> None:
    began_at, ended_at = clock.now() - 2 * DAY, clock.now() - DAY
    for _ in range(2):
        await outages.note(began_at, ended_at, by="root", why="DNS", now=clock.now())
    first, second = await outages.latest(10)
    assert (first.began_at, first.ended_at, first.noted_by, first.why) == (
        began_at,
        ended_at,
        "root",
        "DNS",
    )
    await outages.forget(first.outage_id)
    assert [one.outage_id for one in await outages.recent(clock.now())] == [second.outage_id]


async def test_nobody_takes_back_what_the_nodes_saw(clock: FakeClock) -> None:
    await away(clock, MINUTE)
    (found,) = await outages.recent(clock.now())
    for wrong in (found.outage_id, uuid4()):
        with pytest.raises(OutageWrong):
            await outages.forget(wrong)
    assert await known(clock) == [MINUTE]


@pytest.mark.parametrize(
    ("began", "ended", "why"),
    [
        (-DAY, -DAY, "DNS"),
        (-DAY, -2 * DAY, "DNS"),
        (-DAY, SECOND, "DNS"),
        (-NOTED_MAX - SECOND, timedelta(), "DNS"),
        (-DAY, timedelta(), " "),
        (-DAY, timedelta(), "x" * (WHY_MAX + 1)),
    ],
)
async def test_what_cannot_have_been_is_not_noted(
    clock: FakeClock, began: timedelta, ended: timedelta, why: str
) -> None:
    now = clock.now()
    with pytest.raises(OutageWrong):
        await outages.note(now + began, now + ended, by="root", why=why, now=now)
    assert await fetch("SELECT 1 FROM outage") == []
