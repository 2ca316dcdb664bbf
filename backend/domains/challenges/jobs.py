"""What challenges do by themselves: time passes, whether anybody looks or not; people part."""

from datetime import datetime
from uuid import UUID

import structlog

from backend.domains.challenges import parting
from backend.domains.challenges.parting import PART, Parted
from backend.domains.challenges.tells import TimePassed
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import every, job
from backend.persistence.outages import recent
from backend.persistence.pulse import is_beating
from protocol.address import address_of

log = structlog.get_logger()

WOKEN_AT_ONCE_MAX = 500
WAKES_AGAIN_S = 300
"""A challenge that was told and has not said when next is told again after so long."""

# Claimed by putting the moment off, so that two workers do not tell the same one.
_WAKE = """
UPDATE user_challenge SET wake_at = $1::timestamptz + make_interval(secs => $3)
WHERE id IN (
    SELECT id FROM user_challenge WHERE wake_at <= $1
    ORDER BY wake_at LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


@every(minutes=1)
async def let_time_pass(run: JobRun) -> None:
    """Tell challenges that their time has come; the rest of many in the next minute.

    While nobody can be served it stands still, for how long we are away is known only then.
    """
    if not await is_beating(run.now):
        log.warning("time stands still for challenges", why="nobody can be served")
        return
    async with run.once():
        due = await claim_due(run.now)
        outages = tuple(await recent(run.now)) if due else ()
        for challenge_id in due:
            run.tell(address_of("challenge", challenge_id), TimePassed(outages=outages))
    if due:
        log.info("time has passed for challenges", count=len(due))


@job(PART)
async def part(parted: Parted, run: JobRun) -> None:
    """Have nobody see any more what they followed through a relationship that has ended."""
    await parting.let_go(parted, run)


async def claim_due(now: datetime) -> list[UUID]:
    """Find challenges that time makes something of, the longest due first."""
    return [row["id"] for row in await fetch(_WAKE, now, WOKEN_AT_ONCE_MAX, WAKES_AGAIN_S)]
