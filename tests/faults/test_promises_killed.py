"""An API process killed at every step of a commit that settles a promise, or reminds of one.

After its restart each has happened once: what was missed is forfeited once, and its owner is told
once of that, and reminded once of what is due.
"""

import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from backend.clock import SystemClock
from backend.domains.challenges import jobs as challenges
from backend.domains.reminders import jobs as reminders
from backend.persistence import pulse
from backend.persistence.database import fetch
from backend.persistence.failpoints import FAILPOINTS
from backend.persistence.job_run import JobRun
from tests.support.processes import ServerProcess, ServerProcesses, Somebody, sign_up
from tests.support.promises import credit, have_template, stake, wanted_from
from tests.support.until import until
from tests.support.verify import broken_invariants

CLOCK = SystemClock()
WEEK = timedelta(days=7)
HEARD_WITHIN_S = 40.0
"""Another node may be bringing what a dead one left; whoever finds it gives it some time."""

_MISSED = """
UPDATE challenge_event SET opens_at = $2::timestamptz - '6 days'::interval,
       scheduled_for = $2::timestamptz - '5 days'::interval, settle_at = $2::timestamptz,
       status = 'missed', outcome = 'missed'
WHERE user_challenge_id = $1
"""
_SOON = """
UPDATE challenge_event SET opens_at = $2::timestamptz - '1 hour'::interval,
       scheduled_for = $2::timestamptz + '1 hour'::interval, status = 'due'
WHERE user_challenge_id = $1
"""
_LATER = """
UPDATE challenge_event SET scheduled_for = $2::timestamptz + '6 days'::interval,
       opens_at = $2::timestamptz + '5 days'::interval
WHERE user_challenge_id = $1
"""
_WAKES = "UPDATE user_challenge SET wake_at = $2 WHERE id = $1"
_TOLD = "SELECT collapse_key FROM notification WHERE user_id = $1 AND notification_type = $2"
_FORFEITED = """
SELECT e.user_challenge_id AS id, t.amount_minor FROM transfer AS t
JOIN challenge_event AS e ON t.reference = 'challenge_event/' || e.id
WHERE t.reason = 'forfeit' AND t.phase = 'post'
"""


async def begun(server: ServerProcess, anna: Somebody) -> list[UUID]:
    """Have somebody promise something for today, for a dollar, once for each failpoint."""
    await credit(anna.user_id, 100 * len(FAILPOINTS), clock=CLOCK)
    await until(nothing_is_told, within_s=HEARD_WITHIN_S)
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    async with anna.phone:
        await anna.phone.ask({"type": "stakes.state_adult", "is_adult": True})
        made = [
            await anna.phone.ask(wanted_from(today, last_day=str(today), stake=stake()))
            for _ in FAILPOINTS
        ]
        await until(nothing_is_told, within_s=HEARD_WITHIN_S)
    server.kill()
    await server.ended()
    return [UUID(one["challenge_id"]) for one in made]


async def nothing_is_told() -> bool:
    """Tell whether everybody has heard all they were told."""
    return not await fetch("SELECT 1 FROM tell LIMIT 1")


async def killed_at_every_failpoint(
    processes: ServerProcesses, made: list[UUID], have_happen: Callable[[UUID], Awaitable[None]]
) -> None:
    """For each failpoint have something happen to a promise, and a server die of it there.

    What a dead one was about to hear is left alone for a while, so each dies of its own.
    """
    for failpoint, challenge_id in zip(FAILPOINTS, made, strict=True):
        server = await processes.start(TANDEM_FAILPOINT=f"{failpoint}:1")
        await have_happen(challenge_id)
        assert await server.ended() == -signal.SIGKILL, f"not killed at {failpoint}"
    await fetch("UPDATE tell SET retry_at = sent_at")  # As if that while had passed.
    await processes.start()
    await until(nothing_is_told, within_s=HEARD_WITHIN_S)


async def settle(challenge_id: UUID) -> None:
    """Have the time come at which a promise that was missed is settled."""
    now = CLOCK.now()
    await fetch(_MISSED, challenge_id, now)
    await fetch(_WAKES, challenge_id, now)
    await challenges.let_time_pass(JobRun(None, clock=CLOCK, services={}))


async def remind(challenge_id: UUID) -> None:
    """Have the time come at which somebody is reminded of a promise."""
    await fetch(_SOON, challenge_id, CLOCK.now())
    await reminders.remind(JobRun(None, clock=CLOCK, services={}))


async def told(anna: Somebody, kind: str) -> Counter[UUID]:
    """Count what somebody was told of each promise."""
    rows = await fetch(_TOLD, anna.user_id, kind)
    return Counter(UUID(row["collapse_key"].partition("/")[0]) for row in rows)


@pytest.fixture
async def anna(processes: ServerProcesses, database: None) -> tuple[Somebody, list[UUID]]:
    """Somebody who promised something for today, for each failpoint once."""
    del database
    server = await processes.start()
    await have_template(CLOCK)
    await pulse.fill(CLOCK.now() - WEEK, CLOCK.now() + timedelta(hours=1))
    somebody = await sign_up(server, "Anna")
    made = await begun(server, somebody)
    for challenge_id in made:
        await fetch(_LATER, challenge_id, datetime.now(UTC))
        await fetch(_WAKES, challenge_id, None)
    return somebody, made


async def test_killed_at_every_step_of_settling_each_is_settled_and_forfeited_once(
    processes: ServerProcesses, anna: tuple[Somebody, list[UUID]]
) -> None:
    somebody, made = anna
    await killed_at_every_failpoint(processes, made, settle)
    query = "SELECT status FROM user_challenge WHERE id = ANY($1)"
    assert [row["status"] for row in await fetch(query, made)] == ["ended"] * len(made)
    forfeited = [row for row in await fetch(_FORFEITED) if row["id"] in made]
    assert Counter(row["id"] for row in forfeited) == Counter(made)
    assert {row["amount_minor"] for row in forfeited} == {100}
    assert await told(somebody, "challenge_forfeited") == Counter(made)
    assert await broken_invariants() == set()


async def test_killed_at_every_step_of_reminding_each_is_reminded_of_once(
    processes: ServerProcesses, anna: tuple[Somebody, list[UUID]]
) -> None:
    somebody, made = anna
    await killed_at_every_failpoint(processes, made, remind)
    assert await told(somebody, "challenge_reminder") == Counter(made)
    assert await broken_invariants() == set()
