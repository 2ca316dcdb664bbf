"""Three workers look at the same minute, and one is killed, wherever it is: all happens once."""

import asyncio
import itertools
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from backend.persistence.database import fetch
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.forking import Talking, talking
from tests.support.promises import can_stake, owns, pass_unseen, promise, stake
from tests.support.servers import Servers
from tests.support.verify import until_quiet

WITHIN_S = 30.0
DAYS = 40
SETTLES_AFTER_DAYS = 3

_SETTLED = """
SELECT key, outcome FROM challenge_event
WHERE user_challenge_id = $1 AND status = 'settled' ORDER BY key
"""
_FORFEITED = """
SELECT t.reference FROM transfer AS t JOIN challenge_event AS e
  ON t.reference = 'challenge_event/' || e.id
WHERE e.user_challenge_id = $1 AND t.reason = 'forfeit' AND t.phase = 'post'
"""
_REMINDED = """
SELECT collapse_key FROM notification
WHERE user_id = $1 AND notification_type = 'challenge_reminder'
"""


@asynccontextmanager
async def worker(servers: Servers, **environ: str) -> AsyncIterator[Talking]:
    """Run a worker process that waits for a minute to look at."""
    environ = {**os.environ, "DATABASE_URL": servers.urls.app, **environ}
    async with talking("tests.domains.challenges.worker_process", environ=environ) as process:
        assert await said(process, b"ready")
        yield process


async def said(process: Talking, word: bytes) -> bool:
    """Read until a worker says a word; tells whether it lived long enough to say it."""
    async with asyncio.timeout(WITHIN_S):
        while line := await process.said.readline():
            if line.strip() == word:
                return True
    return False


async def look(clock: FakeClock, *workers: Talking) -> list[bool]:
    """Have workers look at this minute, all at once; tells which of them lived through it."""
    for one in workers:
        one.tell(clock.now().isoformat())
    return list(await asyncio.gather(*(said(one, b"looked") for one in workers)))


@pytest.mark.parametrize(("is_first", "deaths_min"), [(True, 11), (False, 5)])
async def test_wherever_one_of_three_workers_is_killed_all_is_settled_and_reminded_of_once(
    couple: Couple, servers: Servers, clock: FakeClock, *, is_first: bool, deaths_min: int
) -> None:
    await can_stake(couple.anna, 100 * DAYS)
    first = clock.now().date()
    async with couple.phones() as (anna, _):
        last_day = str(first + timedelta(days=DAYS - 1))
        made = (await promise(couple, anna, stake=stake(), last_day=last_day)).challenge_id
    # Ten at night where she is: what she promised today is due in two hours.
    await pass_unseen(couple.anna, hours=12)
    nights = 0
    async with worker(servers) as one, worker(servers) as other:
        for nth in itertools.count(1):
            async with worker(servers, DIES_BEFORE=str(nth)) as mortal:
                # Whoever comes second finds less to do, so has fewer places to die at.
                survived = is_first and (await look(clock, mortal))[0]
                others = (one, other) if is_first else (one, other, mortal)
                lived = await look(clock, *others)
                assert lived[:2] == [True, True]
                survived = survived or (not is_first and lived[-1])
                assert survived or await mortal.wait() == -signal.SIGKILL
            await until_quiet(couple.anna.node)
            # The next minute shows whatever the dead one took with it.
            assert await look(clock, one, other) == [True, True]
            await until_quiet(couple.anna.node)
            nights += 1
            await pass_unseen(couple.anna, days=1)
            if survived:
                break
    assert nights > deaths_min, "it died at every step it has"
    settled = [dict(row) for row in await fetch(_SETTLED, made)]
    assert settled == [
        {"key": str(first + timedelta(days=day)), "outcome": "missed"}
        for day in range(nights - SETTLES_AFTER_DAYS - 1)
    ]
    forfeited = Counter(row["reference"] for row in await fetch(_FORFEITED, made))
    assert set(forfeited.values()) == {1}
    assert len(forfeited) == len(settled)
    assert sum(await owns(couple.anna)) == 100 * (DAYS - len(settled))
    reminded = Counter(row["collapse_key"] for row in await fetch(_REMINDED, couple.anna.user_id))
    assert reminded == {f"{made}/{first + timedelta(days=day)}": 1 for day in range(nights)}
