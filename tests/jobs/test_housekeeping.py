"""Housekeeping: partitions come ahead and go when the promise has run out; dead letters are few."""

from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from backend.persistence import housekeeping
from backend.persistence.database import fetch
from tests.support.clock import FakeClock
from tests.support.servers import Servers

pytestmark = pytest.mark.usefixtures("database")


async def days_of_events() -> list[str]:
    rows = await fetch(
        "SELECT right(relname, 8) AS day FROM pg_class "
        "WHERE relname ~ '^event_[0-9]{8}$' AND relkind = 'r' ORDER BY relname"
    )
    return [row["day"] for row in rows]


def day(moment: datetime) -> str:
    return moment.strftime("%Y%m%d")


async def test_partitions_are_made_ahead_and_dropped_after_thirty_days(clock: FakeClock) -> None:
    begun = clock.now() - timedelta(days=200)  # when no other test has made any
    await housekeeping.ensure_partitions(begun)
    later = begun + timedelta(days=20)
    assert await housekeeping.ensure_partitions(later) > 0
    assert await housekeeping.ensure_partitions(later) == 0
    await housekeeping.drop_partitions(later)
    assert day(begun) in await days_of_events()
    later = begun + timedelta(days=31)
    await housekeeping.ensure_partitions(later)
    assert await housekeeping.drop_partitions(later) > 0
    kept = await days_of_events()
    assert kept[0] == day(later - timedelta(days=30))
    assert day(later + timedelta(days=13)) in kept


async def test_nodes_that_were_killed_are_forgotten_after_an_hour_once_they_own_nothing() -> None:
    gone, ahead, owner, alive = uuid4(), uuid4(), uuid4(), uuid4()
    for node_id, ago in (
        (gone, "61 minutes"),
        # The database's clock was put back since.
        (ahead, "-61 minutes"),
        (owner, "61 minutes"),
        (alive, "59 minutes"),
    ):
        await fetch(
            "INSERT INTO node VALUES ($1, clock_timestamp() - $2::text::interval, false, 3000, "
            "true, clock_timestamp(), clock_timestamp())",
            node_id,
            ago,
        )
    await fetch("UPDATE shard SET owner = $1 WHERE id = 0", owner)
    assert await housekeeping.forget_nodes() == 2
    listed = {row["id"] for row in await fetch("SELECT id FROM node")}
    assert {gone, ahead, owner, alive} & listed == {owner, alive}
    await fetch("UPDATE shard SET owner = NULL WHERE id = 0")
    await fetch("DELETE FROM node WHERE id = ANY($1)", [owner, alive])


async def test_the_application_cannot_drop_what_the_promise_covers(clock: FakeClock) -> None:
    await housekeeping.ensure_partitions(clock.now())
    await housekeeping.drop_partitions(clock.now())
    before = await days_of_events()
    await fetch("SELECT drop_partitions($1, 0, 0)", clock.now())
    await fetch("SELECT drop_partitions($1, -9999, -9999)", clock.now())
    assert await days_of_events() == before


async def test_dead_letters_are_forgotten_when_old_or_too_many(
    servers: Servers, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute(
        "INSERT INTO dead_letter (id, receiver, content, reason, sent_at, died_at) "
        "SELECT gen_random_uuid(), 'x', '[]', 'r', $1::timestamptz, "
        "$1 - make_interval(days => n * 10) FROM generate_series(0, 19) AS n",
        clock.now(),
    )
    await owner.close()
    assert await housekeeping.forget_dead_letters(clock.now()) == 11
    monkeypatch.setattr(housekeeping, "DEAD_LETTERS_MAX", 5)
    assert await housekeeping.forget_dead_letters(clock.now()) == 4
    (row,) = await fetch("SELECT min(died_at) AS oldest FROM dead_letter")
    assert row["oldest"] == clock.now() - timedelta(days=40)
