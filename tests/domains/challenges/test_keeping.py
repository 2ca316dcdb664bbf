"""What has ended is kept for whose it was, and read page by page, however much there is of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from backend.domains.challenges import shown
from tests.support.clock import FakeClock
from tests.support.couple import Couple, read
from tests.support.people import Person, sign_up
from tests.support.promises import SLUG, have_template
from tests.support.servers import Servers

COUNT = 120
MANY = 20_000
NOW = datetime(2026, 3, 2, tzinfo=UTC)
_FILL = """
INSERT INTO user_challenge (id, user_id, template_slug, template_version, title, status, settings,
    state, proof, start_date, terms, terms_from, held_minor, dispute_hours, created_at, updated_at,
    ended_at)
SELECT gen_random_uuid(), $1, $2, 1, 'Read', 'ended', '{}', '{}', 'note', '2026-01-01', '{}',
       '2026-01-01', 0, 72, $4, $4, $4
FROM generate_series(1, $3)
"""
_FOLLOW = """
INSERT INTO challenge_follower
SELECT id, $2, $3, false, created_at FROM user_challenge WHERE user_id = $1
"""
_OCCUR = """
INSERT INTO challenge_event (id, user_challenge_id, key, first_day, last_day, opens_at,
    scheduled_for, amount_minor, status, outcome, metadata, created_at, updated_at)
SELECT gen_random_uuid(), id, 'one', '2026-01-01', '2026-01-01', created_at, created_at, 0,
       'settled', 'done', '{}', created_at, created_at
FROM user_challenge WHERE user_id = $1
"""


async def have_ended(servers: Servers, owner: Person, count: int) -> None:
    """Have somebody have had challenges, long ago."""
    connection = await asyncpg.connect(servers.urls.owner)
    await connection.execute(_FILL, owner.user_id, SLUG, count, NOW)
    await connection.close()


async def test_everything_that_has_ended_is_read_page_by_page_in_order(
    couple: Couple, servers: Servers, clock: FakeClock
) -> None:
    await have_template(clock)
    for person in (couple.anna, couple.ben):
        await have_ended(servers, person, COUNT)
    connection = await asyncpg.connect(servers.urls.owner)
    await connection.execute(
        _FOLLOW, couple.ben.user_id, couple.anna.user_id, couple.relationship_id
    )
    await connection.close()
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await read(couple.anna, "/v1/challenges", limit=50, **after)).json()
        seen += [one["challenge_id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(seen) == len(set(seen)) == 2 * COUNT
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("name", ["_PAGE", "_SHOWN", "_EVENTS"])
async def test_no_page_reads_what_is_of_others(
    couple: Couple, servers: Servers, clock: FakeClock, name: str
) -> None:
    await have_template(clock)
    eve = await sign_up(couple.anna.node, clock, "Eve")
    await have_ended(servers, eve, MANY)
    anna = couple.anna.user_id
    values: dict[str, list[UUID | int | None]] = {
        "_PAGE": [anna, None, 50],
        "_SHOWN": [anna, 50],
        "_EVENTS": [uuid4(), None, 50],
    }
    connection = await asyncpg.connect(servers.urls.owner)
    try:
        await connection.execute(_FOLLOW, eve.user_id, couple.ben.user_id, couple.relationship_id)
        await connection.execute(_OCCUR, eve.user_id)
        await connection.execute("ANALYZE user_challenge, challenge_follower, challenge_event")
        query: str = getattr(shown, name)
        (row,) = await connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values[name])
    finally:
        await connection.close()
    assert max(read_by(json.loads(row[0])[0]["Plan"])) < MANY / 100


def read_by(plan: dict[str, Any]) -> Iterator[int]:
    """Say how many rows each step of a plan has looked at."""
    yield plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    for step in plan.get("Plans", []):
        yield from read_by(step)
