"""Moving the demo's clock: forward only, and as if the time between had been lived through."""

from datetime import timedelta

from backend.clock import SystemClock
from backend.console.clock import CHANNEL, DemoClock
from backend.console.jobs import LOOK, Look
from backend.console.refusals import ClockTooFar, StepWrong
from backend.persistence import housekeeping, pulse
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun

STEP_S_MAX = 7 * 24 * 3600
AHEAD_S_MAX = 365 * 24 * 3600

_FORWARD = """
INSERT INTO demo_clock AS clock (ahead_s) VALUES ($1)
ON CONFLICT (is_only) DO UPDATE SET ahead_s = clock.ahead_s + excluded.ahead_s
WHERE clock.ahead_s + excluded.ahead_s <= $2
RETURNING ahead_s
"""
_TELL = "SELECT pg_notify($1, '')"


async def forward(run: JobRun, clock: DemoClock, step_s: int) -> None:
    """Move the clock of all processes of the demo, and have the workers see what has fallen due.

    Before anybody reads the new time there are tables for it, and nobody is held to have been away
    meanwhile. Raises StepWrong, ClockTooFar.
    """
    if not 1 <= step_s <= STEP_S_MAX:
        raise StepWrong(most_s=STEP_S_MAX)
    async with run.once():
        rows = await fetch(_FORWARD, step_s, AHEAD_S_MAX)
        if not rows:
            raise ClockTooFar(ahead_s_max=AHEAD_S_MAX)
        ahead = timedelta(seconds=rows[0]["ahead_s"])
        then = SystemClock().now() + ahead
        await pulse.fill(run.now, then)
        await housekeeping.ensure_partitions(then)
        run.job(LOOK, Look())
        await fetch(_TELL, CHANNEL)
    clock.take(ahead)
